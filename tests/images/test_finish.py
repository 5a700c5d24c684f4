"""The last steps."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from headway.images.finish import pad_to_square, to_rgb


def test_letterbox_is_centred() -> None:
    square = pad_to_square(np.zeros((3, 6, 3), np.uint8), 6)
    assert [int(row.max()) for row in square] == [255, 0, 0, 0, 255, 255]


@given(st.integers(0, 255), st.integers(0, 255))
def test_premultiplied_on_white(value: int, alpha: int) -> None:
    # Rounding and resizing may leave a value above its alpha.
    for mode, colour in (("La", (value, alpha)), ("RGBa", (value, value, value, alpha))):
        image = Image.frombytes(mode, (1, 1), bytes(colour))
        assert to_rgb(image, None).ravel().tolist() == [min(value, alpha) + 255 - alpha] * 3
