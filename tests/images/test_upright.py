"""Orientation, wherever Pillow finds it."""

from __future__ import annotations

import io
import struct
from typing import Any

import numpy as np
import pytest
import tifffile
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image, ImageOps

from headway.images import FITS, load, load_with_facts
from headway.images.upright import orientation, turn_upright
from tests.images.making import chunk, png

HEADER = b"Exif\0\0"


def block(value: int, *, order: str = "<", kind: str = "H", count: int = 1) -> bytes:
    start = b"II*\0" if order == "<" else b"MM\0*"
    number = {"B": 1, "H": 3, "I": 4, "h": 8, "i": 9}[kind]
    entry = struct.pack(f"{order}HHI{kind}", 0x0112, number, count, value)
    return start + struct.pack(f"{order}IH", 8, 1) + entry.ljust(12, b"\0") + bytes(4)


def profile(exif: bytes) -> str:
    """Return a block as ImageMagick writes it into a PNG's text."""
    digits = exif.hex()
    lines = "\n".join(digits[at : at + 72] for at in range(0, len(digits), 72))
    return f"\nexif\n{len(exif):8d}\n{lines}\n"


def by_pillow(info: dict[Any, Any]) -> int:
    image = Image.new("L", (1, 1))
    image.info.update(info)
    found = image.getexif().get(0x0112, 1)
    return found if found in range(1, 9) else 1


@pytest.mark.parametrize("value", range(1, 9))
@pytest.mark.parametrize("start", [b"", HEADER, HEADER * 2])
def test_orientation_as_pillow_writes_it(value: int, start: bytes) -> None:
    exif = Image.Exif()
    exif[0x010F], exif[0x0112], exif[0x0131] = "maker", value, "software"
    assert orientation({"exif": start + exif.tobytes().removeprefix(HEADER)}) == value


@given(st.sampled_from("<>"), st.sampled_from("HIhi"), st.integers(0, 10), st.integers(0, 3), st.integers(0, 10))
def test_a_block_is_read_as_pillow_reads_it(order: str, kind: str, value: int, headers: int, in_xmp: int) -> None:
    info = {"exif": HEADER * headers + block(value, order=order, kind=kind)}
    info["xmp"] = f'<x tiff:Orientation="{in_xmp}"/>'.encode()
    try:
        expected = by_pillow(info)
    except SyntaxError:
        # A header too many; what XMP says is read nevertheless.
        expected = by_pillow({"xmp": info["xmp"]})
    assert orientation(info) == expected


@pytest.mark.parametrize(
    "info",
    [
        {"Raw profile type exif": profile(HEADER + block(6))},
        {"Raw profile type exif": profile(block(7, order=">"))},
        {"Raw profile type exif": profile(block(7)), "exif": block(3)},
        {"XML:com.adobe.xmp": '<rdf tiff:Orientation="5"/>', "xmp": b'<rdf tiff:Orientation="2"/>'},
        {"xmp": b"<tiff:Orientation>8</tiff:Orientation>"},
        {"xmp": b'<rdf tiff:Orientation="8"/>', "exif": block(3)},
        {"xmp": b'<rdf tiff:Orientation="8"/>', "exif": block(0)},
        {"xmp": b"<rdf/>"},
    ],
)
def test_each_place_is_read_as_pillow_reads_it(info: dict[Any, Any]) -> None:
    assert orientation(info) == by_pillow(info)


@pytest.mark.parametrize("value", [0, 9, 65535])
def test_orientations_that_are_none(value: int) -> None:
    assert orientation({"exif": block(value)}) == 1


@given(st.binary(max_size=60), st.sampled_from([b"", b"II*\0", b"MM\0*", b"Exif\0\0MM\0*\0\0\0\x08"]))
def test_any_block_is_survived(content: bytes, start: bytes) -> None:
    assert 1 <= orientation({"exif": start + content, "xmp": content}) <= 8


def test_no_block() -> None:
    twice = block(6, count=2)
    for info in (
        {},
        {"exif": twice},
        {"exif": None},
        {"exif": b""},
        {"exif": "text"},
        {"xmp": 7},
        {"Raw profile type exif": "\nexif\n 9\nno digits"},
        {"Raw profile type exif": b"no text"},
        {"exif": HEADER + b"MM*\0" + bytes(20)},
    ):
        assert orientation(info) == 1


def test_another_entry_comes_first() -> None:
    odd = struct.pack("<HHIHH", 0x0112, 99, 1, 3, 0)
    good = struct.pack("<HHIHH", 0x0112, 3, 1, 6, 0)
    assert orientation({"exif": b"II*\0" + struct.pack("<IH", 8, 2) + odd + good}) == 6


@pytest.mark.parametrize("value", range(1, 9))
def test_upright_is_pillows(value: int) -> None:
    pixels = np.random.default_rng(0).integers(0, 256, (5, 7, 3), dtype=np.uint8)
    image = Image.fromarray(pixels)
    image.getexif()[0x0112] = value
    assert np.array_equal(turn_upright(pixels, value), np.asarray(ImageOps.exif_transpose(image)))


@pytest.mark.parametrize("strips", [False, True])
@pytest.mark.parametrize("place", ["before", "after"])
def test_notes_on_either_side_of_the_pixels(strips: bool, place: str, monkeypatch: pytest.MonkeyPatch) -> None:
    from headway.images import decode, load

    if strips:
        monkeypatch.setattr(decode, "STRIPS_PIXELS", 0)
    values = np.arange(12 * 8 * 3).reshape(8, 12, 3) % 256
    upright = load(np.rot90(values.astype(np.uint8), -1), 16, "crop")
    xmp = b'XML:com.adobe.xmp\0\0\0\0\0<x tiff:Orientation="6"/>'
    notes = (
        chunk(b"eXIf", block(6)),
        chunk(b"tEXt", b"Raw profile type exif\0" + profile(block(6)).encode()),
        chunk(b"tEXt", b"Comment\0nothing") + chunk(b"iTXt", xmp),
    )
    for note in notes:
        content = png(values, 8, 2, **{place: note})  # type: ignore[arg-type]
        assert by_pillow(_loaded(content).info) == 6
        assert np.abs(load(content, 16, "crop").astype(int) - upright).mean() < 3


def _loaded(content: bytes) -> Image.Image:
    image = Image.open(io.BytesIO(content))
    image.load()
    return image


@pytest.mark.parametrize("value", range(1, 9))
def test_a_tiff_that_says_it_in_xmp_alone(value: int) -> None:
    """Pillow turns it while it decodes it, and so changes the size that the header announced."""
    random = np.random.default_rng(value)
    stored = Image.fromarray(random.integers(0, 256, (7, 9, 3), dtype=np.uint8)).resize((90, 70))
    packet = f'<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf tiff:Orientation="{value}"/></x:xmpmeta>'.encode()
    stream = io.BytesIO()
    stored.save(stream, "TIFF", tiffinfo={700: packet})
    upright = turn_upright(np.asarray(stored), value)
    for fit in FITS:
        pixels, facts = load_with_facts(stream.getvalue(), 64, fit)
        assert np.abs(pixels.astype(int) - load(upright, 64, fit)).max() <= 1
        assert (facts.height, facts.width) == upright.shape[:2]


@pytest.mark.parametrize("tag", [None, 0, 1, 3, 9])
@pytest.mark.parametrize("kind", ["read by Pillow", "much XMP", "planes", "floats"])
def test_a_tiff_that_says_it_twice(kind: str, tag: int | None) -> None:
    """What the tag says counts before XMP, also where it says upright; whoever reads the TIFF."""
    stored = np.random.default_rng(0).integers(0, 256, (64, 64, 3)).astype(np.uint8)
    packet = b'<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf tiff:Orientation="6"/></x:xmpmeta>'
    packet += bytes(17 << 20) if kind == "much XMP" else b""
    tags = [(700, "B", len(packet), packet, True), *([(274, "H", 1, tag, True)] if tag is not None else [])]
    values = (stored / 255).astype(np.float32) if kind == "floats" else stored
    planar = kind == "planes"
    stream = io.BytesIO()
    tifffile.imwrite(
        stream,
        values.transpose(2, 0, 1) if planar else values,
        photometric="rgb",
        planarconfig="separate" if planar else "contig",
        extratags=tags,
    )
    upright = turn_upright(stored, {None: 6, 3: 3}.get(tag, 1))
    assert np.array_equal(load(stream.getvalue(), 64, "squash"), upright)
