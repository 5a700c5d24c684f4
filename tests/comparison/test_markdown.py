from dataclasses import replace

import pytest

from headway import Recipe
from headway.comparison import Comparison, LeftOut, markdown
from headway.comparison.case import Case
from headway.comparison.curve import Point
from headway.comparison.similarity import Similarity
from headway.types import Quarantined
from tests.comparison.making import row

CV = {"folds": 5, "n": 2624, "accuracy": 0.868, "low": 0.85, "high": 0.88, "log_loss": 0.3, "ece": 0.02}


@pytest.fixture
def comparison() -> Comparison:
    rows = (
        row("finetune-all", 0.9, 1500, None, family="tuned-whole"),
        row("depths", 0.886, 12, 0.2, cv=CV, family="depths"),
        row("colour", 0.65, 4, 0.00001, cv=CV, p_folds=0.0002, family="colour", verdict="worse"),
    )
    like = Similarity(0.57, 0.31, 0.353, 256)
    return Comparison(
        source="elpv: 2,624 pictures in 2 classes",
        split="80/20, stratified, seed 0",
        pictures=2623,
        train=2099,
        test=524,
        classes=("defective", "functional"),
        quarantined=(Quarantined("bad.png", "it is empty"),),
        rows=rows,
        left_out=(LeftOut("scratch", "torch is needed for this: pip install 'headway[torch]'"),),
        case=Case(2099, 2, (Point(1050, 0.84), Point(2099, 0.845)), like, True, "finetune-all is the best."),
        interrupted=False,
        recipes={name: Recipe(head="logistic") for name in ("finetune-all", "depths", "colour")},
    )


def test_cells() -> None:
    assert markdown.accuracy(row("a", 0.9, 10, None)) == ["a", "0.900", "0.870-0.930", "", "best", ""]
    assert markdown.verdict(row("a", 0.88, 10, 0.31)) == ["≈ 0.310", ""]
    assert markdown.verdict(row("a", 0.88, 10, 0.5, p_folds=0.0002, verdict="worse")) == ["0.500", "<0.001"]
    assert markdown.verdict(row("a", 0.88, 10, 0.04, p_folds=0.2, verdict="not distinguishable")) == [
        "0.040",
        "≈ 0.200",
    ]
    assert markdown.rest(row("a", 0.88, 75)) == ["0.880", "0.300", "0.030", "75 s", "5.0", "6.8"]
    assert markdown.rest(row("a", 0.88, 75, megabytes=0.02))[-1] == "<0.1"


def test_a_page_holds_all_that_is_said(comparison: Comparison) -> None:
    page = comparison.to_markdown()
    lines = page.splitlines()
    table = [line for line in lines if line.startswith("|")]
    assert len(table) == 2 + 3
    assert {line.count("|") for line in table} == {13}
    assert "| **depths** |" in page, "the one to take"
    assert "Could not be read, and left out: 1" in page
    assert "- scratch: torch is needed for this: pip install 'headway\\[torch\\]'" in page
    assert "Case 4 of 4, large and different" in page or "Case 3 of 4" in page
    assert "The table agrees: finetune-all is the best." in page
    assert all(sentence.split(":")[0] in page for sentence in comparison.advice)


def test_the_command_makes_the_model_that_was_compared(comparison: Comparison) -> None:
    recipes = {"depths": Recipe(features="depths", seed=3, folds=4, test_fraction=0.3)}
    other = replace(comparison, recipes={**comparison.recipes, **recipes}, data="elpv/ --label-column kind")
    line = "headway fit elpv/ --label-column kind --features depths --test-fraction 0.3 --folds 4 --seed 3"
    assert other.command == line
    assert f"To have it:\n\n    {line}\n" in other.to_markdown()


def test_those_left_out_for_one_reason_share_a_line(comparison: Comparison) -> None:
    left = (LeftOut("a", "interrupted"), LeftOut("b", "it failed"), LeftOut("c", "interrupted"))
    assert markdown.left_out(replace(comparison, left_out=left)) == ["a, c: interrupted", "b: it failed"]


def test_names_cannot_break_the_table(comparison: Comparison) -> None:
    nasty = replace(comparison.rows[0], name="a|b\n`c`", title="<script>")
    recipes = {nasty.name: Recipe()}
    page = replace(comparison, rows=(nasty,), recipes=recipes, left_out=(), case=None).to_markdown()
    assert "| **a\\|b \\`c\\`** |" in page
    assert "<script>" not in page


def test_plain_values_are_json(comparison: Comparison) -> None:
    import json

    document = json.loads(json.dumps(comparison.to_dict(), allow_nan=False))
    assert document["take"] == "depths"
    assert [entry["name"] for entry in document["rows"]] == ["finetune-all", "depths", "colour"]
    assert document["rows"][2]["p"] == 0.0002
    assert document["rows"][1]["recipe"]["head"] == "logistic"
    assert document["case"]["similarity"]["similar"] is False
    assert document["left_out"][0]["name"] == "scratch"
    assert document["command"] == comparison.command == "headway fit DATA --head logistic"
    assert "best finetune-all" in repr(comparison)
