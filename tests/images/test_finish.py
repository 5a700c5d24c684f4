"""EXIF orientation and the last steps."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from headway.images.finish import orientation, pad_to_square, to_rgb, turn_upright


@pytest.mark.parametrize("value", range(1, 9))
@pytest.mark.parametrize("start", [b"", b"Exif\0\0"])
def test_orientation_as_pillow_writes_it(value: int, start: bytes) -> None:
    exif = Image.Exif()
    exif[0x010F], exif[0x0112], exif[0x0131] = "maker", value, "software"
    assert orientation(start + exif.tobytes().removeprefix(b"Exif\0\0")) == value


def test_little_endian_and_long() -> None:
    entry = b"\x12\x01\x04\x00\x01\x00\x00\x00\x08\x00\x00\x00"
    assert orientation(b"II*\0\x08\0\0\0\x01\0" + entry) == 8


@pytest.mark.parametrize("value", [0, 9, 65535])
def test_orientations_that_are_none(value: int) -> None:
    exif = Image.Exif()
    exif[0x0112] = value
    assert orientation(exif.tobytes()) == 1


@given(st.binary(max_size=60), st.sampled_from([b"", b"II*\0", b"MM\0*", b"Exif\0\0MM\0*\0\0\0\x08"]))
def test_any_block_is_survived(block: bytes, start: bytes) -> None:
    assert 1 <= orientation(start + block) <= 8


def test_no_block() -> None:
    assert orientation(None) == orientation(b"") == 1


@pytest.mark.parametrize("value", range(1, 9))
def test_upright_is_pillows(value: int) -> None:
    from PIL import ImageOps

    pixels = np.random.default_rng(0).integers(0, 256, (5, 7, 3), dtype=np.uint8)
    image = Image.fromarray(pixels)
    image.getexif()[0x0112] = value
    assert np.array_equal(turn_upright(pixels, value), np.asarray(ImageOps.exif_transpose(image)))


def test_letterbox_is_centred() -> None:
    square = pad_to_square(np.zeros((3, 6, 3), np.uint8), 6)
    assert [int(row.max()) for row in square] == [255, 0, 0, 0, 255, 255]


@given(st.integers(0, 255), st.integers(0, 255))
def test_premultiplied_on_white(value: int, alpha: int) -> None:
    # Rounding and resizing may leave a value above its alpha.
    for mode, colour in (("La", (value, alpha)), ("RGBa", (value, value, value, alpha))):
        image = Image.frombytes(mode, (1, 1), bytes(colour))
        assert to_rgb(image, None).ravel().tolist() == [min(value, alpha) + 255 - alpha] * 3
