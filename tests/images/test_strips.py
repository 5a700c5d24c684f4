"""Strips give what a whole decode gives: all colour types, depths, filters, and places of the strips' borders."""

from __future__ import annotations

import struct
import subprocess
import sys
import zlib
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from headway.errors import PictureError
from headway.images import decode, fitting, load, source, strips
from headway.images.finish import to_rgb
from headway.images.modes import to_working_mode
from headway.images.source import open_image
from headway.types import ResizePolicy

KINDS = [(0, 1), (0, 2), (0, 4), (0, 8), (0, 16), (2, 8), (2, 16), (3, 1), (3, 2), (3, 4), (3, 8)]
KINDS += [(4, 8), (4, 16), (6, 8), (6, 16)]
CHANNELS = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}


def chunk(name: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))


def png(
    width: int,
    height: int,
    colour_type: int,
    depth: int,
    *,
    filters: bytes,
    seed: int,
    key: bool = False,
    pieces: int = 1,
) -> bytes:
    """Return a PNG of noise whose rows carry the given filter bytes: any bytes are valid differences."""
    random = np.random.default_rng(seed)
    row_bytes = (width * CHANNELS[colour_type] * depth + 7) // 8
    rows = random.integers(0, 256, (height, row_bytes), dtype=np.uint8)
    rows[:: 1 + seed % 3] //= 16
    data = b"".join(bytes([filters[y % len(filters)]]) + rows[y].tobytes() for y in range(height))
    packed = zlib.compress(data)
    step = -(-len(packed) // pieces)
    parts = [chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, depth, colour_type, 0, 0, 0))]
    if colour_type == 3:
        parts.append(chunk(b"PLTE", random.integers(0, 256, 3 << depth, dtype=np.uint8).tobytes()))
    # Of a key of 16 bits both bytes count, and strips have only one.
    if key and colour_type in (0, 2, 3) and depth < 16:
        tiny = b"\0\1" * CHANNELS[colour_type]
        parts.append(
            chunk(b"tRNS", random.integers(0, 256, 1 << depth, np.uint8).tobytes() if colour_type == 3 else tiny)
        )
    parts += [chunk(b"IDAT", packed[at : at + step]) for at in range(0, len(packed), step)]
    return b"\x89PNG\r\n\x1a\n" + b"".join(parts) + chunk(b"IEND", b"")


@given(
    kind=st.sampled_from(KINDS),
    width=st.integers(1, 70),
    height=st.integers(1, 60),
    filters=st.binary(min_size=1, max_size=7).map(lambda some: bytes(byte % 5 for byte in some)),
    seed=st.integers(0, 99),
    key=st.booleans(),
    pieces=st.integers(1, 4),
    strip_bytes=st.integers(1, 3000),
)
@settings(max_examples=400, deadline=None)
def test_unreduced_strips_are_pillows_pixels(
    kind: tuple[int, int], width: int, height: int, filters: bytes, seed: int, key: bool, pieces: int, strip_bytes: int
) -> None:
    content = png(width, height, *kind, filters=filters, seed=seed, key=key, pieces=pieces)
    with pytest.MonkeyPatch.context() as patch, open_image(content) as (stream, image, _):
        patch.setattr(strips, "STRIP_BYTES", strip_bytes)
        placement = fitting.place(width, height, 224, "squash")
        decoded, wanted = strips.read(stream, image, placement)
        assert wanted == placement
    with open_image(content) as (_, image, _):
        image.load()
        whole = to_working_mode(image)
        if kind == (4, 16):
            # Pillow reads grey with alpha of 16 bits as RGBA, whose premultiplying rounds for itself.
            difference = to_rgb(decoded, None).astype(int) - to_rgb(whole, None).astype(int)
            assert np.abs(difference).max() <= 1
        else:
            assert decoded.mode == whole.mode
            assert np.array_equal(np.asarray(decoded), np.asarray(whole))


@given(
    kind=st.sampled_from(KINDS),
    width=st.integers(20, 200),
    height=st.integers(20, 200),
    seed=st.integers(0, 99),
    fit=st.sampled_from(fitting.FITS),
    strip_bytes=st.integers(1, 8000),
)
@settings(max_examples=200, deadline=None)
def test_reduced_strips_do_not_depend_on_their_height(
    kind: tuple[int, int], width: int, height: int, seed: int, fit: ResizePolicy, strip_bytes: int
) -> None:
    content = png(width, height, *kind, filters=bytes(range(5)), seed=seed)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(decode, "STRIPS_PIXELS", 0)
        one = load(content, 8, fit)
        patch.setattr(strips, "STRIP_BYTES", strip_bytes)
        many = load(content, 8, fit)
        patch.setattr(decode, "STRIPS_PIXELS", 1 << 40)
        whole = load(content, 8, fit)
    assert np.array_equal(one, many)
    difference = np.abs(one.astype(int) - whole.astype(int))
    # A crop's reduction begins at another pixel than Pillow's, which shows in noise as in nothing else.
    assert difference.max() <= 2 if fit != "crop" else difference.mean() < 12


def test_an_orientation_behind_the_pixels_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    exif = Image.Exif()
    exif[0x0112] = 3
    content = png(40, 30, 2, 8, filters=b"\4", seed=1)
    end = content.rindex(b"IEND") - 4
    turned = content[:end] + chunk(b"eXIf", exif.tobytes().removeprefix(b"Exif\0\0")) + content[end:]
    whole = load(turned, 16, "squash")
    assert not np.array_equal(whole, load(content, 16, "squash"))
    monkeypatch.setattr(decode, "STRIPS_PIXELS", 0)
    assert np.array_equal(load(turned, 16, "squash"), whole)


def test_truncated_at_any_byte(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(decode, "STRIPS_PIXELS", 0)
    content = png(40, 30, 2, 8, filters=bytes(range(5)), seed=2, pieces=3)
    wanted = load(content, 16, "crop")
    last = content.rindex(b"IEND") - 12
    for end in range(len(content)):
        try:
            assert np.array_equal(load(content[:end], 16, "crop"), wanted)
            # What may be missing is the checksum that ends the stream of rows, and what follows it.
            assert end > last - 16
        except PictureError:
            assert end < last + 12


def test_too_few_rows(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(decode, "STRIPS_PIXELS", 0)
    content = png(40, 30, 0, 8, filters=b"\1", seed=2)
    claimed = content[:16] + chunk(b"IHDR", struct.pack(">IIBBBBB", 40, 31, 8, 0, 0, 0, 0))[8:] + content[33:]
    with pytest.raises(PictureError, match="truncated PNG file"):
        load(claimed, 16, "crop")


def test_interlaced_giants_are_decoded_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(decode, "STRIPS_PIXELS", 0)
    monkeypatch.setattr(source, "_GIANT_PIXELS", 0)
    flat = png(8, 1, 0, 8, filters=b"\0", seed=3)
    # Adam7 of a single row of 8 pixels: passes 1, 2, 4 and 6 hold pixels 0; 4; 2, 6; and 1, 3, 5, 7.
    row = zlib.decompress(flat[flat.index(b"IDAT") + 4 : flat.rindex(b"IEND") - 8])[1:]
    passes = [row[0:1], row[4:5], row[2:3] + row[6:7], row[1:2] + row[3:4] + row[5:6] + row[7:8]]
    data = zlib.compress(b"".join(b"\0" + part for part in passes))
    header = struct.pack(">IIBBBBB", 8, 1, 8, 0, 0, 0, 1)
    laced = b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", data) + chunk(b"IEND", b"")
    assert np.array_equal(load(laced, 8, "squash"), load(flat, 8, "squash"))


MEASURE = """
import re, sys
from headway.images import load
load(sys.argv[1], 224, "squash")
# Unlike getrusage's, this peak does not include the process that started this one.
print(int(re.search(r"VmHWM:\\s+(\\d+)", open("/proc/self/status").read())[1]) // 1024)
"""


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="reads /proc")
def test_memory_is_flat(tmp_path: Path) -> None:
    width, height = 12_000, 8_000
    squeeze = zlib.compressobj(1)
    rows = squeeze.compress(b"")
    row = b"\2" + bytes(range(256)) * (width * 4 // 256) + bytes(width * 4 % 256)
    rows += b"".join(squeeze.compress(row) for _ in range(height)) + squeeze.flush()
    header = struct.pack(">IIBBBBB", width, height, 8, 6, 0, 0, 0)
    path = str(tmp_path / "giant.png")
    with open(path, "wb") as file:
        file.write(b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", rows) + chunk(b"IEND", b""))
    result = subprocess.run([sys.executable, "-c", MEASURE, path], capture_output=True, text=True, check=True)
    # Whole, its pixels alone are 384 MB.
    assert int(result.stdout) < 120
