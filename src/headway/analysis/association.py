"""What a feature says about the class: variance between classes, and mutual information."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from headway.types import FloatArray, IntArray

    Float64Array = NDArray[np.float64]

MOST_BINS = 10
_CELL = 5  # pictures that each cell of a table of bins by classes should expect, for the test on it to hold
_BLOCK_BYTES = 64 << 20


def anova(features: FloatArray, labels: IntArray, n_classes: int) -> tuple[Float64Array, Float64Array]:
    """Compare the variance of each feature between classes with that within them.

    Parameters
    ----------
    features : float32 array (n, d)
    labels : int64 array (n,)
        Classes in ``0 … n_classes - 1``.
    n_classes : int

    Returns
    -------
    F : float64 array (d,)
        Fisher's F; 0 for a constant feature, infinite for one that is constant within every class.
    p : float64 array (d,)
        Probability of so large an F if the feature had nothing to do with the class.

    Examples
    --------
    >>> F, p = anova(np.array([[1, 1], [2, 1], [3, 1], [4, 1]], "float32"), np.array([0, 0, 1, 1]), 2)
    >>> F.round(6).tolist(), p.round(3).tolist()
    ([8.0, 0.0], [0.106, 1.0])
    """
    from scipy.stats import f

    n, d = features.shape
    counts = np.bincount(labels, minlength=n_classes)
    present = np.flatnonzero(counts)
    members = (labels == present[:, np.newaxis]).astype(np.float64)
    between, within = np.empty(d), np.empty(d)
    for block in blocks(n, d):
        values = features[:, block].astype(np.float64)
        values -= values.mean(axis=0)
        means = members @ values / counts[present, np.newaxis]
        between[block] = counts[present] @ means**2
        within[block] = np.maximum(np.einsum("ij,ij->j", values, values) - between[block], 0)
    free = len(present) - 1, n - len(present)
    if min(free) < 1:
        return np.zeros(d), np.ones(d)
    # What rounding leaves of a constant feature's variance is none.
    within[within <= 1e-12 * between] = 0
    with np.errstate(divide="ignore", invalid="ignore"):
        F = (between / free[0]) / (within / free[1])
    F[between == 0] = 0
    return F, f.sf(F, *free)


def mutual_information(features: FloatArray, labels: IntArray, n_classes: int) -> tuple[Float64Array, Float64Array]:
    """Estimate how much each feature tells about the class, whatever the shape of their relation.

    A feature is divided into up to 10 bins of equally many pictures; the estimate from the table of bins by classes is
    corrected for its bias (Miller 1955), and the G-test on the same table says whether it is more than chance.

    Parameters
    ----------
    features : float32 array (n, d)
    labels : int64 array (n,)
        Classes in ``0 … n_classes - 1``.
    n_classes : int

    Returns
    -------
    information : float64 array (d,)
        In nats; 0 at least.
    p : float64 array (d,)
        Probability of so much if the feature had nothing to do with the class.

    Examples
    --------
    >>> labels = np.repeat([0, 1], 50)
    >>> features = np.stack([labels, np.tile([0, 1], 50)], axis=1).astype("float32")
    >>> information, p = mutual_information(features, labels, 2)
    >>> information.round(2).tolist(), p.round(2).tolist()
    ([0.69, 0.0], [0.0, 1.0])
    """
    from scipy.special import xlogy
    from scipy.stats import chi2

    n, d = features.shape
    present, labels = np.unique(labels, return_inverse=True)
    k = len(present)
    bins = n_bins(n, k)
    tables = np.empty((d, bins, k))
    probabilities = np.arange(1, bins) * n // bins
    for block in blocks(n, d):
        columns = np.ascontiguousarray(features[:, block].T)
        edges = np.partition(columns, probabilities, axis=1)[:, probabilities] if bins > 1 else columns[:, :0]
        for column, edge, position in zip(columns, edges, range(block.start, block.stop), strict=True):
            cells = np.searchsorted(edge, column, side="right") * k + labels
            tables[position] = np.bincount(cells, minlength=bins * k).reshape(bins, k)
    rows, columns_ = tables.sum(axis=2), tables.sum(axis=1)
    plain = (
        xlogy(tables, tables).sum(axis=(1, 2)) - xlogy(rows, rows).sum(axis=1) - xlogy(columns_, columns_).sum(axis=1)
    ) / n + np.log(n)
    free = (np.count_nonzero(rows, axis=1) - 1) * (k - 1)
    p = np.where(free > 0, chi2.sf(2 * n * plain, np.maximum(free, 1)), 1.0)
    return np.maximum(plain - free / (2 * n), 0), p


def n_bins(n: int, n_classes: int) -> int:
    """Return into how many bins of equally many pictures a feature is divided.

    Examples
    --------
    >>> n_bins(2624, 2), n_bins(240, 8)
    (10, 6)
    """
    return int(np.clip(n // (_CELL * n_classes), 2, MOST_BINS))


def false_discovery(p: Float64Array) -> Float64Array:
    """Correct p-values for their number: of those below a level, that part may be chance (Benjamini, Hochberg 1995).

    Examples
    --------
    >>> false_discovery(np.array([0.01, 0.02, 0.9])).round(3).tolist()
    [0.03, 0.03, 0.9]
    """
    from scipy.stats import false_discovery_control

    corrected: NDArray[Any] = false_discovery_control(p) if len(p) else p
    return corrected


def blocks(n: int, d: int) -> list[slice]:
    """Divide d columns of n rows so that a copy of a block in float64 takes little memory."""
    width = max(_BLOCK_BYTES // (8 * max(n, 1)), 1)
    return [slice(start, min(start + width, d)) for start in range(0, d, width)]
