"""What a TIFF's tags say of its pixels, checked before one is decoded."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from headway.errors import PictureError
from headway.images.tiff.directory import Directory

WHITE_IS_ZERO, BLACK_IS_ZERO, RGB, PALETTE, MASK, CMYK, YCBCR, CIE_LAB, ICC_LAB = 0, 1, 2, 3, 4, 5, 6, 8, 9
_COLOURS = {
    WHITE_IS_ZERO: 1,
    BLACK_IS_ZERO: 1,
    RGB: 3,
    PALETTE: 1,
    MASK: 1,
    CMYK: 4,
    YCBCR: 3,
    CIE_LAB: 3,
    ICC_LAB: 3,
}
_OTHER_COLOURS = {10: "ITU L*a*b*", 32803: "the sensor of a camera", 34892: "the sensor of a camera",
                  32844: "LogL", 32845: "LogLuv", 51177: "a depth map"}  # fmt: skip

NONE, LZW, JPEG_OLD, JPEG, DEFLATE, PACKBITS, DEFLATE_OLD, LZMA, ZSTD, WEBP = (
    (1, 5, 6, 7, 8, 32773, 32946, 34925, 50000, 50001)
)  # fmt: skip
_FAX = (2, 3, 4)
PACKED = (NONE, LZW, DEFLATE, PACKBITS, DEFLATE_OLD, LZMA, ZSTD)
"""Compressions of bytes, whatever these are."""

_OTHER_COMPRESSIONS = {33003: "JPEG 2000", 33004: "JPEG 2000", 33005: "JPEG 2000", 34712: "JPEG 2000", 34887: "LERC",
                       22610: "JPEG XR", 34934: "JPEG XR", 50002: "JPEG XL", 52546: "JPEG XL", 32809: "ThunderScan",
                       34676: "SGI Log", 34677: "SGI Log", 34892: "lossy JPEG"}  # fmt: skip
# Compressions that libtiff undoes differences after.
_WITH_PREDICTOR = (LZW, DEFLATE, DEFLATE_OLD, LZMA, ZSTD)

UNSIGNED, SIGNED, FLOAT = 1, 2, 3
_FORMATS = {4: "undefined", 5: "complex whole numbers", 6: "complex numbers"}
_ASSOCIATED, _UNASSOCIATED = 1, 2

_NOTES_BYTES = 16 << 20
# All strips or tiles, decompressed: 100 megapixels of RGB of 16 bits; and one of them, which libtiff decodes at once.
_SAMPLE_BYTES = 600_000_000
_SEGMENT_BYTES = 160_000_000
# Of a pixel; instruments that see hundreds of colours exist.
_SAMPLES = 1000


@dataclass(frozen=True)
class Layout:
    """How a page's pixels lie in the file.

    Parameters
    ----------
    width, height : int
        Of the picture as it is stored, in pixels.
    samples : int
        Numbers of a pixel.
    bits : int
        Of each of them.
    format : int
        `UNSIGNED`, `SIGNED` or `FLOAT`.
    photometric : int
        What the numbers mean, by TIFF's number for it.
    extra : tuple of int
        What the numbers beyond the colours mean.
    compression, predictor : int
        By TIFF's numbers for them.
    reversed_bits : bool
        Whether the first pixel of a byte is in its lowest bits.
    in_planes : bool
        Whether each of a pixel's numbers has strips or tiles of its own.
    segment : tuple of int
        Width and height of a strip or tile.
    tiled : bool
        Whether segments at the edges are as large as the others.
    orientation : int
        From 1 to 8, as in EXIF.
    order : {"<", ">"}
        Of the bytes of a number.
    """

    width: int
    height: int
    samples: int
    bits: int
    format: int
    photometric: int
    extra: tuple[int, ...]
    compression: int
    predictor: int
    reversed_bits: bool
    in_planes: bool
    segment: tuple[int, int]
    tiled: bool
    orientation: int
    order: str

    @property
    def colours(self) -> int:
        """How many of a pixel's numbers are its colour."""
        return _COLOURS[self.photometric]

    @property
    def alpha(self) -> str | None:
        """Whether there is transparency, and whether colours are multiplied by it: ``"A"``, ``"a"`` or None."""
        if len(self.extra) != self.samples - self.colours:
            # It is missing, or says less than it must: as Pillow does, a fourth number beside RGB is transparency.
            return "A" if (self.photometric, self.samples, self.extra) == (RGB, 4, ()) else None
        first = self.extra[0] if self.extra else None
        return {_ASSOCIATED: "a", _UNASSOCIATED: "A"}.get(first) if first is not None else None

    @property
    def is_deep(self) -> bool:
        """Whether the values have a range that is found out from them."""
        return self.format != UNSIGNED or self.bits > 16

    @property
    def dtype(self) -> np.dtype[Any]:
        """The type of a sample that is not packed into bits, in the file's order of bytes."""
        return np.dtype(f"{self.order}{'?uif'[self.format]}{self.bits // 8}")

    @property
    def planes(self) -> int:
        """How often the picture's area is covered by strips or tiles."""
        return self.samples if self.in_planes else 1

    @property
    def row_samples(self) -> int:
        """The numbers in a row of a segment."""
        return self.segment[0] * (1 if self.in_planes else self.samples)

    @property
    def row_bytes(self) -> int:
        """The bytes of a row of a segment; a row begins with a byte of its own."""
        return (self.row_samples * self.bits + 7) // 8

    @property
    def grid(self) -> tuple[int, int]:
        """How many segments lie beside each other, and below each other."""
        return -(-self.width // self.segment[0]), -(-self.height // self.segment[1])


def read_layout(directory: Directory) -> Layout:
    """Bring a page's tags in order; refuse what contradicts itself or is too large."""
    width, height = directory.number(256, 0), directory.number(257, 0)
    if width < 1 or height < 1:
        raise PictureError(f"an empty picture of {width} × {height} pixels")
    if directory.number(32997, 1) != 1:
        raise PictureError(f"a volume {directory.number(32997, 1)} pixels deep, not a picture")
    # Writers of the old JPEG left it to be known.
    samples = directory.number(277, 3 if directory.number(259, NONE) == JPEG_OLD else 1)
    tiled = 322 in directory or 324 in directory
    across = directory.number(322, 0) if tiled else width
    down = directory.number(323, 0) if tiled else min(directory.number(278, height) or height, height)
    if samples < 1 or across < 1 or down < 1:
        raise PictureError(f"broken TIFF file ({samples} samples a pixel, segments of {across} × {down} pixels)")
    if samples > _SAMPLES:
        raise PictureError(f"a TIFF of {samples:,} samples a pixel; at most {_SAMPLES:,} are read")
    layout = Layout(
        width=width,
        height=height,
        samples=samples,
        bits=_one(directory.array(258), 1, "bits of a sample"),
        format=_one(directory.array(339), UNSIGNED, "formats of a sample"),
        photometric=directory.number(262, WHITE_IS_ZERO),
        extra=tuple(directory.array(338)[:samples].tolist()),
        compression=directory.number(259, NONE),
        predictor=directory.number(317, 1),
        reversed_bits=directory.number(266, 1) == 2,
        in_planes=directory.number(284, 1) == 2 and samples > 1,
        segment=(across, down),
        tiled=tiled,
        orientation=directory.number(274, 1),
        order=directory.order,
    )
    _check_kind(layout)
    return layout


def _one(values: NDArray[Any], default: int, what: str) -> int:
    if not len(values):
        return default
    if (values != values[0]).any():
        few = ", ".join(str(value) for value in values[:6])
        raise PictureError(f"a TIFF with several {what} ({few}); one for all is read")
    return int(values[0])


def _check_kind(layout: Layout) -> None:
    photometric, compression, bits = layout.photometric, layout.compression, layout.bits
    if photometric in _OTHER_COLOURS or photometric not in _COLOURS:
        name = _OTHER_COLOURS.get(photometric, "an unknown kind")
        raise PictureError(f"a TIFF whose pixels are of {name} (photometric interpretation {photometric})")
    if photometric == MASK:
        raise PictureError("a TIFF whose first page is a mask, not a picture")
    if compression not in (*PACKED, *_FAX, JPEG_OLD, JPEG, WEBP):
        name = _OTHER_COMPRESSIONS.get(compression, "an unknown method")
        raise PictureError(f"a TIFF compressed by {name} (compression {compression}), which is not read here")
    if layout.format in _FORMATS:
        raise PictureError(f"a TIFF whose samples are {_FORMATS[layout.format]} (sample format {layout.format})")
    whole = {UNSIGNED: (*range(1, 17), 32, 64), SIGNED: (8, 16, 32, 64), FLOAT: (16, 32, 64)}
    if bits not in whole.get(layout.format, ()):
        kind = {UNSIGNED: "unsigned", SIGNED: "signed", FLOAT: "floating-point"}.get(layout.format, "unknown")
        raise PictureError(f"a TIFF of {bits}-bit {kind} samples, which are not read here")


def is_plain(directory: Directory, layout: Layout) -> bool:
    """Say whether Pillow reads a page rightly."""
    if layout.in_planes or layout.reversed_bits or directory.notes_bytes > _NOTES_BYTES:
        return False
    # Pillow takes the sizes of tiles from elsewhere; and LZMA's dictionary may be of any size.
    if layout.compression == LZMA or (layout.compression == NONE and layout.tiled):
        return False
    if layout.predictor != 1 and (layout.predictor != 2 or layout.compression not in _WITH_PREDICTOR):
        return False
    grey = layout.photometric in (WHITE_IS_ZERO, BLACK_IS_ZERO)
    packed, fax = layout.compression in PACKED, layout.compression in _FAX
    if layout.format != UNSIGNED or layout.bits not in (1, 8, 16):
        return False
    if layout.bits == 1:
        return grey and layout.samples == 1 and (packed or fax)
    if layout.bits == 16:
        return layout.photometric == BLACK_IS_ZERO and layout.samples == 1 and packed
    if fax:
        return False
    if layout.photometric == YCBCR and layout.compression == NONE:
        # libtiff would join colours that are stored for several pixels at once, but is not asked.
        return layout.samples == 3 and directory.array(530).tolist() == [1, 1]
    transparent = layout.alpha is not None and layout.photometric in (BLACK_IS_ZERO, RGB)
    plain_colours = grey or layout.photometric in (RGB, CMYK, YCBCR, CIE_LAB)
    inks = layout.photometric != CMYK or directory.number(332, 1) == 1
    return plain_colours and inks and layout.samples == layout.colours + transparent


def check_samples(directory: Directory, layout: Layout) -> None:
    """Refuse what is neither read by Pillow nor here, and what takes too much memory."""
    if layout.compression not in PACKED:
        raise PictureError(
            f"a TIFF compressed as a picture (compression {layout.compression}) of {layout.samples} samples of"
            f" {layout.bits} bits, in a way that is not read here"
        )
    if layout.photometric == YCBCR:
        raise PictureError("a TIFF of YCbCr that is not compressed as JPEG, in a way that is not read here")
    if layout.photometric == CMYK and (directory.number(332, 1) != 1 or layout.alpha):
        raise PictureError("a TIFF of inks other than CMYK, or of CMYK with transparency, which is not read here")
    if layout.photometric in (CIE_LAB, ICC_LAB) and (layout.format != UNSIGNED or layout.bits not in (8, 16)):
        raise PictureError("a TIFF of L*a*b* whose samples are not of 8 or 16 unsigned bits, which is not read here")
    whole_bytes = layout.bits in (8, 16, 32, 64)
    fits = layout.predictor == 1 or (
        whole_bytes
        and layout.compression in _WITH_PREDICTOR
        and (layout.predictor == 2 or (layout.predictor == 3 and layout.format == FLOAT))
    )
    if not fits:
        raise PictureError(
            f"a TIFF with predictor {layout.predictor}, which is not read for {layout.bits}-bit samples of this kind"
        )
    across, down = layout.grid
    segment = layout.row_bytes * layout.segment[1]
    total = layout.row_bytes * (layout.segment[1] * down if layout.tiled else layout.height) * across * layout.planes
    if total > _SAMPLE_BYTES:
        megabytes, most = total // 1_000_000, _SAMPLE_BYTES // 1_000_000
        raise PictureError(f"a TIFF of {megabytes} MB of samples; at most {most} are read")
    if segment > _SEGMENT_BYTES and (layout.compression != NONE or layout.tiled):
        megabytes, most = segment // 1_000_000, _SEGMENT_BYTES // 1_000_000
        raise PictureError(f"a TIFF with {megabytes} MB in a strip or tile; at most {most} are read")
