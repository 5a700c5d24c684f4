import json

import pytest

from headway.comparison.case import Case, agreement
from headway.comparison.curve import Point
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


def test_agreement_of_freezing() -> None:
    frozen, tuned = row("frozen", 0.88, 10), row("tuned", 0.9, 100, None, family="tuned-whole")
    assert agreement(1, [tuned, frozen]) == (True, "frozen cannot be told from the best, tuned.")
    worse = row("frozen", 0.8, 10, 0.001)
    assert agreement(1, [tuned, worse]) == (False, "tuned is 10.0 points better than frozen.")
    assert agreement(2, [tuned, worse]) == (True, "tuned is the best.")
    assert agreement(4, [tuned, worse])[0] is True


def test_agreement_of_earlier_layers_compares_them_with_the_last() -> None:
    depths = row("depths", 0.9, 10, None, family="depths")
    assert agreement(3, [depths, row("last", 0.87)]) == (True, "depths is 3.0 points better than last.")
    assert agreement(3, [depths]) == (True, "depths is the best.")
    level = row("depths", 0.88, 10, family="depths")
    assert agreement(3, [row("last", 0.9, 10, None), level]) == (False, "last is 2.0 points better than depths.")
    tuned = row("tuned", 0.9, 99, None, family="tuned-part")
    assert agreement(3, [tuned, row("depths", 0.8, 9, 0.001, family="depths")])[0] is False
    assert agreement(3, [tuned, level]) == (True, "depths is level with the best, tuned.")


def test_what_was_not_run_cannot_agree() -> None:
    agrees, because = agreement(4, [row("frozen", 0.9, 10, None)])
    assert agrees is None
    assert "cannot tell" in because
