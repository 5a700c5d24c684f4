"""Where windows of squares fit."""

from __future__ import annotations

import numpy as np
import pytest

from headway.checks.likeness.aligning import align, cut_each
from headway.checks.likeness.windows import Window, cut


@pytest.fixture
def squares() -> np.ndarray:
    """Smooth random squares, as pictures are."""
    coarse = np.random.default_rng(0).uniform(0, 255, (20, 12, 12)).astype(np.float32)
    up = np.stack([np.interp(np.linspace(0, 11, 64), np.arange(12), row) for row in np.eye(12)], axis=1)
    return np.asarray(up @ coarse @ up.T, np.float32)


def test_windows_cut_together_are_those_cut_alone(squares: np.ndarray) -> None:
    edges = np.tile(np.array([0.05, 0.95, 0.1, 1.0], np.float32), (20, 1))
    assert np.allclose(cut_each(squares, edges, 16), cut(squares, Window(0.05, 0.1, 0.9), 16), atol=0.01)


def test_the_window_is_found_to_a_fraction_of_a_pixel(squares: np.ndarray) -> None:
    random = np.random.default_rng(1)
    start = random.uniform(0.02, 0.08, (20, 2)).astype(np.float32)
    wanted = np.stack([start[:, 0], start[:, 0] + 0.9, start[:, 1], start[:, 1] + 0.9], axis=1)
    templates = 0.5 * cut_each(squares, wanted, 32) + 20
    found = align(squares, templates, np.tile(np.array([0.05, 0.95, 0.05, 0.95], np.float32), (20, 1)), 6)
    assert np.abs(found - wanted).max() < 0.2 / 64
