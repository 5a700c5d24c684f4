"""The tables and sentences of a comparison: in Markdown, notebooks and on a terminal."""

import json
from dataclasses import replace

import pytest

from headway import Recipe
from headway.comparison import Comparison, LeftOut
from headway.facts.codec import parse
from headway.facts.comparison import ComparisonReport, Estimate, Overrun
from headway.facts.transfer import Agreement, CurvePoint, Similarity
from headway.rendering import comparison as rendering
from headway.rendering.blocks import Table
from headway.transfer.case import classify
from headway.types import Quarantined
from tests.comparison.making import CV, report, row


@pytest.fixture
def comparison() -> Comparison:
    rows = (
        row("finetune-all", 0.9, 1500, None, family="tuned-whole"),
        row("depths", 0.886, 12, 0.2, cross_validation=CV, family="depths"),
        row("colour", 0.65, 4, 0.00001, cross_validation=CV, p_folds=0.0002, family="colour", verdict="worse"),
    )
    similarity = Similarity(0.57, 0.31, 0.353, 256, False)
    case = classify(2099, 2, (CurvePoint(1050, 0.84), CurvePoint(2099, 0.845)), similarity)
    agreement = Agreement(
        agrees=True, code="ahead", recipe="finetune-all", other="depths", lead=0.014, p=0.02, decided_by="test"
    )
    left_out = LeftOut("scratch", "missing-extra", "torch is needed for this: pip install 'headway[torch]'")
    return Comparison(
        report(rows, replace(case, agreement=agreement), [left_out], [Quarantined("bad.png", "it is empty")])
    )


def test_cells() -> None:
    best = row("a", 0.9, 10, None)
    assert rendering.accuracy_cells(best) == ["a", "0.900", "0.870-0.930", "", "best", ""]
    for other, cells in (
        (row("a", 0.88, 10, 0.31), ["≈ 0.310", ""]),
        (row("a", 0.88, 10, 0.5, p_folds=0.0002, verdict="worse"), ["0.500", "<0.001"]),
        (row("a", 0.88, 10, 0.04, p_folds=0.2, verdict="level"), ["0.040", "≈ 0.200"]),
    ):
        assert rendering.accuracy_cells(other)[-2:] == cells
    assert rendering.cost_cells(row("a", 0.88, 75)) == ["0.880", "0.300", "0.030", "75 s", "5.0", "6.8"]
    assert rendering.cost_cells(row("a", 0.88, 75, megabytes=0.02))[-1] == "<0.1"


def test_a_page_holds_all_that_is_said(comparison: Comparison) -> None:
    page = comparison.to_markdown()
    lines = page.splitlines()
    table = [line for line in lines if line.startswith("|")]
    assert len(table) == (2 + 3) + (2 + 1), "and the confusion matrix of the best"
    assert [line.count("|") for line in table] == 5 * [13] + 3 * [4]
    assert "| **depths** |" in page, "the one to take"
    assert "Skipped, as unreadable: 1" in page
    assert "scratch: torch is needed for this: pip install 'headway\\[torch\\]'" in page
    assert "Case 4 of 4, large and different" in page or "Case 3 of 4" in page
    assert "The table agrees: finetune-all (the whole network trained) is 1.4 points better than depths" in page
    assert all(sentence.split(":")[0] in page for sentence in comparison.advice)


def test_the_command_makes_the_model_that_was_compared(comparison: Comparison) -> None:
    recipe = Recipe(features="depths", seed=3, folds=4, test_fraction=0.3).to_dict()
    rows = tuple(replace(one, recipe=recipe) if one.name == "depths" else one for one in comparison.rows)
    other = Comparison(replace(comparison.report, rows=rows)).with_data("elpv/ --label-column kind")
    line = "headway fit elpv/ --label-column kind --features depths --test-fraction 0.3 --folds 4 --seed 3"
    assert other.command == line
    assert f"To fit it:\n\n    {line}\n" in other.to_markdown()


def test_those_left_out_for_one_reason_share_a_line() -> None:
    left = (LeftOut("a", "interrupted"), LeftOut("b", "failed", "it failed"), LeftOut("c", "interrupted"))
    assert rendering.left_out(left) == ["a, c: interrupted", "b: it failed"]
    assert rendering.why_left_out(LeftOut("a", "memory")) == "not enough memory"


def test_a_recipe_that_was_stopped_stands_in_the_table_and_without_advice_no_row_is_bold() -> None:
    stopped = LeftOut("frozen-svm", "stopped", overrun=Overrun(30, 12, 10))
    rows = [row("colour", 0.9, 10, None, family="colour")]
    found = report(rows, left_out=[stopped, LeftOut("depths", "failed", "it failed")])
    wide, narrow = (
        [block for block in rendering.comparison(found, wide=wide) if isinstance(block, Table)]
        for wide in (True, False)
    )
    assert wide[0].rows[-1] == narrow[0].rows[-1] + ("",) * 6 == ("frozen-svm", "stopped", *[""] * 10)
    assert [line[0] for line in narrow[1].rows] == ["colour"]
    page = Comparison(found).to_markdown()
    assert "**" not in page and "To fit it" not in page
    assert "frozen-svm: stopped after 12 s (about 10 s were expected)" in page
    assert "Which case it is was not measured, as the budget was spent." in page
    assert "Which case" not in Comparison(replace(found, interrupted=True)).to_markdown()


def test_a_comparison_without_a_recommendation_has_no_command() -> None:
    found = Comparison(report([row("colour", 0.9, 10, None, family="colour")]))
    assert found.pick is None
    assert found.command is None
    assert found.with_data("photos/") is found
    assert json.loads(json.dumps(found.to_dict()))["take"] is None
    assert parse(ComparisonReport, found.to_dict()) == found.report


def test_an_estimate_says_what_it_is_of() -> None:
    assert rendering.estimate(Estimate(3.2, 1, 240), 30) == (
        "about 3 s for 1 recipe on 240 pictures, by rates measured here; features in the store are not computed again; "
        "the budget is 30 s"
    )


def test_names_cannot_break_the_table() -> None:
    page = Comparison(report([row("a|b\n`c`", 0.9, 10, None, title="<script>")])).to_markdown()
    assert "| **a\\|b \\`c\\`** |" in page
    assert "<script>" not in page


def test_a_narrow_terminal_gets_two_tables(comparison: Comparison) -> None:
    wide, narrow = (
        [block for block in rendering.comparison(comparison.report, wide=wide) if isinstance(block, Table)]
        for wide in (True, False)
    )
    assert [len(table.columns) for table in wide] == [12]
    assert [len(table.columns) for table in narrow] == [6, 7]
    assert narrow[1].rows[1][0] == "depths"


def test_a_notebook_shows_the_table(comparison: Comparison) -> None:
    shown = comparison._repr_html_()
    assert shown.count("<tr") == 4 + 2, "and the confusion matrix of the best"
    assert "Take depths" in shown


def test_plain_values_are_json(comparison: Comparison) -> None:
    document = json.loads(json.dumps(comparison.to_dict(), allow_nan=False))
    assert next(iter(document.items())) == ("schema", 1)
    assert document["take"] == "depths"
    assert [entry["name"] for entry in document["rows"]] == ["finetune-all", "depths", "colour"]
    assert document["rows"][2]["p"] == 0.0002
    assert document["rows"][1]["recipe"]["head"] == "logistic"
    assert document["case"]["similarity"]["similar"] is False
    assert document["left_out"][0]["name"] == "scratch"
    assert document["command"] == comparison.command == "headway fit DATA --head logistic"
    assert document["advice"][0]["code"] == "take-cheaper"
    assert "best finetune-all" in repr(comparison)
    assert "\n" not in repr(comparison)
    assert parse(ComparisonReport, document) == comparison.report
