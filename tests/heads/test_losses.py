"""What the small networks make small: values and slopes."""

from __future__ import annotations

import numpy as np
import pytest

from headway.heads.losses import BinaryCrossEntropy, CrossEntropy, Loss

LOSSES = [CrossEntropy(), BinaryCrossEntropy()]


@pytest.mark.parametrize("loss", LOSSES)
def test_the_slope_is_that_of_the_loss(loss: Loss) -> None:
    random = np.random.default_rng(0)
    logits, labels = random.standard_normal((6, 4)), random.integers(0, 4, 6)
    slope = loss.slope(logits, labels)  # type: ignore[arg-type]  # in float64, to compare differences
    for row, column in np.ndindex(logits.shape):
        step = np.zeros_like(logits)
        step[row, column] = 1e-5
        above, below = (loss.rows(logits + sign * step, labels).losses[row] for sign in (1, -1))  # type: ignore[arg-type]
        assert slope[row, column] == pytest.approx((above - below) / 2e-5, abs=1e-6)


@pytest.mark.parametrize("loss", LOSSES)
@pytest.mark.filterwarnings("error")
def test_large_logits_are_finite(loss: Loss) -> None:
    logits, labels = np.array([[900, -900], [-900, 900]], "f4"), np.array([0, 0])
    scores = loss.rows(logits, labels)
    assert np.isfinite(scores.losses).all() and np.isfinite(loss.slope(logits, labels)).all()
    assert scores.losses[0] == 0 and scores.losses[1] > 800
    assert scores.right.tolist() == [1, 0]


@pytest.mark.parametrize("loss", LOSSES)
def test_the_frequencies_are_the_best_of_all_constant_answers(loss: Loss) -> None:
    labels = np.repeat([0, 1, 2], [5, 3, 2])
    best = loss.constant(np.array([0.5, 0.3, 0.2], "f4"))

    def mean(logits: np.ndarray) -> float:
        return float(loss.rows(np.tile(logits.astype("f4"), (10, 1)), labels).losses.mean())

    for step in np.random.default_rng(0).standard_normal((20, 3)):
        assert mean(best) <= mean(best + step)


def test_five_answers_of_no_are_four_fifths_right() -> None:
    scores = BinaryCrossEntropy().rows(np.full((10, 5), -2, "f4"), np.arange(10) % 5)
    assert scores.binary is not None
    assert scores.binary.mean() == pytest.approx(0.8)
    assert BinaryCrossEntropy().rows(np.full((1, 5), np.log(0.25), "f4"), np.array([0])).losses == pytest.approx(
        0.5004, abs=1e-4
    )
