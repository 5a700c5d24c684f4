import json
from dataclasses import replace

import pytest

from headway.comparison.case import Case, agreement
from headway.comparison.curve import Point
from headway.comparison.ranking import Paired, Row
from headway.comparison.similarity import Similarity
from headway.errors import DataError
from tests.comparison.making import row

NEAR = Similarity(0.2, 0.6, 0.74, 100)
FAR = Similarity(0.6, 0.3, 0.33, 100)


def case(train: int, gain: float, like: Similarity) -> Case:
    return Case(train, 2, (Point(train // 2, 0.8), Point(train, 0.8 + gain)), like)


@pytest.mark.parametrize(
    ("train", "gain", "like", "number"),
    [
        (200, 0.0, NEAR, 1),
        (900, 0.05, NEAR, 1),
        (900, 0.001, NEAR, 2),
        (5_000, 0.05, NEAR, 2),
        (200, 0.05, FAR, 3),
        (900, 0.001, FAR, 4),
    ],
)
def test_the_four_cases(train: int, gain: float, like: Similarity, number: int) -> None:
    assert case(train, gain, like).number == number


def test_without_a_curve_only_many_are_large() -> None:
    assert not Case(900, 2, (), NEAR).large
    assert Case(2_000, 2, (), NEAR).large
    assert Case(900, 2, (), NEAR).gain is None


def test_it_survives_being_written_down() -> None:
    one = case(900, 0.001, FAR)
    assert Case.from_dict(json.loads(json.dumps(one.to_dict()))) == one
    with pytest.raises(DataError):
        Case.from_dict({"train": 3})


def test_it_says_what_was_measured() -> None:
    lines = case(900, 0.05, FAR).sentences()
    assert lines[0] == "Case 3 of 4, small and different: the rule says to read features of earlier layers."
    assert "450 a class; a logistic head on frozen features gets 0.800 with 450, 0.850 with 900" in lines[1]
    assert "different from ImageNet: similarity 0.33" in lines[2]
    assert len(lines) == 3


def says(number: int, rows: list[Row], lead: float = 0.0, p: float = 1.0, p_folds: float | None = None) -> tuple:
    """What the table says of a case where the suggested recipe is so far ahead of the other."""
    return agreement(number, rows, lambda own, other: Paired(lead, p, p_folds))


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
    agreement(3, rows, lambda own, other: compared.append((own.name, other.name)) or Paired(0, 1, None))
    agreement(1, rows, lambda own, other: compared.append((own.name, other.name)) or Paired(0, 1, None))
    assert compared == [("selected", "finetune-all"), ("selected", "finetune-all")]


def test_what_was_not_run_cannot_agree() -> None:
    assert says(4, [FROZEN]) == (None, "none of the recipes that ran does that.")
    alone = [row("colour", 0.9, family="colour"), DEPTHS]
    assert says(3, alone) == (None, "no recipe that does otherwise ran, to compare selected with.")
    lines = replace(case(900, 0.05, FAR), because="none of the recipes that ran does that.").sentences()
    assert lines[-1] == "  The table cannot tell: none of the recipes that ran does that."
