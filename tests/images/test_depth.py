"""Values of more than 8 bits: what they are in each format, the range that suits a data set, and what comes of it."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tifffile
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from headway.errors import PictureError
from headway.images import decode, load, sixteen
from headway.images.depth import Values, common_range, find_values, is_deep
from headway.images.levels import Levels
from headway.ranges import BITS, is_range, of_bits, parse_range, range_text
from headway.types import Reading
from tests.images.making import png
from tests.images.tiff.test_picture import tiff

SIDE = 64
TWELVE = Reading(value_range=of_bits(12))
RAMP = np.arange(SIDE * SIDE, dtype=np.uint16).reshape(SIDE, SIDE)  # 0 to 4,095
COLOURS = np.dstack([RAMP, RAMP[::-1], RAMP.T])
CLEAR = np.tile(np.where(np.arange(SIDE) < 9, 0, 65535), (SIDE, 1)).astype(np.uint16)  # transparency


def shown(picture: Any, reading: Reading = TWELVE) -> np.ndarray:
    return load(picture, SIDE, "squash", reading)


def grey(levels: np.ndarray) -> np.ndarray:
    return np.dstack([levels] * 3)


def on_white(levels: np.ndarray) -> np.ndarray:
    return np.where(CLEAR[..., np.newaxis] > 0, levels, 255)


def deep_png(values: np.ndarray, *, key: tuple[int, ...] = (), interlaced: bool = False) -> bytes:
    colour_type = {1: 0, 2: 4, 3: 2, 4: 6}[1 if values.ndim == 2 else values.shape[2]]
    packed = b"".join(level.to_bytes(2) for level in key)
    return png(values, 16, colour_type, key=packed or None, interlaced=interlaced)


def saved(image: Image.Image, kind: str = "PNG") -> bytes:
    stream = io.BytesIO()
    image.save(stream, kind)
    return stream.getvalue()


GREY, RGB = grey((RAMP >> 4).astype(np.uint8)), (COLOURS >> 4).astype(np.uint8)
FORMATS = {
    "array": (RAMP, GREY),
    "array in the other order of bytes": (RAMP.astype(">u2"), GREY),
    "array RGB": (COLOURS, RGB),
    "array with alpha": (np.dstack([COLOURS, CLEAR]), on_white(RGB)),
    "array grey with alpha": (np.dstack([RAMP, CLEAR]), on_white(GREY)),
    "PIL I;16": (Image.fromarray(RAMP), GREY),
    "PIL I": (Image.fromarray(RAMP.astype(np.int32)), GREY),
    "PNG grey": (deep_png(RAMP), GREY),
    "PNG RGB": (deep_png(COLOURS), RGB),
    "PNG interlaced": (deep_png(COLOURS, interlaced=True), RGB),
    "PNG grey with alpha": (deep_png(np.dstack([RAMP, CLEAR])), on_white(GREY)),
    "PNG RGB with alpha": (deep_png(np.dstack([COLOURS, CLEAR])), on_white(RGB)),
    "TIFF grey": (tiff(RAMP, photometric="minisblack"), GREY),
    "TIFF white is zero": (tiff(RAMP, photometric="miniswhite"), 255 - GREY),
    "TIFF RGB": (tiff(COLOURS, photometric="rgb"), RGB),
    "TIFF planes": (tiff(COLOURS.transpose(2, 0, 1), photometric="rgb", planarconfig="separate"), RGB),
    "TIFF with alpha": (tiff(np.dstack([COLOURS, CLEAR]), photometric="rgb", extrasamples=("unassalpha",)),
                        on_white(RGB)),
    "TIFF signed": (tiff(RAMP.astype(np.int16), photometric="minisblack"), GREY),
    "TIFF of 32 bits": (tiff(RAMP.astype(np.uint32), photometric="minisblack"), GREY),
}  # fmt: skip


@pytest.mark.parametrize("name", FORMATS)
def test_twelve_bits_in_sixteen(name: str) -> None:
    picture, right = FORMATS[name]
    assert np.array_equal(shown(picture), right)
    # What is beyond the range does not come round.
    narrow = shown(picture, Reading(value_range=of_bits(8)))
    assert (narrow.max() == 255 and (narrow == 255).mean() > 0.9) or name == "TIFF white is zero"
    assert is_deep(picture)
    values = find_values(picture, ())
    assert values is not None and (values.low, values.high) == pytest.approx((4.1, 4090.9), abs=1)
    assert common_range([values]) == of_bits(12)
    # The format's own range is what it was.
    assert shown(picture, Reading()).max() <= 16 or name == "TIFF white is zero" or "alpha" in name


def test_the_other_kinds_of_tiff() -> None:
    """Those that say how many bits they have, are inks, or have a palette are as they were."""
    floats = tiff((RAMP / 4095).astype(np.float32), photometric="minisblack")
    assert not is_deep(tiff(RAMP.astype(np.uint8), photometric="minisblack"))
    assert np.array_equal(shown(floats), shown(floats, Reading()))
    inks = tiff(np.dstack([RAMP] * 4), photometric="separated")
    assert np.array_equal(shown(inks), shown(inks, Reading()))
    assert find_values(inks, ()) is None
    chosen = shown(tiff(np.dstack([COLOURS, RAMP // 2]), photometric="rgb"), Reading((4,), of_bits(12)))
    assert np.array_equal(chosen, GREY >> 1)


@pytest.mark.parametrize("pixels", [RAMP, COLOURS, np.dstack([RAMP, CLEAR]), np.dstack([COLOURS, CLEAR])])
def test_strips_show_what_a_whole_picture_does(pixels: np.ndarray, monkeypatch: pytest.MonkeyPatch) -> None:
    content = deep_png(pixels)
    whole = shown(content)
    monkeypatch.setattr(decode, "STRIPS_PIXELS", 0)
    monkeypatch.setattr("headway.images.strips.STRIP_BYTES", 4_000)
    assert np.array_equal(shown(content), whole)
    values = find_values(content, ())
    assert values is not None
    # Of a giant not more is kept than of others, and of all its strips.
    monkeypatch.setattr("headway.images.depth._ALL_VALUES", 2_000)
    few = find_values(content, ())
    assert few is not None and few.low < 30 and few.high == pytest.approx(values.high, abs=60)


def test_a_transparent_colour_counts_in_all_bits() -> None:
    content = deep_png(COLOURS, key=tuple(COLOURS[3, 5].tolist()))
    right = RGB.copy()
    right[3, 5] = 255
    assert np.array_equal(shown(content), right)
    level = deep_png(RAMP, key=(int(RAMP[3, 5]),))
    right = GREY.copy()
    right[3, 5] = 255
    assert np.array_equal(shown(level), right)


def test_a_picture_that_would_take_too_much(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sixteen, "MEGAPIXELS", 0)
    with pytest.raises(PictureError, match="1 megapixels; of a 16-bit PNG that is read whole at most 0 are read"):
        shown(deep_png(COLOURS))
    assert find_values(deep_png(COLOURS), ()) is None


def test_eight_bits_are_untouched() -> None:
    eight = np.dstack([RAMP % 251] * 3).astype(np.uint8)
    image = Image.fromarray(eight)
    for picture in (eight, image, *(saved(image, kind) for kind in ("PNG", "JPEG", "BMP", "TIFF", "WEBP"))):
        assert not is_deep(picture)
        assert np.array_equal(shown(picture), shown(picture, Reading()))
        assert find_values(picture, ()) is None


def test_floats_and_signed_numbers() -> None:
    far = np.linspace(-1000, 3000, SIDE * SIDE).reshape(SIDE, SIDE)
    reading = Reading(value_range=(-1000.0, 3000.0))
    right = ((far + 1000) / 4000 * 255 + 0.5).astype(np.uint8)
    for values in (far.astype(np.float32), far.round().astype(np.int16)):
        picture = tiff(values, photometric="minisblack")
        assert np.abs(shown(picture, reading)[..., 0].astype(int) - right).max() <= 1
        # A dark picture of the same data set stays dark, where its own range would stretch it.
        dark = tiff((values // 50).astype(values.dtype), photometric="minisblack")
        assert shown(dark, reading).max() < 90 and shown(dark, Reading()).max() == 255
    unit = tiff((far / 4000 + 0.3).clip(0, 1).astype(np.float32), photometric="minisblack")
    found = find_values(unit, ())
    assert found is not None and found.is_unit and common_range([found]) == ()
    # Where some are brighter than 1, that is white for all.
    brighter = find_values(tiff(np.where(far > 2999, 1.2, 0.5).astype(np.float32), photometric="minisblack"), ())
    assert brighter is not None and common_range([found, brighter]) == (0.0, 1.0)
    nothing = find_values(tiff(np.full((8, 8), np.nan, np.float32), photometric="minisblack"), ())
    assert nothing is None


def test_dicom() -> None:
    pytest.importorskip("pydicom")
    from tests.images.test_dicom import dicom

    plain = dicom(RAMP, size=(SIDE, SIDE))
    assert is_deep(plain)
    values = find_values(plain, ())
    assert values is not None and common_range([values]) == of_bits(12)
    assert np.array_equal(shown(plain), GREY)
    inverted = dicom(RAMP, size=(SIDE, SIDE), PhotometricInterpretation="MONOCHROME1")
    assert np.array_equal(shown(inverted), 255 - GREY)
    scanner = dicom(RAMP, size=(SIDE, SIDE), RescaleSlope=1, RescaleIntercept=-1024)
    found = find_values(scanner, ())
    assert found is not None and common_range([found]) == (-1100, 3100)
    # A window says it.
    window = dicom(RAMP, size=(SIDE, SIDE), WindowCenter=2048, WindowWidth=1000)
    assert not is_deep(window) and find_values(window, ()) is None
    assert np.array_equal(shown(window), shown(window, Reading()))
    # Without a range of their own, 16 bits are not enough to say what is white.
    deep = find_values(dicom(RAMP * np.uint16(15), size=(SIDE, SIDE)), ())
    assert deep is not None and common_range([deep]) == (0.0, 65535.0)


@settings(deadline=None)
@given(st.lists(st.integers(0, 65535), min_size=1, max_size=5), st.integers(0, 2**32 - 1))
def test_the_smallest_number_of_bits_that_fits_every_picture(most: list[int], seed: int) -> None:
    random = np.random.default_rng(seed)
    pictures = [random.integers(0, high + 1, (40, 40)).astype(np.uint16) for high in most]
    found = [values for picture in pictures if (values := find_values(picture, ())) is not None]
    highest = max(np.percentile(picture, 99.9) for picture in pictures)
    fitting = [bits for bits in BITS if highest <= (1 << bits) - 1]
    chosen = common_range(found)
    assert chosen == (of_bits(fitting[0]) if fitting else ())
    for picture in pictures:
        levels = Levels(chosen).of(picture)
        assert (levels == 255).mean() < 0.5 or picture.min() > 0 or len(np.unique(picture)) < 3
        order = np.argsort(picture, axis=None)
        assert (np.diff(levels.reshape(-1)[order].astype(int)) >= 0).all()  # nothing comes round


def test_hot_pixels_do_not_count() -> None:
    picture = RAMP.copy()
    picture[0, :3] = 65535
    values = find_values(picture, ())
    assert values is not None and common_range([values]) == of_bits(12)
    assert (shown(picture)[0, :3] == 255).all()


def test_marks_for_no_data_do_not_count() -> None:
    """Maps have the lowest of all floats where nothing was measured; no range reaches so far."""
    mark = np.arange(SIDE) < SIDE // 4
    for dtype in (np.float16, np.float32, np.float64):
        for lowest in (np.finfo(dtype).min, -np.inf, np.nan) if dtype is not np.float16 else (-np.inf, np.nan):
            picture = tiff(np.where(mark, lowest, RAMP).astype(dtype), photometric="minisblack")
            values = find_values(picture, ())
            assert values is not None
            chosen = common_range([values])
            assert is_range(chosen) and chosen == (0, 4100)
            pixels = shown(picture, Reading(value_range=chosen))
            assert (pixels[:, mark] == 0).all() and pixels[:, ~mark].max() == 255
    assert find_values(tiff(RAMP * 1e200 + 1e200, photometric="minisblack"), ()) is None


def test_a_range_far_from_zero_keeps_its_digits() -> None:
    for far in (1e6, -1e6, 1e15):
        picture = tiff(far + RAMP / 4096, photometric="minisblack")
        values = find_values(picture, ())
        assert values is not None
        low, high = common_range([values])
        assert is_range((low, high)) and (low - far, high - far) == pytest.approx(
            (0, 1), abs=0.2 if far > 1e9 else 0.01
        )
    assert common_range([Values(-1024.4, -1024.4, False, False, False)]) == ()


@given(st.floats(-1e30, 1e30), st.floats(-1e30, 1e30))
def test_ends_are_rounded_outwards_to_two_digits(one: float, other: float) -> None:
    """Slightly other pictures have the same range, and so the same features."""
    chosen = common_range([Values(min(one, other), max(one, other), False, False, False)])
    if one == other or (min(one, other) >= 0 and max(one, other) <= 1):
        assert chosen in ((), (0.0, 1.0))
        return
    (low, high), span = chosen, abs(one - other)
    assert is_range(chosen) and parse_range(range_text(chosen)) == chosen
    slack = 0.001 * span + 1e-15 * max(abs(one), abs(other))
    assert low <= min(one, other) + slack and max(one, other) - slack <= high
    assert high - low <= 1.21 * span + 2 * slack
    noisy = [Values(-39.9, 1345.6, False, False, False), Values(-35.1, 1301.0, False, False, False)]
    assert [common_range([values]) for values in noisy] == [(-100.0, 1400.0)] * 2
    assert str(common_range([Values(0.0, 2797.2, False, False, False)])) == "(0.0, 2800.0)"  # not -0.0


def test_what_is_no_picture(tmp_path: Path) -> None:
    for picture in (b"", b"text", tmp_path, str(tmp_path / "missing"), "a\0b", 7, io.BytesIO(deep_png(RAMP))):
        assert not is_deep(picture)  # type: ignore[arg-type]
    (tmp_path / "broken.tif").write_bytes(tiff(RAMP, photometric="minisblack")[:200])
    assert not is_deep(tmp_path / "broken.tif") and find_values(tmp_path / "broken.tif", ()) is None
    tifffile.imwrite(tmp_path / "whole.tif", RAMP, photometric="minisblack")
    assert is_deep(tmp_path / "whole.tif")


def test_ranges_as_text() -> None:
    for value_range in ((), *map(of_bits, BITS), (0.0, 65535.0), (-1024.0, 3071.5), (1e-7, 1e20)):
        assert parse_range(range_text(value_range)) == value_range
    for wrong in ("", "11", "a", "1", "5,5", "5,1", "nan,1", "0,inf", "1,2,3", "0;1", None, 12):
        assert parse_range(wrong) is None
    for wrong in ((0, 10**400), (True, 2), ("0", 1), (0,), [3, 1], {0, 1}):
        assert not is_range(wrong)
