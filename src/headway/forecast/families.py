"""Families of learning curves: accuracy as a straight line, in the right coordinates."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Scale = Callable[[NDArray[np.float64]], NDArray[np.float64]]


@dataclass(frozen=True)
class Family:
    """Curves ``straighten(accuracy) = level - slope * fall(pictures)``, with a slope of at least 0.

    Parameters
    ----------
    name : str
        Of the family.
    straighten, bend : callable
        From accuracies to the scale on which the curve is straight, and back; increasing.
    exponents : tuple of float
        The shapes: ``fall`` is ``n ** -exponent``, and ``-log n`` for 0.
    """

    name: str
    straighten: Scale
    bend: Scale
    exponents: tuple[float, ...]


def fall(pictures: NDArray[np.float64], exponent: float) -> NDArray[np.float64]:
    """Return what falls as pictures grow in number."""
    fallen: NDArray[np.float64] = pictures**-exponent if exponent else -np.log(pictures)
    return fallen


def _log_error(accuracy: NDArray[np.float64]) -> NDArray[np.float64]:
    return -np.log(1 - accuracy)


def _from_log_error(value: NDArray[np.float64]) -> NDArray[np.float64]:
    return 1 - np.exp(-value)


def _logit(accuracy: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.log(accuracy / (1 - accuracy))


def _from_logit(value: NDArray[np.float64]) -> NDArray[np.float64]:
    return 1 / (1 + np.exp(-value))


def _as_it_is(accuracy: NDArray[np.float64]) -> NDArray[np.float64]:
    return accuracy


def _at_most_one(value: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.minimum(value, 1)


FAMILIES = (
    Family("vanishing", _log_error, _from_log_error, (0,)),
    Family("logistic", _logit, _from_logit, (0,)),
    Family("saturating", _as_it_is, _at_most_one, (0.3, 0.6, 1.2)),
)
"""The error as a power of n that vanishes; accuracy as a logistic function of log n; a power law that ends below 1."""
