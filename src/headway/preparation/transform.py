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
    """What was fitted before the head, as plain arrays.

    Parameters
    ----------
    vocabularies : tuple of Vocabulary
        Each turns a bag of local descriptors into a histogram in its place. Ascending by column, without overlap.
    columns : int64 array (d,) or None
        Which of the features after that are kept, ascending; None for all.

    Raises
    ------
    DataError
        When vocabularies overlap or columns are not ascending.

    Examples
    --------
    >>> transform = Transform((), np.array([0, 2]))
    >>> transform.apply(np.array([[1, 2, 3]], "float32")).tolist()
    [[1.0, 3.0]]
    """

    vocabularies: tuple[Vocabulary, ...]
    columns: IntArray | None

    def __post_init__(self) -> None:
        ends = [vocabulary.first + vocabulary.count for vocabulary in self.vocabularies]
        if any(after.first < end for end, after in zip(ends, self.vocabularies[1:], strict=False)):
            raise DataError("vocabularies must be in the order of their columns and not overlap")
        columns = self.columns
        if columns is not None and (
            columns.ndim != 1 or not len(columns) or columns[0] < 0 or (np.diff(columns) <= 0).any()
        ):
            raise DataError(f"the columns that are kept must be ascending, and at least one, got shape {columns.shape}")

    @classmethod
    def identity(cls) -> Transform:
        """Return the one that changes nothing."""
        return cls((), None)

    @property
    def is_identity(self) -> bool:
        """Whether the features stay as they are."""
        return not self.vocabularies and self.columns is None

    def width(self, n_features: int) -> int:
        """Return how many features the head reads of so many raw ones."""
        if self.columns is not None:
            return len(self.columns)
        return n_features + sum(len(vocabulary.words) - vocabulary.count for vocabulary in self.vocabularies)

    def apply(self, features: FloatArray, rows: IntArray | None = None) -> FloatArray:
        """Turn raw features into what the head reads.

        Parameters
        ----------
        features : float32 array (n, D)
            Raw features.
        rows : int64 array (m,), optional
            Which rows of them; by default all.

        Returns
        -------
        float32 array (m, d)
            ``features`` itself where nothing changes and no rows are given, otherwise a new array.

        Raises
        ------
        DataError
            When there are fewer raw features than are read.
        """
        vocabularies, columns = self.vocabularies, self.columns
        if vocabularies:
            features, rows = self._encoded(features, rows), None
        if columns is None:
            return features if rows is None else features[rows]
        if columns[-1] >= features.shape[1]:
            raise DataError(f"feature {columns[-1]} is read, but there are {features.shape[1]} only")
        if rows is None:
            rows = np.arange(len(features))
        # One pass, row by row: a selection of rows and then one of columns would copy what is thrown away.
        kept = np.empty((len(rows), len(columns)), dtype=np.float32)

        def fill(block: slice) -> None:
            for target, row in enumerate(rows[block].tolist(), start=block.start):
                np.take(features[row], columns, out=kept[target])

        parallel.each(fill, parallel.row_blocks(len(rows)))
        return kept

    def _encoded(self, features: FloatArray, rows: IntArray | None) -> FloatArray:
        """Put every bag's histogram in its place."""
        last = self.vocabularies[-1]
        if last.first + last.count > features.shape[1]:
            raise DataError(f"a bag ends at feature {last.first + last.count}, but there are {features.shape[1]} only")

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
