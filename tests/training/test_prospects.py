from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from headway.training.prospects import Rival, is_hopeless

LABELS = np.random.default_rng(0).integers(0, 3, 200)


def logits(sharpness: float, seed: int = 1) -> np.ndarray:
    noise = np.random.default_rng(seed).normal(size=(200, 3))
    return (sharpness * np.eye(3)[LABELS] + noise).astype(np.float32)


def test_the_gain_is_that_of_calibrated_losses() -> None:
    rival = Rival(logits(2))
    gain, error = rival.gain(logits(4), LABELS)
    assert gain > 5 * error > 0
    assert rival.gain(logits(1), LABELS)[0] < 0
    np.testing.assert_allclose(rival.gain(10 * rival.logits, LABELS), 0, atol=1e-4)


@pytest.mark.parametrize(
    ("gains", "hopeless"),
    [
        ([-0.5], False),  # the first epoch is nearly always behind
        ([-0.5, -0.5], True),
        ([-0.5, -0.6], True),
        ([-0.5, -0.35], False),  # 0.15 an epoch, and four are left
        ([-0.5, -0.35, -0.34], True),  # the curve has flattened
        ([-0.03, -0.03], False),  # by chance
        ([0.1, 0.1], False),
        ([-0.5] * 6, False),  # it is at its end
    ],
)
def test_it_is_hopeless_where_its_pace_does_not_suffice(gains: list[float], hopeless: bool) -> None:
    assert is_hopeless([(gain, 0.02) for gain in gains], 6) is hopeless


@given(st.lists(st.floats(-2, 2), min_size=1, max_size=8), st.floats(0, 0.5), st.floats(0, 1))
def test_what_is_ahead_or_better_is_never_hopeless_sooner(gains: list[float], error: float, more: float) -> None:
    steps = [(gain, error) for gain in gains]
    better = [*steps[:-1], (gains[-1] + more, error)]
    assert not (is_hopeless(better, 8) and not is_hopeless(steps, 8))
    assert not (gains[-1] >= 0 and is_hopeless(steps, 8))
