"""Whether two images that agree in brightness agree in colour, too: a flag of other colours is no copy of a flag."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from headway.facts.images import ImageFacts
    from headway.types import FloatArray, IntArray, UInt8Array

_CELLS = 4  # along a side, over which colours are averaged: a crop by a tenth hardly changes them
_GAIN = (0.7, 1.4)  # of brightness, which colours go with
_LEVELS = 6.0  # of 255, root mean square, that may differ in any case
_SHARE = 0.35  # of the colourfulness, that may differ
_GREY = frozenset({"1", "L", "LA", "I", "I;16", "F"})  # modes without colours
_TO_CHROMA = np.array([[-0.169, -0.331, 0.5], [0.5, -0.419, -0.081]], np.float32).T  # Cb and Cr of ITU-R 601


def colours(squares: UInt8Array) -> FloatArray:
    """Return Cb and Cr of squares (m, n, n, 3) in a few cells, float32 (m, 4, 4, 2)."""
    m, n = squares.shape[:2]
    cells = squares.reshape(m, _CELLS, n // _CELLS, _CELLS, n // _CELLS, 3).mean(axis=(2, 4), dtype=np.float32)
    return np.asarray(cells @ _TO_CHROMA, np.float32)


def same_colours(one: FloatArray, other: FloatArray) -> NDArray[np.bool_]:
    """Say which pairs of colours (p, 4, 4, 2) are the same, or mirrored, but for a gain.

    Examples
    --------
    >>> red, blue = (colours(np.full((1, 64, 64, 3), rgb, np.uint8)) for rgb in ((250, 20, 20), (20, 20, 250)))
    >>> same_colours(red, red * 0.8).tolist(), same_colours(red, blue).tolist()
    ([True], [False])
    """
    return _agree(one, other) | _agree(one, other[:, :, ::-1])


def _agree(one: FloatArray, other: FloatArray) -> NDArray[np.bool_]:
    a, b = (each.reshape(len(each), -1) for each in (one, other))
    gain = np.clip((a * b).sum(axis=1) / np.maximum((b * b).sum(axis=1), 1e-9), *_GAIN)
    rms = np.sqrt(((a - gain[:, None] * b) ** 2).mean(axis=1))
    strength = np.sqrt(np.maximum((a * a).mean(axis=1), (b * b).mean(axis=1)))
    agree: NDArray[np.bool_] = rms <= np.maximum(_LEVELS, _SHARE * strength)
    return agree


def have_colours(facts: Sequence[ImageFacts | None], rows: IntArray) -> NDArray[np.bool_]:
    """Say which images may have colours, by how their pixels are stored."""
    found = (facts[row] for row in rows.tolist())
    return np.array([fact is None or fact.mode not in _GREY for fact in found], np.bool_)
