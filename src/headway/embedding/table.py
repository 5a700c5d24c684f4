"""The features of a data set, read as they are needed."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, overload

import numpy as np
from numpy.typing import ArrayLike

from headway.errors import UnknownNameError
from headway.facts.data import OneColour
from headway.types import AS_USUAL

if TYPE_CHECKING:
    from headway.dataset import Dataset
    from headway.facts.images import ImageFacts
    from headway.types import FloatArray, IntArray, Precision, Quarantined, Reading, ResizePolicy, UInt8Array

_FACTS_AT_ONCE = 10_000
_ROWS_AT_ONCE = 8_192
_MOST_NAMES = 20


class Digests(Sequence[bytes]):
    """SHA-256 digests of uint8 (n, 32) in 32 bytes each, where a list of bytes would take 73.

    Examples
    --------
    >>> digests = Digests(np.zeros((2, 32), np.uint8))
    >>> len(digests), digests[0] == bytes(32)
    (2, True)
    """

    def __init__(self, table: UInt8Array) -> None:
        self._table = np.ascontiguousarray(table)

    def __len__(self) -> int:
        return len(self._table)

    @overload
    def __getitem__(self, index: int) -> bytes: ...
    @overload
    def __getitem__(self, index: slice) -> Digests: ...
    def __getitem__(self, index: int | slice) -> bytes | Digests:
        if isinstance(index, slice):
            return Digests(self._table[index])
        digest: bytes = self._table[index].tobytes()
        return digest

    def at(self, indices: IntArray) -> list[bytes]:
        """Return the digests at ``indices`` (int64)."""
        return [row.tobytes() for row in self._table[indices]]


@dataclass(frozen=True, eq=False, repr=False)
class FeatureTable:
    """The features of those pictures of a data set that could be read, in the order of the data set.

    The vectors are not in memory: `read` and `chunks` fetch them.

    Attributes
    ----------
    rows : ndarray of int64, shape (m,)
        Indices into the data set, ascending.
    hashes : sequence of bytes, length m
        SHA-256 of each picture's content.
    dims : dict of str to int
        Name of each feature and its length, in the order of the columns.
    quarantined : list of Quarantined
        The pictures that could not be read.
    backbone, backbone_sha256 : str
        The network that computed them: its name in the catalogue, and the hash of its file. Empty without features.
    resize : {"crop", "squash", "letterbox"}
        How pictures became squares.
    reading : Reading
        Which bands of pictures were read, and in which range of values.
    precision : {"fp32", "bf16"}
        Arithmetic of the network.
    computed : int
        How many pictures were computed for this table.
    cached : int
        How many others there are: computed earlier, or with the same content as another one.
    images_per_s : float or None
        Pictures computed per second, decoding included; None if none was.
    fetch : callable
        Gets positions, int64 (k,), each from 0 to m - 1, and columns, a slice or int64 array; returns float32 (k, d).
    fetch_facts : callable or None
        Gets positions and returns what is known of each picture; None where nothing is.
    input_size : int
        Side of the squares, in pixels; 0 for the backbone's usual one.
    streams : bool
        Whether there are more features than memory is to hold, so that heads are learned from `chunks`.
    """

    rows: IntArray
    hashes: Sequence[bytes]
    dims: dict[str, int]
    quarantined: list[Quarantined]
    backbone: str
    backbone_sha256: str
    resize: ResizePolicy
    precision: Precision
    computed: int
    cached: int
    images_per_s: float | None
    fetch: Callable[[IntArray, slice | IntArray], FloatArray]
    fetch_facts: Callable[[IntArray], list[ImageFacts | None]] | None = None
    input_size: int = 0
    reading: Reading = AS_USUAL
    streams: bool = False

    def __len__(self) -> int:
        return len(self.rows)

    def __repr__(self) -> str:
        width = sum(self.dims.values())
        features = f"{width:,} features of {self.backbone} ({self.precision})" if width else "no features"
        return f"<headway.FeatureTable: {len(self):,} images, {features}>"

    def read(self, indices: ArrayLike | None = None, names: Sequence[str] | None = None) -> FloatArray:
        """Return features.

        Parameters
        ----------
        indices : array-like of int or bool, optional
            Which pictures: positions in ``rows``, in the order wanted; default all.
        names : sequence of str, optional
            Which features, side by side in the order given; default all.

        Returns
        -------
        ndarray of float32, shape (k, d)

        Raises
        ------
        UnknownNameError
            When there is no such feature.
        """
        return self.fetch(self._positions(indices), self._columns(names))

    def in_memory(self) -> FeatureTable:
        """Return the table with all features in memory."""
        vectors = np.empty((len(self), sum(self.dims.values())), np.float32)
        for start in range(0, len(self), _ROWS_AT_ONCE):
            rows = np.arange(start, min(start + _ROWS_AT_ONCE, len(self)))
            vectors[rows[0] : rows[-1] + 1] = self.fetch(rows, slice(None))
        return replace(self, fetch=lambda positions, columns: vectors[positions][:, columns])

    def only(self, names: Sequence[str]) -> FeatureTable:
        """Return the table with some of the features only, in the order given; `UnknownNameError` where one lacks."""
        if list(names) == list(self.dims):
            return self
        chosen = self._columns(names)
        places = np.arange(sum(self.dims.values()))[chosen]

        def fetch(positions: IntArray, columns: slice | IntArray) -> FloatArray:
            whole = isinstance(columns, slice) and columns == slice(None)
            return self.fetch(positions, chosen if whole else places[columns])

        return replace(self, dims={name: self.dims[name] for name in names}, fetch=fetch)

    def chunks(self, size: int, names: Sequence[str] | None = None) -> Iterator[FloatArray]:
        """Yield all features in order, float32 (at most ``size``, d) at a time; ``names`` as for `read`."""
        for start in range(0, len(self), size):
            yield self.read(np.arange(start, min(start + size, len(self))), names)

    def images(self, indices: ArrayLike | None = None) -> list[ImageFacts | None]:
        """Return the facts about pictures: size, brightness, sharpness, perceptual hash and so on.

        None stands for a picture whose features were computed before facts were, or come from a file. ``indices`` as
        for `read`.
        """
        positions = self._positions(indices)
        return [None] * len(positions) if self.fetch_facts is None else self.fetch_facts(positions)

    def of_one_colour(self, dataset: Dataset) -> OneColour | None:
        """Return which pictures of ``dataset``, of which this is the table, are of one colour only; None if none is."""
        blank: list[int] = []
        for start in range(0, len(self), _FACTS_AT_ONCE):
            facts = self.images(np.arange(start, min(start + _FACTS_AT_ONCE, len(self))))
            blank += [start + at for at, fact in enumerate(facts) if fact is not None and fact.is_of_one_colour]
        if not blank:
            return None
        return OneColour(len(blank), tuple(dataset.names(self.rows[blank[:_MOST_NAMES]])))

    def _positions(self, indices: ArrayLike | None) -> IntArray:
        positions = np.arange(len(self)) if indices is None else np.asarray(indices)
        positions = np.flatnonzero(positions) if positions.dtype == np.bool_ else positions.astype(np.int64)
        if len(positions) and not -len(self) <= positions.min() <= positions.max() < len(self):
            raise IndexError(f"positions must be below {len(self)}, the number of pictures")
        return positions % max(len(self), 1)

    def _columns(self, names: Sequence[str] | None) -> slice | IntArray:
        if names is None:
            return slice(None)
        starts = dict(zip(self.dims, np.cumsum([0, *self.dims.values()]).tolist(), strict=False))
        for name in names:
            if name not in starts:
                raise UnknownNameError("feature", name, self.dims)
        if len(names) == 1:
            return slice(starts[names[0]], starts[names[0]] + self.dims[names[0]])
        ranges = [np.arange(starts[name], starts[name] + self.dims[name]) for name in names]
        return np.concatenate([np.arange(0), *ranges])
