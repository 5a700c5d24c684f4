"""What descriptors share."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from headway.backbones.handmade.view import View, histogram, moments, spread, tile_means, tiles
from tests.backbones.handmade.helpers import checkerboard, flat, noise


def test_grey_is_the_brightness_of_itu_r_601() -> None:
    shades = [int(View(flat(colour)).grey()[0, 0]) for colour in ((255, 0, 0), (0, 255, 0), (0, 0, 255))]
    assert shades == [76, 150, 29]


def test_a_smaller_grey_is_a_mean_of_blocks() -> None:
    assert set(np.unique(View(checkerboard()).grey(2))) <= {127, 128}
    assert View(noise()).grey(4).shape == (16, 16)


def test_hue_goes_once_around_in_256_steps() -> None:
    hues = [int(View(flat(colour)).hsv[0, 0, 0]) for colour in ((255, 0, 0), (0, 255, 0), (0, 0, 255))]
    assert hues == [0, 85, 170]


@given(
    plane=hnp.arrays(
        np.float32,
        hnp.array_shapes(min_dims=2, max_dims=2, min_side=6, max_side=40),
        elements=st.floats(-1e3, 1e3, width=32),
    ),
    count=st.integers(1, 6),
)
def test_moments_of_tiles_are_those_of_each_tile(plane: np.ndarray, count: int) -> None:
    cut = tiles(plane, count)
    assert sum(tile.size for tile in cut) == plane.size
    np.testing.assert_allclose(tile_means(plane, count), [tile.mean(dtype=float) for tile in cut], atol=1e-6)
    expected = [[tile.mean(dtype=float), tile.std(dtype=float)] for tile in cut]
    np.testing.assert_allclose(moments(plane, count), expected, atol=1e-3, rtol=1e-6)


@given(values=hnp.arrays(np.uint8, hnp.array_shapes(max_dims=2), elements=st.integers(0, 6)))
def test_squares_of_a_histogram_add_up_to_one(values: np.ndarray) -> None:
    parts = histogram(values, 7)
    assert parts.shape == (7,)
    assert np.sum(parts**2) == pytest.approx(1, abs=1e-6)
    assert parts[values.ravel()[0]] > 0


def test_spread_does_not_know_where_a_tile_was() -> None:
    table = np.random.default_rng(0).random((9, 4))
    np.testing.assert_allclose(spread(table), spread(table[::-1]), rtol=1e-6)
