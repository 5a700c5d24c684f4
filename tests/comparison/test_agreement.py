from dataclasses import replace

import pytest

from headway.comparison.agreement import agreement
from headway.comparison.ranking import PairedComparison
from headway.facts.codec import parse, plain
from headway.facts.comparison import Row
from headway.facts.transfer import Agreement, Case, CurvePoint, Similarity
from headway.rendering.comparison import comparison
from headway.transfer.case import classify
from tests.comparison.making import report, row

NEAR = Similarity(0.2, 0.6, 0.74, 100, True)
FAR = Similarity(0.6, 0.3, 0.33, 100, False)


def case(train: int, gain: float, similarity: Similarity) -> Case:
    return classify(train, 2, (CurvePoint(train // 2, 0.8), CurvePoint(train, 0.8 + gain)), similarity)


def sentences(found: Case, rows: list[Row]) -> list[str]:
    """Return what is said of a case beside a table with these rows."""
    lines = [getattr(block, "text", "") for block in comparison(report(rows, found))]
    start = next(place for place, line in enumerate(lines) if line.startswith("Case "))
    return lines[start : lines.index("", start)]


def test_it_survives_being_written_down() -> None:
    found = replace(case(900, 0.001, FAR), agreement=Agreement(agrees=None, code="not-run"))
    assert parse(Case, plain(found)) == found


def test_it_says_what_was_measured() -> None:
    lines = sentences(case(900, 0.05, FAR), [row("best", 0.9, 10, None)])
    assert lines[0] == "Case 3 of 4, small and different: the rule says to read features of earlier layers."
    assert "450 a class; a logistic head on frozen features gets 0.800 with 450, 0.850 with 900" in lines[1]
    assert "different from ImageNet: similarity 0.33" in lines[2]
    assert len(lines) == 3


def says(number: int, rows: list[Row], lead: float = 0.0, p: float = 1.0, p_folds: float | None = None) -> tuple:
    """What the table says of a case where the suggested recipe is so far ahead of the other."""
    found = agreement(number, rows, lambda own, other: PairedComparison(lead, p, p_folds))
    line = sentences(replace(case(900, 0.05, FAR), agreement=found), rows)[-1]
    verdict, _, because = line.strip().partition(": ")
    assert (
        verdict
        == {True: "The table agrees", False: "The table does not agree", None: "The table cannot tell"}[found.agrees]
    )
    return found.agrees, because


FROZEN, DEPTHS = row("frozen-logistic", 0.88), row("selected", 0.88, family="depths")
TUNED = row("finetune-all", 0.9, 100, None, family="tuned-whole")


def test_what_is_suggested_and_better_beyond_chance_is_agreement() -> None:
    assert says(3, [DEPTHS, FROZEN], 0.031, 0.2, 0.004) == (
        True,
        "selected (features of several depths) is 3.1 points better than frozen-logistic (features of the last layer), "
        "on the folds, p = 0.004.",
    )
    assert says(4, [TUNED, FROZEN], 0.02, 1e-5)[0] is True
    assert says(1, [FROZEN, TUNED], 0.02, 1e-5)[0] is True


def test_what_is_suggested_and_worse_is_none() -> None:
    agrees, because = says(2, [FROZEN, DEPTHS, TUNED], -0.05, 0.01)
    assert agrees is False
    assert because == (
        "frozen-logistic (features of the last layer) is 5.0 points better than finetune-all (the whole network "
        "trained), on the test pictures, p = 0.01."
    )


@pytest.mark.parametrize(("lead", "p"), [(0.0, 1.0), (0.0, 0.01), (0.03, 0.2), (-0.03, 0.05)])
def test_level_is_no_agreement(lead: float, p: float) -> None:
    agrees, because = says(3, [DEPTHS, FROZEN], lead, p)
    assert agrees is None
    assert "selected (features of several depths) is no better than frozen-logistic (features of the last" in because


def test_level_says_that_training_is_not_worth_it() -> None:
    agrees, because = says(1, [TUNED, FROZEN], -0.02, 0.3)
    assert agrees is True
    assert "finetune-all (the whole network trained) is no better than frozen-logistic" in because


def test_the_best_of_each_side_are_compared() -> None:
    compared = []
    rows = [row("colour", 0.95, family="colour"), TUNED, DEPTHS, FROZEN, row("mlp", 0.8)]
    agreement(3, rows, lambda own, other: compared.append((own.name, other.name)) or PairedComparison(0, 1, None))
    agreement(1, rows, lambda own, other: compared.append((own.name, other.name)) or PairedComparison(0, 1, None))
    assert compared == [("selected", "finetune-all"), ("selected", "finetune-all")]


def test_what_was_not_run_cannot_agree() -> None:
    assert says(4, [FROZEN]) == (None, "no recipe that ran does that.")
    alone = [row("colour", 0.9, family="colour"), DEPTHS]
    assert says(3, alone) == (None, "no recipe that does otherwise ran, to compare selected with.")
