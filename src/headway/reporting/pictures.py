"""The pictures of a report: what was predicted of them, which are shown, and where they lie on the map."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from headway.reporting.layout import points
from headway.reporting.naming import shortened, shown
from headway.reporting.parts import Shown
from headway.reporting.thumbnails import thumbnails
from headway.types import AS_USUAL

if TYPE_CHECKING:
    from headway.dataset import Dataset
    from headway.types import FloatArray, IntArray, Reading, ResizePolicy

MOST_MISTAKES = 24
MOST_SUSPECTS = 8  # of a finding
MOST_CLASSES = 30  # of a confusion matrix that is a table
MOST_PAIRS = 60  # of classes, in place of it
_MOST_CELLS = 5_000  # of the confusion matrix in the data block
_MOST_LISTED = 200  # pictures in the cells of mistakes, all together; as many in those that are right
_MOST_OF_CELL = 24
_LONGEST_CLASS = 200  # characters of a name for the script
_MOST_THUMBNAILS = 200  # besides the samples
_SAMPLES = (6, 240)  # of a class at most, and of all classes together


@dataclass(frozen=True, eq=False)
class Pictures:
    """Pictures and what was predicted of them; those that the scores are made of come first.

    Parameters
    ----------
    classes : tuple of str
        Names.
    true, predicted : int64 array (n,)
        Positions of the classes; -1 for ``predicted`` where nothing was.
    probability : float array (n,)
        Of the predicted class.
    scored : int
        How many of them, from the first, the scores are made of.
    name : callable
        Returns the name of the picture at a position; empty where names are left out.
    has_names : bool
        Whether names are in the report.
    thumbnails : mapping of int to str
        WebP in base64, by position.
    points : mapping of int to (int, int)
        Where pictures lie on the map, by position.
    suspects : tuple of tuple of int
        Positions of the pictures that each finding about the data shows.
    """

    classes: tuple[str, ...]
    true: IntArray
    predicted: IntArray
    probability: FloatArray
    scored: int
    name: Callable[[int], str] = field(repr=False)
    has_names: bool = True
    thumbnails: Mapping[int, str] = field(default_factory=dict, repr=False)
    points: Mapping[int, tuple[int, int]] = field(default_factory=dict, repr=False)
    suspects: tuple[tuple[int, ...], ...] = field(default=(), repr=False)

    def __len__(self) -> int:
        return len(self.true)

    @cached_property
    def class_counts(self) -> dict[str, int]:
        """How many pictures each class has."""
        found = np.bincount(self.true[self.true >= 0], minlength=len(self.classes)).tolist()
        return dict(zip(self.classes, found, strict=True))

    @cached_property
    def mistakes(self) -> list[int]:
        """Positions of the wrong predictions among the scored, the surest first."""
        wrong = np.flatnonzero(self.true[: self.scored] != self.predicted[: self.scored])
        found: list[int] = wrong[np.argsort(-self.probability[wrong], kind="stable")].tolist()
        return found

    @cached_property
    def counts(self) -> dict[tuple[int, int], int]:
        """How many of the scored pictures are in each cell of the confusion matrix that is not empty."""
        k = len(self.classes)
        cells, counts = np.unique(self.true[: self.scored] * k + self.predicted[: self.scored], return_counts=True)
        return {divmod(cell, k): count for cell, count in zip(cells.tolist(), counts.tolist(), strict=True)}

    @cached_property
    def cells(self) -> dict[tuple[int, int], list[int]]:
        """Positions of the pictures that are listed of cells: the surest of mistakes, the least sure of what is right.

        There is room for so many only, which the fullest cells get first; nothing where pictures have no names.
        """
        if not (self.has_names or self.thumbnails):
            return {}
        fullest = sorted(self.counts, key=lambda cell: (-self.counts[cell], cell))
        wrong = [cell for cell in fullest if cell[0] != cell[1]]
        right = [cell for cell in fullest if cell[0] == cell[1]]
        listed = self._first(wrong[:MOST_PAIRS] if self.are_many else wrong, -1)
        return listed if self.are_many else listed | self._first(right, 1)

    @cached_property
    def are_many(self) -> bool:
        """Whether there are too many classes for a matrix that is a table."""
        return len({place for cell in self.counts for place in cell}) > MOST_CLASSES

    def _first(self, cells: list[tuple[int, int]], sign: int) -> dict[tuple[int, int], list[int]]:
        """Return the first pictures of each cell, by rising probability times ``sign``."""
        each = min(_MOST_OF_CELL, max(1, _MOST_LISTED // max(len(cells), 1)))
        true, predicted = self.true[: self.scored], self.predicted[: self.scored]
        listed = {}
        for cell in cells[:_MOST_LISTED]:
            inside = np.flatnonzero((true == cell[0]) & (predicted == cell[1]))
            order = np.argsort(sign * self.probability[inside], kind="stable")
            listed[cell] = inside[order][:each].tolist()
        return listed

    @cached_property
    def samples(self) -> list[list[int]]:
        """Positions of a few pictures of each class, drawn at random."""
        most, all_together = _SAMPLES
        each = min(most, max(1, all_together // max(len(self.classes), 1)))
        order = np.random.default_rng(0).permutation(len(self))
        chosen: list[list[int]] = [[] for _ in self.classes]
        for position in order.tolist():
            of_class = chosen[self.true[position]] if self.true[position] >= 0 else None
            if of_class is not None and len(of_class) < each:
                of_class.append(position)
        return [sorted(positions) for positions in chosen]

    def wanted(self) -> list[int]:
        """Return the positions that thumbnails are wanted of, the most wanted first.

        Without classes, they are drawn at random from those on the map.
        """
        samples = [position for positions in self.samples for position in positions]
        if not self.classes:
            samples = np.random.default_rng(0).permutation(list(self.points))[: _SAMPLES[1]].tolist()
        in_cells = [position for positions in self.cells.values() for position in positions]
        first = self.mistakes[:MOST_MISTAKES]
        more = [position for position in dict.fromkeys(in_cells) if position not in {*first, *samples}]
        suspects = [position for positions in self.suspects for position in positions]
        return list(dict.fromkeys([*first, *samples, *suspects, *more[: _MOST_THUMBNAILS - len(first)]]))

    @cached_property
    def _listed(self) -> dict[int, int]:
        """Number in the data block of each picture that is in it."""
        shown = {*self.thumbnails, *self.points, *self.mistakes[:MOST_MISTAKES]}
        shown.update(position for positions in (*self.cells.values(), *self.suspects) for position in positions)
        return {position: number for number, position in enumerate(sorted(shown))}

    @cached_property
    def _thumb(self) -> dict[int, int]:
        return {position: number for number, position in enumerate(self.thumbnails)}

    def shown(self, position: int, note: str = "") -> Shown:
        """Return a picture as it is shown."""
        return Shown(self._listed[position], self.name(position), self._thumb.get(position), note)

    def data(self) -> str:
        """Return what the page's script reads, as JSON that no name can break out of."""
        pictures = [
            [
                self.name(position) or None,
                int(self.true[position]),
                int(self.predicted[position]),
                round(float(self.probability[position]), 3),
                self._thumb.get(position, -1),
                *self.points.get(position, (None, None)),
            ]
            for position in self._listed
        ]
        return page_data(self.classes, self.counts, pictures)


def page_data(
    classes: Sequence[str], counts: Mapping[tuple[int, int], int], pictures: Sequence[Sequence[object]] = ()
) -> str:
    """Return what the page's script reads: classes, pictures, and the fullest cells of the confusion matrix."""
    largest = sorted(counts, key=lambda cell: (-counts[cell], cell))[:_MOST_CELLS]
    return as_data(
        {
            "classes": [shortened(shown(name), _LONGEST_CLASS) for name in classes],
            "pictures": pictures,
            "cells": [[*cell, counts[cell]] for cell in sorted(largest)],
        }
    )


def as_data(content: object) -> str:
    r"""Return JSON in ASCII without the characters that end an element of HTML.

    Examples
    --------
    >>> as_data(["</script>"])
    '["\\u003c/script\\u003e"]'
    """
    text = json.dumps(content, separators=(",", ":"))
    for mark in "<>&":
        text = text.replace(mark, f"\\u{ord(mark):04x}")
    return text


def with_thumbnails(
    pictures: Pictures, dataset: Dataset, rows: IntArray, *, resize: ResizePolicy, reading: Reading = AS_USUAL
) -> Pictures:
    """Add thumbnails of the pictures that are to be shown; ``rows`` (n,) are their positions in ``dataset``.

    A file of features only says where pictures were, on another machine perhaps: none of them is opened.
    """
    wanted = [] if dataset.source.layout == "features" else pictures.wanted()
    made = thumbnails(dataset, rows[wanted].tolist() if wanted else [], resize=resize, reading=reading)
    return replace(
        pictures, thumbnails={position: text for position, text in zip(wanted, made, strict=False) if text is not None}
    )


def with_map(pictures: Pictures, n: int, read: Callable[[IntArray], FloatArray]) -> Pictures:
    """Add a map of the first n pictures; ``read`` returns their features by their positions."""
    rows, places = points(n, read)
    found: Sequence[Sequence[int]] = places.tolist()
    return replace(pictures, points={row: (x, y) for row, (x, y) in zip(rows.tolist(), found, strict=True)})
