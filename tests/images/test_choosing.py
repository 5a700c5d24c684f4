"""The bands that are asked for are read, of every kind of picture."""

from __future__ import annotations

import io
from typing import Any

import numpy as np
import pytest
from PIL import Image

from headway.errors import PictureError
from headway.images import decode, load
from headway.types import Bands, Reading
from tests.images.test_decode import encoded, swapping_profile
from tests.images.tiff.test_picture import RAMP, tiff

COLOURS = np.dstack([RAMP, RAMP.T, 255 - RAMP])


def chosen(picture: Any, *bands: int) -> np.ndarray:
    return load(picture, 64, "squash", Reading(bands))


def reason(picture: Any, *bands: int) -> str:
    with pytest.raises(PictureError) as caught:
        chosen(picture, *bands)
    return str(caught.value)


def test_every_format() -> None:
    image = Image.fromarray(COLOURS)
    planes = np.ascontiguousarray(COLOURS.transpose(2, 0, 1))
    pictures = [image, COLOURS, encoded(image, "PNG"), encoded(image, "TIFF"), encoded(image, "WEBP", lossless=True)]
    pictures += [
        tiff(planes, photometric="rgb", planarconfig="separate"),
        tiff(planes.astype("u2") * 257, photometric="rgb"),
    ]
    for picture in pictures:
        assert (chosen(picture, 2) == RAMP.T[..., None]).all()
        assert (chosen(picture, 3, 1, 1) == np.dstack([255 - RAMP, RAMP, RAMP])).all()
        assert reason(picture, 5) == "three bands, and --bands asks for band 5"
    assert np.abs(chosen(encoded(image, "JPEG", quality=98, subsampling=0), 2)[..., 0].astype(int) - RAMP.T).mean() < 3


def test_giants(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(decode, "STRIPS_PIXELS", 0)
    assert (chosen(encoded(Image.fromarray(COLOURS), "PNG"), 2) == RAMP.T[..., None]).all()


def test_many_bands() -> None:
    many = np.dstack([RAMP // (1 + number) for number in range(7)])
    for picture in (
        many,
        tiff(many, photometric="minisblack", planarconfig="contig"),
        tiff(many.transpose(2, 0, 1), photometric="minisblack", planarconfig="separate"),
    ):
        assert (chosen(picture, 7) == many[..., 6:]).all()
        assert (chosen(picture, 4, 3, 2) == many[..., [3, 2, 1]]).all()
        assert reason(picture, 8) == "seven bands, and --bands asks for band 8"
    deep = many.astype("u2") * 257
    assert (chosen(tiff(deep, photometric="minisblack", planarconfig="contig"), 2) == many[..., 1:2]).all()
    floats = many.astype("f4")
    got = chosen(tiff(floats, photometric="minisblack", planarconfig="contig"), 2).astype(int)
    assert np.abs(got[..., 0] - RAMP).max() <= 2


def test_transparency_and_inks() -> None:
    clear = np.dstack([COLOURS, 255 - RAMP.T])
    assert (chosen(encoded(Image.fromarray(clear), "PNG"), 4) == (255 - RAMP.T)[..., None]).all()
    grey = Image.fromarray(RAMP)
    grey.putalpha(Image.fromarray(RAMP.T.copy()))
    assert (chosen(grey, 2) == RAMP.T[..., None]).all()
    inks = Image.frombytes("CMYK", (64, 64), clear.tobytes())
    for picture in (inks, encoded(inks, "TIFF")):
        assert (chosen(picture, 4) == (255 - RAMP.T)[..., None]).all()


def test_what_a_file_says_of_colours_does_not_matter() -> None:
    image = Image.fromarray(COLOURS)
    assert (chosen(encoded(image, "PNG", icc_profile=swapping_profile()), 1, 2, 3) == COLOURS).all()
    table = np.stack([np.arange(256)] * 3).astype("u2") * 257
    content = tiff(RAMP, photometric="palette", colormap=table)
    assert reason(content, 1) == "a TIFF with a palette has no bands to choose with --bands"
    white = tiff(RAMP.astype("u2") * 257, photometric="miniswhite")
    assert (chosen(white, 1) == (255 - RAMP)[..., None]).all()


def test_orientation_stays() -> None:
    block = Image.Exif()
    block[0x0112] = 6
    stream = io.BytesIO()
    Image.fromarray(COLOURS).save(stream, "PNG", exif=block)
    assert (chosen(stream.getvalue(), 2) == np.rot90(RAMP.T, -1)[..., None]).all()


@pytest.mark.parametrize("bands", [(), (1,)])
def test_an_array_of_no_picture(bands: Bands) -> None:
    with pytest.raises(PictureError, match="an array of shape"):
        load(np.zeros((3, 3, 3, 3), np.uint8), 8, "squash", Reading(bands))
