"""The score of a choice, corrected for having chosen."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from headway.metrics import wilson, wilson_share
from headway.search.choice import RowLosses, choose

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from headway.types import FloatArray, IntArray

N_BAGS = 400
_CHUNK_NUMBERS = 20_000_000  # of the weights of a chunk of bags: 160 MB in 64 bits
_DIGITS = 12  # of an accuracy, behind which sums of shares are rounded


@dataclass(frozen=True)
class BootstrapScore:
    """Scores of the whole procedure, choice included, on rows that had no part in the choice."""

    accuracy: float  # mean over the bootstrap samples
    std: float  # standard deviation of the accuracy over them
    low: float  # of the 95 % interval of the accuracy: the percentiles, and at least as wide as Wilson's
    high: float
    log_loss: float  # mean, after calibration; nats
    n_bags: int  # bootstrap samples that were scored

    def moved(self, accuracy: float, log_loss: float) -> BootstrapScore:
        """Return the score of what is so much better, or worse, on the rows that were scored."""
        ends = (float(np.clip(end + accuracy, 0, 1)) for end in (self.accuracy, self.low, self.high))
        mean, low, high = ends
        return replace(self, accuracy=mean, low=low, high=high, log_loss=self.log_loss + float(log_loss))


def bootstrap_score(
    candidates: list[RowLosses],
    weights: FloatArray,
    seed: int,
    n_bags: int = N_BAGS,
    *,
    shares: FloatArray | None = None,
    groups: IntArray | None = None,
    by_accuracy: bool = False,
) -> BootstrapScore:
    """Bootstrap bias corrected cross-validation, BBC-CV (Tsamardinos et al. 2018, arXiv 1708.07180).

    Rows of the out-of-fold predictions are drawn with replacement; the whole choice (temperature, head, C, feature set,
    one-standard-error rule) is made anew on the drawn ones and scored on the others. No head is trained again.
    Candidates come from simple to complex; weights (m,) and ``by_accuracy`` are those of the choice. In the scores each
    row counts 1, or as ``shares`` (m,) say. Rows with the same number in ``groups`` (m,) are drawn together.

    Where nearly all rows are right, or nearly none, hardly any sample differs from the next and the percentiles
    collapse: to 1 and 1 where all are right. So each end is the outer one of the percentile and of Wilson's interval
    for the same accuracy, which holds for few rows and at 0 and 1 (Brown, Cai and DasGupta, Statistical Science 16,
    2001).
    """
    m = len(weights)
    # In 64 bits: in 32, a third for each of three copies makes accuracies above 1, and equal samples differ.
    counted = np.ones(m) if shares is None else shares.astype(np.float64)
    units = np.arange(m) if groups is None else np.unique(groups, return_inverse=True)[1]
    random = np.random.default_rng(seed)
    correct = np.stack([candidate.correct for candidate in candidates]).astype(np.float64)
    accuracies: list[NDArray[np.float64]] = []
    log_losses: list[FloatArray] = []
    step = max(1, min(n_bags, _CHUNK_NUMBERS // m))
    for start in range(0, n_bags, step):
        counts = _bootstrap_counts(random, int(units.max()) + 1, min(step, n_bags - start))[:, units]
        outside = (counts == 0) * counted
        scorable = outside.any(axis=1)
        counts, outside = counts[scorable], outside[scorable]
        if not len(counts):
            continue
        chosen = choose(candidates, counts * weights, by_accuracy=by_accuracy)
        n_outside = outside.sum(axis=1, dtype=np.float64)
        bags = np.arange(len(counts))
        # A mean of perfect predictions must be 1, not 1.0000001.
        accuracies.append(np.minimum((outside @ correct.T)[bags, chosen.candidate] / n_outside, 1).round(_DIGITS))
        outside = (outside / n_outside[:, None]).astype(np.float32)
        losses = np.empty(len(counts), dtype=np.float32)
        for index in np.unique(chosen.candidate):
            bags = np.flatnonzero(chosen.candidate == index)
            by_temperature = outside[bags] @ candidates[index].by_temperature.T
            losses[bags] = by_temperature[np.arange(len(bags)), chosen.temperature[bags]]
        log_losses.append(losses)
    if not accuracies:  # a single row, or group, is always drawn
        mean = float(np.average(correct[0], weights=counted))
        log_loss = float(np.average(candidates[0].calibrated, weights=counted))
        return BootstrapScore(mean, 0.0, *wilson_share(mean, 1), log_loss, 0)
    accuracy = np.concatenate(accuracies)
    mean = float(accuracy.mean())
    n = round(float(counted.sum())) if float(accuracy.std()) else int(units.max()) + 1
    least = wilson(round(mean * n), n)
    low, high = np.quantile(accuracy, [0.025, 0.975])
    low, high = min(float(low), least.low), max(float(high), least.high)
    log_loss = float(np.concatenate(log_losses).mean(dtype=np.float64))
    return BootstrapScore(mean, float(accuracy.std()), low, high, log_loss, len(accuracy))


def _bootstrap_counts(random: np.random.Generator, m: int, n_bags: int) -> FloatArray:
    """How often each of m rows, or groups, is drawn in each bag: (n_bags, m)."""
    rows: IntArray = random.integers(0, m, size=(n_bags, m))
    return np.stack([np.bincount(bag, minlength=m) for bag in rows]).astype(np.float32)
