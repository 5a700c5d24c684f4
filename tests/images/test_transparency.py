"""Transparent pictures of every depth and format, as a browser shows them on a white page.

What is expected was compared once with what Chromium 156 shows of the same bytes: at most 1 of 255 apart.
"""

from __future__ import annotations

import io
import struct
from typing import Any

import numpy as np
import pytest
from PIL import Image

from headway.images import decode, load
from tests.images.making import bmp, chunk, png, riff

SIZE = 16
ACROSS = np.tile(np.arange(SIZE), (SIZE, 1))
DOWN = ACROSS.T


def shown(content: bytes) -> np.ndarray:
    return load(content, SIZE, "squash").astype(int)


def on_white(colours: np.ndarray, alpha: np.ndarray) -> np.ndarray:
    """Compose colours (H, W) or (H, W, 3) with alpha (H, W), both 0…255, as the formula says."""
    rgb = colours if colours.ndim == 3 else np.repeat(colours[..., None], 3, axis=2)
    return 255 - (255 - rgb) * (alpha[..., None] / 255)


def same(content: bytes, expected: np.ndarray, tolerance: float = 1.5) -> None:
    assert np.abs(shown(content) - expected).max() <= tolerance


@pytest.fixture(params=["whole", "interlaced", "strips"])
def way(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """Options that lead to each of the ways in which PNGs are decoded."""
    if request.param == "strips":
        monkeypatch.setattr(decode, "STRIPS_PIXELS", 0)
    return {"interlaced": request.param == "interlaced"}


@pytest.mark.parametrize("depth", [1, 2, 4, 8, 16])
def test_a_grey_level(depth: int, way: dict[str, Any]) -> None:
    most = (1 << depth) - 1
    values = ACROSS * most // (SIZE - 1)
    levels = values >> 8 if depth == 16 else values * 255 // most
    for key in (0, int(values[0, SIZE // 3]), most):
        content = png(values, depth, 0, key=struct.pack(">H", key), **way)
        same(content, on_white(levels, np.where(values == key, 0, 255)))


@pytest.mark.parametrize("depth", [2, 4, 8])
def test_only_the_low_bits_of_a_key_count(depth: int, way: dict[str, Any]) -> None:
    values = ACROSS % (1 << depth)
    content = png(values, depth, 0, key=struct.pack(">H", 0x4300 + 3), **way)
    same(content, on_white(values * 255 // ((1 << depth) - 1), np.where(values == 3, 0, 255)))


def test_every_bit_of_a_level_of_16_counts(way: dict[str, Any]) -> None:
    values = 0x1200 + ACROSS
    content = png(values, 16, 0, key=struct.pack(">H", 0x1205), **way)
    same(content, on_white(values >> 8, np.where(values == 0x1205, 0, 255)))


@pytest.mark.parametrize("depth", [8, 16])
def test_a_colour(depth: int, way: dict[str, Any]) -> None:
    top = 0 if depth == 8 else 0x4000
    values = np.dstack([top + ACROSS, top + DOWN, top + ACROSS * 0 + 7])
    clear = (ACROSS == 3) & (DOWN == 9)
    content = png(values, depth, 2, key=struct.pack(">3H", top + 3, top + 9, top + 7), **way)
    same(content, on_white(values >> (8 if depth == 16 else 0), np.where(clear, 0, 255)))


@pytest.mark.parametrize("depth", [1, 2, 4, 8])
def test_a_palette_with_partial_alpha(depth: int, way: dict[str, Any]) -> None:
    count = min(1 << depth, SIZE)
    palette = np.random.default_rng(depth).integers(0, 256, (count, 3))
    values = ACROSS * count // SIZE
    ramp = np.linspace(0, 255, count).astype(np.uint8)
    last = np.full(count, 255, np.uint8)
    last[-1] = 0
    for alphas in (ramp, last, np.zeros(count, np.uint8)):
        content = png(values, depth, 3, key=alphas.tobytes(), palette=palette.astype(np.uint8).tobytes(), **way)
        same(content, on_white(palette[values], alphas[values]))
    # What has no entry is opaque.
    content = png(values, depth, 3, key=b"\0", palette=palette.astype(np.uint8).tobytes(), **way)
    same(content, on_white(palette[values], np.where(values == 0, 0, 255)))


@pytest.mark.parametrize("depth", [8, 16])
@pytest.mark.parametrize("colour_type", [4, 6])
def test_an_alpha_channel(depth: int, colour_type: int, way: dict[str, Any]) -> None:
    colours = [ACROSS * 17] if colour_type == 4 else [ACROSS * 17, DOWN * 9, 255 - ACROSS * 5]
    for alpha in (DOWN * 17, DOWN * 0):
        values = np.dstack([*colours, alpha]) * (257 if depth == 16 else 1)
        rgb = np.dstack(colours) if len(colours) > 1 else colours[0]
        same(png(values, depth, colour_type, **way), on_white(rgb, alpha))


def test_a_key_behind_the_pixels_is_none(way: dict[str, Any]) -> None:
    same(png(ACROSS, 8, 0, after=chunk(b"tRNS", b"\0\5"), **way), on_white(ACROSS, ACROSS * 0 + 255))


def ramp() -> tuple[Image.Image, np.ndarray]:
    """Return a picture with an alpha ramp, and what is seen of it."""
    values = np.dstack([ACROSS * 10 + 60, DOWN * 8, ACROSS * 0 + 90, DOWN * 17]).astype(np.uint8)
    return Image.fromarray(values), on_white(values[..., :3], values[..., 3])


@pytest.mark.parametrize("alpha", [None, 0])
@pytest.mark.parametrize(
    ("kind", "options", "tolerance"),
    [
        ("WEBP", {"lossless": True, "exact": True}, 1.5),
        ("WEBP", {"quality": 98, "method": 6}, 30),
        ("AVIF", {"quality": 100, "subsampling": "4:4:4"}, 6),
        ("AVIF", {"quality": 100, "subsampling": "4:4:4", "alpha_premultiplied": True}, 6),
    ],
)
def test_other_formats(kind: str, options: dict[str, Any], tolerance: float, alpha: int | None) -> None:
    image, expected = ramp()
    if alpha is not None:
        image.putalpha(alpha)
        expected = np.full_like(expected, 255)
    stream = io.BytesIO()
    image.save(stream, kind, **options)
    same(stream.getvalue(), expected, tolerance)


@pytest.mark.parametrize("mode", ["RGBA", "RGBa", "LA", "La", "PA"])
def test_images_in_memory(mode: str) -> None:
    image, expected = ramp()
    if mode in ("LA", "La"):
        grey = image.convert("L")
        expected = on_white(np.asarray(grey), np.asarray(image)[..., 3])
    if mode == "PA":
        indices = Image.fromarray(np.dstack([ACROSS, DOWN * 17]).astype(np.uint8), "LA")
        palette = np.random.default_rng(0).integers(0, 256, (256, 3), dtype=np.uint8)
        image = Image.new("PA", indices.size)
        image.putdata(list(indices.get_flattened_data()))
        image.putpalette(palette.tobytes())
        expected = on_white(palette[ACROSS].astype(int), DOWN * 17)
    else:
        image = image.convert("LA").convert(mode) if mode == "La" else image.convert(mode)
    assert image.mode == mode
    assert np.abs(load(image, SIZE, "squash") - expected).max() <= 3


def gif(frame: Image.Image, *, at: tuple[int, int], key: int | None = None) -> bytes:
    """Return a GIF whose canvas is larger than its frame; Pillow only writes such that begin with a whole one."""
    stream = io.BytesIO()
    frame.save(stream, "GIF", optimize=False, **({} if key is None else {"transparency": key}))
    content = bytearray(stream.getvalue())
    content[6:10] = struct.pack("<HH", SIZE, SIZE)
    descriptor = content.index(struct.pack("<BHHHH", 0x2C, 0, 0, *frame.size))
    content[descriptor + 1 : descriptor + 5] = struct.pack("<HH", *at)
    return bytes(content)


@pytest.mark.parametrize("mode", ["P", "L"])
@pytest.mark.parametrize("key", [None, 2])
def test_around_the_first_frame_of_a_gif_is_nothing(mode: str, key: int | None) -> None:
    frame = Image.new(mode, (8, 6), 1)
    if mode == "P":
        frame.putpalette([200, 0, 0, 0, 0, 200, 0, 200, 0])
    else:
        frame.putdata([5] * 48)
    expected = np.full((SIZE, SIZE, 3), 255)
    expected[3:9, 4:12] = (0, 0, 200) if mode == "P" else 5
    same(gif(frame, at=(4, 3), key=key), expected)


@pytest.mark.parametrize("opaque", [True, False])
def test_around_the_first_frame_of_a_webp_is_nothing(opaque: bool) -> None:
    stream = io.BytesIO()
    frame = Image.new("RGB", (8, 6), (200, 0, 0)) if opaque else Image.new("RGBA", (8, 6), (200, 0, 0, 128))
    frame.save(stream, "WEBP", lossless=True)
    bits = stream.getvalue()[12:]
    sizes = b"".join(struct.pack("<I", number)[:3] for number in (2, 1, 7, 5, 100))
    animation = riff(b"ANIM", bytes(6)) + riff(b"ANMF", sizes + b"\0" + bits) * 2
    head = bytes([2 if opaque else 18, 0, 0, 0, SIZE - 1, 0, 0, SIZE - 1, 0, 0])
    expected = np.full((SIZE, SIZE, 3), 255)
    expected[2:8, 4:12] = (200, 0, 0) if opaque else (227, 127, 127)
    same(riff(b"RIFF", b"WEBP" + riff(b"VP8X", head) + animation), expected)


BGRA = np.dstack([ACROSS * 0 + 90, DOWN * 8, ACROSS * 10 + 60, DOWN * 17]).astype(np.uint8)
MASKS = (0xFF0000, 0xFF00, 0xFF, 0xFF000000)


@pytest.mark.parametrize(
    ("header_bytes", "compression", "masks", "transparent"),
    [
        (40, 0, (), False),
        (40, 3, MASKS[:3], False),
        (56, 0, MASKS, False),
        (56, 3, MASKS, True),
        (108, 0, MASKS, True),
        (108, 3, MASKS, True),
        (124, 0, MASKS, True),
        (124, 0, (*MASKS[:3], 0), False),
    ],
)
def test_a_bmp_with_an_alpha_mask(header_bytes: int, compression: int, masks: Any, transparent: bool) -> None:
    _, seen = ramp()
    content = bmp(BGRA, header_bytes, bits=32, compression=compression, masks=masks)
    same(content, seen if transparent else BGRA[..., 2::-1].astype(int))


@pytest.mark.parametrize("alpha", [0, 0x8000])
def test_a_bmp_of_16_bits_with_an_alpha_mask(alpha: int) -> None:
    packed = (ACROSS << 10 | DOWN << 5 | 7 | (ACROSS % 2) << 15).astype("<u2")
    content = bmp(packed[..., None], 56, bits=16, compression=3, masks=(0x7C00, 0x3E0, 0x1F, alpha))
    colours = np.dstack([ACROSS, DOWN, ACROSS * 0 + 7]) * 255 / 31
    clear = (ACROSS % 2 == 0) & bool(alpha)
    same(content, on_white(colours, np.where(clear, 0, 255)))
