"""What a measured learning curve says about more images: several families of curves, weighted by how well they fit.

Each family is fitted to bootstrap draws of the held-out images, which are the same for every size, so that what their
draw has done to all sizes alike moves the level and not the slope. Fits are generalised least squares with the
covariance of the draws, in closed form, as every curve is straight on its own scale (`headway.forecast.families`).
Few points tell little about a slope, and much is known of it: as a rule errors fall by about the fifth root of the
number, and faster where classes are easy to tell apart. So a usual slope counts as one value more, which every draw
draws anew. Shapes with their usual slopes weigh by their evidence, and so all that fit have a say in the interval.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from headway.forecast.families import FAMILIES, Family, fall
from headway.heads.parallel import one_blas_thread

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from headway.forecast.measuring import Measured
    from headway.types import IntArray

N_DRAWS = 400
POWERS = ((0.7, 0.2, 0.075), (0.3, 0.3, 0.2))
"""By which power of the number of images errors fall: shares of data sets, with mean and standard deviation."""
ANOTHER_DRAW = 0.1  # of the variance of a draw: so much is added by other training images of the same number
_LEAST_ERROR = 5e-4  # of accuracy


@dataclass(frozen=True, eq=False)
class Extrapolation:
    """Accuracies that are likely with numbers of images.

    Parameters
    ----------
    accuracy : float64 array (shapes, draws, numbers)
        By shape of curve with a usual slope, by draw, and by number of images.
    weights : float64 array (shapes,)
        How likely each of these is; they add up to 1.
    """

    accuracy: NDArray[np.float64]
    weights: NDArray[np.float64]

    def quantiles(self, values: NDArray[np.float64], levels: Sequence[float]) -> list[float]:
        """Return quantiles of values (shapes, draws), weighted by shape."""
        order = np.argsort(values, axis=None)
        weights = np.broadcast_to(self.weights[:, None], values.shape).ravel()[order]
        places = np.searchsorted(np.cumsum(weights), np.array(levels) * weights.sum())
        found: list[float] = values.ravel()[order][np.minimum(places, len(order) - 1)].tolist()
        return found

    def disagreement(self, number: int) -> float:
        """Share of the variance that lies between shapes rather than between draws, of one of the numbers."""
        means = self.accuracy[:, :, number].mean(axis=1)
        between = float(self.weights @ (means - self.weights @ means) ** 2)
        within = float(self.weights @ self.accuracy[:, :, number].var(axis=1))
        return between / max(between + within, 1e-12)


@one_blas_thread()
def extrapolate(
    measured: Measured,
    groups: IntArray,
    pictures: Sequence[float],
    *,
    families: Sequence[Family] = FAMILIES,
    seed: int = 0,
) -> Extrapolation:
    """Fit the families, and return the accuracies with these numbers of training images.

    Draws are of groups (n,), as images of one group are right and wrong together.
    """
    draws = draw_accuracies(measured, groups, seed)
    n_held_out = measured.right.shape[1]
    size = measured.pictures / measured.pictures[-1]
    wanted = np.array(pictures, float) / measured.pictures[-1]
    # Families with a logarithm need an accuracy within (0, 1).
    least = 0.5 / n_held_out
    accuracy, draws = (np.clip(values, least, 1 - least) for values in (measured.accuracies(), draws))
    covariance = covariance_of(draws)
    deviations = np.append(0, np.random.default_rng([seed, 1]).standard_normal(N_DRAWS))
    found, misfits, priors = [], [], []
    for family in families:
        slopes = _derivative(family, accuracy)
        precision = np.linalg.inv(covariance * slopes[:, None] * slopes).astype(np.float64)
        straight = family.straighten(np.vstack([accuracy, draws]))
        ceiling = float(family.bend(np.array([np.inf]))[0]) if family.exponents[0] else np.inf
        for exponent in family.exponents:
            falling = fall(size, exponent)
            # The slope where the error falls as the first power of the number, and what the points tell of slopes.
            slope = slopes[-1] * (1 - accuracy[-1]) / (exponent or 1)
            level = precision.sum(axis=1) / precision.sum()
            information = (falling - falling @ level) @ precision @ falling
            for share, power, spread in POWERS:
                usual = slope * (power + spread * deviations)
                lines, misfit = fit_lines(straight, falling, precision, ceiling, usual, slope * spread)
                found.append(family.bend(lines[1:, :1] - lines[1:, 1:] * fall(wanted, exponent)))
                misfits.append(float(misfit[0] + np.log1p((slope * spread) ** 2 * information)))
                priors.append(share)
    weights = np.array(priors) * np.exp(-0.5 * (np.array(misfits) - min(misfits)))
    return Extrapolation(np.stack(found), weights / weights.sum())


def draw_accuracies(measured: Measured, groups: IntArray, seed: int) -> NDArray[np.float64]:
    """Return accuracies (draws, m) of bootstrap draws of groups of held-out images, as of other training images."""
    random = np.random.default_rng(seed)
    unit = np.unique(groups[measured.rows], return_inverse=True)[1]
    sums = np.stack([np.bincount(unit), *(np.bincount(unit, own) for own in measured.right)]).astype(np.int64)
    # Groups of one size that are right equally often with each number of images are drawn together.
    kinds, counts = np.unique(sums, axis=1, return_counts=True)
    n_groups = counts.sum()
    totals = random.multinomial(n_groups, counts / n_groups, size=N_DRAWS) @ kinds.T.astype(float)
    drawn: NDArray[np.float64] = totals[:, 1:] / totals[:, :1]
    noise: NDArray[np.float64] = random.normal(0, np.sqrt(ANOTHER_DRAW * drawn.var(axis=0)), drawn.shape)
    return drawn + noise


def covariance_of(draws: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the covariance (m, m) of draws, which can be inverted even where all images are right."""
    covariance: NDArray[np.float64] = np.cov(draws.T) + _LEAST_ERROR**2 * np.eye(draws.shape[1])
    return covariance


def fit_lines(
    values: NDArray[np.float64],
    falling: NDArray[np.float64],
    precision: NDArray[np.float64],
    ceiling: float,
    usual: NDArray[np.float64] | float = 0.0,
    spread: float = np.inf,
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Fit ``level - slope * falling`` (m,) to each row of values (b, m), by generalised least squares.

    The slope is at least 0, and the level at most the ceiling. With a spread, the usual slope (b,) counts as one value
    more, with that standard deviation. Returns level and slope (b, 2) and the misfit (b,), the weighted sum of squares.
    """
    ones, weight = np.ones(len(falling)), spread**-2.0
    design = np.stack([ones, -falling], axis=1)
    information = design.T @ precision @ design + np.diag([0, weight])
    moments = values @ precision @ design + np.multiply.outer(usual * np.ones(len(values)), [0, weight])
    lines = np.linalg.solve(information, moments.T).T.astype(np.float64)
    flat = lines[:, 1] < 0
    lines[flat] = np.stack([values[flat] @ precision @ ones / (ones @ precision @ ones), np.zeros(flat.sum())], axis=1)
    above = lines[:, 0] > ceiling
    if above.any():
        # The level is known, and the slope is left.
        slopes = (moments[above, 1] - information[1, 0] * ceiling) / information[1, 1]
        lines[above] = np.stack([np.full(len(slopes), ceiling), np.maximum(slopes, 0)], axis=1)
    rest = values - lines @ design.T
    misfit: NDArray[np.float64] = np.einsum("bm,mk,bk->b", rest, precision, rest) + weight * (lines[:, 1] - usual) ** 2
    return lines, misfit


def _derivative(family: Family, accuracy: NDArray[np.float64]) -> NDArray[np.float64]:
    step = np.where(accuracy < 0.5, 1e-6, -1e-6)
    slopes: NDArray[np.float64] = (family.straighten(accuracy + step) - family.straighten(accuracy)) / step
    return slopes
