"""Statistics of edges."""

from __future__ import annotations

import numpy as np
import pytest

from headway.backbones.handmade.edges import DIRECTIONS, directions
from tests.backbones.handmade.helpers import described, flat, halves, noise


def test_a_vertical_edge_takes_one_column_of_pixels() -> None:
    density = described("edges", halves())[0]
    assert density == pytest.approx(1 / 64, abs=1 / 64)
    assert density > 0
    assert described("edges", flat())[0] == 0


def test_directions_are_weighted_by_strength() -> None:
    right, down, diagonal = np.array([[3.0]]), np.array([[0.0]]), np.array([[3.0]])
    assert directions(right, down, right).tolist() == [1.0] + [0.0] * (DIRECTIONS - 1)
    assert int(np.argmax(directions(down, right, right))) == DIRECTIONS // 2
    assert int(np.argmax(directions(right, diagonal, right))) == DIRECTIONS // 4
    both = directions(np.array([[3.0, 0.0]]), np.array([[0.0, 1.0]]), np.array([[3.0, 1.0]]))
    assert both[[0, DIRECTIONS // 2]].tolist() == [0.75, 0.25]


def test_the_opposite_gradient_has_the_same_direction() -> None:
    across, down = np.random.default_rng(0).normal(size=(2, 8, 8))
    strength = np.hypot(across, down)
    np.testing.assert_allclose(directions(across, down, strength), directions(-across, -down, strength), atol=1e-6)


def test_no_gradient_has_no_direction() -> None:
    nothing = np.zeros((4, 4))
    assert directions(nothing, nothing, nothing).tolist() == [0.0] * DIRECTIONS


def test_noise_has_more_edges_than_one_edge() -> None:
    assert described("edges", noise())[0] > 3 * described("edges", halves())[0]
