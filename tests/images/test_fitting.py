"""Where a picture goes in its square."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from headway.errors import UnknownNameError
from headway.images.fitting import FITS, place, resize

SIDES = st.integers(1, 20_000)


@given(SIDES, SIDES, st.integers(1, 512))
def test_places(width: int, height: int, size: int) -> None:
    for fit in FITS:
        left, top, right, bottom = place(width, height, size, fit).box
        assert 0 <= left < right <= width and 0 <= top < bottom <= height
        assert left == width - right and top == height - bottom
    assert place(width, height, size, "squash").box == (0, 0, width, height)
    left, top, right, bottom = place(width, height, size, "crop").box
    assert right - left == bottom - top == min(width, height)
    across, down = place(width, height, size, "letterbox").size
    assert max(across, down) == size and abs(across * height - down * width) <= max(width, height)


@given(SIDES, SIDES, st.integers(1, 512), st.sampled_from([1.5, 3.0]))
def test_reducing_leaves_enough(width: int, height: int, size: int, gap: float) -> None:
    for fit in FITS:
        placement = place(width, height, size, fit)
        left, top, right, bottom = placement.box
        wide, high = placement.factors(gap)
        assert wide == 1 or (right - left) / wide >= placement.size[0] * gap
        assert high == 1 or (bottom - top) / high >= placement.size[1] * gap


def test_unknown_fit() -> None:
    with pytest.raises(UnknownNameError, match="did you mean crop"):
        place(3, 4, 5, "corp")  # type: ignore[arg-type]


def test_enlarging_is_smooth() -> None:
    ramp = Image.new("L", (2, 1))
    ramp.putpixel((1, 0), 200)
    enlarged = list(resize(ramp, place(2, 1, 16, "squash")).crop((0, 0, 16, 1)).tobytes())
    assert enlarged == sorted(enlarged) and len(set(enlarged)) > 6


def test_shrinking_is_antialiased() -> None:
    stripes = Image.new("L", (256, 256))
    for column in range(0, 256, 2):
        stripes.paste(255, (column, 0, column + 1, 256))
    assert all(120 <= value <= 135 for value in resize(stripes, place(256, 256, 32, "squash")).tobytes())
