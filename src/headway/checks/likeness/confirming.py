"""Whether one image shows the same as another, by the pixels.

Pictures of one kind look alike: solar cells have the same bars at the same place, shirts the same outline. What all of
them share says nothing, so it is taken away first: the principal components of many squares. What is left of one image
(its own traits) must be what the other differs by from the same common look, after the best of: as it is, mirrored, a
window of nine tenths of either, any gain and offset of brightness. Pixels that are white in either do not count, since
brightening burns them out.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from headway.checks.likeness.windows import WHOLE, Window, cut, grid, standardise

if TYPE_CHECKING:
    from headway.types import FloatArray, IntArray

_COMPONENTS = 64
_PER_COMPONENT = 16  # squares that a component of the common look takes
_SAMPLE = 400
COARSE, FINE = 16, 32
_WINDOWS = [WHOLE, *grid(0.9, 7)]
_ALIKE = 0.94  # least correlation of whole squares, below which a pair is not looked at closer
_CLOSER = 3  # pairs of each image that are looked at closer though what is its own does not yet agree
_OWN = 0.6  # agreement of what is its own from which on a pair is looked at in any case
_WHITE = 250.0
_FEW = 0.3  # least part of the pixels that must be left


class Registration(NamedTuple):
    """How the second of a pair is found in the first."""

    mirrored: bool
    window: Window


class Squares:
    """Grey squares of images, and what is common to them.

    Parameters
    ----------
    squares : float32 array (n, 64, 64)
    seed : int
        Of the sample that what is common is learned from.
    """

    def __init__(self, squares: FloatArray, seed: int = 0) -> None:
        self.squares = squares
        self.common = self._common(seed)
        self.coarse = standardise(cut(squares, WHOLE, COARSE))
        self.mirrored = np.ascontiguousarray(self.coarse.reshape(-1, COARSE, COARSE)[:, :, ::-1]).reshape(
            len(squares), -1
        )

    def _common(self, seed: int) -> FloatArray:
        """Return what the principal components of squares and their mirror images make of each."""
        n = len(self.squares)
        rows = np.random.default_rng(seed).permutation(n)[:_SAMPLE]
        components = min(_COMPONENTS, len(rows) // _PER_COMPONENT)
        sample = standardise(self.squares[rows])
        sample = np.concatenate(
            [sample, sample.reshape(-1, *self.squares.shape[1:])[:, :, ::-1].reshape(len(rows), -1)]
        )
        _, vectors = np.linalg.eigh(sample @ sample.T)
        basis = np.linalg.qr((vectors[:, ::-1][:, :components].T @ sample).T)[0]
        flat = self.squares.reshape(n, -1)
        mean = flat.mean(axis=1, keepdims=True)
        return np.asarray(((flat - mean) @ basis @ basis.T + mean).reshape(self.squares.shape), np.float32)

    def closer(self, one: int, others: IntArray, *, every: bool) -> list[tuple[int, Registration]]:
        """Return those of the others that are worth a closer look for what ``one`` shows, and how they fit into it.

        ``every`` takes all that look alike; otherwise those that look most alike, or agree in what is their own.
        """
        parts = np.concatenate([cut(self.squares[one : one + 1], window, COARSE) for window in _WINDOWS])
        common = np.concatenate([cut(self.common[one : one + 1], window, COARSE) for window in _WINDOWS])
        parts, common = parts.reshape(len(_WINDOWS), -1), common.reshape(len(_WINDOWS), -1)
        parts = parts - parts.mean(axis=1, keepdims=True)
        common = common - common.mean(axis=1, keepdims=True)
        norms = np.linalg.norm(parts, axis=1)[:, None] + 1e-9
        templates = np.concatenate([self.coarse[others], self.mirrored[others]])
        alike = (parts / norms) @ templates.T
        matched = norms * alike  # size of what the other is in the scale of this one
        shared = common @ templates.T
        power = (common**2).sum(axis=1)[:, None]
        inner = (parts * common).sum(axis=1)[:, None]
        agreement = matched**2 - inner - matched * shared + power
        own = (norms**2 - 2 * inner + power) * (matched**2 - 2 * matched * shared + power)
        own_alike = (agreement / np.sqrt(np.maximum(own, 1e-9))).reshape(len(_WINDOWS), 2, -1)
        alike = alike.reshape(len(_WINDOWS), 2, -1)
        best = alike.reshape(-1, len(others)).argmax(axis=0)
        highest = alike.reshape(-1, len(others)).max(axis=0)
        own_best = own_alike.reshape(-1, len(others)).max(axis=0)
        rank = np.empty(len(others), np.int64)
        rank[np.argsort(-highest, kind="stable")] = np.arange(len(others))
        chosen = (highest > _ALIKE) & (every | (rank < _CLOSER) | (own_best > _OWN))
        return [
            (int(others[place]), Registration(bool(best[place] % 2), _WINDOWS[int(best[place]) // 2]))
            for place in np.flatnonzero(chosen).tolist()
        ]

    def agreement(
        self, one: int, other: int, registration: Registration, size: int, lowered: FloatArray | None = None
    ) -> float:
        """Return how far what is its own of one image is found in the other, from -1 to 1, at ``size`` pixels.

        ``lowered`` stands in for the square of the first where the second has fewer pixels.
        """
        square = self.squares[one] if lowered is None else lowered
        template = self.squares[other][:, ::-1] if registration.mirrored else self.squares[other]
        window = registration.window
        if window is not WHOLE:
            window = _refine(square, template, window)
        part = cut(square[None], window, size).ravel()
        common = cut(self.common[one][None], window, size).ravel()
        found = cut(template[None], WHOLE, size).ravel()
        counts = (part < _WHITE) & (found < _WHITE)
        if counts.mean() < _FEW:
            counts[:] = True
        part, common, found = part[counts], common[counts], found[counts]
        centred, wanted = found - found.mean(), part - part.mean()
        gain = float(centred @ wanted) / (float(centred @ centred) + 1e-9)
        return _correlation(part - common, centred * gain + part.mean() - common)


def _refine(square: FloatArray, template: FloatArray, window: Window) -> Window:
    """Return the window near another that the template fits best."""
    wanted = standardise(cut(template[None], WHOLE, FINE))[0]
    for step in (0.008, 0.004, 0.002):
        near = [window, *(_moved(window, step * down, step * right, 0.0) for down, right in _AROUND)]
        near += [_moved(window, 0.0, 0.0, grow * 2 * step) for grow in (-1, 1)]
        parts = standardise(np.concatenate([cut(square[None], one, FINE) for one in near]))
        window = near[int((parts @ wanted).argmax())]
    return window


_AROUND = [(down, right) for down in (-1, 0, 1) for right in (-1, 0, 1) if down or right]


def _moved(window: Window, down: float, right: float, grow: float) -> Window:
    side = min(window.side + grow, 1.0)
    top = min(max(window.top + down - grow / 2, 0.0), 1.0 - side)
    left = min(max(window.left + right - grow / 2, 0.0), 1.0 - side)
    return Window(round(top, 4), round(left, 4), round(side, 4))


def _correlation(one: FloatArray, other: FloatArray) -> float:
    one, other = one - one.mean(), other - other.mean()
    norms = float(np.linalg.norm(one) * np.linalg.norm(other))
    return float(one @ other) / norms if norms > 1e-6 else 0.0
