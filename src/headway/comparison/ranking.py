"""From outcomes to the rows of the table: which is best, and which are not distinguishable from it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

import numpy as np

from headway import metrics
from headway.facts.comparison import Row

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from headway.comparison.outcome import Outcome
    from headway.recipes import NamedRecipe
    from headway.types import IntArray

LEVEL = 0.05  # p-values below it distinguish
_DIGITS = 12  # of an accuracy, behind which there are only errors of rounding


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


@dataclass(frozen=True, eq=False)
class Judged:
    """The images that recipes are compared on.

    Parameters
    ----------
    labels : int64 array (n,)
        Classes of all images.
    test : int64 array (t,)
        Positions of the test images.
    counts : bool array (n,)
        Which of them count: not the copies of others, where identical images count as one.
    """

    labels: IntArray
    test: IntArray
    counts: NDArray[np.bool_]


def rank(finished: Sequence[Ran], images: Judged) -> tuple[Row, ...]:
    """Return the rows of the table, the best first, of at least one recipe.

    All recipes have predictions of the test images, and only some have folds, so accuracy on the test images ranks;
    log-loss decides between equals. Of identical images, published recipes count each, so that numbers of right ones
    cannot be compared.
    """
    ordered = sorted(finished, key=lambda ran: (-round(ran.outcome.test.accuracy, _DIGITS), ran.outcome.test.log_loss))
    return tuple(_row(ran, ordered[0].outcome, images) for ran in ordered)


def _row(ran: Ran, best: Outcome, images: Judged) -> Row:
    method, outcome = ran.method, ran.outcome
    against = None if outcome is best else compare_pair(best, outcome, images)
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
        left_out=outcome.left_out,
    )


def compare_pair(first: Outcome, second: Outcome, images: Judged) -> PairedComparison:
    """Compare two outcomes of the same split."""
    p_test = mcnemar_on_test(first, second, images)
    folds = t_test_on_folds(first, second, images)
    if folds is not None:
        return PairedComparison(folds[0], p_test, folds[1])
    return PairedComparison(first.test.accuracy - second.test.accuracy, p_test, None)


def mcnemar_on_test(first: Outcome, second: Outcome, images: Judged) -> float:
    """Compare two outcomes on the test images: McNemar's mid-p."""
    labels, counts = images.labels[images.test], images.counts[images.test]
    right, other = ((np.asarray(outcome.predicted) == labels)[counts] for outcome in (first, second))
    return metrics.mcnemar(int((right & ~other).sum()), int((other & ~right).sum())).mid_p


def t_test_on_folds(first: Outcome, second: Outcome, images: Judged) -> tuple[float, float] | None:
    """Compare two outcomes on the same folds.

    Returns the mean lead of the first in accuracy, and the p-value of the corrected resampled t-test; None where one
    has no folds, or they are not the same.
    """
    a, b = first.folds, second.folds
    if a is None or b is None or a.rows != b.rows or a.fold != b.fold:
        return None
    rows = np.asarray(a.rows)
    truth, counts = images.labels[rows], images.counts[rows]
    fold = np.asarray(a.fold)[counts]
    lead = ((np.asarray(a.predicted) == truth).astype(np.float64) - (np.asarray(b.predicted) == truth))[counts]
    numbers = np.unique(fold)
    differences = np.array([lead[fold == number].mean() for number in numbers])
    return float(differences.mean()), metrics.corrected_t(differences, 1 / (len(numbers) - 1))
