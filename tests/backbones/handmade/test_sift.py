"""SIFT on a grid."""

from __future__ import annotations

import numpy as np

from headway.backbones.handmade.sift import GRID, LOCAL
from tests.backbones.handmade.helpers import described, flat, halves, noise


def points(picture: np.ndarray) -> np.ndarray:
    return described("sift", picture).reshape(GRID, GRID, LOCAL)


def test_a_point_without_a_gradient_around_it_is_missing() -> None:
    missing = np.isnan(points(halves())).all(axis=2)
    assert missing[:, [0, 1, -2, -1]].all()
    assert not missing[:, GRID // 2 - 1 : GRID // 2 + 1].any()
    assert np.isnan(points(flat())).all()


def test_the_gradient_of_an_edge_has_one_direction() -> None:
    row = points(halves())[GRID // 2, GRID // 2 - 1].reshape(16, 8)  # 4 × 4 places of 8 directions
    assert np.count_nonzero(row.sum(axis=0)) == 1
    turned = points(np.ascontiguousarray(np.rot90(halves())))[GRID // 2 - 1, GRID // 2].reshape(16, 8)
    assert np.count_nonzero(turned.sum(axis=0)) == 1
    assert np.argmax(turned.sum(axis=0)) != np.argmax(row.sum(axis=0))


def test_the_grid_goes_row_by_row() -> None:
    picture = flat()
    picture[:20, 44:] = noise()[:20, 44:]
    there = ~np.isnan(points(picture)).all(axis=2)
    assert there[0, -1]
    assert not there[-1].any()
    assert not there[:, 0].any()


def test_brighter_is_the_same() -> None:
    picture = noise() // 4
    np.testing.assert_allclose(points(picture), points(picture + 100), atol=2)
