"""Candidates by the pixels: images whose grey squares, or windows of them, are alike.

Features of a network say little of small images and of fine differences, so images that are read fast are compared by
their squares, too. A square is the sum of a part that mirroring leaves as it is and one that it turns into its
negative, so the larger of the similarities to an image and to its mirror image is P + |Q|, of the products P and Q of
these parts. That an image may show nine tenths of another is met by comparing windows of each with the whole of all.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from headway.checks.likeness.nearest import nearest_by
from headway.checks.likeness.windows import WHOLE, Window, cut, grid, standardise

if TYPE_CHECKING:
    from headway.types import FloatArray, IntArray

SIDE = 0.9  # of the windows
_STEPS = 4
_SIZE = 16
_DIMENSIONS = 32  # of each part
_SAMPLE = 2000
_LEAST = 0.7


def alike(squares: FloatArray, *, most: int) -> IntArray:
    """Return pairs of grey squares (n, 64, 64) of which one is among the ``most`` most alike of the other."""
    sample = squares[:: max(1, len(squares) // _SAMPLE)]
    bases = [_basis(part) for part in _parts(sample, WHOLE)]
    descriptors = [_describe(squares, window, bases) for window in (WHOLE, *grid(SIDE, _STEPS))]
    whole = descriptors[0]

    def similarity(rows: slice, columns: slice) -> FloatArray:
        best = None
        for place, (even, odd) in enumerate(descriptors):
            one = _product((even[rows], odd[rows]), (whole[0][columns], whole[1][columns]))
            best = one if best is None else np.maximum(best, one, out=best)
            if place:  # a window of the second in the first
                other = _product((whole[0][rows], whole[1][rows]), (even[columns], odd[columns]))
                np.maximum(best, other, out=best)
        return best if best is not None else np.empty((0, 0), np.float32)

    return nearest_by(similarity, len(squares), most=most, least=_LEAST, block=1024)


def _product(one: tuple[FloatArray, FloatArray], other: tuple[FloatArray, FloatArray]) -> FloatArray:
    odd = one[1] @ other[1].T
    np.abs(odd, out=odd)
    odd += one[0] @ other[0].T
    return np.asarray(odd)


def _parts(squares: FloatArray, window: Window) -> tuple[FloatArray, FloatArray]:
    """Return the even and the odd part of a window, (n, 128) each."""
    rows = standardise(cut(squares, window, _SIZE)).reshape(-1, _SIZE, _SIZE)
    left, right = rows[:, :, : _SIZE // 2], rows[:, :, ::-1][:, :, : _SIZE // 2]
    even, odd = (left + right) / 2**0.5, (left - right) / 2**0.5
    return even.reshape(len(rows), -1), odd.reshape(len(rows), -1)


def _basis(part: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Return mean and principal components; of an odd part the mean is 0 by symmetry, as mirror images are as good."""
    mean = part.mean(axis=0)
    centred = part - mean
    _, vectors = np.linalg.eigh(centred.T @ centred)
    return mean, np.asarray(vectors[:, ::-1][:, :_DIMENSIONS], np.float32)


def _describe(
    squares: FloatArray, window: Window, bases: list[tuple[FloatArray, FloatArray]]
) -> tuple[FloatArray, FloatArray]:
    """Return the principal components of both parts of a window, of norm 1 together."""
    (even, odd), ((mean, of_even), (_, of_odd)) = _parts(squares, window), bases
    both = np.concatenate([(even - mean) @ of_even, odd @ of_odd], axis=1)
    both /= np.linalg.norm(both, axis=1, keepdims=True) + 1e-9
    size = of_even.shape[1]
    return np.ascontiguousarray(both[:, :size]), np.ascontiguousarray(both[:, size:])
