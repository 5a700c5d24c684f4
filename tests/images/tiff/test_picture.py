"""Every kind of TIFF shows what tifffile reads in it, or is set aside with the reason."""

from __future__ import annotations

import io
import logging
import re
from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tifffile
from PIL import Image

from headway.errors import PictureError
from headway.images import load
from headway.images.source import open_image
from tests.images.tiff.making import HEIGHT, WIDTH, kinds, lab_to_srgb, shown, values_of, written

TRUE_REASONS = (
    r"(two|five) bands: say which with --bands",
    r"a TIFF whose samples are complex numbers \(sample format 6\)",
    r"a TIFF whose pixels are of the sensor of a camera \(photometric interpretation 32803\)",
    r"a TIFF whose first page is a mask, not a picture",
    r"a TIFF of YCbCr that is not compressed as JPEG, in a way that is not read here",
    r"a TIFF of L\*a\*b\* whose samples are not of 8 or 16 unsigned bits, which is not read here",
    r"a TIFF with predictor [23], which is not read for \d+-bit samples of this kind",
)
RAMP = np.tile(np.linspace(0, 255, 64).astype(np.uint8), (64, 1))


def tiff(values: Any, **options: Any) -> bytes:
    stream = io.BytesIO()
    tifffile.imwrite(stream, values, **options)
    return stream.getvalue()


def grey(picture: Any, size: int = 64) -> np.ndarray:
    pixels = load(picture, size, "squash")
    assert (pixels == pixels[..., :1]).all()
    return pixels[..., 0]


def reason(picture: Any) -> str:
    with pytest.raises(PictureError) as caught:
        load(picture, 16, "squash")
    return str(caught.value)


def compare(step: int, first: int) -> Counter[str]:
    """Read every so manieth kind of TIFF, by Headway and by tifffile."""
    outcomes: Counter[str] = Counter()
    for kind in (kind for number, kind in enumerate(kinds()) if number % step == first):
        content = written(kind)
        if content is None:
            outcomes["not written"] += 1
            continue
        try:
            right = shown(content)
        except (ValueError, RuntimeError, NotImplementedError, ImportError):
            outcomes["not read by tifffile"] += 1
            continue
        try:
            pixels = load(content, WIDTH, "squash")
        except PictureError as error:
            assert any(re.fullmatch(true, str(error)) for true in TRUE_REASONS), f"{kind}: {error}"
            outcomes["set aside"] += 1
            continue
        assert right is not None, f"{kind} is read, though there is no picture in it"
        difference = np.abs(pixels.astype(int) - load(right, WIDTH, "squash"))
        # Colours that no screen shows are cut off in another way by lcms than by a formula.
        assert difference.mean() < 0.5 if "L*a*b*" in kind.colours else difference.max() <= 3, str(kind)
        outcomes["the same"] += 1
    return outcomes


@pytest.fixture(autouse=True)
def _quiet(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(logging.getLogger("tifffile"), "disabled", True)


@pytest.mark.parametrize("first", [0, 50])
def test_some_of_every_kind_that_tifffile_writes(first: int) -> None:
    outcomes = compare(101, first)
    assert outcomes["the same"] > 50 and outcomes["the same"] > outcomes["set aside"]


@pytest.mark.slow
def test_every_kind_that_tifffile_writes() -> None:
    assert compare(1, 0)["the same"] > 5_000


def test_packed_bits_by_formula() -> None:
    """Without imagecodecs tifffile does not read them."""
    for bits in range(1, 17):
        levels = (np.arange(64 * 61).reshape(64, 61) * 7919) % (1 << bits)
        rows = ["".join(f"{level:0{bits}b}" for level in row) for row in levels]
        row_bytes = -(-61 * bits // 8)
        data = b"".join(int(row.ljust(row_bytes * 8, "0"), 2).to_bytes(row_bytes) for row in rows)
        content = by_hand({256: 61, 257: 64, 258: bits, 259: 1, 262: 1, 277: 1, 278: 10}, data, strips=10 * row_bytes)
        right = levels >> (bits - 8) if bits > 8 else (levels * 255 / ((1 << bits) - 1) + 0.5).astype(int)
        with open_image(content) as (_, image, _):
            image.load()
            pixels = np.asarray(image.convert("L") if bits < 16 else image)
            assert (pixels >> (8 if bits == 16 else 0) == right).all(), bits


def by_hand(tags: dict[int, int], data: bytes, strips: int, order: str = "big") -> bytes:
    """Write a TIFF of whole numbers as tags, in strips of so many bytes."""
    starts = list(range(8, 8 + len(data), strips))
    sizes = [min(strips, 8 + len(data) - start) for start in starts]
    tables = 8 + len(data)
    lists = {273: starts, 279: sizes}
    where = {273: tables, 279: tables + 4 * len(starts)}
    body = data + b"".join(number.to_bytes(4, order) for numbers in lists.values() for number in numbers)  # type: ignore[arg-type]
    entries = b""
    for tag in sorted({*tags, *lists}):
        count = len(lists[tag]) if tag in lists else 1
        value = (where[tag] if count > 1 else lists[tag][0]) if tag in lists else tags[tag]
        entries += b"".join(
            number.to_bytes(size, order)
            for number, size in ((tag, 2), (4, 2), (count, 4), (value, 4))  # type: ignore[arg-type]
        )
    count = len({*tags, *lists})
    head = (b"MM\0*" if order == "big" else b"II*\0") + (8 + len(body)).to_bytes(4, order)  # type: ignore[arg-type]
    return head + body + count.to_bytes(2, order) + entries + bytes(4)  # type: ignore[arg-type]


def test_white_is_zero() -> None:
    for values in (RAMP, RAMP.astype("u2") * 257, RAMP.astype("f4") / 255, RAMP.astype("u4") << 24, RAMP > 127):
        plain, inverted = (grey(tiff(values, photometric=name)) for name in ("minisblack", "miniswhite"))
        assert np.abs(255 - plain.astype(int) - inverted).max() <= 1


def test_big_tiff_and_both_orders_of_bytes() -> None:
    planes = np.stack([RAMP, RAMP.T, 255 - RAMP]).astype("u2") * 257
    for big in (False, True):
        for order in "<>":
            content = tiff(planes, photometric="rgb", planarconfig="separate", bigtiff=big, byteorder=order)
            assert (load(content, 64, "squash") == planes.transpose(1, 2, 0) >> 8).all()


@pytest.mark.parametrize("plain", [True, False])
def test_orientation(plain: bool) -> None:
    image = np.zeros((40, 60, 3), np.uint8)
    image[:20, :30], image[:20, 30:], image[20:, :30] = (200, 0, 0), (0, 200, 0), (0, 0, 200)
    upright = load(image, 32, "crop")
    stored = {
        1: image,
        2: image[:, ::-1],
        3: image[::-1, ::-1],
        4: image[::-1],
        5: image.transpose(1, 0, 2),
        6: np.rot90(image),
        7: np.rot90(image, 2).transpose(1, 0, 2),
        8: np.rot90(image, -1),
    }
    for number, pixels in stored.items():
        tag = [(274, "H", 1, number, True)]
        values = pixels if plain else np.ascontiguousarray(pixels.transpose(2, 0, 1))
        content = tiff(values, photometric="rgb", planarconfig="contig" if plain else "separate", extratags=tag)
        assert np.abs(load(content, 32, "crop").astype(int) - upright).max() <= 1, number


def test_the_first_page_is_read() -> None:
    stack = np.stack([RAMP, 255 - RAMP, RAMP // 2]).astype("u2") * 257
    for options in ({}, {"imagej": True}, {"ome": True, "metadata": {"axes": "CYX"}}, {"metadata": {"axes": "ZYX"}}):
        content = tiff(stack, photometric="minisblack", **options)
        assert (grey(content) == RAMP).all(), options
    with_small_ones = io.BytesIO()
    with tifffile.TiffWriter(with_small_ones) as writer:
        writer.write(RAMP.astype("f8") / 255, photometric="minisblack", subifds=1)
        writer.write(RAMP[::2, ::2], photometric="minisblack", subfiletype=1)
    assert (grey(with_small_ones.getvalue()) == RAMP).all()


def test_floats_have_the_range_of_the_picture() -> None:
    for dtype in ("f2", "f4", "f8"):
        assert np.abs(grey(tiff(RAMP.astype(dtype) / 255, photometric="minisblack")).astype(int) - RAMP).max() <= 1
        wide = RAMP.astype(dtype) * 7 - 300
        wide[0] = np.nan
        wide[1], wide[2] = np.inf, -np.inf
        got = grey(tiff(wide, photometric="minisblack")).astype(int)
        assert np.abs(got[3:] - RAMP[3:]).max() <= 1
        assert (got[0] == 0).all() and (got[1] == 255).all() and (got[2] == 0).all()
    colours = np.dstack([RAMP, RAMP.T, RAMP // 3]).astype("f4")
    assert np.abs(load(tiff(colours, photometric="rgb"), 64, "squash") - colours).max() <= 1


def test_whole_numbers_beyond_16_bits_and_below_0() -> None:
    far = RAMP.astype("u4") << 24
    assert np.abs(grey(tiff(far, photometric="minisblack")).astype(int) - RAMP).max() <= 1
    near = RAMP.astype("i2") * 100
    assert (grey(tiff(near, photometric="minisblack")) == near >> 8).all()
    assert np.abs(grey(tiff(near - 9000, photometric="minisblack")).astype(int) - RAMP).max() <= 1
    small = (RAMP // 2).astype("i1")
    assert (grey(tiff(small, photometric="minisblack")) == small).all()


def test_transparency() -> None:
    clear = np.dstack([RAMP, RAMP, RAMP, np.zeros_like(RAMP)]).astype("u2") * 257
    assert (load(tiff(clear, photometric="rgb", extrasamples=("unassalpha",)), 64, "squash") == 255).all()
    floats = clear.astype("f4") / 65535
    floats[..., 3] = 0.5
    got = load(tiff(floats, photometric="rgb", extrasamples=("unassalpha",)), 64, "squash").astype(int)
    assert np.abs(got[..., 0] - (RAMP.astype(int) + 255) / 2).max() <= 2


def test_a_palette_of_8_bits_and_with_transparency() -> None:
    table = np.stack([np.arange(256), 255 - np.arange(256), np.arange(256) // 2]).astype("u2")
    wanted = table[:, RAMP].transpose(1, 2, 0)
    for factor in (1, 257):
        content = tiff(RAMP, photometric="palette", colormap=table * factor)
        assert (load(content, 64, "squash") == wanted).all()
    content = tiff(RAMP, photometric="palette", colormap=table)
    # The number of colours that the tag claims to have.
    at = content.index(b"\x40\x01\x03\0\0\3\0\0")
    assert (
        reason(content[: at + 4] + b"\0\2" + content[at + 6 :])
        == "broken TIFF file (a palette of 512 numbers, not 768)"
    )


def test_a_palette_with_transparency() -> None:
    table = np.concatenate([np.arange(256), 255 - np.arange(256), np.arange(256) // 2]).astype(">u2") * 257
    pixels = np.dstack([RAMP, RAMP.T])
    colours = np.dstack([RAMP, 255 - RAMP, RAMP // 2]).astype(int)
    data = pixels.tobytes()
    tags = {256: 64, 257: 64, 258: 8, 259: 1, 262: 3, 277: 2, 278: 64, 338: 2}
    # The palette is appended, and its tag put in the place of one that nobody needs.
    tags[320] = 1
    content = bytearray(by_hand(tags, data, 1 << 20))
    at = content.rindex(bytes([1, 64, 0, 4, 0, 0, 0, 1]))
    content[at : at + 12] = bytes([1, 64, 0, 3, 0, 0, 3, 0]) + len(content).to_bytes(4)
    alpha = RAMP.T[..., None] / 255
    got = load(bytes(content) + table.tobytes(), 64, "squash")
    assert np.abs(got - (colours * alpha + 255 * (1 - alpha))).max() <= 2


def test_what_is_kept_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("headway.images.tiff.picture._KEPT_BYTES", 10_000)
    assert reason(tiff(RAMP.astype("f8"))) == "a TIFF of 0 MB of 64-bit samples; at most 0 are read"
    load(tiff(np.stack([RAMP] * 2), photometric="minisblack"), 16, "squash")


def test_lab_of_16_bits() -> None:
    levels = np.dstack([np.full((9, 9), 150), np.full((9, 9), 138), np.full((9, 9), 98)]).astype("u2")
    right = lab_to_srgb(levels.astype(np.uint8), signed=False).astype(int)
    signed = (levels ^ [0, 128, 128]).astype("u2") << 8
    for values, name in ((levels << 8, "icclab"), (signed, "cielab"), (levels.astype("u1"), "icclab")):
        assert np.abs(load(tiff(values, photometric=name), 9, "squash") - right).max() <= 3


def test_volumes_and_what_is_no_tiff_of_one_kind() -> None:
    volume = np.zeros((16, 32, 32), "u1")
    content = tiff(volume, photometric="minisblack", volumetric=True, tile=(16, 16, 16))
    assert reason(content) == "a volume 16 pixels deep, not a picture"
    three = tiff(np.zeros((9, 9, 3), "u1"), photometric="minisblack", planarconfig="contig")
    assert reason(three) == "three bands: say which with --bands"
    many = tiff(np.zeros((9, 9, 200), "u1"), photometric="minisblack", planarconfig="contig")
    assert reason(many) == "200 bands: say which with --bands"


def test_a_colour_profile_is_applied(tmp_path: Path) -> None:
    from tests.images.test_decode import swapping_profile

    planes = np.stack([np.full((9, 9), level, "u1") for level in (230, 20, 40)])
    content = tiff(planes, photometric="rgb", planarconfig="separate", iccprofile=swapping_profile())
    assert np.abs(load(content, 9, "squash") - np.array([20, 230, 40])).max() <= 2


@pytest.mark.parametrize("mode", ["L", "RGB", "YCbCr"])
def test_what_is_coded_as_a_picture_is_left_to_pillow(mode: str) -> None:
    image = Image.fromarray(np.dstack([RAMP, RAMP.T, RAMP // 2])).convert(mode)
    stream = io.BytesIO()
    image.save(stream, "TIFF", compression="jpeg")
    assert np.abs(load(stream.getvalue(), 64, "squash").astype(int) - np.asarray(image.convert("RGB"))).mean() < 8
    for fax in ("group3", "group4", "tiff_ccitt"):
        stream = io.BytesIO()
        Image.fromarray(RAMP > 99).save(stream, "TIFF", compression=fax)
        assert (grey(stream.getvalue()) == np.where(RAMP > 99, 255, 0)).all()


def test_facts_say_what_the_file_holds() -> None:
    modes = {}
    for kind in kinds():
        if (
            kind.compression == "none"
            and kind.planar == "contig"
            and not kind.tile
            and kind.order == "<"
            and not kind.bits
        ):
            content = written(kind)
            if content is not None:
                try:
                    with open_image(content) as (_, image, name):
                        modes[kind.dtype, kind.colours] = image.mode
                        assert name == "TIFF" and image.size == (WIDTH, HEIGHT)
                except PictureError:
                    continue
    assert modes["u1", "black is zero"] == "L" and modes["u2", "white is zero"] == "I;16"
    assert modes["f4", "black is zero"] == "F" and modes["i4", "black is zero"] == "I"
    assert modes["u2", "RGB with associated alpha"] == "RGBa" and modes["u1", "palette"] == "P"
    assert values_of(next(kinds())).shape == (HEIGHT, WIDTH, 1)
