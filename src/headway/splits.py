"""Splits into training and test parts, and folds for cross-validation.

Everything here is a function of its arguments alone: the same labels, groups and seed give the same parts, and the
numbers by which groups are called do not matter, only which images share one.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from headway.errors import DataError
from headway.facts.data import Division

if TYPE_CHECKING:
    from headway.types import IntArray

TRAIN, VALIDATION, TEST = 0, 1, 2
NAMES = ("train", "validation", "test")
# Never held out: a class that lies in one group only must stay in every training part.
PINNED = -1


@dataclass(frozen=True, eq=False)
class Split:
    """Which images are trained on, which are tuned on, and which are tested on.

    Parameters
    ----------
    train, validation, test : ndarray of int64
        Indices in ascending order; validation and test may be empty.
    division : Division
        Where the split comes from; `headway.rendering.data.division` makes a sentence of it.
    """

    train: IntArray
    validation: IntArray
    test: IntArray
    division: Division


def split(
    labels: IntArray,
    *,
    given: NDArray[np.int8] | None = None,
    groups: IntArray | None = None,
    test_fraction: float = 0.2,
    seed: int = 0,
) -> Split:
    """Split images into parts.

    A given split is used as it is; where it has a validation part but no test part, the validation part becomes the
    test. Otherwise the images are split by class, groups whole. A class with two groups or more has images on both
    sides wherever groups that mix classes allow it; a class with one group stays in training.

    Parameters
    ----------
    labels : ndarray of int64, shape (n,)
    given : ndarray of int8, shape (n,), optional
        0 train, 1 validation, 2 test.
    groups : ndarray of int64, shape (n,), optional
        As from `merge_groups`; images of one group stay together. Not used where a split is given.
    test_fraction : float, in [0, 1)
        0 trains on all images and tests on none.
    seed : int

    Returns
    -------
    Split

    Raises
    ------
    DataError
        When an image has no label, a given split has no training part, or a part has one class only.

    Examples
    --------
    >>> parts = split(np.array([0] * 10 + [1] * 10))
    >>> len(parts.train), len(parts.test), parts.division.kind
    (16, 4, 'stratified')
    """
    labels = _check_labels(labels, groups)
    if given is not None and given.any():
        return _given_split(labels, given)
    nothing = np.empty(0, dtype=np.int64)
    if test_fraction == 0:
        return Split(np.arange(len(labels)), nothing, nothing, Division("none", len(labels), 0, 0, 0.0))
    if not 0 < test_fraction < 1:
        raise DataError(f"the test fraction must be at least 0 and below 1, got {test_fraction}")
    units = _Units(labels, groups, seed)
    parts = _deal(units, np.array([1 - test_fraction, test_fraction]), pinned=0)
    _mend_split(units, parts)
    side = parts[units.of_row]
    train, test = np.flatnonzero(side == 0), np.flatnonzero(side == 1)
    grouped = units.count < len(labels)
    fact = Division("stratified", len(train), 0, len(test), test_fraction, seed, grouped)
    return Split(train, nothing, test, fact)


def _given_split(labels: IntArray, given: NDArray[np.int8]) -> Split:
    rows = [np.flatnonzero(given == part) for part in (TRAIN, VALIDATION, TEST)]
    if not len(rows[TRAIN]):
        found = " and ".join(name for name, part in zip(NAMES, rows, strict=True) if len(part))
        raise DataError(f"a given split must have a training part, and this one has {found} only")
    kind: Literal["given", "validation-as-test"] = "given"
    if not len(rows[TEST]):
        rows = [rows[TRAIN], rows[TEST], rows[VALIDATION]]
        kind = "validation-as-test"
    for name, part in zip(NAMES, rows, strict=True):
        if len(part) and len(np.unique(labels[part])) < 2:
            raise DataError(
                f"each part of a given split must have at least 2 classes, and the {name} part has 1: "
                "move pictures, or leave the splitting to Headway"
            )
    train, validation, test = rows
    return Split(train, validation, test, Division(kind, len(train), len(validation), len(test)))


def folds(
    labels: IntArray, *, groups: IntArray | None = None, n_folds: int = 5, seed: int = 0
) -> list[tuple[IntArray, IntArray]]:
    """Split images into folds for cross-validation: by class, groups whole, every class in every training part.

    A class with fewer than ``n_folds`` groups (images, without groups) is held out in some folds only. A class with a
    single group is never held out; nor, rarely, is a group without which some class would be missing from a training
    part. A fold that would hold out nothing is left out.

    Parameters
    ----------
    labels : ndarray of int64, shape (n,)
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
    [(2, [0, 1]), (2, [2, 3])]
    """
    labels = _check_labels(labels, groups)
    if n_folds < 2:
        raise DataError(f"cross-validation needs at least 2 folds, not {n_folds}")
    units = _Units(labels, groups, seed)
    parts = _deal(units, np.full(n_folds, 1 / n_folds), pinned=PINNED)
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


def merge_groups(hashes: Sequence[bytes], groups: IntArray | None) -> IntArray:
    """Put identical files, and the images of one given group, into one group, and so on through chains of these.

    ``hashes`` are those of the contents; groups (n,) are numbered from 0 in order of appearance.

    Examples
    --------
    >>> merge_groups([b"a", b"b", b"a", b"c"], np.array([7, 8, 9, 9])).tolist()
    [0, 1, 0, 0]
    """
    numbers: dict[bytes, int] = {}
    content = np.array([numbers.setdefault(digest, len(numbers)) for digest in hashes], dtype=np.int64)
    if groups is None:
        return content
    _check_groups(groups, len(content))
    group = np.unique(groups, return_inverse=True)[1]
    parent = list(range(int(group.max(initial=-1)) + 1))

    def root(of: int) -> int:
        while parent[of] != of:
            parent[of] = parent[parent[of]]
            of = parent[of]
        return of

    # Only a file that occurs again can join two groups.
    again = np.flatnonzero(np.bincount(content, minlength=1)[content] > 1)
    first: dict[int, int] = {}
    for file, member in zip(content[again].tolist(), group[again].tolist(), strict=True):
        one, other = root(first.setdefault(file, member)), root(member)
        parent[other] = one
    roots = np.array([root(member) for member in range(len(parent))], dtype=np.int64)
    return by_appearance(roots[group])


def repeats(hashes: Sequence[bytes], rows: IntArray, others: IntArray) -> NDArray[np.bool_]:
    """Say which of ``rows`` (m,) have the very content of one of ``others``, by the hashes of all images.

    Examples
    --------
    >>> repeats([b"a", b"b", b"a"], np.array([1, 2]), np.array([0])).tolist()
    [False, True]
    """
    seen = {hashes[row] for row in others.tolist()}
    return np.array([hashes[row] in seen for row in rows.tolist()], dtype=bool)


def _check_labels(labels: ArrayLike, groups: IntArray | None) -> IntArray:
    array = np.asarray(labels, dtype=np.int64)
    if not len(array):
        raise DataError("there are no pictures to split")
    if array.min() < 0:
        unlabelled = np.count_nonzero(array < 0)
        raise DataError(
            f"every picture needs a label to be split by class, and {unlabelled:,} of {len(array):,} have none"
        )
    if groups is not None:
        _check_groups(groups, len(array))
    return array


def _check_groups(groups: IntArray, n: int) -> None:
    if len(groups) != n:
        raise DataError(f"there must be one group per picture: got {len(groups)} for {n} pictures")


def by_appearance(keys: IntArray) -> IntArray:
    """Renumber keys (n,) from 0 in order of their first appearance: their own numbers mean nothing."""
    _, first, inverse = np.unique(keys, return_index=True, return_inverse=True)
    rank = np.empty(len(first), dtype=np.int64)
    rank[np.argsort(first)] = np.arange(len(first))
    return rank[inverse]


class _Units:
    """What is dealt out as a whole: single images and groups.

    ``unit``, ``label`` and ``members`` (p,) are the pairs of unit and class that occur, sorted by unit, and how many
    images each pair has; those of unit u begin at ``start[u]``. ``order`` is all units, shuffled; ``per_class`` and
    ``totals`` (k,) are the units and images of each class.
    """

    def __init__(self, labels: IntArray, groups: IntArray | None, seed: int) -> None:
        n, k = len(labels), int(labels.max()) + 1
        self.of_row = np.arange(n) if groups is None else by_appearance(np.asarray(groups))
        self.count = int(self.of_row.max()) + 1
        self.sizes = np.bincount(self.of_row)
        pairs, self.members = np.unique(self.of_row * k + labels, return_counts=True)
        self.unit, self.label = pairs // k, pairs % k
        self.start = np.searchsorted(self.unit, np.arange(self.count + 1))
        self.order = np.random.Generator(np.random.PCG64(seed)).permutation(self.count)
        self.per_class = np.bincount(self.label, minlength=k)
        self.totals = np.bincount(labels, minlength=k)

    def classes(self, unit: int) -> list[tuple[int, int]]:
        """Return the classes of a unit, and how many images it has of each."""
        pairs = slice(self.start[unit], self.start[unit + 1])
        return list(zip(self.label[pairs].tolist(), self.members[pairs].tolist(), strict=True))


def _deal(units: _Units, shares: NDArray[np.float64], pinned: int) -> IntArray:
    """Return the part of each unit: groups one by one where they are needed most, then single images to level out."""
    bins, classes = len(shares), len(units.totals)
    parts = np.full(units.count, bins, dtype=np.int64)
    alone = units.label[units.per_class[units.label] == 1]
    parts[units.unit[np.isin(units.label, alone)]] = pinned

    free = units.order[parts[units.order] == bins]
    large = free[units.sizes[free] > 1]
    large = large[np.argsort(-units.sizes[large], kind="stable")]
    need = np.outer(units.totals, shares)
    fixed = parts[units.unit] != bins
    if pinned >= 0:
        np.subtract.at(need[:, pinned], units.label[fixed], units.members[fixed])
    else:
        held = np.bincount(units.label[fixed], units.members[fixed], minlength=classes)
        need -= np.outer(held, shares)
    _deal_groups(units, large, need, parts)
    _deal_singles(units, free[units.sizes[free] == 1], need, parts)
    return parts


def _deal_groups(units: _Units, groups: IntArray, need: NDArray[np.float64], parts: IntArray) -> None:
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


def _deal_singles(units: _Units, singles: IntArray, need: NDArray[np.float64], parts: IntArray) -> None:
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


def _units_by_class(units: _Units, classes: IntArray) -> dict[int, list[int]]:
    """Return the units of some classes, the smallest first."""
    chosen = np.flatnonzero(np.isin(units.label, classes))
    rank = np.empty(units.count, dtype=np.int64)
    rank[units.order] = np.arange(units.count)
    chosen = chosen[np.lexsort((rank[units.unit[chosen]], units.sizes[units.unit[chosen]]))]
    found: dict[int, list[int]] = {int(label): [] for label in classes}
    for label, unit in zip(units.label[chosen].tolist(), units.unit[chosen].tolist(), strict=True):
        found[label].append(unit)
    return found


def _spread(units: _Units, parts: IntArray, bins: int) -> IntArray:
    """Return how many units of each class lie in each part, shape (classes, bins)."""
    inside = parts[units.unit] >= 0
    flat = units.label[inside] * bins + parts[units.unit[inside]]
    return np.bincount(flat, minlength=len(units.totals) * bins).reshape(-1, bins)


def _mend_split(units: _Units, parts: IntArray) -> None:
    """Give training a unit of every class, then the test one of every class that can spare it."""
    spread = _spread(units, parts, 2)

    def move(unit: int, to: int) -> None:
        for label, _ in units.classes(unit):
            spread[label, 1 - to] -= 1
            spread[label, to] += 1
        parts[unit] = to

    for side in (0, 1):
        lacking = np.flatnonzero((spread[:, side] == 0) & (units.per_class > 1))
        for label, candidates in _units_by_class(units, lacking).items():
            if spread[label, side]:
                continue
            # Moving into training always helps; moving out must leave every class of the unit something there.
            spare = (u for u in candidates if side == 0 or all(spread[c, 0] > 1 for c, _ in units.classes(u)))
            if (unit := next(spare, None)) is not None:
                move(unit, side)


def _mend_folds(units: _Units, parts: IntArray, k: int) -> None:
    """Keep each class out of one fold entirely: move one of its units to another, or else never hold that unit out."""
    spread = _spread(units, parts, k)
    safe = np.zeros(len(units.totals), dtype=bool)  # classes with a unit in every training part
    safe[units.label[parts[units.unit] == PINNED]] = True
    sizes = np.bincount(parts[parts >= 0], units.sizes[parts >= 0], minlength=k)
    lacking = np.flatnonzero(((spread > 0).sum(axis=1) == 1) & ~safe)
    for label, candidates in _units_by_class(units, lacking).items():
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
