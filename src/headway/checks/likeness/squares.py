"""Candidates by the pixels: images whose grey squares, or windows of them, are alike.

Features of a network say little of small images and of fine differences, so images are compared by their squares, too.
What all images of the data have in common would make all of them alike, so every principal component of the squares
counts about the same, however much of the common look it holds. A square is the sum of a part that mirroring leaves as
it is and one that it turns into its negative, so the larger of the similarities to an image and to its mirror image is
P + |Q|, of the products P and Q of these parts. That an image may show nine tenths of another is met by comparing
windows of each with the whole of all.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from headway.checks.likeness.nearest import nearest_by
from headway.checks.likeness.windows import WINDOWS, Window, cut, standardise

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from headway.types import FloatArray, IntArray

_SIZE = 16
_DIMENSIONS = 32  # of each part
_SAMPLE = 2000
_LEAST_VARIANCE = 0.001  # of the largest: a component of less counts for less
_LEAST = 0.6
_BLOCK = 512  # images: more similarities leave the cache of a core
_CHUNK = 4096  # pairs


class Registrations(NamedTuple):
    """How the second image of each pair is found in the first.

    ``pairs`` (m, 2) are ordered so that the window is one of the first; ``windows`` (m,) are positions among
    those that were looked at.
    """

    pairs: IntArray
    windows: IntArray
    mirrored: NDArray[np.bool_]
    similarity: FloatArray

    def at(self, places: IntArray | slice) -> Registrations:
        """Return some of them."""
        return Registrations(self.pairs[places], self.windows[places], self.mirrored[places], self.similarity[places])


class Descriptors:
    """Vectors of grey squares (n, size, size) and of their windows, by which images are compared fast."""

    def __init__(self, squares: FloatArray, windows: Sequence[Window] = WINDOWS) -> None:
        self._n = len(squares)
        step = max(1, self._n // _SAMPLE)
        bases = [_basis(part[::step]) for part in _parts(squares, windows[0])]
        sizes = [basis.shape[1] for _, basis in bases]
        self._even, self._odd = (np.empty((len(windows), self._n, size), np.float32) for size in sizes)
        for place, window in enumerate(windows):
            self._even[place], self._odd[place] = _describe(squares, window, bases)

    def alike(self, most: int) -> IntArray:
        """Return pairs of which one is among the ``most`` most alike of the other."""
        even, odd = self._even, self._odd

        def similarity(rows: slice, columns: slice) -> FloatArray:
            best = _product((even[0, rows], odd[0, rows]), (even[0, columns], odd[0, columns]))
            for place in range(1, len(even)):
                one = _product((even[place, rows], odd[place, rows]), (even[0, columns], odd[0, columns]))
                np.maximum(best, one, out=best)
                other = _product((even[0, rows], odd[0, rows]), (even[place, columns], odd[place, columns]))
                np.maximum(best, other, out=best)
            return best

        return nearest_by(similarity, self._n, most=most, least=_LEAST, block=_BLOCK)

    def register(self, pairs: IntArray) -> Registrations:
        """Return how the two images of each pair fit best."""
        if not len(pairs):
            return Registrations(pairs, np.empty(0, np.int64), np.empty(0, np.bool_), np.empty(0, np.float32))
        parts = [self._register(pairs[start : start + _CHUNK]) for start in range(0, len(pairs), _CHUNK)]
        return Registrations(*(np.concatenate(columns) for columns in zip(*parts, strict=True)))

    def _register(self, pairs: IntArray) -> Registrations:
        found = []
        for one, other in (pairs.T, pairs[:, ::-1].T):
            same = np.einsum("wpd,pd->wp", self._even[:, one], self._even[0, other])
            turned = np.einsum("wpd,pd->wp", self._odd[:, one], self._odd[0, other])
            found.append((same + np.abs(turned), turned < 0))
        similarity, mirrored = (np.concatenate(columns) for columns in zip(*found, strict=True))
        best, every = similarity.argmax(axis=0), np.arange(len(pairs))
        swapped, window = np.divmod(best, len(self._even))
        ordered = np.where(swapped[:, None], pairs[:, ::-1], pairs)
        return Registrations(ordered, window, mirrored[best, every], similarity[best, every])


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
    """Return the mean of a part, and the principal components, scaled so that each counts about the same.

    Of an odd part the mean is about 0, as mirror images are as good.
    """
    mean = part.mean(axis=0)
    centred = part - mean
    variances, vectors = np.linalg.eigh(centred.T @ centred)
    variances, vectors = variances[::-1][:_DIMENSIONS], vectors[:, ::-1][:, :_DIMENSIONS]
    scale = np.sqrt(np.maximum(variances, 0) / max(float(variances[0]), 1e-12) + _LEAST_VARIANCE)
    return mean, np.asarray(vectors / scale, np.float32)


def _describe(
    squares: FloatArray, window: Window, bases: list[tuple[FloatArray, FloatArray]]
) -> tuple[FloatArray, FloatArray]:
    """Return the components of both parts of a window, of norm 1 together."""
    (even, odd), ((mean, of_even), (_, of_odd)) = _parts(squares, window), bases
    both = np.concatenate([(even - mean) @ of_even, odd @ of_odd], axis=1)
    both /= np.linalg.norm(both, axis=1, keepdims=True) + 1e-9
    size = of_even.shape[1]
    return both[:, :size], both[:, size:]
