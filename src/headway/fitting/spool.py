"""Features on disk in the order in which they are learned from, so that a pass over some parts reads nothing else."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from headway.places import cache_dir
from headway.stopping import safe_point

if TYPE_CHECKING:
    from headway.embedding import FeatureTable
    from headway.types import FloatArray, IntArray, Progress

_ROWS = 8_192  # that are read at a time: 40 MB of the usual features
_SPARE_BYTES = 1 << 30  # of disk, which are left free


class Block(NamedTuple):
    """Features of some rows, and where in the order these are."""

    places: IntArray
    features: FloatArray


class Spool:
    """The features of a table, part by part.

    Parameters
    ----------
    table : FeatureTable
    names : sequence of str
        Which of its features, side by side.
    order : int64 array (n,)
        The rows of the table as they are learned from.
    values : float32 array (n, d) or None
        Their features in that order, a file that is mapped; None where there is no room for it, and each pass reads the
        whole table again.
    """

    def __init__(
        self, table: FeatureTable, names: Sequence[str], order: IntArray, values: FloatArray | None = None
    ) -> None:
        self._table, self._names, self._values = table, tuple(names), values
        self._place = np.full(len(table), -1)
        self._place[order] = np.arange(len(order))

    @property
    def is_on_disk(self) -> bool:
        """Whether the features were written in their order."""
        return self._values is not None

    def blocks(self, start: int, stop: int) -> Iterator[Block]:
        """Yield the rows from one place of the order to another, the same way each time."""
        if self._values is not None:
            for first in range(start, stop, _ROWS):
                places = np.arange(first, min(first + _ROWS, stop))
                yield Block(places, self._values[first : places[-1] + 1])
            return
        for rows, features in _ahead(self._table, self._names):
            places = self._place[rows]
            inside = (places >= start) & (places < stop)
            if inside.any():
                yield Block(places[inside], features[inside])

    def write(self, values: FloatArray, progress: Progress) -> None:
        """Write the features into a mapped file, and read them from there from now on."""
        progress.start("reading features", len(self._table))
        for rows, features in _ahead(self._table, self._names):
            safe_point()
            places = self._place[rows]
            values[places[places >= 0]] = features[places >= 0]
            progress.advance(len(rows))
        self._values = values


@contextmanager
def open_spool(
    table: FeatureTable, names: Sequence[str], order: IntArray, cache: str | Path | None, progress: Progress
) -> Iterator[Spool]:
    """Make a spool for the body of a ``with`` statement, in a file of the cache's folder where there is room for it."""
    spool, shape = Spool(table, names, order), (len(order), sum(table.dims[name] for name in names))
    folder = cache_dir(cache)
    if shutil.disk_usage(folder).free < 4 * shape[0] * shape[1] + _SPARE_BYTES:
        yield spool
        return
    with tempfile.TemporaryFile(dir=folder) as file:
        spool.write(np.memmap(file, np.float32, "w+", shape=shape), progress)
        yield spool


def _ahead(table: FeatureTable, names: Sequence[str]) -> Iterator[tuple[IntArray, FloatArray]]:
    """Yield all rows of a table in order, and read the next ones meanwhile."""
    starts = range(0, len(table), _ROWS)

    def read(start: int) -> tuple[IntArray, FloatArray]:
        rows = np.arange(start, min(start + _ROWS, len(table)))
        return rows, table.read(rows, names)

    with ThreadPoolExecutor(1) as pool:
        following = pool.submit(read, 0)
        for start in starts:
            current = following.result()
            if start + _ROWS < len(table):
                following = pool.submit(read, start + _ROWS)
            yield current
