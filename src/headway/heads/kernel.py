"""A support vector machine with the radial basis function as its kernel, as plain arrays."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from headway.errors import DataError
from headway.heads import parallel
from headway.heads.base import check_features

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from headway.heads.standardising import Standardised
    from headway.types import FloatArray, IntArray

BLOCK_NUMBERS = 1 << 22  # of standardised features and of kernel values at a time: 16 MiB each
# The solver is many times as fast when BLAS has computed the whole kernel before. Of this many rows that takes 512 MiB;
# of more it may take as much as the solver's own float64 copy of the features, which it then does not make.
PRECOMPUTED_ROWS = 8_000


@dataclass(frozen=True, eq=False)
class KernelHead:
    """Logits that are sums over training rows, each weighted by how near it is.

    ``logits(x) = exp(-gamma * ||z - support||²) @ coef + bias`` with ``z = (x - mean) / scale``. Shapes that do not fit
    each other, or a gamma that is not above 0, are a `DataError`.

    Examples
    --------
    >>> zero, one, support = np.zeros(1, "float32"), np.ones(1, "float32"), np.array([[0], [1]], "float32")
    >>> head = KernelHead("svm", zero, one, support, np.eye(2, dtype="float32"), np.zeros(2, "float32"), gamma=1.0)
    >>> head.logits(np.array([[0.0]], "float32")).round(2)
    array([[1.  , 0.37]], dtype=float32)
    """

    kind: str  # how it was trained: "svm"
    mean: FloatArray  # (d,), of raw features
    scale: FloatArray  # (d,), of raw features
    support: FloatArray  # (s, d): the support vectors, standardised
    coef: FloatArray  # (s, k): their weights for each class
    bias: FloatArray  # (k,)
    gamma: float  # inverse of the squared distance at which a support vector's weight has fallen to 1/e

    def __post_init__(self) -> None:
        arrays = self.mean, self.scale, self.support, self.coef, self.bias
        valid = [array.ndim for array in arrays] == [1, 1, 2, 2, 1] and (
            self.mean.shape == self.scale.shape == self.support.shape[1:]
            and self.support.shape[:1] == self.coef.shape[:1]
            and self.coef.shape[1:] == self.bias.shape
        )
        if not valid:
            *most, last = (str(array.shape) for array in arrays)
            raise DataError(
                "the arrays of a kernel head must be mean (d,), scale (d,), support (s, d), coef (s, k) and bias (k,), "
                f"got {', '.join(most)} and {last}"
            )
        if not self.gamma > 0:
            raise DataError(f"gamma must be above 0, got {self.gamma}")

    @property
    def n_features(self) -> int:
        """Number of features that the head reads."""
        return int(self.support.shape[1])

    @property
    def n_classes(self) -> int:
        """Number of logits that the head gives."""
        return int(self.bias.shape[0])

    def logits(self, features: FloatArray) -> FloatArray:
        """As in `headway.heads.Head.logits`: for each class its margin against the others."""
        check_features(features, self)
        logits = np.empty((len(features), self.n_classes), dtype=np.float32)
        step = max(1, BLOCK_NUMBERS // max(self.support.shape))
        for start in range(0, len(features), step):
            rows = slice(start, start + step)
            standardised: FloatArray = (features[rows].astype(np.float32, copy=False) - self.mean) / self.scale
            products = standardised @ self.support.T
            logits[rows] = _radial(products, standardised, self.support, self.gamma) @ self.coef + self.bias
        return logits


def _radial(products: FloatArray, left: FloatArray, right: FloatArray, gamma: float) -> FloatArray:
    """Overwrite inner products of rows (m, d) and (n, d) by ``exp(-gamma * ||l - r||²)`` (m, n)."""
    products *= -2
    products += np.einsum("md,md->m", left, left)[:, None]
    products += np.einsum("nd,nd->n", right, right)
    np.maximum(products, 0, out=products)  # rounding may take the distance of near rows below 0
    products *= np.float32(-gamma)
    return np.exp(products, out=products)


class SvmPath:
    """Support vector machines for several C on the same rows, which share all distances between the rows.

    Each class is separated from all others by scikit-learn's ``SVC`` (Chang and Lin: LIBSVM, ACM TIST 2, 2011), and its
    logit is the margin; of two classes one machine is enough. A class without a row has the margin -1. ``SVC`` by
    itself lets all pairs of classes vote, which gives no logits; sums of the pairs' margins were 2 to 6 points less
    accurate, and the votes 1 to 4 (``benchmarks/svm.py``).

    A weight multiplies the row's C. ``gamma`` is that of the kernel on standardised features, by default one over the
    number of columns and their variance. Rows of fewer than two classes are a `DataError`.

    Examples
    --------
    >>> from headway.heads.standardising import standardise
    >>> features = np.array([[0.0], [1], [2], [3]], "float32")
    >>> path = SvmPath(standardise(features), np.array([0, 1, 1, 0]), np.ones(4, "float32"), 2)
    >>> [path.fit(C).logits(features).argmax(axis=1).tolist() for C in (1.0, 10.0)]
    [[0, 1, 1, 0], [0, 1, 1, 0]]
    """

    @parallel.one_blas_thread()
    def __init__(
        self,
        data: Standardised,
        labels: IntArray,
        weights: FloatArray,
        n_classes: int,
        gamma: float | None = None,
    ) -> None:
        rows = np.flatnonzero(weights > 0)
        if len(np.unique(labels[rows])) < 2:
            raise DataError("a support vector machine needs training pictures of at least two classes")
        (mean,), (scale,) = data.part_moments((weights > 0)[None])
        raw_mean, raw_scale = data.in_raw_units(mean, scale)
        self._moments = raw_mean.astype(np.float32), raw_scale.astype(np.float32)
        self._values: FloatArray = (data.values[rows] - mean) / scale
        self._labels, self._weights, self.n_classes = labels[rows], weights[rows], n_classes
        if gamma is None:
            # Where nothing varies, any gamma will do.
            gamma = 1 / (self._values.shape[1] * (float(self._values.var(dtype=np.float64)) or 1.0))
        self.gamma = float(np.float32(gamma))  # as a model file stores it
        precompute = len(rows) <= max(PRECOMPUTED_ROWS, self._values.shape[1])
        self._kernel = self._precompute() if precompute else None

    @parallel.one_blas_thread()
    def fit(self, C: float) -> KernelHead:
        """Fit with one C, the inverse strength of the penalty, above 0."""
        classes = np.unique(self._labels).tolist()
        positives = classes if len(classes) > 2 else classes[1:]
        coef = np.zeros((len(self._labels), self.n_classes), np.float32)
        bias = np.full(self.n_classes, -1, np.float32)
        machines = parallel.each(lambda label: self._fit_machine(C, label), positives)
        for label, machine in zip(positives, machines, strict=True):
            coef[machine.support_, label] = machine.dual_coef_[0]
            bias[label] = machine.intercept_[0]
        if len(classes) == 2:
            coef[:, classes[0]], bias[classes[0]] = -coef[:, classes[1]], -bias[classes[1]]
        used = np.flatnonzero(coef.any(axis=1))
        support = np.ascontiguousarray(self._values[used])
        return KernelHead("svm", *self._moments, support, coef[used], bias, self.gamma)

    def _fit_machine(self, C: float, label: int) -> Any:
        from sklearn.svm import SVC

        machine = SVC(C=C, kernel="rbf" if self._kernel is None else "precomputed", gamma=self.gamma)
        rows = self._values if self._kernel is None else self._kernel
        return machine.fit(rows, self._labels == label, sample_weight=self._weights)

    def _precompute(self) -> NDArray[np.float64]:
        kernel = np.empty((len(self._values),) * 2)  # the solver wants float64

        def fill(rows: slice) -> None:
            left = self._values[rows]
            kernel[rows] = _radial(left @ self._values.T, left, self._values, self.gamma)

        parallel.each(fill, parallel.row_blocks(len(self._values)))
        return kernel
