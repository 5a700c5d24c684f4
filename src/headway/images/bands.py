"""Giants that were decoded whole, scaled a band of rows at a time, so that there is no second copy of that size."""

from __future__ import annotations

import math

from PIL import Image

from headway.images.fitting import REDUCING_GAP, Placement, resize
from headway.images.levels import PLAIN, Levels
from headway.images.modes import to_working_mode

BANDS_PIXELS = 4_000_000
"""Images above this are scaled in bands."""

_BAND_PIXELS = 1 << 19
# These need nothing done to them, or are stretched by what is in all of their rows.
_WHOLE = ("CMYK", "La", "RGBa", "I", "F")


def scale(image: Image.Image, placement: Placement, levels: Levels = PLAIN) -> Image.Image:
    """Bring a decoded image of any mode to a working mode and to its final size.

    The pixels are those of ``resize(to_working_mode(image, levels), placement)``.
    """
    width, height = placement.size
    left, top, right, bottom = placement.box
    # As Pillow computes them, to the last bit.
    factors = (int((right - left) / width / REDUCING_GAP) or 1, int((bottom - top) / height / REDUCING_GAP) or 1)
    plain = image.mode in _WHOLE or (image.mode in ("L", "RGB") and "transparency" not in image.info)
    if plain or image.width * image.height <= BANDS_PIXELS or factors == (1, 1):
        return resize(to_working_mode(image, levels), placement)
    reduced, start = _reduced(image, placement, factors, levels)
    shifted = (left - start[0], top - start[1], right - start[0], bottom - start[1])
    return resize(reduced, Placement(shifted, placement.size).scaled(*factors))


def _reduced(
    image: Image.Image, placement: Placement, factors: tuple[int, int], levels: Levels
) -> tuple[Image.Image, tuple[int, int]]:
    """Reduce the wanted part and its surroundings; return also where in the image that begins."""
    (left, top, right, bottom), (width, height), high = placement.box, placement.size, factors[1]
    # Pillow's margin for the filter that `resize` will take: Hamming, or bicubic where an axis is enlarged.
    support = 0.5 if right - left >= width and bottom - top >= height else 1.5
    across, down = support * (right - left) / width, support * (bottom - top) / height
    first, last = max(0, int(left - across)), min(image.width, math.ceil(right + across))
    row, end = max(0, int(top - down)), min(image.height, math.ceil(bottom + down))
    start = (first, row)
    reduced: Image.Image | None = None
    rows = max(1, _BAND_PIXELS // ((last - first) * high)) * high
    for upper in range(row, end, rows):
        some = image.crop((first, upper, last, min(upper + rows, end)))
        band = to_working_mode(some, levels).reduce(factors)
        if reduced is None:
            reduced = Image.new(band.mode, (band.width, -(-(end - row) // high)))
        reduced.paste(band, (0, (upper - row) // high))
    assert reduced is not None
    return reduced, start
