import pytest

from headway.facts.transfer import CurvePoint, Similarity
from headway.transfer.case import classify

NEAR = Similarity(0.2, 0.6, 0.74, 100, True)
FAR = Similarity(0.6, 0.3, 0.33, 100, False)


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
    curve = (CurvePoint(train // 2, 0.8), CurvePoint(train, 0.8 + gain))
    assert classify(train, 2, curve, like).number == number


def test_without_a_curve_only_many_are_large() -> None:
    assert not classify(900, 2, (), NEAR).large
    assert classify(2_000, 2, (), NEAR).large
    assert classify(900, 2, (), NEAR).gain is None
