"""What checks look at: images, labels, features, facts and predictions of one data set."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from headway.cores import cpu_count
from headway.errors import PictureError
from headway.images.files import read_file_facts
from headway.pipeline import decode, parallel
from headway.splits import merge_groups
from headway.types import AS_USUAL, Silent

if TYPE_CHECKING:
    from headway.checks.likeness.engine import NearCopies
    from headway.checks.likeness.remembering import Memory
    from headway.dataset import Dataset
    from headway.facts.images import FileFacts, ImageFacts
    from headway.types import FloatArray, IntArray, Picture, Progress, Reading, UInt8Array

THUMBNAIL = 64  # pixels, the side of the squares that pixels are compared on
_AHEAD = 64
_AT_ONCE = 1024  # squares that are made grey


@dataclass(frozen=True, eq=False)
class OutOfFold:
    """What classifiers that had not seen the images predict for them.

    Parameters
    ----------
    rows : int64 array (m,)
        Positions in the data set, ascending.
    probabilities : float32 array (m, classes)
        Calibrated.
    """

    rows: IntArray
    probabilities: FloatArray

    def accuracy(self, labels: IntArray) -> float:
        """Return how many are predicted rightly, by the labels of all images."""
        return float((self.probabilities.argmax(axis=1) == labels[self.rows]).mean())


@dataclass(frozen=True, eq=False)
class Context:
    """What a check may look at. All arrays have a row for each image.

    Parameters
    ----------
    data : Dataset
        The images that could be read; a label of -1 stands for none.
    hashes : sequence of bytes
        SHA-256 of each one's content.
    features : float32 array (n, d)
        Of the last layer of a pretrained network.
    facts : sequence of ImageFacts or None
        What was measured when they were decoded; None where it was not.
    part : int64 array (n,) or None
        The part that each is in, 0 training, 1 validation, 2 test, where the data set brings a split; otherwise None.
    predictions : OutOfFold or None
        None where no classifier could be trained.
    reading : Reading
        How the images are read.
    known_squares : callable or None
        Gives grey squares of `THUMBNAIL` pixels of images, uint8 (m, 64, 64), from the store; without it the images are
        decoded when they are asked for.
    memory : Memory or None
        The store, which keeps what a search for near copies found.
    seed : int
        Of whatever is drawn at random.
    progress : Progress
        Told what goes on: all checks are one stage, a step each. A check may tell it that time has passed, and begins
        no stage of its own; what begins some gets `quiet`.
    """

    data: Dataset
    hashes: Sequence[bytes]
    features: FloatArray
    facts: Sequence[ImageFacts | None]
    part: IntArray | None = None
    predictions: OutOfFold | None = None
    reading: Reading = AS_USUAL
    known_squares: Callable[[IntArray], UInt8Array] | None = None
    memory: Memory | None = None
    seed: int = 0
    progress: Progress = field(default_factory=Silent)

    def __len__(self) -> int:
        return len(self.data)

    @property
    def labels(self) -> IntArray:
        """Class of each image, int64 (n,); -1 for none."""
        return self.data.labels

    @property
    def quiet(self) -> Progress:
        """What a check may hand on to what tells its stages and steps: it passes on that time passes."""
        return _TimePasses(self.progress)

    @property
    def n_classes(self) -> int:
        """How many classes there are."""
        return len(self.data.classes)

    @cached_property
    def files(self) -> Sequence[FileFacts | None]:
        """What the header of each file says; None for what is no file. Read when it is first asked for."""
        with closing(parallel(self.data.pictures, read_file_facts, threads=cpu_count(), ahead=_AHEAD)) as facts:
            return list(facts)

    def thumbnails(self, rows: IntArray) -> UInt8Array:
        """Return images as squares of `THUMBNAIL` pixels, sides squeezed, uint8 (m, 64, 64, 3); each is decoded once.

        What cannot be read any more is black.
        """
        wanted = [row for row in dict.fromkeys(rows.tolist()) if row not in self._thumbnails]
        pictures = (self.data.pictures[row] for row in wanted)
        with closing(parallel(pictures, self._square, threads=cpu_count(), ahead=_AHEAD)) as squares:
            for row, square in zip(wanted, squares, strict=True):
                self._thumbnails[row] = square
        if not len(rows):
            return np.empty((0, THUMBNAIL, THUMBNAIL, 3), np.uint8)
        return np.stack([self._thumbnails[row] for row in rows.tolist()])

    def squares(self, rows: IntArray) -> UInt8Array:
        """Return grey squares of `THUMBNAIL` pixels of images, uint8 (m, 64, 64)."""
        from headway.checks.likeness.windows import grey

        if self.known_squares is not None:
            return self.known_squares(rows)
        squares = np.empty((len(rows), THUMBNAIL, THUMBNAIL), np.uint8)
        for start in range(0, len(rows), _AT_ONCE):
            some = slice(start, start + _AT_ONCE)
            squares[some] = np.rint(grey(self.thumbnails(rows[some])))
        return squares

    def closer(self, rows: IntArray, side: int) -> UInt8Array:
        """Return grey squares of ``side`` pixels of images, uint8 (m, side, side): decoded again, and not kept."""
        from headway.checks.likeness.windows import grey

        def work(picture: Picture) -> UInt8Array:
            return np.asarray(np.rint(grey(self._square(picture, side)[None])[0]), np.uint8)

        squares = np.empty((len(rows), side, side), np.uint8)
        pictures = (self.data.pictures[row] for row in rows.tolist())
        with closing(parallel(pictures, work, threads=cpu_count(), ahead=_AHEAD)) as decoded:
            for place, square in enumerate(decoded):
                squares[place] = square
        return squares

    def _square(self, picture: Picture, side: int = THUMBNAIL) -> UInt8Array:
        try:
            return decode(picture, side, "squash", self.reading)
        except PictureError:
            return np.zeros((side, side, 3), np.uint8)

    @cached_property
    def near_copies(self) -> NearCopies:
        """Images of different content that show the same; searched for when it is first asked for."""
        from headway.checks.likeness.engine import near_copies

        return near_copies(self, self.memory, self.reading.name)

    @cached_property
    def related(self) -> IntArray:
        """Numbers of groups, int64 (n,): images of a group, identical ones and near copies share one."""
        from headway.checks.likeness.grouping import components

        near = np.arange(len(self))
        for part in components(self.near_copies.pairs):
            near[part] = part[0]
        joined = [str(number).encode() for number in near.tolist()]
        return merge_groups(joined, merge_groups(self.hashes, self.data.groups))

    @cached_property
    def _thumbnails(self) -> dict[int, UInt8Array]:
        return {}


class _TimePasses(Silent):
    """The `Progress` within a step: of stages and steps it tells no more than that time passes."""

    def __init__(self, outside: Progress) -> None:
        self._outside = outside

    def advance(self, steps: int = 1) -> None:
        """Say that time has passed."""
        self._outside.advance(0)

    def note(self, message: str) -> None:
        """Pass the line on."""
        self._outside.note(message)

    def warn(self, message: str) -> None:
        """Pass the warning on."""
        self._outside.warn(message)
