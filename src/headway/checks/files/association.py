"""How closely a property of images follows their class: the strongest tie between values and classes."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from headway.types import IntArray

_FEWEST = 10  # images with the value and without, in the classes and in others: fewer say nothing

Table = NDArray[np.float64]


class Tie(NamedTuple):
    """The values and the classes that go together most.

    Attributes
    ----------
    phi : float
        Correlation of having one of the values with being of one of the classes, from 0 to 1.
    values, classes : int64 array
        Which; one of both is a single one.
    inside, outside : float
        How many images of these classes have these values, and how many of the others.
    """

    phi: float
    values: IntArray
    classes: IntArray
    inside: float
    outside: float


def count(codes: IntArray, labels: IntArray, n_values: int, n_classes: int) -> Table:
    """Return how many images of each class (columns) have each value (rows)."""
    flat = np.bincount(codes * n_classes + labels, minlength=n_values * n_classes)
    return flat.reshape(n_values, n_classes).astype(np.float64)


def strongest_tie(table: Table) -> Tie | None:
    """Find what goes together most; None where there is too little of everything.

    Sets are searched from both sides: for each class the values that it has more often than others, and for each value
    the classes that have it more often.

    Examples
    --------
    >>> tie = strongest_tie(np.array([[90.0, 0.0, 5.0], [10.0, 100.0, 95.0]]))
    >>> round(tie.phi, 2), tie.values.tolist(), tie.classes.tolist(), tie.inside, tie.outside
    (0.89, [0], [0], 0.9, 0.025)
    """
    by_class, by_value = _best_sets(table), _best_sets(table.T)
    if max(by_class[0], by_value[0]) <= 0:
        return None
    if by_class[0] >= by_value[0]:
        phi, one, several = by_class
        values, classes = several, np.array([one])
    else:
        phi, one, several = by_value
        values, classes = np.array([one]), several
    has = table[values].sum(axis=0)
    inside, outside = has[classes].sum() / table[:, classes].sum(), 0.0
    others = np.delete(np.arange(table.shape[1]), classes)
    if len(others):
        outside = has[others].sum() / table[:, others].sum()
    return Tie(phi, values, classes, float(inside), float(outside))


def strength(table: Table) -> float:
    """Return the correlation of the strongest tie, 0 where there is none."""
    return max(0.0, _best_sets(table)[0], _best_sets(table.T)[0])


def _best_sets(table: Table) -> tuple[float, int, IntArray]:
    """For the column that goes with a set of rows best, return the correlation, the column and the rows."""
    n, of_row, of_column = table.sum(), table.sum(axis=1), table.sum(axis=0)
    order = np.argsort(-table / np.maximum(of_row, 1)[:, np.newaxis], axis=0, kind="stable")
    together = np.cumsum(np.take_along_axis(table, order, axis=0), axis=0)
    chosen = np.cumsum(of_row[order], axis=0)
    enough = (np.minimum(chosen, n - chosen) >= _FEWEST) & (np.minimum(of_column, n - of_column) >= _FEWEST)
    spread = np.sqrt(np.where(enough, chosen * (n - chosen) * of_column * (n - of_column), 1.0))
    phi = np.where(enough, (n * together - chosen * of_column) / spread, 0.0)
    place, column = np.unravel_index(int(phi.argmax()), phi.shape)
    return float(phi[place, column]), int(column), order[: place + 1, column]


def accuracy_alone(table: Table) -> float:
    """Return how many images are predicted rightly by the most frequent class of their value, each by the others alone.

    Examples
    --------
    >>> accuracy_alone(np.array([[90.0, 0.0], [10.0, 100.0]]))
    0.95
    """
    right = 0.0
    for row in table:
        for label in np.flatnonzero(row):
            others = row.copy()
            others[label] -= 1
            right += row[label] * (others.argmax() == label and others[label] > 0)
    return float(right / table.sum())
