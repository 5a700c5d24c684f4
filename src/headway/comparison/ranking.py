"""From outcomes to the rows of the table: who is best, and who cannot be told from it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from headway import metrics
from headway.comparison.methods import family

if TYPE_CHECKING:
    from headway.comparison.outcome import Outcome
    from headway.recipes import NamedRecipe
    from headway.types import IntArray

LEVEL = 0.05  # p-values below it distinguish

Verdict = Literal["best", "not distinguishable", "worse"]


@dataclass(frozen=True)
class Row:
    """A recipe in the table.

    Parameters
    ----------
    name, title : str
        What it is called, and what it is.
    family : str
        What kind of method: see `headway.comparison.methods.family`.
    n, right : int
        Test pictures, and how many of them were right.
    accuracy, low, high : float
        Their ratio, and its 95 % interval.
    cv : mapping or None
        The cross-validated score, where there is one.
    macro_f1, log_loss, ece : float
        On the test pictures.
    seconds : float
        To train, from pictures whose features are not known yet.
    ms_per_picture : float
        To predict one from its file, in milliseconds.
    megabytes : float
        Size of the model.
    head, features : str
        What the recipe chose.
    dim : int
        How many features the head reads.
    p_test : float or None
        McNemar's mid-p against the best on the test pictures; None for the best itself.
    p_folds : float or None
        Corrected resampled t-test against the best on the folds; None where one of the two has none.
    verdict : {"best", "not distinguishable", "worse"}
        By ``p_folds`` where there is one, otherwise by ``p_test``.
    points : float
        Accuracy below the best on the test pictures, in percentage points.
    """

    name: str
    title: str
    family: str
    n: int
    right: int
    accuracy: float
    low: float
    high: float
    cv: Mapping[str, float] | None
    macro_f1: float
    log_loss: float
    ece: float
    seconds: float
    ms_per_picture: float
    megabytes: float
    head: str
    features: str
    dim: int
    p_test: float | None
    p_folds: float | None
    verdict: Verdict
    points: float

    @property
    def p(self) -> float | None:
        """The p-value that decides."""
        return self.p_test if self.p_folds is None else self.p_folds

    @property
    def p_text(self) -> str:
        """The p-value that decides, in words; empty for the best."""
        return "" if self.p is None else p_text(self.p)

    @property
    def level_with_best(self) -> bool:
        """Whether it is the best or cannot be told from it."""
        return self.verdict != "worse"

    def to_dict(self) -> dict[str, Any]:
        """Return plain values, for JSON."""
        return {**asdict(self), "p": self.p}


def rank(finished: Sequence[tuple[NamedRecipe, Outcome]], labels: IntArray, test_labels: IntArray) -> tuple[Row, ...]:
    """Return the rows of the table, the best first.

    All recipes have predictions of the test split, and only some have folds, so accuracy on the test split ranks;
    log-loss decides between equals.

    Parameters
    ----------
    finished : sequence of (NamedRecipe, Outcome)
        At least one.
    labels : int64 array (n,)
        Classes of all pictures.
    test_labels : int64 array (t,)
        Those of the test pictures.
    """
    ordered = sorted(finished, key=lambda pair: (-pair[1].test["right"], pair[1].test["log_loss"]))
    best = ordered[0][1]
    return tuple(_row(method, outcome, best, labels, test_labels) for method, outcome in ordered)


def _row(method: NamedRecipe, outcome: Outcome, best: Outcome, labels: IntArray, test_labels: IntArray) -> Row:
    against = None if outcome is best else paired(best, outcome, labels, test_labels)
    verdict: Verdict = "best" if against is None else "worse" if against.ahead else "not distinguishable"
    test = outcome.test
    return Row(
        name=method.name,
        title=method.title,
        family=family(method.recipe, outcome.kind, outcome.features),
        n=int(test["n"]),
        right=int(test["right"]),
        accuracy=test["accuracy"],
        low=test["low"],
        high=test["high"],
        cv=outcome.cv,
        macro_f1=test["macro_f1"],
        log_loss=test["log_loss"],
        ece=test["ece"],
        seconds=outcome.seconds,
        ms_per_picture=outcome.ms_per_picture,
        megabytes=outcome.megabytes,
        head=outcome.head,
        features=outcome.features,
        dim=outcome.dim,
        p_test=None if against is None else against.p_test,
        p_folds=None if against is None else against.p_folds,
        verdict=verdict,
        points=100 * (best.test["accuracy"] - test["accuracy"]),
    )


@dataclass(frozen=True)
class Paired:
    """Two recipes compared on the same pictures.

    Parameters
    ----------
    lead : float
        Of the first in accuracy: on the folds where both have them, otherwise on the test pictures.
    p_test : float
        McNemar's mid-p on the test pictures.
    p_folds : float or None
        Corrected resampled t-test on the folds; None where one of the two has none.
    """

    lead: float
    p_test: float
    p_folds: float | None

    @property
    def p(self) -> float:
        """The p-value that decides."""
        return self.p_test if self.p_folds is None else self.p_folds

    @property
    def level(self) -> bool:
        """Whether the two cannot be told from each other."""
        return self.p >= LEVEL or not self.lead

    @property
    def ahead(self) -> bool:
        """Whether the first is better beyond chance."""
        return self.lead > 0 and not self.level


def paired(first: Outcome, second: Outcome, labels: IntArray, test_labels: IntArray) -> Paired:
    """Compare two outcomes of the same split; the parameters are those of `on_test` and `on_folds`."""
    p_test = on_test(first, second, test_labels)
    folds = on_folds(first, second, labels)
    if folds is not None:
        return Paired(folds[0], p_test, folds[1])
    return Paired(first.test["accuracy"] - second.test["accuracy"], p_test, None)


def p_text(p: float) -> str:
    """Return a p-value in words.

    Examples
    --------
    >>> p_text(0.0301), p_text(1e-9)
    ('p = 0.03', 'p < 0.001')
    """
    return f"p = {p:.2g}" if p >= 0.001 else "p < 0.001"


def on_test(first: Outcome, second: Outcome, labels: IntArray) -> float:
    """Compare two outcomes on the test pictures: McNemar's mid-p.

    Parameters
    ----------
    first, second : Outcome
        Of the same split.
    labels : int64 array (t,)
        Classes of the test pictures.
    """
    right, other = first.predicted == labels, second.predicted == labels
    return metrics.mcnemar(int((right & ~other).sum()), int((other & ~right).sum())).mid_p


def on_folds(first: Outcome, second: Outcome, labels: IntArray) -> tuple[float, float] | None:
    """Compare two outcomes on the same folds.

    Parameters
    ----------
    first, second : Outcome
        Of the same data.
    labels : int64 array (n,)
        Classes of all pictures.

    Returns
    -------
    tuple of (float, float) or None
        Mean lead of the first in accuracy, and the p-value of the corrected resampled t-test. None where one has no
        folds, or they are not the same.
    """
    a, b = first.folds, second.folds
    if a is None or b is None or not np.array_equal(a.rows, b.rows) or not np.array_equal(a.fold, b.fold):
        return None
    truth = labels[a.rows]
    lead = (a.predicted == truth).astype(np.float64) - (b.predicted == truth)
    numbers = np.unique(a.fold)
    differences = np.array([lead[a.fold == number].mean() for number in numbers])
    return float(differences.mean()), metrics.corrected_t(differences, 1 / (len(numbers) - 1))
