"""How many directions features really have."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from headway.preparation.association import blocks, sample_rows

if TYPE_CHECKING:
    from headway.types import FloatArray

_MOST_ROWS = 2_000  # the eigenvalues of a matrix of so many rows take about 2 s


@dataclass(frozen=True, eq=False)
class Spectrum:
    """The variance of standardised features along their principal directions."""

    variances: NDArray[np.float64]  # (min(n, d),): as parts of the whole, the largest first
    n: int  # pictures that it was computed from

    @property
    def max_directions(self) -> int:
        """How many directions there can be: no more than features, and one fewer than pictures."""
        return min(len(self.variances), self.n - 1)

    @property
    def effective_rank(self) -> float:
        """The exponential of the entropy of the singular values (Roy and Vetterli 2007, EUSIPCO)."""
        singular = np.sqrt(self.variances[self.variances > 0])
        if not len(singular):
            return 0.0
        share = singular / singular.sum()
        return float(np.exp(-(share * np.log(share)).sum()))

    @property
    def participation_ratio(self) -> float:
        """The squared sum of the variances by the sum of their squares."""
        return float(self.variances.sum() ** 2 / (self.variances**2).sum()) if self.variances.any() else 0.0

    def directions(self, part: float) -> int:
        """Return how many principal directions hold a part of the variance, between 0 and 1."""
        return int(np.searchsorted(np.cumsum(self.variances), part - 1e-9) + 1) if self.variances.any() else 0


def spectrum(features: FloatArray, seed: int = 0) -> Spectrum:
    """Compute the variance of features along their principal directions; each is standardised, constant ones are out.

    Of more than 2,000 rows a random sample is taken, which the seed draws.

    Examples
    --------
    >>> plane = np.array([[1, 1, 0], [1, 1, 1], [-1, -1, 1], [-1, -1, 0]], "float32")
    >>> found = spectrum(plane)
    >>> found.variances.round(3).tolist(), round(found.participation_ratio, 2)
    ([0.667, 0.333, 0.0], 1.8)
    """
    from scipy.linalg import eigvalsh

    n, d = features.shape
    if n > _MOST_ROWS:
        features = features[sample_rows(n, _MOST_ROWS, np.random.default_rng(seed))]
        n = _MOST_ROWS
    by_rows = n <= d
    gram = np.zeros((min(n, d), min(n, d)))
    unit = standardise(features)
    if by_rows:
        for block in blocks(n, d):
            values = unit[:, block].astype(np.float64)
            gram += values @ values.T
    else:
        gram = (unit.T @ unit).astype(np.float64)
    values = np.maximum(eigvalsh(gram, overwrite_a=True, check_finite=False)[::-1], 0)
    # Centring removes a direction; what rounding leaves of it, and of repeated features, is not one.
    values[values < 1e-6 * values[:1].sum()] = 0
    return Spectrum(values / values.sum() if values.any() else values, n)


def standardise(features: FloatArray) -> FloatArray:
    """Return features minus their means, divided by their standard deviations, float32 (n, d); constant ones are 0."""
    result = np.empty_like(features, dtype=np.float32)
    for block in blocks(*features.shape):
        values = features[:, block].astype(np.float64)
        values -= values.mean(axis=0)
        std = values.std(axis=0)
        values /= np.where(std > 0, std, 1)
        result[:, block] = values
    return result
