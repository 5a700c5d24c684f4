"""Histograms of oriented gradients."""

from __future__ import annotations

import numpy as np
import pytest

from headway.backbones.handmade.hog import CELLS, ORIENTATIONS
from tests.backbones.handmade.helpers import described, flat, halves, noise


def coarse(picture: np.ndarray) -> np.ndarray:
    return described("hog", picture)[: ORIENTATIONS * CELLS**2].reshape(CELLS, CELLS, ORIENTATIONS)


def test_a_vertical_edge_is_one_direction_in_the_cells_that_touch_it() -> None:
    cells = coarse(halves())
    touched = cells.sum(axis=2) > 0
    assert touched[:, 1:3].all()
    assert not touched[:, [0, 3]].any()
    strongest = set(np.argmax(cells[:, 1:3], axis=2).ravel().tolist())
    assert len(strongest) == 1
    turned = coarse(np.ascontiguousarray(np.rot90(halves())))
    assert set(np.argmax(turned[1:3], axis=2).ravel().tolist()).isdisjoint(strongest)


def test_a_cell_has_length_one_or_zero() -> None:
    np.testing.assert_allclose(np.linalg.norm(coarse(noise()), axis=2), 1, atol=1e-3)
    np.testing.assert_array_equal(coarse(flat()), 0)


def test_small_cells_say_how_common_a_direction_is_anywhere() -> None:
    mean, deviation, largest, smallest = described("hog", halves())[ORIENTATIONS * CELLS**2 :].reshape(4, ORIENTATIONS)
    across = int(np.argmax(mean))
    assert mean[across] == pytest.approx(1 / 4, abs=1e-3)  # two of the eight columns of cells
    assert (smallest[across], largest[across]) == pytest.approx((0, 1), abs=1e-3)
    assert deviation[across] == pytest.approx(np.sqrt(3) / 4, abs=1e-3)
    assert not np.delete(mean, across).any()
