"""Borders in thumbnails."""

from __future__ import annotations

import numpy as np
import pytest

from headway.checks.files.borders import BORDERS, find_borders


def thumbnails(n: int = 50) -> np.ndarray:
    return np.random.default_rng(0).integers(60, 200, (n, 64, 64, 3)).astype(np.uint8)


@pytest.mark.parametrize(("width", "name"), [(1, "thin"), (2, "thin"), (5, "wide")])
@pytest.mark.parametrize(("grey", "kind"), [(0, "dark"), (255, "light")])
def test_frames_are_found(width: int, name: str, grey: int, kind: str) -> None:
    squares = thumbnails()
    inside = squares[:, width:-width, width:-width].copy()
    squares[:] = grey
    squares[:, width:-width, width:-width] = inside
    assert {BORDERS[code] for code in find_borders(squares)} == {f"{name} {kind}"}


def test_noise_flat_pictures_and_things_on_white_have_none() -> None:
    disc = np.full((1, 64, 64, 3), 255, np.uint8)
    disc[:, np.hypot(*(np.indices((64, 64)) - 31.5)) < 30] = 0
    for squares in (thumbnails(), np.full((3, 64, 64, 3), 9, np.uint8), disc):
        assert not find_borders(squares).any()


def test_a_band_along_one_side_is_no_frame() -> None:
    squares = thumbnails()
    squares[:, :4] = 0
    assert not find_borders(squares).any()
