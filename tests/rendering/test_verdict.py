"""What to make of a result, in sentences; also of results at the edges."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from headway.calibration import Calibration
from headway.evaluation.scoring import score
from headway.facts.data import Data, Overlap, Source
from headway.facts.documents import EvaluationReport
from headway.facts.fit import FitReport
from headway.facts.scores import CrossValidation, PartScores, Scores
from headway.facts.training import Training
from headway.rendering.verdict import evaluation_verdict, verdict, wrong_when_held_out
from tests.model.making import report as made

BIRDS = "birds", "fish", "trees"
CAREFUL = "Trust this figure with care: "


def scored(cells: Mapping[tuple[int, int], int], classes: tuple[str, ...] = BIRDS, sure: float = 9.0) -> Scores:
    """Return the scores of so many pictures of a class, named so and with such a lead."""
    pairs = [pair for pair, count in cells.items() for _ in range(count)]
    labels, predicted = (np.array(side) for side in zip(*pairs, strict=True))
    logits = np.zeros((len(labels), len(classes)), np.float32)
    logits[np.arange(len(labels)), predicted] = sure
    return score(logits, labels, Calibration.identity(), classes, 0)


def fitted(test: Scores | None, classes: tuple[str, ...] = BIRDS, **changes: Any) -> FitReport:
    return replace(made(classes=classes), test=test, **changes)


def of_data(**changes: Any) -> Data:
    return replace(made(classes=BIRDS).data, **changes)


def evaluated(scores: Scores, unknown: Mapping[str, int] | None = None) -> EvaluationReport:
    source = Source("list", None, 3, 2)
    return EvaluationReport(
        model="m.onnx", source=source, classes=BIRDS, class_names={}, unknown=unknown or {}, scores=scores,
        quarantined=(),
    )  # fmt: skip


def held_out(folds: int) -> CrossValidation:
    return CrossValidation(folds, 240, 0.857, 0.811, 0.895, 0.03, 0.5, 0.05)


MANY = {(0, 0): 480, (1, 1): 300, (2, 2): 200, (2, 0): 15, (1, 0): 5}


def test_a_good_result_is_said_with_its_numbers() -> None:
    good, trust, wrong = verdict(fitted(scored(MANY)))
    assert good == (
        "980 of 1,000 test pictures are right: 98.0 % (95 % interval 96.9 to 98.7 %); always naming the largest "
        "class would get 48.0 %."
    )
    assert trust == (
        "This figure can be trusted: 1,000 pictures were held back for it, none of which is in training, and "
        "the probabilities are off by 2.0 percentage points on average."
    )
    assert wrong == (
        "Of the 20 mistakes, 15 are 'trees' taken for 'birds'; the weakest class is 'trees': 200 of its 215 pictures "
        "are recognised, and 100 % of what is taken for it is right."
    )


def test_what_makes_a_figure_doubtful_is_said() -> None:
    overlaps = Overlap("test", ("training",), "content", 2), Overlap("test", ("training", "validation"), "group", 1)
    _, trust, _ = verdict(fitted(scored({(0, 0): 3, (1, 0): 4, (2, 0): 3}), data=of_data(overlaps=overlaps)))
    assert trust.startswith(
        f"{CAREFUL}2 test pictures are also in training: the test score is too good; 1 test picture has others of its "
        "group in training or validation: the test score is too good; it may be no better than always naming the "
        "largest class; with only 10 pictures, the true one may be as low as 10.8 % or as high as "
    )
    assert trust.endswith("; the probabilities are off by 70.0 percentage points on average.")


def test_everything_right_and_everything_wrong() -> None:
    good, trust, wrong = verdict(fitted(scored({(0, 0): 300, (1, 1): 300})))
    assert good.startswith("All 600 test pictures are right: 100 % (95 % interval 99.4 to 100 %)")
    assert trust.startswith("This figure can be trusted") and wrong == "Nothing goes wrong on these 600 pictures."
    good, trust, wrong = verdict(fitted(scored({(0, 1): 3, (1, 0): 3})))
    assert good.startswith("None of the 6 test pictures are right: 0 %")
    assert wrong.startswith("Of the 6 mistakes, 3 are 'birds' taken for 'fish'; the weakest class is 'birds': 0 of")
    assert wrong.endswith("and none of what is taken for it is right.")


def test_a_figure_below_that_of_the_largest_class_is_called_so() -> None:
    trust = verdict(fitted(scored({(0, 1): 30})))[1]
    assert trust.startswith(f"{CAREFUL}always naming the largest class would do better; with only 30 pictures")


def test_what_went_wrong_without_a_test_is_of_what_was_held_out() -> None:
    assert wrong_when_held_out(BIRDS, {(0, 0): 3}) == "Nothing went wrong on the pictures that were held out."
    assert wrong_when_held_out(BIRDS, {(0, 0): 3, (1, 0): 2, (2, 0): 1}) == (
        "Of the 3 mistakes on pictures that were held out, 2 are 'fish' taken for 'birds'."
    )


def test_mistakes_that_do_not_repeat_and_one_mistake() -> None:
    spread = verdict(fitted(scored({(0, 0): 9, (0, 1): 1, (1, 2): 1})))[2]
    assert spread.startswith("No two classes stand out among the 2 mistakes; the weakest class is 'fish'")
    assert verdict(fitted(scored({(0, 0): 9, (0, 1): 1})))[2].startswith("Of the 1 mistake, 1 is 'birds' taken for")
    assert verdict(fitted(replace(scored({(0, 1): 1}), confusion=(), per_class=())))[2] == (
        "No two classes stand out among the 1 mistake."
    )


def test_names_of_two_hundred_classes_are_shortened_and_harmless() -> None:
    names = tuple(f"class {number}\u202e\n" + "x" * 100 for number in range(200))
    wrong = verdict(fitted(scored({(0, 0): 9, (7, 199): 5}, names), names))[2]
    assert wrong.isprintable() and "'class 7\\u202e\\nxx" in wrong and len(wrong) < 500


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        (
            {"cross_validation": held_out(5)},
            "85.7 % (95 % interval 81.1 to 89.5 %) of 240 pictures are right, each held out once in a 5-fold "
            "cross-validation; the largest class is 33.3 % of all.",
        ),
        (
            {"cross_validation": held_out(1)},
            "85.7 % (95 % interval 81.1 to 89.5 %) of the 240 validation pictures are right; the "
            "largest class is 33.3 % of all.",
        ),
        (
            {"training": Training("all", 2, 1, 3, 2, (), False, (), PartScores(9, 9, 1.0, 0.3, 1.0, 1.0, 0.1, 0.1))},
            "100 % (95 % interval 30.0 to 100 %) of the 9 validation pictures are right; the "
            "largest class is 33.3 % of all.",
        ),
        ({}, "How good it is was not measured."),
    ],
)
def test_without_test_pictures(changes: dict[str, Any], said: str) -> None:
    good, trust, wrong = verdict(fitted(None, **changes))
    assert good == said
    assert (
        trust
        == {
            "cross_validation": "This figure can be trusted: it was measured on pictures that the classifier had not "
            "learned from.",
            "training": f"{CAREFUL}the epoch was chosen by these very pictures, so it is a little too good; it may be "
            "no better than always naming the largest class; with only 9 pictures, the true one may be as low as "
            "30.0 % or as high as 100 %.",
            "": "There is no figure to trust, as no pictures were held back.",
        }["".join(changes)]
    )
    assert wrong == "What goes wrong most was not scored, as no test pictures were held back."


def test_an_evaluation() -> None:
    good, trust, wrong = evaluation_verdict(evaluated(scored(MANY)))
    assert good.startswith("980 of 1,000 pictures are right: 98.0 %") and wrong.startswith("Of the 20 mistakes")
    assert trust == (
        "This figure can be trusted: the model learned from none of these pictures, and the probabilities are off by "
        "2.0 percentage points on average."
    )
    _, trust, _ = evaluation_verdict(evaluated(replace(scored(MANY), seen_in_training=7), {"tea": 1_200, "soup": 1}))
    assert trust == (
        f"{CAREFUL}m.onnx learned from 7 of these 1,000 pictures: the scores are too good; 1,201 pictures of classes "
        "unknown to the model were left out."
    )


def test_near_copies_of_training_pictures_are_doubted() -> None:
    unseen = PartScores(400, 240, 0.6, 0.55, 0.65, 0.6, 0.9, 0.05)
    some = replace(scored(MANY), near_training=600, unseen=unseen)
    _, trust, _ = verdict(fitted(some))
    assert trust.startswith(
        f"{CAREFUL}600 pictures are near copies of training pictures, and of the others 60.0 % are right"
    )
    _, trust, _ = verdict(fitted(replace(scored(MANY), near_training=1_000)))
    assert trust.startswith(f"{CAREFUL}1,000 pictures are near copies of training pictures, and there are no others")
    _, trust, _ = verdict(fitted(None, cross_validation=replace(held_out(5), near_training=1, unseen=unseen)))
    assert trust.startswith(f"{CAREFUL}1 picture is a near copy of training pictures, and of the others 60.0 %")


def test_a_validation_part_that_chose_the_epoch_is_doubted() -> None:
    training = Training("dense100 head", 20, 10, 3, 2, (), False, (), None)
    for trained, is_doubted in ((training, True), (None, False)):
        _, trust, _ = verdict(fitted(None, cross_validation=held_out(1), training=trained))
        assert ("the epoch was chosen by these very pictures" in trust) == is_doubted
