"""Facts about an image, measured on the scaled pixels: a fraction of a millisecond per image."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from PIL import Image

from headway.facts.images import ImageFacts

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from headway.types import FloatArray, UInt8Array

_LUMA = np.array([77, 150, 29], np.uint16)  # ITU-R 601, in 256ths


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
    # A quarter of the pixels, in a quarter of the time: (3, H, W), in numbers that have room for sums.
    channels = np.array(pixels[::2, ::2].transpose(2, 0, 1), np.uint16, order="C")
    grey = np.einsum("chw,c->hw", channels, _LUMA) >> 8
    brightness, contrast = _mean_and_deviation(grey.astype(np.float32))
    return ImageFacts(
        *header,
        brightness=brightness,
        contrast=contrast,
        sharpness=_mean_and_deviation(_laplacian(grey))[1] ** 2,
        n_colours=_count_colours(channels[:, ::2, ::2]),
        perceptual_hash=_difference_hash(grey.astype(np.uint8)),
    )


def _mean_and_deviation(values: FloatArray) -> tuple[float, float]:
    """Return the mean and the standard deviation; the values are lost."""
    if not values.size:
        return 0.0, 0.0
    mean = _mean(values)
    values -= mean
    values *= values
    return float(mean), float(_mean(values)) ** 0.5


def _mean(values: FloatArray) -> np.float32:
    """Return what ``values.mean()`` does, without the Python in it, which takes longer than the sum."""
    mean: np.float32 = np.add.reduce(values, axis=None) / np.float32(values.size)
    return mean


def _laplacian(grey: NDArray[np.uint16]) -> FloatArray:
    height, width = grey.shape
    if height < 3 or width < 3:
        return np.empty(0, np.float32)
    # All rows as one, which is quickest; what reaches over their ends is cut off.
    levels = grey.reshape(-1).astype(np.int16)
    result = levels * np.int16(-4)
    for shift in (1, width):
        result[shift:] += levels[:-shift]
        result[:-shift] += levels[shift:]
    return result.reshape(height, width)[1:-1, 1:-1].astype(np.float32)


def _count_colours(channels: NDArray[np.uint16]) -> int:
    red, green, blue = channels >> 3
    seen = np.zeros(1 << 15, np.bool_)
    seen[(red << 10 | green << 5 | blue).astype(np.intp)] = True
    return int(np.count_nonzero(seen))


def _difference_hash(grey: UInt8Array) -> int:
    image = Image.frombuffer("L", grey.shape[::-1], grey, "raw", "L", 0, 1)
    small = np.asarray(image.resize((9, 8), Image.Resampling.BOX))
    return int.from_bytes(np.packbits(small[:, 1:] > small[:, :-1]).tobytes())
