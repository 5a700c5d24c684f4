"""Every feature of a matrix, and what is wrong with it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, get_args

import numpy as np
from numpy.typing import NDArray

from headway.errors import DataError
from headway.facts.analysis import ENOUGH_PICTURES, Limits, Verdict
from headway.preparation.association import anova, blocks, false_discovery, mutual_information, sample_rows
from headway.preparation.redundancy import redundancy

if TYPE_CHECKING:
    from headway.types import FloatArray, IntArray

    Float64Array = NDArray[np.float64]

CONSTANT, NEAR_CONSTANT, REPEATED, UNINFORMATIVE, GOOD = range(5)
VERDICTS: tuple[Verdict, ...] = get_args(Verdict)

_FLAT = 1e-6  # of a feature's mean: a standard deviation below is rounding
_MOST_PRODUCTS = 1e12  # of numbers, for all correlations: about 20 s on two cores
_MOST_VALUES = 1e8  # to sort, for mutual information: about 20 s
_FEWEST_ROWS = 500


@dataclass(frozen=True, eq=False)
class ColumnReport:
    """Statistics of each of d features."""

    dims: Mapping[str, int]  # outputs of the backbone, in the order of the columns, and their lengths
    limits: Limits
    mean: Float64Array  # (d,)
    std: Float64Array  # (d,)
    spread: Float64Array  # (d,): standard deviation divided by the median one of the same output
    nearest: IntArray  # (d,): the feature with the largest absolute correlation; -1 where there is none
    correlation: FloatArray  # (d,): Pearson's r with it
    repeats: IntArray  # (d,): an earlier feature that this one repeats; -1 for none
    F: Float64Array  # (d,): of ANOVA
    F_q: Float64Array  # (d,): its p-value, corrected for the number of features (Benjamini and Hochberg)
    information: Float64Array  # (d,): mutual information with the class in nats
    information_q: Float64Array  # (d,): the corrected p-value of the G-test
    entropy: float  # of the class, in nats: what a feature can tell at most
    verdict: NDArray[np.int8]  # (d,): index into `VERDICTS`
    n: int  # images
    n_classes: int  # that they are of
    n_correlated: int  # images, drawn at random, that correlations were computed from
    n_informed: int  # images, drawn at random, that mutual information was computed from

    @property
    def few(self) -> bool:
        """Whether there are so few images of a class, on average, that information may not show."""
        return self.n < ENOUGH_PICTURES * self.n_classes

    def names(self) -> list[str]:
        """Return the name of each feature: its output, and its place there from 0."""
        return [f"{output}[{place}]" for output, width in self.dims.items() for place in range(width)]

    def columns(self) -> dict[str, slice]:
        """Return the columns of each output."""
        return column_slices(self.dims)

    def counts(self) -> dict[str, dict[Verdict, int]]:
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


def column_slices(dims: Mapping[str, int]) -> dict[str, slice]:
    """Return the columns of each output, given their lengths in the order of the columns."""
    ends = np.cumsum([0, *dims.values()]).tolist()
    return {output: slice(start, stop) for output, start, stop in zip(dims, ends[:-1], ends[1:], strict=True)}


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
    number of features; otherwise it is *good*. Few images show little: see `ColumnReport.few`.

    Time is bounded: where images and features are many, correlations and mutual information are those of a random
    sample of the images, which the seed draws, and the report says how many.

    Features are (n, d), labels (n,) count from 0, and ``dims`` are the outputs in the order of the columns, and their
    lengths. Shapes that do not fit, values that are not finite and fewer than two classes are a `DataError`.

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> labels = np.repeat([0, 1], 50)
    >>> useful = labels + rng.normal(size=100)
    >>> features = np.stack([useful, 2 * useful, rng.normal(size=100), np.full(100, 3)], axis=1).astype("float32")
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
    spread = _relative_spread(std, constant, dims)
    near = spread < limits.spread

    rng = np.random.default_rng(seed)
    correlated = sample_rows(n, max(int(_MOST_PRODUCTS / max(d, 1) ** 2), _FEWEST_ROWS), rng)
    found = redundancy(features[correlated] if len(correlated) < n else features, ~near, limits.correlation)
    informed = sample_rows(n, max(int(_MOST_VALUES / max(d, 1)), _FEWEST_ROWS), rng)
    F, p_F = anova(features, labels)
    information, p_information = mutual_information(features, labels, informed if len(informed) < n else None)
    for values, least in ((F, 0.0), (p_F, 1.0), (information, 0.0), (p_information, 1.0)):
        values[constant] = least
    F_q, information_q = false_discovery(p_F), false_discovery(p_information)

    verdict = np.full(d, GOOD, np.int8)
    verdict[(F_q > limits.false_discovery_rate) & (information_q > limits.false_discovery_rate)] = UNINFORMATIVE
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
        n_correlated=len(correlated),
        n_informed=len(informed),
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


def _relative_spread(std: Float64Array, constant: NDArray[np.bool_], dims: Mapping[str, int]) -> Float64Array:
    """Divide standard deviations by the median one of the same output, constant features left out of it."""
    spread = np.zeros(len(std))
    for columns in column_slices(dims).values():
        varying = std[columns][~constant[columns]]
        if len(varying):
            spread[columns] = std[columns] / np.median(varying)
    return spread
