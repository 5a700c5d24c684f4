"""Folds for cross-validation."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from headway.errors import DataError
from headway.splits.units import Units, check_labels, spread_of, units_by_class

if TYPE_CHECKING:
    from headway.types import IntArray

# Never held out: a class that lies in one group only must stay in every training part.
PINNED = -1


def folds(
    labels: IntArray,
    *,
    contents: Sequence[bytes] | None = None,
    groups: IntArray | None = None,
    n_folds: int = 5,
    seed: int = 0,
) -> list[tuple[IntArray, IntArray]]:
    """Split images into folds for cross-validation: by class, groups whole, every class in every training part.

    A class with fewer than ``n_folds`` units is held out in some folds only. A class with a single unit is never held
    out; nor, rarely, is a unit without which some class would be missing from a training part. A fold that would hold
    out nothing is left out. The folds are level: that comes before moving few images when one is added.

    Parameters
    ----------
    labels : ndarray of int64, shape (n,)
    contents : sequence of bytes, optional
        As for `split`.
    groups : ndarray of int64, shape (n,), optional
    n_folds : int, at least 2
    seed : int

    Returns
    -------
    list of (train, held out)
        Pairs of ndarrays of int64, indices in ascending order. No image is held out twice.

    Raises
    ------
    DataError
        When an image has no label, or fewer than two folds would hold anything out.

    Examples
    --------
    >>> [(len(train), held_out.tolist()) for train, held_out in folds(np.array([0, 1, 0, 1]), n_folds=2, seed=1)]
    [(2, [0, 3]), (2, [1, 2])]
    """
    labels = check_labels(labels, groups)
    if n_folds < 2:
        raise DataError(f"cross-validation needs at least 2 folds, not {n_folds}")
    units = Units(labels, contents, groups, seed)
    parts = _deal(units, n_folds)
    _mend_folds(units, parts, n_folds)
    side = parts[units.of_row]
    pairs = [(np.flatnonzero(side != fold), np.flatnonzero(side == fold)) for fold in range(n_folds)]
    pairs = [pair for pair in pairs if len(pair[1])]
    if len(pairs) < 2:
        raise DataError(
            "cross-validation needs a class with at least 2 training pictures (identical ones, or those of a group, "
            "count once): add pictures"
        )
    return pairs


def _deal(units: Units, bins: int) -> IntArray:
    """Return the fold of each unit: groups one by one where they are needed most, then single images to level out."""
    parts = np.full(units.count, bins, dtype=np.int64)
    alone = units.label[units.per_class[units.label] == 1]
    parts[units.unit[np.isin(units.label, alone)]] = PINNED

    free = units.order[parts[units.order] == bins]
    large = free[units.sizes[free] > 1]
    large = large[np.argsort(-units.sizes[large], kind="stable")]
    fixed = parts[units.unit] != bins
    held = np.bincount(units.label[fixed], units.members[fixed], minlength=len(units.totals))
    need = np.outer(units.totals - held, np.full(bins, 1 / bins))
    _deal_groups(units, large, need, parts)
    _deal_singles(units, free[units.sizes[free] == 1], need, parts)
    return parts


def _deal_groups(units: Units, groups: IntArray, need: NDArray[np.float64], parts: IntArray) -> None:
    """Put each group, the largest first, where its classes are short of most; ``need`` (classes, bins) is updated."""
    rows = need.tolist()
    overall = need.sum(axis=0).tolist()
    totals = units.totals.tolist()
    bins = range(len(overall))
    for group in groups.tolist():
        held = units.classes(group)
        if len(held) == 1:
            short = rows[held[0][0]]
        else:
            short = [sum(members * rows[label][b] / totals[label] for label, members in held) for b in bins]
        best = max(bins, key=lambda b: (round(short[b], 9), overall[b]))
        parts[group] = best
        for label, members in held:
            rows[label][best] -= members
            overall[best] -= members
    need[:] = rows


def _deal_singles(units: Units, singles: IntArray, need: NDArray[np.float64], parts: IntArray) -> None:
    """Deal the single images of each class so that every part has its share to within one image."""
    labels = units.label[units.start[singles]]
    by_class = singles[np.argsort(labels, kind="stable")]
    counts = np.bincount(labels, minlength=len(need))
    # What rounding owes to each part is carried on to the next class, so the parts stay level over many small classes.
    carry = np.zeros(need.shape[1])
    end = 0
    for label in np.flatnonzero(counts).tolist():
        start, end = end, end + int(counts[label])
        wanted = np.maximum(need[label], 0)
        wanted *= counts[label] / wanted.sum()
        quota = np.floor(wanted + 1e-9)
        rest = wanted - quota
        owed = int(counts[label] - quota.sum())
        ranking = sorted(range(len(quota)), key=lambda b: (rest[b] <= 1e-9, -round(rest[b] + carry[b], 9)))
        quota[ranking[:owed]] += 1
        carry += wanted - quota
        parts[by_class[start:end]] = np.repeat(np.arange(len(quota)), quota.astype(np.int64))


def _mend_folds(units: Units, parts: IntArray, k: int) -> None:
    """Keep each class out of one fold entirely: move one of its units to another, or else never hold that unit out."""
    spread = spread_of(units, parts, k)
    safe = np.zeros(len(units.totals), dtype=bool)  # classes with a unit in every training part
    safe[units.label[parts[units.unit] == PINNED]] = True
    sizes = np.bincount(parts[parts >= 0], units.sizes[parts >= 0], minlength=k)
    lacking = np.flatnonzero(((spread > 0).sum(axis=1) == 1) & ~safe)
    for label, candidates in units_by_class(units, lacking).items():
        if safe[label] or np.count_nonzero(spread[label]) != 1:
            continue
        unit = candidates[0]
        here = int(parts[unit])
        to = min((fold for fold in range(k) if fold != here), key=lambda fold: int(sizes[fold]))
        labels = [c for c, _ in units.classes(unit)]
        moved = spread[labels]
        moved[:, here] -= 1
        moved[:, to] += 1
        if all(np.count_nonzero(row) > 1 or safe[c] for c, row in zip(labels, moved, strict=True)):
            spread[labels] = moved
            sizes[to] += units.sizes[unit]
            parts[unit] = to
        else:
            safe[labels] = True
            spread[labels, here] -= 1
            parts[unit] = PINNED
        sizes[here] -= units.sizes[unit]
