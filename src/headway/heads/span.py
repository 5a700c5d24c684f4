"""Features in as few coordinates as they have rows, for linear heads that are penalised in raw units."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from headway.heads import parallel

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from headway.types import FloatArray, IntArray

_BLOCK_COLUMNS = 512  # of which inner products are summed in float32
_LEAST_SQUARE = 1e-7  # of the longest row's squared length: what these sums leave of a row that others span
_TINY = 1e-30  # so that rows of zeros have a coordinate, too


@dataclass(frozen=True, eq=False)
class Span:
    """Features X (n, d) as ``values @ basis``, where the rows of ``basis`` (m, d) are orthonormal and m is at most n.

    The gradient of a loss in the weights of a linear head is a sum of rows, so a solver that starts from zero and only
    takes inner products never leaves their span: in these coordinates its steps are the same, and products are d / m
    times as cheap. The basis is never formed: with the pivoted Cholesky factor ``L = values[pivots]`` of the inner
    products of all rows, it is ``L⁻¹ X[pivots]``.

    Examples
    --------
    >>> features = np.array([[3, 4, 0, 0], [6, 8, 0, 0], [0, 0, 0, 1]], "float32")
    >>> span = span_of(features)
    >>> span.values.round(3).tolist()
    [[5.0, 0.0], [10.0, 0.0], [0.0, 1.0]]
    >>> span.on_columns(np.array([[1, 2]], "float32")).round(3).tolist()
    [[0.6000000238418579, 0.800000011920929, 0.0, 2.0]]
    """

    features: FloatArray  # (n, d): X
    values: FloatArray  # (n, m)
    pivots: IntArray  # (m,): rows that span all others

    def on_columns(self, coef: FloatArray | NDArray[np.float64]) -> FloatArray:
        """Weights (k, d) of the features, from weights (k, m) of the coordinates; gradients change in the same way."""
        combination = np.zeros((len(coef), len(self.features)), np.float32)
        combination[:, self.pivots] = self._solve(coef.T, transposed=True).T
        return parallel.times(combination, self.features)

    def column(self, index: int) -> FloatArray:
        """One column of the basis (m,)."""
        return self._solve(self.features[self.pivots, index], transposed=False)

    def _solve(self, right: FloatArray | NDArray[np.float64], *, transposed: bool) -> FloatArray:
        from scipy.linalg import solve_triangular

        solution: FloatArray = solve_triangular(self.values[self.pivots], right, trans=int(transposed), lower=True)
        return solution


def spares(n: int, d: int) -> bool:
    """Whether finding the span of n rows of d columns costs less than the products that it spares."""
    return 2 * n <= d


def span_of(features: FloatArray) -> Span:
    """Find the coordinates of finite features (n, d); rows that others span up to rounding add none.

    That is up to 3e-4 of the length of the longest row.
    """
    from scipy.linalg.lapack import dpstrf

    products = _inner_products(features)
    products[0, 0] += _TINY
    longest = float(products.diagonal().max())
    factor, order, rank, _ = dpstrf(products, tol=_LEAST_SQUARE * longest, lower=1, overwrite_a=1)
    order, rank = order - 1, max(rank, 1)
    values = np.empty((len(features), rank), np.float32)
    values[order] = np.tril(factor[:, :rank])
    return Span(features, values, order[:rank])


def _inner_products(features: FloatArray) -> NDArray[np.float64]:
    """Lower triangle of ``X @ X.T``, in the order that LAPACK can overwrite."""
    n, d = features.shape
    blocks = parallel.row_blocks(n)
    products = np.zeros((n, n), order="F")

    def fill(pair: tuple[slice, slice]) -> None:
        rows, others = (features[block] for block in pair)
        total = np.zeros((len(rows), len(others)))
        for start in range(0, d, _BLOCK_COLUMNS):  # sums of so few are exact enough in float32
            columns = slice(start, start + _BLOCK_COLUMNS)
            total += rows[:, columns] @ others[:, columns].T
        products[pair] = total

    parallel.each(fill, [(rows, others) for place, rows in enumerate(blocks) for others in blocks[: place + 1]])
    return products
