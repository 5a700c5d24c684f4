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
class Evidence:
    """What each of d features says about the class."""

    F: Float64Array  # (d,): of ANOVA
    F_q: Float64Array  # (d,): its p-value, corrected for the number of features (Benjamini and Hochberg)
    information: Float64Array  # (d,): mutual information with the class in nats
    information_q: Float64Array  # (d,): the corrected p-value of the G-test
    entropy: float  # of the class, in nats: what a feature can tell at most
    n_classes: int  # that the images are of
    n_informed: int  # images, drawn at random, that mutual information was computed from


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
    evidence: Evidence | None  # None where no image has a label
    verdict: NDArray[np.int8]  # (d,): index into `VERDICTS`
    n: int  # images
    n_correlated: int  # images, drawn at random, that correlations were computed from

    @property
    def few(self) -> bool | None:
        """Whether there are so few images of a class, on average, that information may not show; None: no labels."""
        return None if self.evidence is None else self.n < ENOUGH_PICTURES * self.evidence.n_classes

    @property
    def verdicts(self) -> tuple[Verdict, ...]:
        """The verdicts that features could get: without labels, none on information about the class."""
        return VERDICTS if self.evidence is not None else (*VERDICTS[:UNINFORMATIVE], *VERDICTS[UNINFORMATIVE + 1 :])

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
        return {
            output: {verdict: table[VERDICTS.index(verdict)] for verdict in self.verdicts}
            for output, table in tables.items()
        }

    def best(self, most: int) -> IntArray:
        """Return the features that say most about the class and repeat no other, the best first; none: no labels."""
        if self.evidence is None:
            return np.empty(0, np.int64)
        good = np.flatnonzero(self.verdict == GOOD)
        chosen: IntArray = good[np.argsort(-self.evidence.F[good], kind="stable")][:most]
        return chosen

    def worst(self, most: int) -> IntArray:
        """Return the features that vary and still say least about the class, the worst first; none without labels."""
        if self.evidence is None:
            return np.empty(0, np.int64)
        varying = np.flatnonzero(self.verdict > NEAR_CONSTANT)
        q = np.minimum(self.evidence.F_q, self.evidence.information_q)[varying]
        chosen: IntArray = varying[np.argsort(-q, kind="stable")][:most]
        return chosen


def column_slices(dims: Mapping[str, int]) -> dict[str, slice]:
    """Return the columns of each output, given their lengths in the order of the columns."""
    ends = np.cumsum([0, *dims.values()]).tolist()
    return {output: slice(start, stop) for output, start, stop in zip(dims, ends[:-1], ends[1:], strict=True)}


def are_unlabelled(labels: IntArray) -> bool:
    """Return whether no image has a label: all of them are -1."""
    return np.array_equal(np.unique(labels), [-1])


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
    lengths. Where no image has a label, all of them -1, nothing is said about the class, and *good* is what varies and
    repeats no other. Shapes that do not fit, values that are not finite and fewer than two classes are a `DataError`.

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
    evidence = None if are_unlabelled(labels) else _evidence(features, labels, constant, rng)

    verdict = np.full(d, GOOD, np.int8)
    if evidence is not None:
        rate = limits.false_discovery_rate
        verdict[(evidence.F_q > rate) & (evidence.information_q > rate)] = UNINFORMATIVE
    verdict[found.repeats >= 0] = REPEATED
    verdict[near] = NEAR_CONSTANT
    verdict[constant] = CONSTANT
    return ColumnReport(
        dims=dict(dims),
        limits=limits,
        mean=mean,
        std=std,
        spread=spread,
        nearest=found.nearest,
        correlation=found.correlation,
        repeats=np.where(near | constant, -1, found.repeats),
        evidence=evidence,
        verdict=verdict,
        n=n,
        n_correlated=len(correlated),
    )


def _evidence(
    features: FloatArray, labels: IntArray, constant: NDArray[np.bool_], rng: np.random.Generator
) -> Evidence:
    n, d = features.shape
    informed = sample_rows(n, max(int(_MOST_VALUES / max(d, 1)), _FEWEST_ROWS), rng)
    F, p_F = anova(features, labels)
    information, p_information = mutual_information(features, labels, informed if len(informed) < n else None)
    for values, least in ((F, 0.0), (p_F, 1.0), (information, 0.0), (p_information, 1.0)):
        values[constant] = least
    share = np.bincount(labels)[np.unique(labels)] / n
    return Evidence(
        F=F,
        F_q=false_discovery(p_F),
        information=information,
        information_q=false_discovery(p_information),
        entropy=float(-(share * np.log(share)).sum()),
        n_classes=len(share),
        n_informed=len(informed),
    )


def _check(features: FloatArray, labels: IntArray, dims: Mapping[str, int]) -> None:
    n, d = features.shape
    if len(labels) != n or sum(dims.values()) != d:
        raise DataError(
            f"there must be a label for each of {n:,} pictures and a name for each of {d:,} features: "
            f"there are {len(labels):,} and {sum(dims.values()):,}"
        )
    if not are_unlabelled(labels) and (len(np.unique(labels)) < 2 or labels.min() < 0):
        raise DataError(
            "features are analysed by class: every picture needs a label, or none has one, and at least 2 classes are "
            "needed"
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
