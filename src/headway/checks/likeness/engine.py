"""Near copies in a data set: candidates by features and squares, confirmed by the pixels, in groups."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

import numpy as np

from headway.checks.likeness import cells
from headway.checks.likeness.colours import colours, have_colours, same_colours
from headway.checks.likeness.confirming import SMALL, TINY, Squares
from headway.checks.likeness.grain import CLOSE, LEAST_SIDE, ROUGH, SAME, SIDE, Look, grain_agreements
from headway.checks.likeness.grouping import divide, missing
from headway.checks.likeness.nearest import nearest_pairs, reduce
from headway.checks.likeness.remembering import name_of, recall, remember
from headway.checks.likeness.squares import Descriptors, Registrations
from headway.checks.likeness.windows import CLOSE_WINDOWS, WINDOWS, shrink
from headway.heads.parallel import each, one_blas_thread
from headway.rendering.findings.copies import compared_by_features, doubtful_left_out

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

    def closer(self, rows: IntArray, side: int) -> UInt8Array:
        """Return larger grey squares, uint8 (m, side, side); asked for what is in doubt."""


MOST = 10  # candidates of each image by features
MOST_BY_SQUARES = 6
_LEAST_COSINE = 0.5
_SQUARES = 12_000  # images up to which all are compared by their squares, which takes time with their square
_FEW = 5_000  # images up to which they are compared in more windows
_AT_ONCE = 1024  # images whose colours are looked at
_LARGEST = 60  # images that are joined, up to which all pairs among them are compared
_ALIKE = 0.65  # similarity of squares, below which pixels need not be compared
_OWN = 0.92  # how much what is its own of an image must agree
_OWN_OF_TINY = 0.96  # and of one that is tiny, which shows too little for that
_DOUBTFUL = 0.3  # agreement from which on a pair that does not agree enough is looked at closer, by its grain
_ROUGHLY = 10_000  # such pairs at most, in small squares, which takes a second
_GRAINY = 0.6  # agreement of grain in small squares, from which on it is looked at in larger ones
_CLOSER = 500  # such pairs at most, which takes some seconds
_PAIRS = 128  # of them, that are looked at together
_AREA = 300_000_000  # pixels of their files at most, as they are decoded again
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
        self.images, self.rows, self.progress = images, rows, images.progress
        windows = CLOSE_WINDOWS if len(rows) <= _FEW else WINDOWS
        self.descriptors = Descriptors(shrink(levels, levels.shape[-1] // 2), windows)
        sizes = np.array([_size(images.facts[row]) for row in rows.tolist()])
        self.sides, self.areas = sizes.min(axis=1), sizes.prod(axis=1)
        self.squares = Squares(levels, self.sides, images.seed, windows)

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
        agreements, edges = self.squares.agreements(found)
        sides = self.sides[found.pairs].min(axis=1)
        near = agreements >= np.where(sides < TINY, _OWN_OF_TINY, _OWN)
        doubtful = np.flatnonzero(~near & (agreements >= _DOUBTFUL) & (sides >= LEAST_SIDE))
        doubtful = doubtful[np.argsort(-agreements[doubtful], kind="stable")][:_ROUGHLY]
        rough = self._rough_grain(found.at(doubtful), edges[doubtful])
        grainy = np.argsort(-rough, kind="stable")[: int((rough >= _GRAINY).sum())]
        near[doubtful[grainy]] = self._same_grain(found.at(doubtful[grainy]), edges[doubtful[grainy]])
        return np.sort(found.pairs[near], axis=1), agreements[near]

    def _rough_grain(self, found: Registrations, edges: FloatArray) -> FloatArray:
        """Return how far the grain of pairs agrees in small squares, float32 (m,)."""
        agreements = np.empty(len(edges), np.float32)

        def look(some: slice) -> None:
            agreements[some] = _grain(self.squares.squares, found.at(some), edges[some], ROUGH)

        each(look, [slice(start, start + _AT_ONCE) for start in range(0, len(edges), _AT_ONCE)])
        return agreements

    def _same_grain(self, found: Registrations, edges: FloatArray) -> NDArray[np.bool_]:
        """Say which pairs, the most promising first, are one photograph by their grain; there is time for some only."""
        same = np.zeros(len(found.pairs), np.bool_)
        areas = self.areas[found.pairs]
        affordable = areas.sum(axis=1) <= _AREA // 10  # a few huge files are not looked at instead of all the others
        affordable &= (np.cumsum(_new(found.pairs, areas) * affordable) <= _AREA) & (np.cumsum(affordable) <= _CLOSER)
        if not affordable.all():
            self.progress.note(doubtful_left_out(int((~affordable).sum()), len(same)))
        found, edges = found.at(affordable), edges[affordable]
        if len(edges):
            rows = np.unique(found.pairs)
            squares = self.images.closer(self.rows[rows], SIDE)
            found = found._replace(pairs=np.searchsorted(rows, found.pairs))
            agreements = np.empty(len(edges), np.float32)

            def look(some: slice) -> None:
                agreements[some] = _grain(squares, found.at(some), edges[some], CLOSE)

            each(look, [slice(start, start + _PAIRS) for start in range(0, len(edges), _PAIRS)])
            same[affordable] = agreements >= SAME
        return same


def _grain(squares: UInt8Array, found: Registrations, edges: FloatArray, look: Look) -> FloatArray:
    """Return how far the grain of pairs of squares agrees, float32 (m,)."""
    one, other = squares[found.pairs.T]
    return grain_agreements(one, np.where(found.mirrored[:, None, None], other[:, :, ::-1], other), edges, look)


def _new(pairs: IntArray, areas: IntArray) -> IntArray:
    """Return the area (m,) of those images of each pair (m, 2) that are in none before it."""
    firsts = np.unique(pairs.ravel(), return_index=True)[1]
    fresh = np.zeros(pairs.size, np.int64)
    fresh[firsts] = areas.ravel()[firsts]
    return np.asarray(fresh.reshape(-1, 2).sum(axis=1))


def _size(fact: ImageFacts | None) -> tuple[int, int]:
    return (fact.width, fact.height) if fact else (SMALL, SMALL)
