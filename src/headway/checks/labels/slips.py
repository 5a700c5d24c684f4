"""How many labels are wrong beyond what an imperfect classifier explains, and which.

A classifier that is unsure errs without anybody's fault: where it says 60 %, four labels in ten may differ from it and
all be right. So labels are taken for draws from its probabilities, sharpened or flattened by a temperature, but for a
share of *slips*, which are drawn from something else: from all other classes alike, or nine in ten of them in
proportion to how the classifier itself confuses classes. The confusions are read off its probabilities alone, not off
the labels that are in question. Temperature, share and kind of slip are not chosen, but averaged over a grid by how
well they explain the labels; what the average says of a single label is the probability that it is a slip.

Labels are put in order more cautiously: the second kind must explain them far better, as a classifier's own errors are
between classes that it confuses, too, and pass for slips of that kind.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from headway.types import FloatArray, IntArray

_SHARPNESS = np.geomspace(0.7, 4, 13)  # what log-probabilities are multiplied by
_SHARES = np.array([0, 0.0025, 0.005, 0.01, 0.02, 0.03, 0.04, 0.06, 0.08, 0.1, 0.13, 0.16, 0.2, 0.25, 0.3])
_CAUTION = 10.0  # log of how much better slips to confused classes must explain the labels: clean ones come to 4
_LEAST_WEIGHT = 1e-4  # points of the grid below this share of the whole change no probability visibly
_ANY = 0.1  # of the slips to classes that are confused, the share that is drawn from all other classes
_ROWS = 4096


@dataclass(frozen=True, eq=False)
class Slips:
    """What the labels look like against the probabilities.

    Parameters
    ----------
    share : float
        Of the labels that are slips, as estimated.
    least : float
        What the share is above with a probability of 95 %.
    evidence : float
        Twice the logarithm of how much better the labels are explained with slips than without; 0 if not at all.
    probability : float64 array (n,)
        That each label is a slip.
    order : float64 array (n,)
        The same with caution, to sort by: the larger, the sooner a person should look at the label.
    """

    share: float
    least: float
    evidence: float
    probability: NDArray[np.float64]
    order: NDArray[np.float64]


def fit_slips(probabilities: FloatArray, labels: IntArray) -> Slips:
    """Estimate slips from probabilities (n, k), k ≥ 2, by classifiers that had not seen the images."""
    confusions = _confusions(probabilities)
    drawn = [_drawn(probabilities, labels, sharpness, confusions) for sharpness in _SHARPNESS]
    grid = [(own, slip, share) for own, *slips in drawn for slip in slips for share in _SHARES]
    log_likelihood = np.array([np.log(_mixed(*point)).sum() for point in grid])
    share = np.tile(_SHARES, len(grid) // len(_SHARES))
    weight = _weights(log_likelihood)
    cautious = _weights(log_likelihood - np.tile(np.repeat([0, _CAUTION], len(_SHARES)), len(drawn)))
    both = np.stack([weight, cautious])
    probability = np.zeros((2, len(labels)))
    for (own, slip, portion), parts in zip(grid, both.T, strict=True):
        if portion and parts.max() > _LEAST_WEIGHT:
            probability += np.outer(parts, portion * slip / _mixed(own, slip, portion))
    of_share = np.bincount(np.searchsorted(_SHARES, share), weight)
    return Slips(
        share=float(weight @ share),
        least=float(_SHARES[np.searchsorted(of_share.cumsum(), 0.05)]),
        evidence=float(2 * (log_likelihood.max() - log_likelihood[share == 0].max())),
        probability=probability[0],
        order=probability[1],
    )


def _weights(log_likelihood: NDArray[np.float64]) -> NDArray[np.float64]:
    likelihood = np.exp(log_likelihood - log_likelihood.max())
    weights: NDArray[np.float64] = likelihood / likelihood.sum()
    return weights


def _mixed(own: NDArray[np.float64], slip: NDArray[np.float64], share: float) -> NDArray[np.float64]:
    """Probability of each label if so many are slips."""
    return np.maximum((1 - share) * own + share * slip, 1e-300)


def _drawn(
    probabilities: FloatArray, labels: IntArray, sharpness: float, confusions: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    """Probability of each label if it is right, a slip to any class, and a slip to a class that is confused."""
    n, k = probabilities.shape
    own, confused = np.empty(n), np.empty(n)
    for start in range(0, n, _ROWS):
        rows = slice(start, start + _ROWS)
        logarithm = sharpness * np.log(np.maximum(probabilities[rows].astype(np.float64), 1e-30))
        powers = np.exp(logarithm - logarithm.max(axis=1, keepdims=True))
        powers /= powers.sum(axis=1, keepdims=True)
        own[rows] = powers[np.arange(len(powers)), labels[rows]]
        confused[rows] = np.einsum("ij,ji->i", powers, confusions[:, labels[rows]])
    return own, (1 - own) / (k - 1), confused


def _confusions(probabilities: FloatArray) -> NDArray[np.float64]:
    """For what is predicted to be of a class (rows), how the probability of all others is shared out among them."""
    k = probabilities.shape[1]
    others = ~np.eye(k, dtype=bool)
    sums = np.zeros((k, k))
    np.add.at(sums, probabilities.argmax(axis=1), probabilities)
    sums = np.where(others, sums + 1e-9, 0)  # a class that is never predicted is confused with all alike
    shares: NDArray[np.float64] = (1 - _ANY) * sums / sums.sum(axis=1, keepdims=True) + _ANY * others / (k - 1)
    return shares
