"""Pictures that look like another: the cosine of their features."""

from __future__ import annotations

from collections.abc import Container, Iterator
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from headway.facts.studio import Neighbour

if TYPE_CHECKING:
    from headway.types import FloatArray


class Neighbours:
    """Pictures with their features.

    Parameters
    ----------
    files : tuple of str
        Names of the pictures.
    features : float32 array (n, d)
        Of a network's last layer.

    Examples
    --------
    >>> found = Neighbours(("a", "b", "c"), np.array([[1, 0], [0, 2], [3, 3]], np.float32))
    >>> [(one.file, one.similarity) for one in found.like("a", 2)]
    [('c', 0.7071), ('b', 0.0)]
    """

    def __init__(self, files: tuple[str, ...], features: FloatArray) -> None:
        self.files = files
        self._unit = _unit(features)

    def __contains__(self, file: str) -> bool:
        return file in self._row

    def __len__(self) -> int:
        return len(self.files)

    @property
    def width(self) -> int:
        """How many features there are."""
        return int(self._unit.shape[1])

    def like(self, file: str, n: int, among: Container[str] | None = None) -> tuple[Neighbour, ...]:
        """Return the pictures that look most like one of them, itself left out; ``among`` some, where it is given."""
        found = self._nearest(self._unit[self._row[file]], among)
        return tuple(one for one, _ in zip((one for one in found if one.file != file), range(n), strict=False))

    def nearest(self, features: FloatArray, n: int, among: Container[str] | None = None) -> tuple[Neighbour, ...]:
        """Return the pictures that look most like another one, by its features (d,)."""
        found = self._nearest(_unit(features[np.newaxis])[0], among)
        return tuple(one for one, _ in zip(found, range(n), strict=False))

    def _nearest(self, direction: FloatArray, among: Container[str] | None) -> Iterator[Neighbour]:
        cosines = self._unit @ direction
        for row in (-cosines).argsort(kind="stable").tolist():
            if among is None or self.files[row] in among:
                yield Neighbour(self.files[row], round(float(cosines[row]), 4))

    @cached_property
    def _row(self) -> dict[str, int]:
        return {file: row for row, file in enumerate(self.files)}


def _unit(features: FloatArray) -> FloatArray:
    lengths = np.linalg.norm(features, axis=1, keepdims=True)
    unit: FloatArray = (features / np.maximum(lengths, np.finfo(np.float32).tiny)).astype(np.float32, copy=False)
    return unit
