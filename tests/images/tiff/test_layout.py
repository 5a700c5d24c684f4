"""What tags say of the pixels; what is refused before one is decoded."""

from __future__ import annotations

import io
import struct

import pytest

from headway.errors import PictureError
from headway.images.tiff.directory import Directory
from headway.images.tiff.layout import check_samples, is_plain, read_layout
from tests.images.tiff.test_directory import directory

GREY = {256: 64, 257: 64, 258: 8, 259: 1, 262: 1, 273: 8, 277: 1, 278: 64, 279: 4096}


def page(**changes: int | tuple[int, ...]) -> Directory:
    """Return the tags of a grey picture, with some of them changed: ``t258=16``."""
    tags = {**GREY, **{int(name[1:]): value for name, value in changes.items()}}
    entries = []
    for tag, value in sorted(tags.items()):
        if isinstance(value, tuple):
            entries.append((tag, 3, len(value), struct.pack(f"<{len(value)}H", *value)))
        else:
            entries.append((tag, 4, 1, struct.pack("<I", value)))
    return Directory(io.BytesIO(directory(*entries)))


def reason(**changes: int | tuple[int, ...]) -> str:
    tags = page(**changes)
    with pytest.raises(PictureError) as caught:
        check_samples(tags, read_layout(tags))
    return str(caught.value)


@pytest.mark.parametrize(
    ("changes", "plain"),
    [
        ({}, True),
        ({"t262": 0}, True),
        ({"t258": 1}, True),
        ({"t258": 1, "t259": 4}, True),
        ({"t258": 4}, False),
        ({"t258": 16}, True),
        ({"t258": 16, "t262": 0}, False),
        ({"t258": 16, "t259": 7}, False),
        ({"t258": 32, "t339": 3}, False),
        ({"t339": 2}, False),
        ({"t266": 2}, False),
        ({"t262": 2, "t277": 3}, True),
        ({"t262": 2, "t277": 3, "t284": 2}, False),
        ({"t262": 2, "t277": 4}, True),
        ({"t262": 2, "t277": 4, "t338": 1}, True),
        ({"t262": 2, "t277": 4, "t338": 0}, False),
        ({"t262": 5, "t277": 4}, True),
        ({"t262": 5, "t277": 4, "t332": 2}, False),
        ({"t262": 3}, False),
        ({"t262": 8, "t277": 3}, True),
        ({"t262": 6, "t277": 3, "t259": 7}, True),
        ({"t262": 6, "t277": 3}, False),
        ({"t262": 6, "t277": 3, "t530": (1, 1)}, True),
        ({"t259": 5, "t317": 2}, True),
        ({"t259": 5, "t317": 3}, False),
        ({"t317": 2}, False),
        ({"t259": 34925}, False),
        ({"t259": 4}, False),
        ({"t322": 16, "t323": 16}, False),
        ({"t259": 5, "t322": 16, "t323": 16}, True),
    ],
)
def test_what_is_left_to_pillow(changes: dict[str, int], plain: bool) -> None:
    tags = page(**changes)
    assert is_plain(tags, read_layout(tags)) == plain


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"t256": 0}, "an empty picture of 0 × 64 pixels"),
        ({"t277": 0}, "broken TIFF file (0 samples a pixel, segments of 64 × 64 pixels)"),
        ({"t322": 0}, "broken TIFF file (1 samples a pixel, segments of 0 × 0 pixels)"),
        ({"t277": 1001}, "a TIFF of 1,001 samples a pixel; at most 1,000 are read"),
        ({"t258": (5, 6)}, "a TIFF with several bits of a sample (5, 6); one for all is read"),
        ({"t262": 34892}, "a TIFF whose pixels are of the sensor of a camera (photometric interpretation 34892)"),
        ({"t262": 7}, "a TIFF whose pixels are of an unknown kind (photometric interpretation 7)"),
        ({"t262": 4}, "a TIFF whose first page is a mask, not a picture"),
        ({"t259": 34712}, "a TIFF compressed by JPEG 2000 (compression 34712), which is not read here"),
        ({"t259": 9}, "a TIFF compressed by an unknown method (compression 9), which is not read here"),
        ({"t339": 5}, "a TIFF whose samples are complex whole numbers (sample format 5)"),
        ({"t339": 9}, "a TIFF of 8-bit unknown samples, which are not read here"),
        ({"t258": 24}, "a TIFF of 24-bit unsigned samples, which are not read here"),
        ({"t258": 24, "t339": 3}, "a TIFF of 24-bit floating-point samples, which are not read here"),
        (
            {"t259": 7, "t258": 16},
            "a TIFF compressed as a picture (compression 7) of 1 samples of 16 bits, in a way that is not read here",
        ),
        ({"t262": 6, "t277": 3}, "a TIFF of YCbCr that is not compressed as JPEG, in a way that is not read here"),
        (
            {"t262": 5, "t277": 4, "t332": 2},
            "a TIFF of inks other than CMYK, or of CMYK with transparency, which is not read here",
        ),
        ({"t262": 8, "t277": 3, "t258": 32}, "a TIFF of L*a*b* whose samples are not of 8 or 16 unsigned bits, which is not read here"),
        ({"t317": 2}, "a TIFF with predictor 2, which is not read for 8-bit samples of this kind"),
        ({"t256": 40_000, "t257": 20_000, "t278": 10}, "a TIFF of 800 MB of samples; at most 600 are read"),
        ({"t322": 60_000, "t323": 9_000}, "a TIFF with 540 MB in a strip or tile; at most 160 are read"),
    ],
)  # fmt: skip
def test_reasons(changes: dict[str, int | tuple[int, ...]], said: str) -> None:
    assert reason(**changes) == said


def test_much_besides_the_pixels_is_not_given_to_pillow(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("headway.images.tiff.layout._NOTES_BYTES", 10)
    tags = page()
    assert not is_plain(tags, read_layout(tags))
    check_samples(tags, read_layout(tags))
