"""How a picture of any shape goes into a square."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from PIL import Image

from headway.errors import UnknownNameError

if TYPE_CHECKING:
    from headway.types import ResizePolicy

FITS: tuple[ResizePolicy, ...] = ("crop", "squash", "letterbox")

# Reducing by whole factors first costs a quarter of a full resize and is stopped at this multiple of the final size.
REDUCING_GAP = 3.0


@dataclass(frozen=True)
class Placement:
    """Which part of an image (left, top, right, bottom; in its pixels) is scaled to which size (width, height)."""

    box: tuple[float, float, float, float]
    size: tuple[int, int]

    def factors(self, gap: float) -> tuple[int, int]:
        """Whole factors by which each axis may be reduced, leaving ``gap`` times the final size (at least 1)."""
        left, top, right, bottom = self.box
        width, height = self.size
        return max(1, int((right - left) / (width * gap))), max(1, int((bottom - top) / (height * gap)))

    def scaled(self, width: float, height: float) -> Placement:
        """Return the same part of a picture whose axes were divided by ``width`` and ``height``."""
        left, top, right, bottom = self.box
        return Placement((left / width, top / height, right / width, bottom / height), self.size)


def place(width: int, height: int, size: int, fit: ResizePolicy) -> Placement:
    """Fit an image of ``width`` × ``height`` into a square of side ``size``.

    ``crop`` scales the shorter side to ``size`` and keeps the centre; ``squash`` scales both sides to ``size``;
    ``letterbox`` scales the longer side to ``size`` and leaves the rest of the square to padding.

    Examples
    --------
    >>> place(500, 375, 224, "crop").box
    (62.5, 0.0, 437.5, 375.0)
    >>> place(500, 375, 224, "letterbox").size
    (224, 168)
    """
    whole = (0.0, 0.0, float(width), float(height))
    if fit == "squash":
        return Placement(whole, (size, size))
    if fit == "letterbox":
        longer = max(width, height)
        return Placement(whole, (max(1, round(width * size / longer)), max(1, round(height * size / longer))))
    if fit == "crop":
        shorter = min(width, height)
        left, top = (width - shorter) / 2, (height - shorter) / 2
        return Placement((left, top, left + shorter, top + shorter), (size, size))
    raise UnknownNameError("fit", fit, FITS)


def resize(image: Image.Image, placement: Placement) -> Image.Image:
    """Scale one part of an image of 8 bits per channel, antialiased."""
    left, top, right, bottom = placement.box
    width, height = placement.size
    shrinks = right - left >= width and bottom - top >= height
    # Hamming is as quick as bilinear and, shrinking, nearest to bicubic; enlarging, it would show blocks.
    resample = Image.Resampling.HAMMING if shrinks else Image.Resampling.BICUBIC
    return image.resize(placement.size, resample, placement.box, REDUCING_GAP)
