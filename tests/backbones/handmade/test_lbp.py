"""Local binary patterns."""

from __future__ import annotations

import numpy as np
import pytest

from headway.backbones.handmade.lbp import patterns
from headway.backbones.handmade.view import View
from tests.backbones.handmade.helpers import described, flat, halves, noise


def test_on_a_flat_picture_all_neighbours_are_as_bright() -> None:
    assert (patterns(View(flat()).grey(), 8, 1)[1:-1, 1:-1] == 8).all()


def test_a_dark_dot_has_all_neighbours_brighter_and_a_bright_dot_none() -> None:
    grey = np.full((9, 9), 100, np.uint8)
    for shade, code in ((0, 8), (255, 0)):
        grey[4, 4] = shade
        assert patterns(grey, 8, 1)[4, 4] == code


def test_beside_an_edge_the_neighbours_on_its_side_are_as_bright() -> None:
    codes = patterns(View(halves()).grey(), 8, 1)
    assert set(codes[5:-5, 32]) == {5}  # white, with five of eight neighbours white: three to the right, up and down
    assert set(codes[5:-5, 31]) == {8}  # black, and none is darker


def test_a_pattern_that_changes_more_than_twice_around_is_not_uniform() -> None:
    grey = np.zeros((3, 3), np.uint8)
    grey[0, 1] = grey[2, 1] = grey[1, 1] = 200  # a bar
    assert patterns(grey, 8, 1)[1, 1] == 9


@pytest.mark.parametrize("points", [8, 16, 24])
def test_histograms_do_not_change_when_the_picture_turns(points: int) -> None:
    grey = View(noise()).grey()
    inner = slice(4, -4)
    for turned in (np.rot90(grey), np.rot90(grey, 2)):
        counts, others = (
            np.bincount(patterns(np.ascontiguousarray(plane), points, points // 8)[inner, inner].ravel(), minlength=26)
            for plane in (grey, turned)
        )
        # Neighbours between pixels are interpolated, and rounding may tip a tie.
        assert np.abs(counts - others).sum() <= 0.01 * counts.sum()


def test_brightness_and_contrast_do_not_matter() -> None:
    plane = np.random.default_rng(0).integers(0, 60, (64, 64)).astype(np.uint8)
    # At the corners of squares, a neighbour is a pixel: nothing is interpolated, and nothing is rounded.
    np.testing.assert_allclose(
        described("lbp", np.repeat(plane[..., None], 3, 2))[:10],
        described("lbp", np.repeat((2 * plane + 70)[..., None], 3, 2))[:10],
        atol=0.02,
    )
