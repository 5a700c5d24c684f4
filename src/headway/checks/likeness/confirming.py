"""Whether one image shows the same as another, by the pixels.

Pictures of one kind look alike: solar cells have the same bars at the same place, shirts the same outline. What all of
them share says nothing, so it is taken away first: the principal components of many squares. What is left of one image
(its own traits) must be what the other differs by from the same common look, after the best of: as it is, mirrored, a
window of either, any gain and offset of brightness. Pixels that are white in either do not count, since brightening
burns them out.

All pairs are looked at in squares of 16 pixels, and those in which something agrees in 32.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import TYPE_CHECKING

import numpy as np

from headway.checks.likeness.aligning import align, cut_each
from headway.checks.likeness.windows import WHOLE, WINDOWS, Window, cut, edges_of, shrink, standardise
from headway.heads.parallel import each

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from headway.checks.likeness.squares import Registrations
    from headway.types import FloatArray, IntArray, UInt8Array

SMALL = 64  # pixels of a side of a file, below which fewer of them are compared
TINY = 32  # pixels of a side, below which less is taken for common, as an image shows little that is its own
_COMPONENTS = 64
_OF_TINY = 16
_PER_COMPONENT = 16  # squares that a component of the common look takes
_SAMPLE = 400
_COARSE, _FINE = 16, 32
_STEPS = 3  # of an alignment
_HOPEFUL = 0.1  # agreement before the two are aligned, from which on they are
_WORTH = 0.6  # agreement in few pixels, from which on a pair is looked at closer
_PROMISING = 0.75  # agreement in many, from which on the two are aligned further
_WHITE = 250.0
_FEW = 0.3  # least part of the pixels that must be left
_FEWER = 0.85  # times as many pixels of a side are fewer: not those of a crop by a tenth
_CHUNK = 512  # pairs


class Squares:
    """Grey squares of images, and what is common to them.

    Parameters
    ----------
    squares : uint8 array (n, 64, 64)
    sides : int64 array (n,)
        Pixels of the shorter side of each image's file.
    seed : int
        Of the sample that what is common is learned from.
    windows : sequence of Window
        Those that the images were registered by.
    """

    def __init__(
        self, squares: UInt8Array, sides: IntArray, seed: int = 0, windows: Sequence[Window] = WINDOWS
    ) -> None:
        self.squares, self.sides, self._windows, self._edges = squares, sides, windows, edges_of(windows)
        self._coarse = shrink(squares, _COARSE)
        self._basis = _basis(squares, seed)
        self._traits = self._in_common()
        columns = self._basis.T.reshape(-1, *squares.shape[1:])
        self._basis_of = [cut(columns, window, _COARSE).reshape(-1, _COARSE**2) for window in windows]

    def agreements(self, found: Registrations) -> tuple[FloatArray, FloatArray]:
        """Return how far what is its own of each image is found in the other, (m,) from -1 to 1, and the edges."""
        agreements, edges = np.zeros(len(found.pairs), np.float32), self._edges[found.windows]

        def look(rows: IntArray) -> None:
            agreements[rows] = self._as_they_are(found.at(rows))

        def look_closer(rows: IntArray) -> None:
            agreements[rows], edges[rows] = self._aligned(found.at(rows), agreements[rows])

        order = np.argsort(found.windows, kind="stable")
        each(look, _chunks(order))
        each(look_closer, _chunks(np.flatnonzero((agreements >= _HOPEFUL) | self._unequal(found))))
        return agreements, edges

    def _unequal(self, found: Registrations) -> NDArray[np.bool_]:
        """Say of which pairs the second image has so few pixels that the first is brought to as few."""
        one, other = self.sides[found.pairs.T]
        unequal: NDArray[np.bool_] = (other < _FEWER * one) & (other < _FINE)
        return unequal

    def _as_they_are(self, found: Registrations) -> FloatArray:
        """Return the agreements in few pixels, before the two images are aligned."""
        one, other = found.pairs.T
        parts = np.empty((len(one), _COARSE**2), np.float32)
        common = np.empty_like(parts)
        for window in np.unique(found.windows).tolist():
            rows = np.flatnonzero(found.windows == window)
            squares = self.squares[one[rows]].astype(np.float32)
            parts[rows] = cut(squares, self._windows[window], _COARSE).reshape(len(rows), -1)
            common[rows] = self._traits[one[rows]] @ self._basis_of[window]
        others = self._coarse[other]
        others[found.mirrored] = others[found.mirrored, :, ::-1]
        return _own(parts, common, others.reshape(len(one), -1))

    def _aligned(self, found: Registrations, agreements: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Return the agreements of images that are laid on each other, from what they were before, and the edges."""
        (one, other), edges = found.pairs.T, self._edges[found.windows]
        small = np.minimum(self.sides[one], self.sides[other])
        squares = self._as_small(self.squares[one].astype(np.float32), self.sides[one], small)
        traits = self._traits[one]
        traits[small < TINY, _OF_TINY:] = 0
        common = (traits @ self._basis.T).reshape(squares.shape)
        others = self.squares[other].astype(np.float32)
        others[found.mirrored] = others[found.mirrored, :, ::-1]
        unequal = self._unequal(found)
        if unequal.any():
            these = squares[unequal], common[unequal], others[unequal]
            agreements[unequal] = _own_in(*these, edges[unequal], _COARSE)
        for least, size in ((_HOPEFUL, _COARSE), (_WORTH, _FINE), (_PROMISING, _FINE)):
            rows = np.flatnonzero(agreements >= least)
            if len(rows):
                seen = squares[rows], common[rows], others[rows]
                large = seen[0] if size == _FINE else cut(seen[0], WHOLE, _FINE)
                edges[rows] = align(large, cut(seen[2], WHOLE, size), edges[rows], _STEPS)
                agreements[rows] = _own_in(*seen, edges[rows], _COARSE)
                if size == _FINE:
                    agreements[rows] = np.where(
                        small[rows] < SMALL, agreements[rows], _own_in(*seen, edges[rows], size)
                    )
        return agreements, edges

    def _as_small(self, squares: FloatArray, own: IntArray, sides: IntArray) -> FloatArray:
        """Return squares as if their files had no more pixels than those of their partners, where these are few."""
        for side in np.unique(sides[(sides < _FEWER * own) & (sides < _FINE)]).tolist():
            these = (sides == side) & (side < _FEWER * own)
            squares[these] = lowered(squares[these], side)
        return squares

    def _in_common(self) -> FloatArray:
        """Return how much each square has of each component of what is common to all, float32 (n, c)."""
        traits = np.empty((len(self.squares), self._basis.shape[1]), np.float32)
        for start in range(0, len(traits), _CHUNK):
            flat = self.squares[start : start + _CHUNK].reshape(-1, len(self._basis)).astype(np.float32)
            traits[start : start + _CHUNK] = (flat - flat.mean(axis=1, keepdims=True)) @ self._basis
        return traits


def _own_in(squares: FloatArray, common: FloatArray, others: FloatArray, edges: FloatArray, size: int) -> FloatArray:
    """Return the correlations (m,) of windows with others in so many pixels, what is common taken away from both."""
    parts = (cut_each(squares, edges, size), cut_each(common, edges, size), cut(others, WHOLE, size))
    return _own(*(part.reshape(len(edges), -1) for part in parts))


def _own(parts: FloatArray, common: FloatArray, found: FloatArray) -> FloatArray:
    """Return the correlations (m,) of rows of pixels, what is common taken away from both."""
    counts = ((parts < _WHITE) & (found < _WHITE)).astype(np.float32)
    counts[counts.mean(axis=1) < _FEW] = 1
    parts, found, shared = _centred(parts, counts), _centred(found, counts), _centred(common, counts)
    gain = (parts * found).sum(axis=1) / ((found**2).sum(axis=1) + 1e-9)
    return _correlations(parts - shared, found * gain[:, None] - shared)


def lowered(squares: FloatArray, side: int) -> FloatArray:
    """Return squares (m, n, n) as they would be if their files had so few pixels."""
    size = squares.shape[-1]
    there_and_back = _resizing(side, size) @ _resizing(size, side)
    return np.asarray(there_and_back @ squares @ there_and_back.T, np.float32)


@cache
def _resizing(before: int, after: int) -> FloatArray:
    """Return the matrix (after, before) of a bicubic change of size, as programs make it: sharper than means."""
    from PIL import Image

    columns = Image.fromarray(np.eye(before, dtype=np.float32)).resize((before, after), Image.Resampling.BICUBIC)
    return np.asarray(columns, np.float32)


def _basis(squares: UInt8Array, seed: int) -> FloatArray:
    """Return the principal components (4096, c) of squares and their mirror images, of norm 1.

    Each of them is the same in the mirror, or its own negative: so those of the two parts are found by themselves.
    """
    rows = np.random.default_rng(seed).permutation(len(squares))[:_SAMPLE]
    components = min(_COMPONENTS, len(rows) // _PER_COMPONENT)
    sample = standardise(squares[rows].astype(np.float32)).reshape(-1, *squares.shape[1:])
    found = []
    for sign in (1, -1):
        part = ((sample + sign * sample[:, :, ::-1]) / 2).reshape(len(rows), -1)
        values, vectors = np.linalg.eigh(part @ part.T)
        found.append((values[::-1][:components], part.T @ vectors[:, ::-1][:, :components]))
    values, vectors = np.concatenate([one for one, _ in found]), np.concatenate([one for _, one in found], axis=1)
    chosen = np.argsort(-values, kind="stable")[:components]
    return np.asarray(vectors[:, chosen] / np.sqrt(np.maximum(values[chosen], 1e-9)), np.float32)


def _chunks(rows: IntArray) -> list[IntArray]:
    return [rows[start : start + _CHUNK] for start in range(0, len(rows), _CHUNK)]


def _centred(values: FloatArray, counts: FloatArray) -> FloatArray:
    """Return values less the mean of those that count, and 0 where they do not."""
    mean = (values * counts).sum(axis=1, keepdims=True) / counts.sum(axis=1, keepdims=True)
    return np.asarray((values - mean) * counts)


def _correlations(one: FloatArray, other: FloatArray) -> FloatArray:
    norms = np.sqrt((one**2).sum(axis=1) * (other**2).sum(axis=1))
    return np.where(norms > 1e-6, (one * other).sum(axis=1) / np.maximum(norms, 1e-6), 0.0)
