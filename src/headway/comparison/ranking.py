"""From outcomes to the rows of the table: which is best, and which are not distinguishable from it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

import numpy as np

from headway import metrics
from headway.facts.comparison import Row

if TYPE_CHECKING:
    from headway.comparison.outcome import Outcome
    from headway.recipes import NamedRecipe
    from headway.types import IntArray

LEVEL = 0.05  # p-values below it distinguish


@dataclass(frozen=True, eq=False)
class Ran:
    """A recipe that has run."""

    method: NamedRecipe
    outcome: Outcome
    feature_s: float  # to compute its features, by a rate that recipes share (`headway.comparison.rates`)


@dataclass(frozen=True)
class PairedComparison:
    """Two recipes compared on the same images."""

    lead: float  # of the first in accuracy: on the folds where both have them, otherwise on the test images
    p_test: float  # McNemar's mid-p on the test images
    p_folds: float | None  # corrected resampled t-test on the folds; None where one of the two has none

    @property
    def p(self) -> float:
        """The p-value that decides."""
        return self.p_test if self.p_folds is None else self.p_folds

    @property
    def level(self) -> bool:
        """Whether the two are not distinguishable."""
        return self.p >= LEVEL or not self.lead

    @property
    def ahead(self) -> bool:
        """Whether the first is better beyond chance."""
        return self.lead > 0 and not self.level


def rank(finished: Sequence[Ran], labels: IntArray, test_labels: IntArray) -> tuple[Row, ...]:
    """Return the rows of the table, the best first, of at least one recipe.

    All recipes have predictions of the test images, and only some have folds, so accuracy on the test images ranks;
    log-loss decides between equals. ``labels`` (n,) are the classes of all images, ``test_labels`` (t,) those of the
    test.
    """
    ordered = sorted(finished, key=lambda ran: (-ran.outcome.test.right, ran.outcome.test.log_loss))
    return tuple(_row(ran, ordered[0].outcome, labels, test_labels) for ran in ordered)


def _row(ran: Ran, best: Outcome, labels: IntArray, test_labels: IntArray) -> Row:
    method, outcome = ran.method, ran.outcome
    against = None if outcome is best else compare_pair(best, outcome, labels, test_labels)
    return Row(
        **asdict(outcome.test),
        name=method.name,
        title=method.title,
        family=outcome.family,
        recipe=method.recipe.to_dict(),
        cross_validation=outcome.cross_validation,
        seconds=ran.feature_s + outcome.fit_s,
        ms_per_picture=outcome.ms_per_picture,
        megabytes=outcome.megabytes,
        head=outcome.head,
        features=outcome.features,
        backbone=outcome.backbone,
        dim=outcome.dim,
        p_test=None if against is None else against.p_test,
        p_folds=None if against is None else against.p_folds,
        p=None if against is None else against.p,
        verdict="best" if against is None else "worse" if against.ahead else "level",
        points=100 * (best.test.accuracy - outcome.test.accuracy),
    )


def compare_pair(first: Outcome, second: Outcome, labels: IntArray, test_labels: IntArray) -> PairedComparison:
    """Compare two outcomes of the same split; ``labels`` (n,) are of all images, ``test_labels`` (t,) of the test."""
    p_test = mcnemar_on_test(first, second, test_labels)
    folds = t_test_on_folds(first, second, labels)
    if folds is not None:
        return PairedComparison(folds[0], p_test, folds[1])
    return PairedComparison(first.test.accuracy - second.test.accuracy, p_test, None)


def mcnemar_on_test(first: Outcome, second: Outcome, labels: IntArray) -> float:
    """Compare two outcomes on the test images, whose classes are ``labels`` (t,): McNemar's mid-p."""
    right, other = (np.asarray(outcome.predicted) == labels for outcome in (first, second))
    return metrics.mcnemar(int((right & ~other).sum()), int((other & ~right).sum())).mid_p


def t_test_on_folds(first: Outcome, second: Outcome, labels: IntArray) -> tuple[float, float] | None:
    """Compare two outcomes on the same folds; ``labels`` (n,) are the classes of all images.

    Returns the mean lead of the first in accuracy, and the p-value of the corrected resampled t-test; None where one
    has no folds, or they are not the same.
    """
    a, b = first.folds, second.folds
    if a is None or b is None or a.rows != b.rows or a.fold != b.fold:
        return None
    truth, fold = labels[np.asarray(a.rows)], np.asarray(a.fold)
    lead = (np.asarray(a.predicted) == truth).astype(np.float64) - (np.asarray(b.predicted) == truth)
    numbers = np.unique(fold)
    differences = np.array([lead[fold == number].mean() for number in numbers])
    return float(differences.mean()), metrics.corrected_t(differences, 1 / (len(numbers) - 1))
