"""What linear heads need to know of all rows at once: sums, which add up over blocks of rows, in any order."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, NamedTuple, TypeAlias

import numpy as np

from headway.heads import parallel
from headway.heads.standardising import floored

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from headway.types import FloatArray, IntArray

Rows: TypeAlias = "tuple[FloatArray, IntArray, FloatArray]"
"""Raw features (b, d), labels (b,) and weights (b,) of some rows, all of them above 0."""


@dataclass(frozen=True, eq=False)
class Sums:
    """Sums over rows of features: of float32 products over a block, added up in float64.

    Features are less ``centre`` in all of them, so that their squares do not drown what they vary by.

    Parameters
    ----------
    centre : float64 array (d,)
        About the mean; the same for sums that are added.
    n : int
        Rows.
    total, squares : float64 arrays (d,)
        Sums of the features and of their squares, in which every row counts 1.
    weights : float64 array (k,)
        Weights of the rows of each class.
    by_class : float64 array (k, d)
        Weighted sums of the features of each class.
    products : float64 array (d, d)
        Weighted sum of the products of every two features.

    Examples
    --------
    >>> features, labels = np.array([[1.0], [3], [8]], "float32"), np.array([0, 0, 1])
    >>> whole = sums_of([(features, labels, np.ones(3, "float32"))], np.zeros(1), 2)
    >>> parts = [sums_of([(features[i:][:1], labels[i:][:1], np.ones(1, "float32"))], np.zeros(1), 2) for i in range(3)]
    >>> together = parts[2] + parts[0] + parts[1]
    >>> together.by_class.tolist(), together.products.tolist() == whole.products.tolist()
    ([[4.0], [8.0]], True)
    """

    centre: NDArray[np.float64]
    n: int
    total: NDArray[np.float64]
    squares: NDArray[np.float64]
    weights: NDArray[np.float64]
    by_class: NDArray[np.float64]
    products: NDArray[np.float64]

    def __add__(self, other: Sums) -> Sums:
        return Sums(
            self.centre,
            self.n + other.n,
            self.total + other.total,
            self.squares + other.squares,
            self.weights + other.weights,
            self.by_class + other.by_class,
            self.products + other.products,
        )

    @property
    def moments(self) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Mean and scale (d,) of the columns, as `Standardised.part_moments` finds them of rows in memory."""
        mean = self.total / self.n
        deviation = np.sqrt(np.maximum(self.squares / self.n - mean**2, 0))
        return self.centre + mean, floored(deviation)

    @property
    def standardised(self) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Weighted sums of standardised features by class (k, d), and of their products (d, d)."""
        mean, scale = self.moments
        shift = mean - self.centre
        by_class = (self.by_class - self.weights[:, None] * shift) / scale
        whole = self.by_class.sum(axis=0)
        crossed = np.outer(whole, shift)
        products = self.products - crossed - crossed.T + self.weights.sum() * np.outer(shift, shift)
        return by_class, products / np.outer(scale, scale)


@parallel.one_blas_thread()
def sums_of(blocks: Iterable[Rows], centre: NDArray[np.float64], n_classes: int) -> Sums:
    """Add up rows, block by block; the same blocks give the same bytes on any number of cores."""
    d, middle = len(centre), centre.astype(np.float32)
    n, total, squares, weights = 0, np.zeros(d), np.zeros(d), np.zeros(n_classes)
    by_class, products = np.zeros((n_classes, d)), np.zeros((d, d))
    for features, labels, row_weights in blocks:
        some = partial(_sums_of_some, features, labels, row_weights, middle)
        for part in parallel.each(some, parallel.row_blocks(len(labels))):
            total += part.total
            squares += part.squares
            by_class[part.classes] += part.by_class
            products += part.products
        weights += np.bincount(labels, row_weights, n_classes)
        n += len(labels)
    return Sums(middle.astype(np.float64), n, total, squares, weights, by_class, products)


class _Part(NamedTuple):
    """Sums over a block, by class for the classes that it has."""

    total: FloatArray
    squares: FloatArray
    classes: IntArray
    by_class: FloatArray
    products: FloatArray


def _sums_of_some(
    features: FloatArray, labels: IntArray, weights: FloatArray, middle: FloatArray, rows: slice
) -> _Part:
    values, own = features[rows] - middle, weights[rows]
    classes, place = np.unique(labels[rows], return_inverse=True)
    member = np.zeros((len(classes), len(own)), np.float32)
    member[place, np.arange(len(own))] = own
    total, squares, by_class = values.sum(axis=0), np.einsum("nd,nd->d", values, values), member @ values
    if (own != 1).any():
        values *= np.sqrt(own)[:, None]
    return _Part(total, squares, classes, by_class, values.T @ values)
