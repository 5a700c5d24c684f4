"""Every feature of a matrix, and what is wrong with it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from headway.errors import DataError
from headway.preparation.association import anova, blocks, false_discovery, mutual_information
from headway.preparation.redundancy import redundancy

if TYPE_CHECKING:
    from headway.types import FloatArray, IntArray

    Float64Array = NDArray[np.float64]

CONSTANT, NEAR_CONSTANT, REPEATED, UNINFORMATIVE, GOOD = range(5)
VERDICTS = ("constant", "near-constant", "repeats another", "no information shown", "good")
ENOUGH = 50  # pictures of a class: for 5 in each cell of the table of 10 bins by classes

_FLAT = 1e-6  # of a feature's mean: a standard deviation below is rounding
_MOST_PRODUCTS = 1e12  # of numbers, for all correlations: about 20 s on two cores
_MOST_VALUES = 1e8  # to sort, for mutual information: about 20 s
_FEWEST_ROWS = 500


@dataclass(frozen=True)
class Limits:
    """From where on a feature is bad.

    Parameters
    ----------
    spread : float
        Standard deviation below which a feature is near-constant, as part of the median one of its output.
    correlation : float
        Absolute correlation from which on a feature repeats another.
    level : float
        False discovery rate above which a feature has no information about the class.
    """

    spread: float = 0.01
    correlation: float = 0.95
    level: float = 0.05


@dataclass(frozen=True, eq=False)
class ColumnReport:
    """What is known of each of d features.

    Attributes
    ----------
    dims : mapping of str to int
        Outputs of the backbone, in the order of the columns, and their lengths.
    limits : Limits
    mean, std : float64 array (d,)
    spread : float64 array (d,)
        Standard deviation divided by the median one of the same output.
    nearest : int64 array (d,)
        The feature with the largest absolute correlation; -1 where there is none.
    correlation : float32 array (d,)
        Pearson's r with it.
    repeats : int64 array (d,)
        An earlier feature that this one repeats; -1 for none.
    F, F_q : float64 array (d,)
        ANOVA F, and its p-value corrected for the number of features (Benjamini and Hochberg).
    information, information_q : float64 array (d,)
        Mutual information with the class in nats, and the corrected p-value of the G-test.
    entropy : float
        Of the class, in nats: what a feature can tell at most.
    verdict : int8 array (d,)
        Index into `VERDICTS`.
    n, n_classes : int
        Number of pictures, and of the classes that they are of.
    n_correlated, n_informed : int
        Number of pictures, drawn at random, that correlations and mutual information were computed from.
    """

    dims: Mapping[str, int]
    limits: Limits
    mean: Float64Array
    std: Float64Array
    spread: Float64Array
    nearest: IntArray
    correlation: FloatArray
    repeats: IntArray
    F: Float64Array
    F_q: Float64Array
    information: Float64Array
    information_q: Float64Array
    entropy: float
    verdict: NDArray[np.int8]
    n: int
    n_classes: int
    n_correlated: int
    n_informed: int

    @property
    def few(self) -> bool:
        """Whether there are so few pictures of a class, on average, that information may not show."""
        return self.n < ENOUGH * self.n_classes

    def names(self) -> list[str]:
        """Return the name of each feature: its output, and its place there from 0."""
        return [f"{output}[{place}]" for output, width in self.dims.items() for place in range(width)]

    def columns(self) -> dict[str, slice]:
        """Return the columns of each output."""
        ends = np.cumsum([0, *self.dims.values()]).tolist()
        return {output: slice(start, stop) for output, start, stop in zip(self.dims, ends[:-1], ends[1:], strict=True)}

    def counts(self) -> dict[str, dict[str, int]]:
        """Count the verdicts for each output."""
        tables = {
            output: np.bincount(self.verdict[columns], minlength=len(VERDICTS)).tolist()
            for output, columns in self.columns().items()
        }
        return {output: dict(zip(VERDICTS, table, strict=True)) for output, table in tables.items()}

    def best(self, most: int) -> IntArray:
        """Return the features that say most about the class and repeat no other, the best first."""
        good = np.flatnonzero(self.verdict == GOOD)
        chosen: IntArray = good[np.argsort(-self.F[good], kind="stable")][:most]
        return chosen

    def worst(self, most: int) -> IntArray:
        """Return the features that vary and still say least about the class, the worst first."""
        varying = np.flatnonzero(self.verdict > NEAR_CONSTANT)
        evidence = np.minimum(self.F_q, self.information_q)[varying]
        chosen: IntArray = varying[np.argsort(-evidence, kind="stable")][:most]
        return chosen


def analyse(
    features: FloatArray,
    labels: IntArray,
    dims: Mapping[str, int],
    *,
    limits: Limits | None = None,
    seed: int = 0,
) -> ColumnReport:
    """Say of every feature whether it varies, repeats another, and has to do with the class.

    A feature gets the first verdict that fits. It is *constant* if its standard deviation is rounding only;
    *near-constant* if that is far below the median of its output; it *repeats another* if an earlier one is correlated
    with it so much; it has *no information shown* if neither ANOVA nor mutual information finds any, corrected for the
    number of features; otherwise it is *good*. Few pictures show little: see `ColumnReport.few`.

    Time is bounded: where pictures and features are many, correlations and mutual information are of a random sample of
    the pictures, and the report says how many.

    Parameters
    ----------
    features : float32 array (n, d)
    labels : int64 array (n,)
        Classes from 0 on.
    dims : mapping of str to int
        Outputs in the order of the columns, and their lengths.
    limits : Limits, optional
        From where on a feature is bad.
    seed : int
        For the sample.

    Returns
    -------
    ColumnReport

    Raises
    ------
    DataError
        When shapes do not fit, a value is not finite, or there are fewer than two classes.

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> labels = np.repeat([0, 1], 50)
    >>> told = labels + rng.normal(size=100)
    >>> features = np.stack([told, 2 * told, rng.normal(size=100), np.full(100, 3)], axis=1).astype("float32")
    >>> report = analyse(features, labels, {"head.mean": 4})
    >>> [VERDICTS[code] for code in report.verdict]
    ['good', 'repeats another', 'no information shown', 'constant']
    """
    limits = limits or Limits()
    n, d = features.shape
    _check(features, labels, dims)
    mean, std = _moments(features)
    # A sum of n equal numbers in floating point is not n times the number.
    constant = std <= _FLAT * np.abs(mean)
    spread = _relative(std, constant, dims)
    near = spread < limits.spread

    rng = np.random.default_rng(seed)
    few = _sample(rng, n, int(_MOST_PRODUCTS / max(d, 1) ** 2))
    found = redundancy(features[few] if len(few) < n else features, ~near, limits.correlation)
    some = _sample(rng, n, int(_MOST_VALUES / max(d, 1)))
    F, p = anova(features, labels)
    information, chance = mutual_information(features, labels, some if len(some) < n else None)
    for values, least in ((F, 0.0), (p, 1.0), (information, 0.0), (chance, 1.0)):
        values[constant] = least
    F_q, information_q = false_discovery(p), false_discovery(chance)

    verdict = np.full(d, GOOD, np.int8)
    verdict[(F_q > limits.level) & (information_q > limits.level)] = UNINFORMATIVE
    verdict[found.repeats >= 0] = REPEATED
    verdict[near] = NEAR_CONSTANT
    verdict[constant] = CONSTANT
    share = np.bincount(labels)[np.unique(labels)] / n
    return ColumnReport(
        dims=dict(dims),
        limits=limits,
        mean=mean,
        std=std,
        spread=spread,
        nearest=found.nearest,
        correlation=found.correlation,
        repeats=np.where(near | constant, -1, found.repeats),
        F=F,
        F_q=F_q,
        information=information,
        information_q=information_q,
        entropy=float(-(share * np.log(share)).sum()),
        verdict=verdict,
        n=n,
        n_classes=len(share),
        n_correlated=len(few),
        n_informed=len(some),
    )


def _check(features: FloatArray, labels: IntArray, dims: Mapping[str, int]) -> None:
    n, d = features.shape
    if len(labels) != n or sum(dims.values()) != d:
        raise DataError(
            f"there must be a label for each of {n:,} pictures and a name for each of {d:,} features: "
            f"there are {len(labels):,} and {sum(dims.values()):,}"
        )
    if len(np.unique(labels)) < 2 or labels.min() < 0:
        raise DataError(
            "features are analysed by class: every picture needs a label, and at least 2 classes are needed"
        )
    if not all(np.isfinite(features[:, block]).all() for block in blocks(n, d)):
        raise DataError("features must be finite numbers, and some are not")


def _moments(features: FloatArray) -> tuple[Float64Array, Float64Array]:
    n, d = features.shape
    mean, std = np.empty(d), np.empty(d)
    for block in blocks(n, d):
        values = features[:, block].astype(np.float64)
        mean[block] = values.mean(axis=0)
        std[block] = values.std(axis=0)
    return mean, std


def _relative(std: Float64Array, constant: NDArray[np.bool_], dims: Mapping[str, int]) -> Float64Array:
    """Divide standard deviations by the median one of the same output, constant features left out of it."""
    spread = np.zeros(len(std))
    start = 0
    for width in dims.values():
        stop = start + width
        varying = std[start:stop][~constant[start:stop]]
        if len(varying):
            spread[start:stop] = std[start:stop] / np.median(varying)
        start = stop
    return spread


def _sample(rng: np.random.Generator, n: int, most: int) -> IntArray:
    size = min(n, max(most, _FEWEST_ROWS))
    return np.sort(rng.choice(n, size, replace=False)) if size < n else np.arange(n)
