"""From raw features to what the head reads."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from headway.errors import DataError
from headway.heads import parallel

if TYPE_CHECKING:
    from headway.preparation.vocabulary import Vocabulary
    from headway.types import FloatArray, IntArray


@dataclass(frozen=True, eq=False)
class Transform:
    """What is fitted before the head, as plain arrays.

    Vocabularies that overlap and columns that are not ascending are a `DataError`.

    Examples
    --------
    >>> transform = Transform((), np.array([0, 2]))
    >>> transform.apply(np.array([[1, 2, 3]], "float32")).tolist()
    [[1.0, 3.0]]
    """

    vocabularies: tuple[Vocabulary, ...]  # each turns a bag of local descriptors into a histogram; ascending by column
    columns: IntArray | None  # (d,), which of the features after that the head reads, ascending; None for all

    def __post_init__(self) -> None:
        ends = [vocabulary.first + vocabulary.count for vocabulary in self.vocabularies]
        if any(after.first < end for end, after in zip(ends, self.vocabularies[1:], strict=False)):
            raise DataError("vocabularies must be in the order of their columns and not overlap")
        columns = self.columns
        if columns is not None and (
            columns.ndim != 1 or not len(columns) or columns[0] < 0 or (np.diff(columns) <= 0).any()
        ):
            raise DataError(f"selected columns must be ascending, and at least one, got shape {columns.shape}")

    @classmethod
    def identity(cls) -> Transform:
        """Return the transform that changes nothing."""
        return cls((), None)

    def width(self, n_features: int) -> int:
        """Return the number of features that the head reads, given the number of raw ones."""
        if self.columns is not None:
            return len(self.columns)
        return n_features + sum(len(vocabulary.words) - vocabulary.count for vocabulary in self.vocabularies)

    def apply(self, features: FloatArray, rows: IntArray | None = None) -> FloatArray:
        """Turn raw features (n, D), or the given rows of them, into what the head reads: (m, d).

        This is ``features`` itself where nothing changes and no rows are given, otherwise a new array. Fewer raw
        features than are read are a `DataError`.
        """
        vocabularies, columns = self.vocabularies, self.columns
        if vocabularies:
            features, rows = self._encode_bags(features, rows), None
        if columns is None:
            return features if rows is None else features[rows]
        if columns[-1] >= features.shape[1]:
            raise DataError(f"feature {columns[-1]} is read, but there are only {features.shape[1]}")
        if rows is None:
            rows = np.arange(len(features))
        # One pass, row by row: a selection of rows and then one of columns would copy what is thrown away.
        selected = np.empty((len(rows), len(columns)), dtype=np.float32)

        def fill(block: slice) -> None:
            for target, row in enumerate(rows[block].tolist(), start=block.start):
                np.take(features[row], columns, out=selected[target])

        parallel.each(fill, parallel.row_blocks(len(rows)))
        return selected

    def _encode_bags(self, features: FloatArray, rows: IntArray | None) -> FloatArray:
        """Replace every bag by its histogram."""
        last = self.vocabularies[-1]
        if last.first + last.count > features.shape[1]:
            raise DataError(f"a bag ends at feature {last.first + last.count}, but there are only {features.shape[1]}")

        def part(start: int, end: int | None) -> FloatArray:
            return features[:, start:end] if rows is None else features[rows, start:end]

        pieces, done = [], 0
        for vocabulary in self.vocabularies:
            end = vocabulary.first + vocabulary.count
            pieces += [
                part(done, vocabulary.first),
                vocabulary.encode(np.ascontiguousarray(part(vocabulary.first, end))),
            ]
            done = end
        return np.concatenate([*pieces, part(done, None)], axis=1)
