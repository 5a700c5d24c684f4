"""Near copies in a data set: candidates by features and squares, confirmed by the pixels, in groups."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

import numpy as np

from headway.checks.likeness.confirming import COARSE, FINE, Squares
from headway.checks.likeness.grouping import divide, missing
from headway.checks.likeness.nearest import nearest_pairs, reduce
from headway.checks.likeness.squares import alike
from headway.checks.likeness.windows import WHOLE, cut, grey
from headway.heads.parallel import one_blas_thread

if TYPE_CHECKING:
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

    def thumbnails(self, rows: IntArray) -> UInt8Array:
        """Return squares of 64 pixels, uint8 (m, 64, 64, 3)."""


MOST = 10  # candidates of each image, by features and by squares
_LEAST_COSINE = 0.5
_SQUARES = 12_000  # images up to which all are compared by their squares
_PIXELS = 1_000_000_000  # and how many pixels they have at most: decoding them takes seconds
_LARGEST = 60  # images that are joined, up to which all pairs among them are compared
_SMALL = 64  # pixels of a side, below which fewer of them are compared
_OWN = 0.92  # how much what is its own of an image must agree


@dataclass(frozen=True, eq=False)
class NearCopies:
    """Images of different content that show the same.

    Parameters
    ----------
    pairs : int64 array (m, 2)
        Positions in the data set, the smaller first; of images with the same content only the first stands here.
    groups : list of int64 array
        In each of them every pair is near.
    chains : list of int64 array
        Images that are joined by pairs, of which some are not near: frames of a video, views of a turning thing.
    first : int64 array (n,)
        Of each image, the first one with the same content.
    squares : bool
        Whether all images were compared by their squares; otherwise only those that their features suggest.
    """

    pairs: IntArray
    groups: list[IntArray]
    chains: list[IntArray]
    first: IntArray
    squares: bool

    def with_identical(self, rows: IntArray) -> IntArray:
        """Return all images with the content of some."""
        return np.flatnonzero(np.isin(self.first, rows))


@one_blas_thread()
def near_copies(images: Images) -> NearCopies:
    """Find near copies; `Context.near_copies` keeps the answer."""
    first = first_of_each(images.hashes)
    rows = np.flatnonzero(first == np.arange(len(first)))
    own = reduce(images.features[rows], images.seed)
    pairs = nearest_pairs(own, most=MOST, least=_LEAST_COSINE)
    by_squares = _can_be_decoded(images, rows)
    if by_squares:
        levels = grey(images.thumbnails(rows))
        pairs = np.unique(np.concatenate([pairs, alike(levels, most=MOST)]), axis=0)
    pairs = rows[pairs]
    if len(pairs):
        pairs = _Confirming(images, np.unique(pairs)).confirm(pairs)
    groups, chains = divide(pairs)
    return NearCopies(pairs, groups, chains, first, by_squares)


def first_of_each(contents: Iterable[object]) -> IntArray:
    """Return for each content the position where it stands first.

    Examples
    --------
    >>> first_of_each([b"a", b"b", b"a"]).tolist()
    [0, 1, 0]
    """
    places: dict[object, int] = {}
    return np.array([places.setdefault(content, place) for place, content in enumerate(contents)], np.int64)


def _can_be_decoded(images: Images, rows: IntArray) -> bool:
    """Say whether there are few enough pixels to look at all of them again."""
    if len(rows) > _SQUARES:
        return False
    facts = [images.facts[row] for row in rows.tolist()]
    return sum(fact.width * fact.height for fact in facts if fact) <= _PIXELS and any(facts)


class _Confirming:
    """Which pairs of candidates show the same by their pixels."""

    def __init__(self, images: Images, rows: IntArray) -> None:
        self.images, self.rows = images, rows
        self.place = {row: place for place, row in enumerate(rows.tolist())}
        self.levels = Squares(grey(images.thumbnails(rows)), images.seed)
        self.sides = [_least_side(images, row) for row in rows.tolist()]

    def confirm(self, pairs: IntArray) -> IntArray:
        near = self._confirmed([(self.place[a], self.place[b]) for a, b in pairs.tolist()], closer=True)
        rest = list(missing(np.array(sorted(near), np.int64).reshape(-1, 2), _LARGEST))
        near |= self._confirmed(rest, closer=False)
        return self.rows[np.array(sorted(near), np.int64).reshape(-1, 2)]

    def _confirmed(self, pairs: list[tuple[int, int]], *, closer: bool) -> set[tuple[int, int]]:
        """Return those that are near; ``closer`` leaves out what is not among the nearest of either."""
        partners: defaultdict[int, list[int]] = defaultdict(list)
        for a, b in pairs:
            partners[a].append(b)
            partners[b].append(a)
        near: set[tuple[int, int]] = set()
        for one, others in partners.items():
            self.images.progress.advance(0)
            for other, registration in self.levels.closer(one, np.array(others), every=not closer):
                pair = (min(one, other), max(one, other))
                if pair not in near:
                    small = min(self.sides[one], self.sides[other])
                    size = COARSE if small < _SMALL else FINE
                    lowered = self._lowered(one, small) if small < min(self.sides[one], 32) else None
                    agreement = self.levels.agreement(one, other, registration, size, lowered)
                    if agreement >= _OWN:
                        near.add(pair)
        return near

    def _lowered(self, one: int, side: int) -> FloatArray:
        """Return a square as it would be if its file had so few pixels."""
        from PIL import Image

        few = Image.fromarray(cut(self.levels.squares[one][None], WHOLE, side)[0])
        size = self.levels.squares.shape[-1]
        return np.asarray(few.resize((size, size), Image.Resampling.BICUBIC), np.float32)


def _least_side(images: Images, row: int) -> int:
    fact = images.facts[row]
    return min(fact.width, fact.height) if fact else _SMALL
