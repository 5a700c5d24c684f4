"""Near copies in a data set: candidates by features and squares, confirmed by the pixels, in groups."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

import numpy as np

from headway.checks.likeness import cells
from headway.checks.likeness.colours import colours, have_colours, same_colours
from headway.checks.likeness.confirming import SMALL, Squares
from headway.checks.likeness.grouping import divide, missing
from headway.checks.likeness.nearest import nearest_pairs, reduce
from headway.checks.likeness.remembering import name_of, recall, remember
from headway.checks.likeness.squares import Descriptors
from headway.checks.likeness.windows import shrink
from headway.heads.parallel import one_blas_thread
from headway.rendering.findings.copies import compared_by_features

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from headway.checks.likeness.remembering import Memory
    from headway.facts.images import ImageFacts
    from headway.types import FloatArray, IntArray, Progress, UInt8Array


class Images(Protocol):
    """What the search looks at: of a `Context`, what it needs."""

    @property
    def hashes(self) -> Sequence[bytes]:
        """Of each image's content."""

    @property
    def features(self) -> FloatArray:
        """Of each image, float32 (n, d)."""

    @property
    def facts(self) -> Sequence[ImageFacts | None]:
        """What was measured of each."""

    @property
    def seed(self) -> int:
        """Of samples."""

    @property
    def progress(self) -> Progress:
        """Told what goes on."""

    def squares(self, rows: IntArray) -> UInt8Array:
        """Return grey squares of 64 pixels, uint8 (m, 64, 64)."""

    def thumbnails(self, rows: IntArray) -> UInt8Array:
        """Return squares of 64 pixels in colour, uint8 (m, 64, 64, 3); asked for what agrees in grey."""


MOST = 10  # candidates of each image by features
MOST_BY_SQUARES = 5
_LEAST_COSINE = 0.5
_SQUARES = 12_000  # images up to which all are compared by their squares, which takes time with their square
_AT_ONCE = 1024  # images whose colours are looked at
_LARGEST = 60  # images that are joined, up to which all pairs among them are compared
_ALIKE = 0.55  # similarity of squares, below which pixels need not be compared
_OWN = 0.92  # how much what is its own of an image must agree
_OWN_OF_TINY = 0.95  # and of one that shows too little for that, of fewer pixels of a side than
_TINY = 32
DOUBTLESS = 0.995  # agreement from which on two images can be nothing but copies of one


@dataclass(frozen=True, eq=False)
class NearCopies:
    """Images of different content that show the same.

    Parameters
    ----------
    pairs : int64 array (m, 2)
        Positions in the data set, the smaller first; of images with the same content only the first stands here.
    agreements : float32 array (m,)
        How far the two agree in what is their own, up to 1.
    groups : list of int64 array
        In each of them every pair is near.
    chains : list of int64 array
        Images that are joined by pairs, of which some are not near: frames of a video, views of a turning thing.
    first : int64 array (n,)
        Of each image, the first one with the same content.
    squares : bool
        Whether all images were compared by their squares; otherwise only those that their features suggest.
    crowded : int
        Images with as many near copies as candidates were looked at of each, or more: they may have further ones.
    """

    pairs: IntArray
    agreements: FloatArray
    groups: list[IntArray]
    chains: list[IntArray]
    first: IntArray
    squares: bool
    crowded: int = 0

    def with_identical(self, rows: IntArray) -> IntArray:
        """Return all images with the content of some."""
        return np.flatnonzero(np.isin(self.first, rows))


@one_blas_thread()
def near_copies(images: Images, memory: Memory | None = None, reading: str = "") -> NearCopies:
    """Find near copies; `Context.near_copies` keeps the answer, and ``memory`` for other runs."""
    first = first_of_each(images.hashes)
    rows = np.flatnonzero(first == np.arange(len(first)))
    by_squares = len(rows) <= _SQUARES
    name = "" if memory is None else name_of(images.hashes, images.features, reading, images.seed)
    known = None if memory is None else recall(memory, name, len(first))
    if not by_squares:
        images.progress.note(compared_by_features(len(rows), _SQUARES, nearly=len(rows) >= cells.FEWEST))
    if known is None:
        known = _search(images, rows, by_squares=by_squares)
        if memory is not None:
            remember(memory, name, *known)
    pairs, agreements = known
    groups, chains = divide(pairs)
    crowded = int((np.bincount(pairs.ravel(), minlength=len(first)) >= MOST).sum())
    return NearCopies(pairs, agreements, groups, chains, first, by_squares, crowded)


def _search(images: Images, rows: IntArray, *, by_squares: bool) -> tuple[IntArray, FloatArray]:
    """Return the pairs among images that are near, and how far they agree."""
    pairs = _by_features(reduce(images.features[rows], images.seed), images.seed)
    wanted = np.arange(len(rows)) if by_squares else np.unique(pairs)
    if len(wanted) < 2:
        return np.empty((0, 2), np.int64), np.empty(0, np.float32)
    confirming = _Confirming(images, rows[wanted])
    pairs = np.searchsorted(wanted, pairs)
    if by_squares:
        pairs = np.unique(np.concatenate([pairs, confirming.candidates()]), axis=0)
    pairs, agreements = confirming.confirm(pairs)
    pairs = rows[wanted][pairs]
    same = _agree_in_colour(images, pairs)
    return pairs[same], agreements[same]


def _agree_in_colour(images: Images, pairs: IntArray) -> NDArray[np.bool_]:
    """Say which pairs, which agree in brightness, agree in colour; what is stored in grey is not decoded for it."""
    same = np.ones(len(pairs), np.bool_)
    coloured = have_colours(images.facts, pairs.ravel()).reshape(-1, 2).any(axis=1)
    rows = np.unique(pairs[coloured])
    if len(rows):
        known = np.concatenate(
            [colours(images.thumbnails(rows[start : start + _AT_ONCE])) for start in range(0, len(rows), _AT_ONCE)]
        )
        one, other = np.searchsorted(rows, pairs[coloured]).T
        same[coloured] = same_colours(known[one], known[other])
    return same


def _by_features(vectors: FloatArray, seed: int) -> IntArray:
    """Return pairs of images whose features are near."""
    if len(vectors) >= cells.FEWEST:
        return cells.nearly_all_pairs(vectors, most=MOST, least=_LEAST_COSINE, seed=seed)
    return nearest_pairs(vectors, most=MOST, least=_LEAST_COSINE)


def first_of_each(contents: Iterable[object]) -> IntArray:
    """Return for each content the position where it stands first.

    Examples
    --------
    >>> first_of_each([b"a", b"b", b"a"]).tolist()
    [0, 1, 0]
    """
    places: dict[object, int] = {}
    return np.array([places.setdefault(content, place) for place, content in enumerate(contents)], np.int64)


class _Confirming:
    """Which pairs of candidates among some images show the same by their pixels."""

    def __init__(self, images: Images, rows: IntArray) -> None:
        levels = images.squares(rows)
        self.progress = images.progress
        self.descriptors = Descriptors(shrink(levels, levels.shape[-1] // 2))
        self.sides = np.array([_least_side(images, row) for row in rows.tolist()])
        self.squares = Squares(levels, self.sides, images.seed)

    def candidates(self) -> IntArray:
        """Return pairs that are alike by their squares."""
        return self.descriptors.alike(MOST_BY_SQUARES)

    def confirm(self, pairs: IntArray) -> tuple[IntArray, FloatArray]:
        """Return those of the pairs that are near, and those that this suggests, in order; and how far they agree."""
        near, agreements = self._confirmed(pairs, _ALIKE)
        self.progress.advance(0)
        rest = np.array(list(missing(near, _LARGEST)), np.int64).reshape(-1, 2)
        further, their_own = self._confirmed(rest, 0.0)
        near, agreements = np.concatenate([near, further]), np.concatenate([agreements, their_own])
        order = np.lexsort((near[:, 1], near[:, 0]))
        return near[order], agreements[order]

    def _confirmed(self, pairs: IntArray, alike: float) -> tuple[IntArray, FloatArray]:
        found = self.descriptors.register(pairs)
        found = found.at(np.flatnonzero(found.similarity >= alike))
        agreements = self.squares.agreements(found)
        is_tiny = self.sides[found.pairs].min(axis=1) < _TINY
        near = agreements >= np.where(is_tiny, _OWN_OF_TINY, _OWN)
        return np.sort(found.pairs[near], axis=1), agreements[near]


def _least_side(images: Images, row: int) -> int:
    fact = images.facts[row]
    return min(fact.width, fact.height) if fact else SMALL
