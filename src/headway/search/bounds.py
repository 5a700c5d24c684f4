"""What is tried of many classes, where everything would take minutes, or more memory than there is.

A linear head has a weight for each class and feature, so classes × features say what a fit costs. Up to `WHOLE` of them
a search tries everything; up to `NARROW` a few values of the penalty on one feature set, in some of the folds; beyond
that the nearest class mean and ridge regression, which need nothing but sums and one Cholesky factor. A head that is
named is tried in some of the folds, however long that takes; how long is estimated beforehand.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from headway.facts.bounds import LeftOut, Needed
from headway.search.choice import AUTO_HEADS, C_GRID, SVM_GRID

if TYPE_CHECKING:
    from headway.types import IntArray

WHOLE = 600_000  # classes × features: 200 of 3,000
MEASURED = 2  # times as many where a budget says what a search may take: a second network beside all that are whole
NARROW = 4_000_000  # 1,300 of 3,000
_MOST_LOGITS = 40_000_000  # classes × images, of which a solver needs a dozen in memory
_MOST_PREDICTED = 100_000_000  # of images that are held out: 400 MB
_MOST_COLUMNS = 4_096  # whose covariance ridge regression factors: 130 MB
MOST_CHECKED = 2_000  # classes, of which checks of labels look at all pairs
_FEW_C = C_GRID[2::2]  # one a decade, from 0.001
_FEW_FOLDS = 2
_FEWEST_FEATURES = 1_000  # that a row costs as much as, however few there are: its logits are computed again and again
_MACHINE = 3_000  # features that a support vector machine counts as: it is one for each class
_TWICE = 1_200_000  # classes × features up to which a second cross-validation, over all images, is affordable


@dataclass(frozen=True)
class Plan:
    """What is tried where something is left out because of the number of classes."""

    features: str  # name of the feature set
    heads: tuple[str, ...]
    C: tuple[float, ...]  # of logistic regression, where no values are given
    folds: int  # of those that there are, the first
    predicted: int  # images at most, of those that these hold out
    twice: bool  # whether there is time for a second search, over all images
    left_out: LeftOut
    needed: Needed | None = None  # for a head that is named, whatever it takes
    gap: float = 1e-4  # nats a row, by which logistic regression may miss its optimum: such a head is right as often

    def leaves_out(self, *, is_doubtful: bool) -> LeftOut:
        """Return what is left out: where probabilities turn out to be doubtful, another calibration, too."""
        return replace(self.left_out, calibration=is_doubtful)

    def of_folds(self, folds: int) -> Plan:
        """Return the plan of so many other folds."""
        return replace(self, folds=folds, predicted=self.predicted * folds // self.folds)


def plan(
    widths: Mapping[str, int],
    heads: Sequence[str],
    n_classes: int,
    n: int,
    n_folds: int,
    *,
    C: Sequence[float] = (),
    measured: bool = False,
) -> Plan | None:
    """Say what to try, for feature sets of these widths, the simplest first, and ``n`` images to learn from.

    ``heads`` is all that may be tried, and ``C`` what values of the penalty were asked for, which are all tried. None
    where there is no need to leave anything out. ``measured`` says that there is time for the whole search, up to
    `MEASURED` times what is usual.

    Examples
    --------
    >>> heads, widths = ("centroid", "logistic", "mlp"), {"last": 1280, "depths": 2768}
    >>> plan(widths, heads, n_classes=12, n=757, n_folds=5) is None
    True
    >>> many = plan(widths, heads, n_classes=1000, n=2400, n_folds=5)
    >>> many.features, many.heads, many.C, many.folds
    ('depths', ('centroid', 'logistic'), (0.001, 0.01, 0.1, 1.0, 10.0, 100.0), 2)
    """
    weights = n_classes * max(_MACHINE if tuple(heads) == ("svm",) else _FEWEST_FEATURES, *widths.values())
    if weights <= WHOLE * (MEASURED if measured else 1):
        return None
    narrow = [name for name in widths if n_classes * widths[name] <= NARROW]
    solved = bool(narrow) and n_classes * n <= _MOST_LOGITS
    features = narrow[-1] if solved else next(iter(widths))
    kinds = tuple(heads) if len(heads) == 1 else ("centroid", "logistic")
    if len(heads) > 1 and not solved:
        kinds = ("centroid", "ridge")[: 1 + (widths[features] <= _MOST_COLUMNS)]
    folds = min(_FEW_FOLDS, n_folds)
    held_out = n * folds // n_folds
    predicted = min(held_out, _MOST_PREDICTED // n_classes)
    left_out = LeftOut(
        classes=n_classes,
        features=tuple(name for name in widths if name != features),
        heads=tuple(kind for kind in heads if kind not in kinds),
        penalties=len(C_GRID) - len(_FEW_C) if "logistic" in kinds and not C else 0,
        folds=n_folds - folds,
        pictures=held_out - predicted,
    )
    needed = _needed(heads[0], widths[features], n_classes, n, folds, len(C)) if len(heads) == 1 else None
    return Plan(features, kinds, _FEW_C, folds, predicted, weights <= _TWICE, left_out, needed)


def _needed(head: str, width: int, n_classes: int, n: int, folds: int, penalties: int) -> Needed:
    """Say what a named head is likely to need, by what benchmarks/many_classes.py showed; sums take next to nothing."""
    numbers, steps = n * n_classes, folds + 1  # of logits; fits, the last to all images
    if head == "logistic":
        return Needed(numbers * width * (folds * (penalties or len(_FEW_C)) + 1) * 0.6e-9, 48 * numbers / 1e9)
    if head == "svm":
        fits = folds * (penalties or len(SVM_GRID)) + 1
        return Needed(numbers * n * fits * 0.8e-9, 8 * numbers / 1e9)
    if head == "mlp":
        return Needed(numbers * steps * 0.6e-6)
    if head.startswith("dense"):
        hidden = int(head.removeprefix("dense"))
        return Needed(n * hidden * (width + n_classes) * steps * 1.2e-9)
    return Needed(0.0)


def plan_predictions(width: int, n_classes: int, n: int, n_folds: int) -> Plan | None:
    """Say how to choose what predicts ``n`` images from so many features, for checks of their labels.

    One head: logistic regression, as where there is no bound, or what stands in for it. Where a few folds have chosen
    the penalty, the others are predicted by `Plan.of_folds`, as a label that nobody predicted cannot be checked.

    Examples
    --------
    >>> plan_predictions(1280, 1000, 3000, 5).heads, plan_predictions(1280, 1000, 100_000, 5).heads
    (('logistic',), ('ridge',))
    """
    found = plan({"last": width}, AUTO_HEADS, n_classes, n, n_folds)
    if found is None:
        return None
    head, most = found.heads[-1], _MOST_LOGITS // n_classes
    left_out = replace(
        found.left_out, heads=() if head == "logistic" else ("logistic",), folds=0, pictures=max(0, n - most)
    )
    return replace(found, heads=(head,), predicted=most * found.folds // n_folds, left_out=left_out)


def narrowed(folds: Sequence[tuple[IntArray, IntArray]], plan: Plan, seed: int) -> Sequence[tuple[IntArray, IntArray]]:
    """Return the folds of a plan; where they hold out more than are predicted, some of it drawn at random.

    Examples
    --------
    >>> rows = np.arange(6)
    >>> folds = [(rows[rows % 3 != fold], rows[rows % 3 == fold]) for fold in range(3)]
    >>> few = Plan("last", ("centroid",), (), folds=2, predicted=2, twice=False, left_out=LeftOut(10_000))
    >>> [(train.tolist(), len(held_out)) for train, held_out in narrowed(folds, few, seed=0)]
    [([1, 2, 4, 5], 1), ([0, 2, 3, 5], 1)]
    """
    folds = folds[: plan.folds]
    total = sum(len(held_out) for _, held_out in folds)
    if total <= plan.predicted:
        return folds
    random, share = np.random.default_rng(seed), plan.predicted / total
    some = [np.sort(random.choice(rows, max(1, int(len(rows) * share)), replace=False)) for _, rows in folds]
    return [(train, held_out) for (train, _), held_out in zip(folds, some, strict=True)]
