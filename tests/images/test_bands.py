"""Bands give what a whole conversion gives, to the last bit."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from headway.images import bands, fitting
from headway.images.modes import to_working_mode
from headway.types import ResizePolicy

MODES = ["1", "L", "P", "LA", "PA", "RGB", "RGBA", "CMYK", "YCbCr", "LAB", "HSV", "I;16", "I", "F", "La", "RGBa"]


def noise(mode: str, width: int, height: int, seed: int, *, key: bool = False) -> Image.Image:
    random = np.random.default_rng(seed)
    pixels = random.integers(0, 256, (height, width, 4), dtype=np.uint8)
    if mode in ("I;16", "I", "F"):
        image = Image.fromarray(random.integers(0, 60_000, (height, width)).astype("u2"))
        return image if mode == "I;16" else image.convert("I").convert(mode)
    bytes_per_pixel = (
        1 if mode in ("1", "P") else 2 if mode in ("PA", "La") else len(Image.new(mode, (1, 1)).getbands())
    )
    if mode == "1":
        return Image.fromarray(pixels[..., 0]).convert("1")
    image = Image.frombytes(mode, (width, height), pixels[..., :bytes_per_pixel].tobytes())
    if mode in ("P", "PA"):
        image.putpalette(random.integers(0, 256, 768, dtype=np.uint8).tobytes())
    if key and mode in ("L", "RGB", "P"):
        image.info["transparency"] = (1, 2, 3) if mode == "RGB" else 3
    return image


@given(
    mode=st.sampled_from(MODES),
    width=st.integers(1, 200),
    height=st.integers(1, 200),
    seed=st.integers(0, 99),
    key=st.booleans(),
    fit=st.sampled_from(fitting.FITS),
    size=st.integers(1, 30),
    band_pixels=st.integers(1, 5000),
)
@settings(max_examples=400, deadline=None)
def test_bands_are_the_whole(
    mode: str, width: int, height: int, seed: int, key: bool, fit: ResizePolicy, size: int, band_pixels: int
) -> None:
    image = noise(mode, width, height, seed, key=key)
    placement = fitting.place(width, height, size, fit)
    whole = fitting.resize(to_working_mode(image), placement)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(bands, "BANDS_PIXELS", 0)
        patch.setattr(bands, "_BAND_PIXELS", band_pixels)
        banded = bands.scale(image, placement)
    assert banded.mode == whole.mode
    assert np.array_equal(np.asarray(banded), np.asarray(whole))
