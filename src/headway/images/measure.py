"""Facts about an image, measured on the scaled pixels: a fraction of a millisecond per image."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from PIL import Image

from headway.facts.images import ImageFacts

if TYPE_CHECKING:
    from headway.types import FloatArray, UInt8Array


class Header(NamedTuple):
    """What the file, image or array says of itself."""

    width: int
    height: int
    mode: str
    format: str | None


def measure(pixels: UInt8Array, header: Header) -> ImageFacts:
    """Measure an image of sRGB pixels (H, W, 3), both upright.

    Examples
    --------
    >>> facts = measure(np.full((32, 32, 3), 100, np.uint8), Header(32, 32, "RGB", None))
    >>> facts.brightness, facts.contrast, facts.sharpness, facts.n_colours, facts.perceptual_hash
    (100.0, 0.0, 0.0, 1, 0)
    """
    # A quarter of the pixels, in a quarter of the time; each channel by itself, which is quickest.
    red, green, blue = (np.ascontiguousarray(pixels[::2, ::2, channel]) for channel in range(3))
    grey = (red * np.uint16(77) + green * np.uint16(150) + blue * np.uint16(29) >> 8).astype(np.uint8)
    brightness, contrast = _mean_and_deviation(grey.astype(np.float32))
    return ImageFacts(
        *header,
        brightness=brightness,
        contrast=contrast,
        sharpness=_mean_and_deviation(_laplacian(grey))[1] ** 2,
        n_colours=_count_colours(*(channel[::2, ::2] for channel in (red, green, blue))),
        perceptual_hash=_difference_hash(grey),
    )


def _mean_and_deviation(values: FloatArray) -> tuple[float, float]:
    """Return the mean and the standard deviation; the values are lost."""
    if not values.size:
        return 0.0, 0.0
    mean = values.mean()
    values -= mean
    values *= values
    return float(mean), float(values.mean()) ** 0.5


def _laplacian(grey: UInt8Array) -> FloatArray:
    levels = grey.astype(np.int16)
    result = levels[1:-1, 1:-1] * np.int16(-4)
    for neighbours in (levels[:-2, 1:-1], levels[2:, 1:-1], levels[1:-1, :-2], levels[1:-1, 2:]):
        result += neighbours
    return result.astype(np.float32)


def _count_colours(red: UInt8Array, green: UInt8Array, blue: UInt8Array) -> int:
    codes = (red >> 3).astype(np.intp) << 10 | (green >> 3).astype(np.intp) << 5 | blue >> 3
    seen = np.zeros(1 << 15, np.bool_)
    seen[codes] = True
    return int(np.count_nonzero(seen))


def _difference_hash(grey: UInt8Array) -> int:
    small = np.asarray(Image.fromarray(grey).resize((9, 8), Image.Resampling.BOX))
    return int.from_bytes(np.packbits(small[:, 1:] > small[:, :-1]).tobytes())
