from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from headway.training.prospects import Gain, Rival, calibrated_losses, is_hopeless

LABELS = np.random.default_rng(0).integers(0, 3, 200)


def logits(sharpness: float, seed: int = 1) -> np.ndarray:
    noise = np.random.default_rng(seed).normal(size=(200, 3))
    return (sharpness * np.eye(3)[LABELS] + noise).astype(np.float32)


def test_the_gain_is_a_share_of_the_calibrated_loss() -> None:
    rival = Rival(logits(2))
    gain = rival.gain(logits(4), LABELS)
    assert gain.mean == pytest.approx(1 - calibrated_losses(logits(4), LABELS).mean() / own_loss(rival), rel=1e-4)
    assert gain.mean > 5 * gain.error > 0
    assert rival.gain(logits(1), LABELS).mean < 0
    np.testing.assert_allclose(rival.gain(10 * rival.logits, LABELS), 0, atol=1e-3)


def own_loss(rival: Rival) -> float:
    return float(calibrated_losses(rival.logits, LABELS).mean())


def test_one_picture_tells_nothing() -> None:
    assert Rival(np.zeros((1, 3), np.float32)).gain(logits(1)[:1], LABELS[:1]).error == np.inf


@pytest.mark.parametrize(
    ("gains", "hopeless"),
    [
        ([-0.5, -0.5], False),  # the first half, at the peak of the rate
        ([-0.5, -0.5, -0.5], True),
        ([-0.5, -0.5, -0.6], True),
        ([-0.5, -0.5, -0.35], False),  # 0.15 an epoch, and three are left
        ([-0.5, -0.35, -0.34], True),  # the curve has flattened
        ([-0.1, -0.1, -0.1], False),  # the falling rate may bring as much
        ([-0.13, -0.13, -0.13], False),  # by chance
        ([0.1, 0.1, 0.1], False),
        ([-0.5] * 6, False),  # it is at its end
    ],
)
def test_it_is_hopeless_where_nothing_can_help_it(gains: list[float], hopeless: bool) -> None:
    assert is_hopeless([Gain(gain, 0.02) for gain in gains], 6) is hopeless


@given(st.lists(st.floats(-2, 2), min_size=1, max_size=8), st.floats(0, 0.5), st.floats(0, 1))
def test_what_is_better_is_never_hopeless_sooner(gains: list[float], error: float, more: float) -> None:
    steps = [Gain(gain, error) for gain in gains]
    better = [*steps[:-1], Gain(gains[-1] + more, error)]
    assert not (is_hopeless(better, 8) and not is_hopeless(steps, 8))
    assert not (gains[-1] >= 0 and is_hopeless(steps, 8))
