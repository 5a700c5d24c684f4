"""The score of a choice, corrected for having chosen."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from headway.metrics import wilson
from headway.search.choice import Losses, choose

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from headway.types import FloatArray, IntArray

N_BAGS = 400
_MOST_NUMBERS = 20_000_000  # of a chunk of bags: 80 MB


@dataclass(frozen=True)
class Corrected:
    """Scores of the whole procedure, choice included, on rows that had no part in the choice.

    Parameters
    ----------
    accuracy, std : float
        Mean and standard deviation over the bootstrap samples.
    low, high : float
        95 % interval of the accuracy: the percentiles, and at least as wide as Wilson's.
    log_loss : float
        Mean, after temperature scaling; nats.
    n_bags : int
        Bootstrap samples that were scored.
    """

    accuracy: float
    std: float
    low: float
    high: float
    log_loss: float
    n_bags: int


def corrected(candidates: list[Losses], weights: FloatArray, seed: int, n_bags: int = N_BAGS) -> Corrected:
    """Bootstrap bias corrected cross-validation, BBC-CV (Tsamardinos et al. 2018, arXiv 1708.07180).

    Rows of the out-of-fold predictions are drawn with replacement; the whole choice (temperature, head, C, feature set,
    one-standard-error rule) is made anew on the drawn ones and scored on the others. No head is trained again.

    Parameters
    ----------
    candidates : list of Losses
        From simple to complex, of the same m rows.
    weights : float32 array (m,)
        Class weights of the rows in the choice; the scores are not weighted.
    seed : int
        Of the bootstrap.
    n_bags : int
        Bootstrap samples.

    Returns
    -------
    Corrected

    Notes
    -----
    Where nearly all rows are right, or nearly none, hardly any sample differs from the next and the percentiles
    collapse: to 1 and 1 where all are right. So each end is the outer one of the percentile and of Wilson's interval
    for the same accuracy, which holds for few rows and at 0 and 1 (Brown, Cai and DasGupta, Statistical Science 16,
    2001).
    """
    m = len(weights)
    random = np.random.default_rng(seed)
    right = np.stack([candidate.right for candidate in candidates]).astype(np.float32)
    accuracies: list[NDArray[np.float64]] = []
    log_losses: list[FloatArray] = []
    step = max(1, min(n_bags, _MOST_NUMBERS // m))
    for start in range(0, n_bags, step):
        drawn = _draw(random, m, min(step, n_bags - start))
        outside = (drawn == 0).astype(np.float32)
        kept = outside.any(axis=1)
        drawn, outside = drawn[kept], outside[kept]
        if not len(drawn):
            continue
        chosen = choose(candidates, drawn * weights)
        count = outside.sum(axis=1, dtype=np.float64)
        bags = np.arange(len(drawn))
        # Sums of zeros and ones are exact; a mean of perfect predictions must be 1, not 1.0000001.
        accuracies.append((outside @ right.T)[bags, chosen.candidate] / count)
        outside /= count[:, None].astype(np.float32)
        costs = np.empty(len(drawn), dtype=np.float32)
        for one in np.unique(chosen.candidate):
            where = np.flatnonzero(chosen.candidate == one)
            costs[where] = (outside[where] @ candidates[one].at.T)[np.arange(len(where)), chosen.temperature[where]]
        log_losses.append(costs)
    if not accuracies:  # a single row is always drawn
        mean, cost = float(right[0].mean()), float(candidates[0].fitted.mean())
        return Corrected(mean, 0.0, *wilson(round(mean), 1), cost, 0)
    accuracy = np.concatenate(accuracies)
    mean = float(accuracy.mean())
    least = wilson(round(mean * m), m)
    low, high = np.quantile(accuracy, [0.025, 0.975])
    low, high = min(float(low), least.low), max(float(high), least.high)
    cost = float(np.concatenate(log_losses).mean(dtype=np.float64))
    return Corrected(mean, float(accuracy.std()), low, high, cost, len(accuracy))


def _draw(random: np.random.Generator, m: int, n_bags: int) -> FloatArray:
    """How often each of m rows is drawn in each bag: (n_bags, m)."""
    rows: IntArray = random.integers(0, m, size=(n_bags, m))
    return np.stack([np.bincount(bag, minlength=m) for bag in rows]).astype(np.float32)
