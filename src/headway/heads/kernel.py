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

    from headway.heads.standardise import Standardised
    from headway.types import FloatArray, IntArray

_BLOCK_NUMBERS = 1 << 22  # of standardised features and of kernel values at a time: 16 MiB each
# The solver is many times as fast when BLAS has computed the whole kernel before. Of so many rows that takes 512 MiB;
# of more it may take as much as the solver's own float64 copy of the features, which it then does not make.
_MOST_ROWS_AT_ONCE = 8_000


@dataclass(frozen=True, eq=False)
class KernelHead:
    """Logits that are sums over training rows, each weighted by how near it is.

    ``logits(x) = exp(-gamma * ||z - support||²) @ coef + bias`` with ``z = (x - mean) / scale``.

    Parameters
    ----------
    kind : str
        How it was learned: ``"svm"``.
    mean, scale : float32 array (d,)
        The standardisation of raw features.
    support : float32 array (s, d)
        The support vectors, standardised.
    coef : float32 array (s, k)
        Their weights for each class.
    bias : float32 array (k,)
        What each class has without them.
    gamma : float
        Inverse of the squared distance at which a support vector's weight has fallen to 1/e; above 0.

    Raises
    ------
    DataError
        When the shapes do not fit each other, or gamma is not above 0.

    Examples
    --------
    >>> zero, one, support = np.zeros(1, "float32"), np.ones(1, "float32"), np.array([[0], [1]], "float32")
    >>> head = KernelHead("svm", zero, one, support, np.eye(2, dtype="float32"), np.zeros(2, "float32"), gamma=1.0)
    >>> head.logits(np.array([[0.0]], "float32")).round(2)
    array([[1.  , 0.37]], dtype=float32)
    """

    kind: str
    mean: FloatArray
    scale: FloatArray
    support: FloatArray
    coef: FloatArray
    bias: FloatArray
    gamma: float

    def __post_init__(self) -> None:
        arrays = self.mean, self.scale, self.support, self.coef, self.bias
        fits = [array.ndim for array in arrays] == [1, 1, 2, 2, 1] and (
            self.mean.shape == self.scale.shape == self.support.shape[1:]
            and self.support.shape[:1] == self.coef.shape[:1]
            and self.coef.shape[1:] == self.bias.shape
        )
        if not fits:
            *most, last = (str(array.shape) for array in arrays)
            raise DataError(
                "the arrays of a kernel head must be mean (d,), scale (d,), support (s, d), coef (s, k) and bias (k,), "
                f"they are {', '.join(most)} and {last}"
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
        """Unnormalised log-probabilities: for each class its margin against the others.

        Parameters
        ----------
        features : float32 array (n, d)
            Raw features, as they come from the backbone.

        Returns
        -------
        float32 array (n, k)

        Raises
        ------
        DataError
            When the features have another number of columns than the head was fitted on.
        """
        check_features(features, self)
        logits = np.empty((len(features), self.n_classes), dtype=np.float32)
        step = max(1, _BLOCK_NUMBERS // max(self.support.shape))
        for start in range(0, len(features), step):
            rows = slice(start, start + step)
            standardised: FloatArray = (features[rows].astype(np.float32, copy=False) - self.mean) / self.scale
            products = standardised @ self.support.T
            logits[rows] = _radial(products, standardised, self.support, self.gamma) @ self.coef + self.bias
        return logits


def _radial(products: FloatArray, left: FloatArray, right: FloatArray, gamma: float) -> FloatArray:
    """``exp(-gamma * ||l - r||²)`` (m, n) of rows (m, d) and (n, d), in place of their inner products."""
    products *= -2
    products += np.einsum("md,md->m", left, left)[:, None]
    products += np.einsum("nd,nd->n", right, right)
    np.maximum(products, 0, out=products)  # rounding takes the distance of near rows below it
    products *= np.float32(-gamma)
    return np.exp(products, out=products)


class SvmPath:
    """Support vector machines for several C on the same rows, which share all distances between the rows.

    Each class is told apart from all others by scikit-learn's ``SVC`` (Chang and Lin: LIBSVM, ACM TIST 2, 2011), and
    its logit is the margin; of two classes one machine is enough. A class without a row has the margin -1. ``SVC`` by
    itself lets all pairs of classes vote, which gives no logits; sums of the pairs' margins named 2 to 6 points fewer
    pictures right, and the votes 1 to 4 (``benchmarks/svm.py``).

    Parameters
    ----------
    data : Standardised
        Features of n rows.
    labels : int64 array (n,)
        Classes in ``0 … n_classes - 1``.
    weights : float32 array (n,)
        What every row's C is multiplied by; 0 for a row that is not to be learned from.
    n_classes : int
        Number of classes, k.
    gamma : float, optional
        Of the kernel, on standardised features; by default one over the number of columns and their variance.

    Raises
    ------
    DataError
        When the rows are of fewer than two classes.

    Examples
    --------
    >>> from headway.heads.standardise import standardise
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
            raise DataError("a support vector machine needs pictures of at least two classes to learn from")
        (mean,), (scale,) = data.part_moments((weights > 0)[None])
        raw_mean, raw_scale = data.in_raw_units(mean, scale)
        self._moments = raw_mean.astype(np.float32), raw_scale.astype(np.float32)
        self._values: FloatArray = (data.values[rows] - mean) / scale
        self._labels, self._weights, self.n_classes = labels[rows], weights[rows], n_classes
        if gamma is None:
            # Where nothing varies, any gamma will do.
            gamma = 1 / (self._values.shape[1] * (float(self._values.var(dtype=np.float64)) or 1.0))
        self.gamma = float(np.float32(gamma))  # as the file of a model keeps it
        at_once = len(rows) <= max(_MOST_ROWS_AT_ONCE, self._values.shape[1])
        self._kernel = self._all_at_once() if at_once else None

    @parallel.one_blas_thread()
    def fit(self, C: float) -> KernelHead:
        """Learn with one C.

        Parameters
        ----------
        C : float
            Inverse strength of the penalty, above 0.

        Returns
        -------
        KernelHead
        """
        classes = np.unique(self._labels).tolist()
        told_apart = classes if len(classes) > 2 else classes[1:]
        rows = len(self._labels)
        coef, bias = np.zeros((rows, self.n_classes), np.float32), np.full(self.n_classes, -1, np.float32)
        for one, machine in zip(told_apart, parallel.each(lambda one: self._machine(C, one), told_apart), strict=True):
            coef[machine.support_, one] = machine.dual_coef_[0]
            bias[one] = machine.intercept_[0]
        if len(classes) == 2:
            coef[:, classes[0]], bias[classes[0]] = -coef[:, classes[1]], -bias[classes[1]]
        used = np.flatnonzero(coef.any(axis=1))
        support = np.ascontiguousarray(self._values[used])
        return KernelHead("svm", *self._moments, support, coef[used], bias, self.gamma)

    def _machine(self, C: float, one: int) -> Any:
        from sklearn.svm import SVC

        machine = SVC(C=C, kernel="rbf" if self._kernel is None else "precomputed", gamma=self.gamma)
        rows = self._values if self._kernel is None else self._kernel
        return machine.fit(rows, self._labels == one, sample_weight=self._weights)

    def _all_at_once(self) -> NDArray[np.float64]:
        kernel = np.empty((len(self._values),) * 2)  # the solver wants float64

        def fill(rows: slice) -> None:
            left = self._values[rows]
            kernel[rows] = _radial(left @ self._values.T, left, self._values, self.gamma)

        parallel.each(fill, parallel.row_blocks(len(self._values)))
        return kernel


def fit_svm(
    data: Standardised,
    labels: IntArray,
    weights: FloatArray,
    n_classes: int,
    C: float,
    gamma: float | None = None,
) -> KernelHead:
    """Fit one support vector machine; the parameters are those of `SvmPath`, which is quicker for several C.

    Examples
    --------
    >>> from headway.heads.standardise import standardise
    >>> features = np.array([[0.0], [1], [2], [3]], "float32")
    >>> head = fit_svm(standardise(features), np.array([0, 1, 1, 0]), np.ones(4, "float32"), 2, C=10.0)
    >>> head.logits(features).argmax(axis=1).tolist()
    [0, 1, 1, 0]
    """
    return SvmPath(data, labels, weights, n_classes, gamma).fit(C)
