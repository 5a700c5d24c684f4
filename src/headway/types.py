"""Small types that several layers share."""

from __future__ import annotations

import os
from dataclasses import dataclass
from numbers import Integral
from typing import IO, TYPE_CHECKING, Any, Literal, Protocol, TypeAlias

from headway.errors import warn
from headway.ranges import ValueRange, range_text

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray
    from PIL import Image

    UInt8Array: TypeAlias = NDArray[np.uint8]
    FloatArray: TypeAlias = NDArray[np.float32]
    IntArray: TypeAlias = NDArray[np.int64]
    Picture: TypeAlias = (
        str | os.PathLike[str] | bytes | bytearray | memoryview | IO[bytes] | Image.Image | NDArray[Any]
    )
    """A path, bytes, an open binary file, a PIL image, or an array (H, W), (H, W, 1), (H, W, 3) or (H, W, 4)."""

Precision: TypeAlias = Literal["fp32", "bf16"]
Device: TypeAlias = Literal["cpu", "cuda"]
Bands: TypeAlias = tuple[int, ...]
"""Numbers of the bands of a picture that are read, from 1: none for the usual, one for grey, three for colours."""
ResizePolicy: TypeAlias = Literal["crop", "squash", "letterbox"]
Decoding: TypeAlias = Literal["headway", "keras"]
Scaling: TypeAlias = Literal["network", "unit"]
LossChoice: TypeAlias = Literal["cross-entropy", "binary-cross-entropy"]
OptimizerChoice: TypeAlias = Literal["auto", "adam", "adamw", "sgd", "sgd-momentum"]

MOST_BANDS = 1000
"""Of a picture."""


def is_bands(value: object) -> bool:
    """Say whether a value is the numbers of no band, of one, or of three.

    Examples
    --------
    >>> is_bands((4,)), is_bands((3, 2, 1)), is_bands((1, 2)), is_bands((0,))
    (True, True, False, False)
    """
    if not isinstance(value, tuple | list) or len(value) not in (0, 1, 3):
        return False
    whole = all(isinstance(band, Integral) and not isinstance(band, bool) for band in value)
    return whole and all(0 < band <= MOST_BANDS for band in value)


@dataclass(frozen=True)
class Reading:
    """How the pictures of a data set are read, besides the resize policy.

    Parameters
    ----------
    bands : tuple of int
        Which bands are read, from 1: one, for grey, or those for red, green and blue; by default what the file says.
    value_range : tuple of float
        Of samples with more than 8 bits, the value that becomes black and the one that becomes white; by default what
        the format says.
    decoding : {"headway", "keras"}
        By the policy of ``docs/pictures.md``, or as Keras' ``load_img`` does, which knows neither bands nor ranges.

    Examples
    --------
    >>> Reading((4, 3, 2), (0.0, 4095.0)).name, Reading().name
    ('/bands 4,3,2/range 12', '')
    """

    bands: Bands = ()
    value_range: ValueRange = ()
    decoding: Decoding = "headway"

    @property
    def name(self) -> str:
        """What is added to the name of whatever depends on it, beside that of the decoding policy."""
        bands = f"/bands {','.join(map(str, self.bands))}" if self.bands else ""
        return bands + (f"/range {range_text(self.value_range)}" if self.value_range else "")


AS_USUAL = Reading()
"""What the files say."""


@dataclass(frozen=True)
class Quarantined:
    """A picture that could not be read.

    Parameters
    ----------
    path : str
        The file, or ``"picture 7"`` for one that came from memory.
    reason : str
        Why, in one line.
    """

    path: str
    reason: str


class Progress(Protocol):
    """What long work tells whoever watches it. Every method is called from the thread that the work was begun in.

    What ``start`` or ``advance`` raises stops the work; what was computed until then stays in the cache.
    """

    def start(self, stage: str, total: int | None = None) -> None:
        """Say that a stage begins, of ``total`` steps where that is known."""

    def advance(self, steps: int = 1) -> None:
        """Say that steps of the stage are done; 0 where only time has passed."""

    def note(self, message: str) -> None:
        """Say one line that is worth it."""

    def warn(self, message: str) -> None:
        """Say what makes the result doubtful."""

    def finish(self) -> None:
        """Say that the work is over, whether it succeeded or not."""


class Silent:
    """The `Progress` of those who give none: it shows nothing, and warnings become a `HeadwayWarning`."""

    def start(self, stage: str, total: int | None = None) -> None:
        """Ignore the stage."""

    def advance(self, steps: int = 1) -> None:
        """Ignore the steps."""

    def note(self, message: str) -> None:
        """Ignore the message."""

    def warn(self, message: str) -> None:
        """Issue a `HeadwayWarning` for the line that called Headway."""
        warn(message)

    def finish(self) -> None:
        """Do nothing."""
