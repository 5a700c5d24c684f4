"""Which values pictures of more than 8 bits make use of, and the one range that suits a whole data set."""

from __future__ import annotations

import io
import math
import os
from collections.abc import Iterable, Sequence
from contextlib import suppress
from typing import IO, TYPE_CHECKING, Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from headway.errors import PictureError
from headway.images.decode import decode
from headway.images.deferred import DeferredImage
from headway.images.levels import Levels
from headway.images.source import TAGGED, kind_of, translate_errors
from headway.places import regular_status
from headway.ranges import BITS, LARGEST, ValueRange, of_bits

if TYPE_CHECKING:
    from headway.types import Bands, Picture, UInt8Array

_HEAD_BYTES = 132
_SIZE = 224  # strips of giants are as high as this asks for
_PERCENTILES = 0.1, 99.9
# Of a picture, or of a strip of a giant one; and of all its strips.
_VALUES = 1 << 16
_ALL_VALUES = 1 << 20


class Values(NamedTuple):
    """What is found in a picture of more than 8 bits.

    Attributes
    ----------
    low, high : float
        Nearly all values lie within: all but a thousandth on either side.
    is_unit : bool
        Whether they are floats, all from 0 to 1.
    is_whole : bool
        Whether they are whole numbers.
    has_range : bool
        Whether the format says what is white: unsigned numbers of 16 bits.
    """

    low: float
    high: float
    is_unit: bool
    is_whole: bool
    has_range: bool


def is_deep(picture: Picture) -> bool:
    """Say whether a picture has more than 8 bits, by its header; a file is opened, and none of its pixels decoded.

    Examples
    --------
    >>> is_deep(np.zeros((4, 4), np.uint16)), is_deep(np.zeros((4, 4), np.uint8)), is_deep(b"no picture")
    (True, False, False)
    """
    if isinstance(picture, np.ndarray):
        return picture.dtype.kind == "u" and picture.dtype.itemsize == 2
    if isinstance(picture, Image.Image):
        return _is_deep_mode(picture)
    if not isinstance(picture, str | os.PathLike | bytes):
        return False
    with suppress(PictureError, OSError, ValueError), _opened(picture) as stream:
        head = stream.read(_HEAD_BYTES).ljust(_HEAD_BYTES, b"\0")
        kind = kind_of(head)
        if kind == "PNG":
            return head[24] > 8
        if kind in TAGGED:
            with translate_errors(kind), TAGGED[kind](stream) as image:
                return image.is_deep if isinstance(image, DeferredImage) else _is_deep_mode(image)
    return False


def _opened(picture: str | os.PathLike[str] | bytes) -> IO[bytes]:
    """Open a file without reading it: the tags of a TIFF are a little of it."""
    if isinstance(picture, bytes):
        return io.BytesIO(picture)
    regular_status(picture)
    return open(picture, "rb")


def _is_deep_mode(image: Image.Image) -> bool:
    return image.mode in ("I", "F") or image.mode.startswith("I;16")


def find_values(picture: Picture, bands: Bands) -> Values | None:
    """Return what values a picture has that a range is for; None where it has none, or cannot be read."""
    sampler = _Sampler()
    try:
        decode(picture, _SIZE, "squash", bands, sampler)
    except PictureError:
        return None
    return sampler.found()


def range_of(pictures: Iterable[Picture], bands: Bands) -> ValueRange | None:
    """Return the range that suits some pictures; None where none of them has more than 8 bits."""
    found = [values for picture in pictures if is_deep(picture) and (values := find_values(picture, bands)) is not None]
    return common_range(found) if found else None


class _Sampler(Levels):
    """In the place of levels: keeps some of the values that come by."""

    def __init__(self) -> None:
        super().__init__()
        self._random = np.random.default_rng(0)
        self._most = _VALUES
        self._seen: list[NDArray[Any]] = []

    @property
    def is_plain(self) -> bool:
        """Say no: all bits are looked at."""
        return False

    def of(self, values: NDArray[Any]) -> UInt8Array:
        """Keep some of the values: not those that are infinite, or so large that they stand for no measurement."""
        flat, random = values.reshape(-1), self._random
        some = random.permutation(flat) if len(flat) <= self._most else flat[random.integers(0, len(flat), self._most)]
        self._seen.append(some[np.abs(some.astype(np.float64)) <= LARGEST])
        if sum(map(len, self._seen)) > _ALL_VALUES:
            # Of every strip fewer, of those to come as well.
            self._most //= 2
            self._seen = [strip[: self._most] for strip in self._seen]
        return np.zeros(values.shape, np.uint8)

    def found(self) -> Values | None:
        """Return what was seen; None where nothing was."""
        values = np.concatenate([*self._seen, np.empty(0, self._seen[0].dtype)]) if self._seen else np.empty(0)
        if not len(values):
            return None
        low, high = np.percentile(values.astype(np.float64), _PERCENTILES).tolist()
        whole = values.dtype.kind != "f"
        unit = not whole and values.min() >= 0 and values.max() <= 1
        return Values(low, high, bool(unit), whole, values.dtype.kind == "u" and values.dtype.itemsize == 2)


def common_range(found: Sequence[Values]) -> ValueRange:
    """Return the range into which nearly all values of some pictures fit; empty where that is the formats' own.

    Of whole numbers from 0 the smallest of 8, 10, 12, 14 and 16 bits. Of others, from the lowest to the highest,
    rounded outwards, and of floats from 0 to 1, where these hold nearly all. Floats that all lie there need no range.

    Examples
    --------
    >>> common_range([Values(3, 3900.0, False, True, True), Values(0, 900.0, False, True, True)])
    (0.0, 4095.0)
    >>> common_range([Values(-1024.0, 2971.5, False, True, False)])
    (-1100.0, 3000.0)
    >>> common_range([Values(0.0, 1.0, True, False, False)])
    ()
    """
    floats = [values for values in found if not values.is_whole]
    counted = [values for values in found if values.is_whole] + [
        values for values in floats if not all(one.is_unit for one in floats)
    ]
    if not counted:
        return ()
    low, high = min(values.low for values in counted), max(values.high for values in counted)
    if low >= 0 and high < 1 << 16 and all(values.is_whole for values in counted):
        bits = next((bits for bits in BITS if high < 1 << bits), 16)
        return () if bits == 16 and all(values.has_range for values in counted) else of_bits(bits)
    if low >= 0 and high <= 1:
        return 0.0, 1.0
    if low == high:
        return ()
    # Two digits of their difference, outwards, so that other pictures hardly ever change it, and all features with it.
    digits = 1 - math.floor(math.log10(high - low))
    step = 0.499 * 10.0**-digits
    low, high = round(low - step, digits) + 0.0, round(high + step, digits) + 0.0  # no -0.0
    return max(low, -LARGEST), min(high, LARGEST)
