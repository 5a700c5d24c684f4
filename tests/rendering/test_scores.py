"""Scores in tables: classes that the data lack, classes that the model does not know."""

from __future__ import annotations

from dataclasses import replace

from headway.facts.data import Source
from headway.facts.documents import EvaluationReport, PairedTest, PairReport
from headway.facts.scores import ClassScores, ConfusionCell, CrossValidation, FoldScores
from headway.rendering import scores as rendering
from headway.rendering.blocks import Block, Line, Table
from tests.model.making import scores

CLASSES = "bread", "dairy", "egg", "rice"


def report(**changes: object) -> EvaluationReport:
    facts: dict[str, object] = {"class_names": {}, "unknown": {}} | changes
    return EvaluationReport(
        model="m.onnx",
        source=Source("list", None, 3, 2),
        classes=CLASSES,
        scores=scores(),
        quarantined=(),
        **facts,  # type: ignore[arg-type]
    )


def lines(blocks: list[Block]) -> list[str]:
    return [block.text for block in blocks if isinstance(block, Line)]


def test_classes_without_pictures_have_no_row_and_are_counted() -> None:
    scored = ClassScores("dairy", 2, 1.0, 0.5, 2 / 3), ClassScores("egg", 1, 0.5, 1.0, 2 / 3)
    grid, line = rendering.per_class(CLASSES, scored)
    assert isinstance(grid, Table) and [row[0] for row in grid.rows] == ["dairy", "egg"]
    assert line == Line("No pictures to score of 2 of the 4 classes: 'bread', 'rice'")
    assert len(list(rendering.per_class(("dairy", "egg"), scored))) == 1


def test_the_confusion_matrix_has_a_column_for_what_was_only_predicted() -> None:
    cells = ConfusionCell(1, 1, 1), ConfusionCell(1, 3, 1200), ConfusionCell(2, 2, 1)
    [grid] = rendering.confusion(CLASSES, cells)
    assert isinstance(grid, Table)
    assert grid.columns == ("true \\ predicted", "dairy", "egg", "rice")
    assert grid.rows == (("dairy", "1", "·", "1,200"), ("egg", "·", "1", "·"))


def test_columns_of_a_matrix_are_numbers_where_a_terminal_is_too_narrow_for_names() -> None:
    cells = ConfusionCell(1, 1, 1), ConfusionCell(1, 3, 1200), ConfusionCell(2, 2, 1)
    [named] = rendering.confusion(CLASSES, cells, 35)
    assert isinstance(named, Table) and named.columns[1:] == ("dairy", "egg", "rice")
    [numbered] = rendering.confusion(CLASSES, cells, 34)
    assert (
        isinstance(numbered, Table) and numbered.columns == ("true \\ predicted", "1", "2", "3") and numbered.gap == 1
    )
    assert numbered.rows == ((" 1 dairy", "1", "·", "1,200"), (" 2 egg", "·", "1", "·"), (" 3 rice", "", "", ""))
    _, line, pairs = rendering.confusion(CLASSES, cells, 20)
    assert line == Line("The pairs of 4 classes that are confused most:")
    assert isinstance(pairs, Table) and pairs.rows == (("dairy", "rice", "1,200"),)


def test_long_names_are_shortened_beside_numbers_by_what_they_take_on_a_terminal() -> None:
    names = "猫" * 40, "dog" * 40
    [grid] = rendering.confusion(names, [ConfusionCell(0, 0, 1), ConfusionCell(1, 0, 1)], 80)
    assert isinstance(grid, Table)
    assert [row[0] for row in grid.rows] == [f" 1 {'猫' * 14}…", f" 2 {('dog' * 40)[:28]}…"]


def test_where_no_two_of_many_classes_are_confused_it_is_said() -> None:
    many = [f"c{number}" for number in range(30)]
    _, line = rendering.confusion(many, [ConfusionCell(number, number, 1) for number in range(30)])
    assert line == Line("No two of the 30 classes are confused")


def test_few_of_many_classes_are_a_matrix_and_many_are_pairs() -> None:
    many = [f"c{number}" for number in range(1000)]
    [grid] = rendering.confusion(many, [ConfusionCell(7, 7, 1), ConfusionCell(7, 900, 2)])
    assert isinstance(grid, Table) and grid.columns[1:] == ("c7", "c900")
    _, line, pairs = rendering.confusion(many, [ConfusionCell(number, 0, number) for number in range(1, 30)])
    assert line == Line("The pairs of 1,000 classes that are confused most:")
    assert isinstance(pairs, Table) and pairs.rows[0] == ("c29", "c0", "29") and len(pairs.rows) == 20


def test_how_many_are_right_and_what_each_fold_has_is_said() -> None:
    folds = FoldScores(3, 2 / 3), FoldScores(2, 1.0)
    validated = CrossValidation(2, 5, 0.8, 0.4, 0.9, 0.1, 0.5, 0.1, folds)
    _, by_fold, right = rendering.scores(validated, None, replace(scores(), n=1200, right=1034))
    assert by_fold == Line("Accuracy by fold: 0.667, 1.000")
    assert right == Line("Right: 1,034 of 1,200 test pictures")
    assert lines(list(rendering.evaluation(report())))[1] == "Right: 1 of 2 pictures"


def test_what_was_left_out_and_what_was_named_is_said() -> None:
    changed = report(class_names={"0": "bread"}, unknown={"soup": 1_200, "tea": 1})
    said = lines(list(rendering.evaluation(changed)))
    assert said[1] == "Classes named as when m.onnx was fitted: '0 bread'"
    assert said[2] == "Left out: 1,201 pictures of 2 classes unknown to m.onnx: 'soup' (1,200), 'tea' (1)"
    assert not any(
        line.startswith(("Classes named", "Left out")) for line in lines(list(rendering.evaluation(report())))
    )


def test_of_two_models_what_was_left_out_is_said_once() -> None:
    one, other = report(unknown={"tea": 1}), report(unknown={"tea": 1}, class_names={"0": "bread"})
    said = lines(list(rendering.pair(PairReport(models=(one, other), paired=PairedTest(2, 0, 0, 1.0)))))
    assert said[1:3] == [
        "Classes named as when m.onnx was fitted: '0 bread'",
        "Left out: 1 picture of 1 class unknown to m.onnx or m.onnx: 'tea' (1)",
    ]
