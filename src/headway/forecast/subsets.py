"""Smaller training parts that contain each other."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from headway.types import IntArray


def nested_subsets(
    rows: IntArray, labels: IntArray, groups: IntArray, fractions: Sequence[float], seed: int
) -> list[IntArray]:
    """Return for each fraction about so many of the rows, drawn at random: of each class, and whole groups.

    Each contains those of smaller fractions, and some of every class. Labels and groups (n,) are those of all images; a
    group goes by the class of which it has most.

    Examples
    --------
    >>> rows, labels = np.arange(8), np.array([0, 0, 0, 0, 1, 1, 1, 1])
    >>> half, whole = nested_subsets(rows, labels, rows, [0.5, 1], seed=0)
    >>> labels[half].tolist(), len(whole), set(half.tolist()) < set(whole.tolist())
    ([0, 0, 1, 1], 8, True)
    """
    names, group = np.unique(groups[rows], return_inverse=True)
    counts = np.zeros((len(names), int(labels[rows].max()) + 1), np.int32)
    np.add.at(counts, (group, labels[rows]), 1)
    largest = counts.argmax(axis=1)
    order = np.random.default_rng(seed).permutation(len(names))
    order = order[np.argsort(largest[order], kind="stable")]
    per_class = np.bincount(largest)
    place = np.arange(len(names)) - (np.cumsum(per_class) - per_class)[largest[order]]
    share = np.empty(len(names))
    share[order] = place / per_class[largest[order]]
    return [rows[share[group] < fraction - 1e-9] for fraction in fractions]
