"""TIFFs of every kind that tifffile writes, and what they show by tifffile's own reading."""

from __future__ import annotations

import io
import itertools
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import tifffile
from PIL import Image

WIDTH = HEIGHT = 45  # a square, so that nothing is resized where it is read
MOST = {"u": lambda bits: (1 << bits) - 1, "i": lambda bits: (1 << (bits - 1)) - 1}


@dataclass(frozen=True)
class Kind:
    """What is told to tifffile."""

    dtype: str
    colours: str
    planar: str
    tile: bool
    compression: str
    predictor: int
    order: str
    bits: int = 0

    def __str__(self) -> str:
        return " ".join(str(value) for value in asdict(self).values())


# By name: the photometric interpretation, samples, and the meaning of those that are no colours.
COLOURS: dict[str, tuple[str, int, tuple[str, ...]]] = {
    "black is zero": ("minisblack", 1, ()),
    "white is zero": ("miniswhite", 1, ()),
    "grey with alpha": ("minisblack", 2, ("unassalpha",)),
    "grey with associated alpha": ("minisblack", 2, ("assocalpha",)),
    "RGB": ("rgb", 3, ()),
    "RGB with alpha": ("rgb", 4, ("unassalpha",)),
    "RGB with associated alpha": ("rgb", 4, ("assocalpha",)),
    "RGB and another": ("rgb", 4, ("unspecified",)),
    "RGB with alpha and others": ("rgb", 6, ("unassalpha", "unspecified", "unspecified")),
    "CMYK": ("separated", 4, ()),
    "CMYK and another": ("separated", 5, ("unspecified",)),
    "palette": ("palette", 1, ()),
    "CIE L*a*b*": ("cielab", 3, ()),
    "ICC L*a*b*": ("icclab", 3, ()),
    "YCbCr": ("ycbcr", 3, ()),
    "two bands": ("minisblack", 2, ("unspecified",)),
    "five bands": ("minisblack", 5, ("unspecified",) * 4),
    "mask": ("mask", 1, ()),
    "sensor": ("cfa", 1, ()),
}  # fmt: skip
DTYPES = ("?", "u1", "u2", "u4", "u8", "i1", "i2", "i4", "i8", "f2", "f4", "f8", "c8")
COMPRESSIONS = ("none", "zlib", "adobe_deflate", "packbits", "lzw", "lzma", "zstd")


def kinds() -> Iterator[Kind]:
    """Every combination; what tifffile refuses to write is left out by `written`."""
    for dtype, colours, planar, tile, compression, predictor, order in itertools.product(
        DTYPES, COLOURS, ("contig", "separate"), (False, True), COMPRESSIONS, (1, 2, 3), "<>"
    ):
        if predictor > 1 and compression in ("none", "packbits"):
            continue
        if planar == "separate" and COLOURS[colours][1] == 1:
            continue
        yield Kind(dtype, colours, planar, tile, compression, predictor, order)
    for bits, colours, planar, tile, compression, order in itertools.product(
        range(2, 16),
        ("black is zero", "white is zero", "RGB"),
        ("contig", "separate"),
        (False, True),
        ("none", "lzw"),
        "<>",
    ):
        if bits != 8 and not (planar == "separate" and COLOURS[colours][1] == 1):
            yield Kind("u1" if bits < 8 else "u2", colours, planar, tile, compression, 1, order, bits)


def values_of(kind: Kind) -> np.ndarray:
    """Return smooth numbers over all of a type's range, (height, width, samples)."""
    samples = COLOURS[kind.colours][1]
    across, down = np.meshgrid(np.linspace(0, 1, WIDTH), np.linspace(0, 1, HEIGHT))
    bands = [
        (across + number * down) / (1 + number) if number % 2 == 0 else 1 - across * down for number in range(samples)
    ]
    ramp = np.stack(bands, axis=2)
    dtype = np.dtype(kind.dtype)
    if dtype.kind in "fc":
        # Every second kind has a range of its own.
        return (ramp * (1 if kind.order == "<" else 300) - (0 if kind.order == "<" else 100)).astype(dtype)
    if dtype.kind == "b":
        return ramp > 0.5
    if kind.colours == "palette":
        return (ramp * 255).astype(dtype)
    most = MOST[dtype.kind](kind.bits or dtype.itemsize * 8)
    if dtype.kind == "i" and kind.order == ">":
        return np.where(ramp < 0.5, -1, 1).astype(dtype) * (np.abs(ramp - 0.5) * (most // 3)).astype(dtype)
    return np.minimum(ramp * float(most), np.nextafter(float(most), 0) if dtype.itemsize == 8 else most).astype(dtype)


def written(kind: Kind, **options: Any) -> bytes | None:
    """Return a file of a kind; None where tifffile does not write such."""
    photometric, samples, extra = COLOURS[kind.colours]
    values = values_of(kind)
    if samples == 1:
        values = values[..., 0]
    elif kind.planar == "separate":
        values = np.ascontiguousarray(values.transpose(2, 0, 1))
    if photometric == "palette":
        if kind.dtype not in ("u1", "u2"):
            return None
        size = 1 << (8 * np.dtype(kind.dtype).itemsize)
        levels = np.arange(size) * 65535 // (min(size, 256) - 1)
        options["colormap"] = np.stack([levels % 65536, 65535 - levels % 65536, levels * 3 % 65536]).astype("u2")
    stream = io.BytesIO()
    try:
        tifffile.imwrite(
            stream,
            values,
            byteorder=kind.order,
            photometric=photometric,
            planarconfig=kind.planar if samples > 1 else None,
            extrasamples=extra,
            tile=(16, 32) if kind.tile else None,
            rowsperstrip=None if kind.tile else 10,
            compression=None if kind.compression == "none" else kind.compression,
            predictor=kind.predictor if kind.predictor > 1 else None,
            bitspersample=kind.bits or None,
            metadata=None,
            **options,
        )
    except (ValueError, TypeError, NotImplementedError, RuntimeError, KeyError, ImportError):
        return None
    return stream.getvalue()


def shown(content: bytes) -> np.ndarray | None:
    """Bring tifffile's reading of a file to 8 bits by docs/pictures.md, as grey or RGB, with or without alpha.

    None where that says that there is no picture in it.
    """
    with tifffile.TiffFile(io.BytesIO(content)) as file:
        page = file.pages.first
        values = page.asarray()
        name, samples, bits = page.photometric.name, page.samplesperpixel, page.bitspersample
        extra = [each.name for each in page.extrasamples]
        table = page.colormap
        if samples > 1 and page.planarconfig == 2:
            values = values.transpose(1, 2, 0)
    values = values.reshape(HEIGHT, WIDTH, samples)
    deep = values.dtype.kind in "if" or values.dtype.itemsize > 2
    colours = {
        "MINISBLACK": 1,
        "MINISWHITE": 1,
        "PALETTE": 1,
        "RGB": 3,
        "SEPARATED": 4,
        "CIELAB": 3,
        "ICCLAB": 3,
        "YCBCR": 3,
    }.get(name, 0)
    if values.dtype.kind == "c" or not colours or (deep and name in ("CIELAB", "ICCLAB")):
        return None
    alpha = bool(extra) and extra[0] in ("UNASSALPHA", "ASSOCALPHA")
    if name.startswith("MINIS") and samples > 1 + alpha:
        return None
    if name == "PALETTE":
        return (table[:, values[..., 0]] >> 8).astype(np.uint8).transpose(1, 2, 0)
    levels = np.concatenate(
        [bytes_of(values[..., :colours], bits), *([bytes_of(values[..., colours:][..., :1], bits)] if alpha else [])],
        axis=2,
    )
    if name == "MINISWHITE":
        levels = 255 - levels
    if name == "SEPARATED":
        return np.asarray(Image.frombytes("CMYK", (WIDTH, HEIGHT), levels.tobytes()).convert("RGB"))
    if name == "YCBCR":
        return np.asarray(Image.frombytes("YCbCr", (WIDTH, HEIGHT), levels.tobytes()).convert("RGB"))
    if name in ("CIELAB", "ICCLAB"):
        return lab_to_srgb(levels, signed=name == "CIELAB")
    if extra[:1] == ["ASSOCALPHA"]:
        # Where colours are premultiplied, the ground shows through what is missing.
        ground = np.minimum(levels[..., :-1], levels[..., -1:]) + (255 - levels[..., -1:])
        return ground
    return levels


def bytes_of(values: np.ndarray, bits: int) -> np.ndarray:
    if values.dtype.kind == "b":
        return values.astype(np.uint8) * 255
    if values.dtype.kind == "f" or values.dtype.kind == "i" or values.dtype.itemsize > 2:
        numbers = values.astype(np.float64)
        low, high = numbers.min(), numbers.max()
        if values.dtype.kind in "iu" and low >= 0 and high <= (255 if values.dtype.itemsize == 1 else 65535):
            return numbers.astype(np.uint8) if values.dtype.itemsize == 1 else (numbers // 256).astype(np.uint8)
        if values.dtype.kind == "f" and low >= 0 and high <= 1:
            low, high = 0, 1
        return ((numbers - low) / (high - low) * 255 + 0.5).astype(np.uint8)
    if bits <= 8:
        return (values.astype(float) * 255 / ((1 << bits) - 1) + 0.5).astype(np.uint8)
    return (values >> (bits - 8)).astype(np.uint8)


def lab_to_srgb(levels: np.ndarray, *, signed: bool) -> np.ndarray:
    """Convert by the formulas of CIE and of sRGB, with the white of D50 brought to that of D65 as Bradford did."""
    L = levels[..., 0] / 255 * 100
    a, b = ((levels[..., channel].astype(int) ^ (128 if signed else 0)) - 128 for channel in (1, 2))
    y = (L + 16) / 116
    curve = [np.where(f > 6 / 29, f**3, 3 * (6 / 29) ** 2 * (f - 4 / 29)) for f in (y + a / 500, y, y - b / 200)]
    xyz = np.stack(curve, axis=-1) * [0.9642, 1.0, 0.8249]
    to_linear = [
        [3.1338561, -1.6168667, -0.4906146],
        [-0.9787684, 1.9161415, 0.033454],
        [0.0719453, -0.2289914, 1.4052427],
    ]
    linear = (xyz @ np.array(to_linear).T).clip(0, 1)
    return (np.where(linear <= 0.0031308, linear * 12.92, 1.055 * linear ** (1 / 2.4) - 0.055) * 255 + 0.5).astype(
        np.uint8
    )
