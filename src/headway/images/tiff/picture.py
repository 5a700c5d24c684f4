"""A TIFF's samples as an image: what they mean, brought to what Pillow has modes for."""

from __future__ import annotations

from functools import partial
from typing import IO, Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from PIL.TiffImagePlugin import TiffImageFile

from headway.errors import PictureError
from headway.images.choosing import check_bands, counted
from headway.images.deferred import DeferredImage
from headway.images.levels import Levels
from headway.images.tiff import layout as kinds
from headway.images.tiff.directory import Directory
from headway.images.tiff.layout import Layout, check_samples, is_plain, read_layout
from headway.images.tiff.segments import check_segments, read_samples

# Of the pixels, as they are kept: 66 megapixels of RGB, 50 of floats.
_KEPT_BYTES = 200_000_000


def open_tiff(stream: IO[bytes]) -> Image.Image:
    """Open the first page of a TIFF, and decode nothing yet."""
    directory = Directory(stream)
    layout = read_layout(directory)
    check_segments(directory, layout)
    if is_plain(directory, layout):
        stream.seek(0)
        return TiffImageFile(stream)
    check_samples(directory, layout)
    info: dict[Any, Any] = {}
    if 34675 in directory:
        info["icc_profile"] = directory.content(34675)
    if 2 <= layout.orientation <= 8:
        exif = Image.Exif()
        exif[0x0112] = layout.orientation
        info["exif"] = exif.tobytes()
    elif 274 not in directory:
        info["xmp"] = directory.note(700)
    return DeferredImage(
        (layout.width, layout.height),
        _mode(layout),
        info,
        partial(_decode, stream, directory, layout),
        is_deep=layout.is_deep or layout.bits == 16,
    )


def _mode(layout: Layout) -> str:
    """Name the mode of Pillow's that is nearest to what is in the file."""
    grey = {"a": "La", "A": "LA", None: "L"}[layout.alpha]
    if grey == "L" and layout.format == kinds.FLOAT:
        grey = "F"
    elif grey == "L" and layout.bits > 8:
        grey = "I" if layout.is_deep else "I;16"
    colours = {"a": "RGBa", "A": "RGBA", None: "RGB"}[layout.alpha]
    return {
        kinds.WHITE_IS_ZERO: grey,
        kinds.BLACK_IS_ZERO: grey,
        kinds.PALETTE: "PA" if layout.alpha else "P",
        kinds.CMYK: "CMYK",
        kinds.CIE_LAB: "LAB",
        kinds.ICC_LAB: "LAB",
    }.get(layout.photometric, colours)


def _decode(
    stream: IO[bytes], directory: Directory, layout: Layout, bands: tuple[int, ...], levels: Levels
) -> Image.Image:
    if bands:
        _check_bands(layout, bands)
        wanted = [band - 1 for band in bands]
    else:
        wanted = list(range(layout.colours + (layout.alpha is not None)))
        if layout.photometric in (kinds.WHITE_IS_ZERO, kinds.BLACK_IS_ZERO) and layout.samples > len(wanted):
            raise PictureError(f"{counted(layout.samples)}: say which with --bands")
    _check_bytes(layout, len(wanted))
    ranged = layout.is_deep or (layout.bits == 16 and not levels.is_plain and bool(bands or _is_light(layout)))
    keep = partial(_narrow, layout, len(wanted) == 1) if not ranged else _as_they_are
    values = read_samples(stream, directory, layout, wanted, keep)
    if ranged:
        values = levels.of_pixels(values, colours=len(wanted) - (not bands and layout.alpha is not None))
    if layout.photometric == kinds.WHITE_IS_ZERO:
        greys = values[..., :1] if not bands else values
        np.subtract(np.iinfo(values.dtype).max, greys, out=greys)
    if bands:
        return _image(_grey(values) if len(bands) == 1 else "RGB", values)
    return _coloured(directory, layout, values)


def _check_bands(layout: Layout, bands: tuple[int, ...]) -> None:
    if layout.photometric == kinds.PALETTE:
        raise PictureError("a TIFF with a palette has no bands to choose with --bands")
    check_bands(layout.samples, bands)


def _check_bytes(layout: Layout, count: int) -> None:
    size = layout.bits // 8 if layout.is_deep else 2 if layout.bits > 8 and count == 1 else 1
    kept = layout.width * layout.height * count * size
    if kept > _KEPT_BYTES:
        megabytes, most = kept // 1_000_000, _KEPT_BYTES // 1_000_000
        raise PictureError(f"a TIFF of {megabytes} MB of {layout.bits}-bit samples; at most {most} are read")


def _narrow(layout: Layout, one: bool, values: NDArray[Any]) -> NDArray[Any]:
    """Bring samples to 8 bits; leave ``one`` of 16."""
    bits = layout.bits
    if layout.photometric == kinds.PALETTE or bits == 8 or (one and bits == 16):
        return values
    if bits < 8:
        most = (1 << bits) - 1
        return ((values * 255 + most // 2) // most).astype(np.uint8)
    return (values >> (bits - 8)).astype(np.uint8)


def _as_they_are(values: NDArray[Any]) -> NDArray[Any]:
    return values


def _is_light(layout: Layout) -> bool:
    """Say whether the samples are grey, or red, green and blue."""
    return layout.photometric in (kinds.WHITE_IS_ZERO, kinds.BLACK_IS_ZERO, kinds.RGB)


def _coloured(directory: Directory, layout: Layout, values: NDArray[Any]) -> Image.Image:
    mode = _mode(layout)
    if layout.photometric == kinds.PALETTE:
        return _with_palette(directory, layout, values)
    if layout.photometric == kinds.ICC_LAB:
        # Its colours are moved by half the range, and Pillow will move them back.
        values[..., 1:] ^= 0x80
    if mode in ("I;16", "I", "F"):
        mode = _grey(values)
    return _image(mode, values)


def _grey(values: NDArray[Any]) -> str:
    return "I;16" if values.dtype == np.uint16 else "L"


def _with_palette(directory: Directory, layout: Layout, values: NDArray[Any]) -> Image.Image:
    colours = directory.array(320)
    if len(colours) != 3 << layout.bits:
        raise PictureError(f"broken TIFF file (a palette of {len(colours)} numbers, not {3 << layout.bits})")
    # They should have 16 bits, and where none of them does, the writer thought of 8.
    table = (colours >> 8 if colours.max() > 0xFF else colours).astype(np.uint8).reshape(3, -1).T
    pixels = table[values[..., 0]]
    if layout.alpha is None:
        return _image("RGB", pixels)
    return _image("RGBA" if layout.alpha == "A" else "RGBa", np.dstack([pixels, values[..., 1]]))


def _image(mode: str, values: NDArray[Any]) -> Image.Image:
    height, width = values.shape[:2]
    return Image.frombuffer(mode, (width, height), np.ascontiguousarray(values), "raw", mode, 0, 1)
