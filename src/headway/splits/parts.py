"""The division into training, validation and test."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np
from numpy.typing import NDArray

from headway.errors import DataError
from headway.facts.data import Division
from headway.splits.groups import merge_groups
from headway.splits.units import Units, check_labels, spread_of, units_by_class

if TYPE_CHECKING:
    from headway.types import IntArray

TRAIN, VALIDATION, TEST = 0, 1, 2
NAMES = ("train", "validation", "test")
_LEARNED_FROM = 2  # units of a class, where the third is for validation


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
    contents: Sequence[bytes] | None = None,
    given: NDArray[np.int8] | None = None,
    groups: IntArray | None = None,
    test_fraction: float = 0.2,
    seed: int = 0,
) -> Split:
    """Split images into parts.

    A given split is used as it is; where it has a validation part but no test part, the validation part becomes the
    test. Otherwise the first units of each class are its test part, up to the last of which at least half fits into the
    fraction; a group that mixes classes goes by the one of which it has most.

    A class with two units or more has images on both sides wherever groups that mix classes allow it: where its first
    unit is too large, its smallest stands in. A class with one unit stays in training.

    So an image more or less moves at most one other unit of its class; beside it the one that stands in, where the
    first becomes small enough, or too large. A group is known by the least of its contents: with another, it is dealt
    anew.

    Parameters
    ----------
    labels : ndarray of int64, shape (n,)
    contents : sequence of bytes, optional
        The content of each image, or a hash of it; identical ones stay together. By default the positions.
    given : ndarray of int8, shape (n,), optional
        0 train, 1 validation, 2 test.
    groups : ndarray of int64, shape (n,), optional
        Images of one group stay together. Not used where a split is given.
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
    labels = check_labels(labels, groups)
    if given is not None and given.any():
        return _given_split(labels, given)
    nothing = np.empty(0, dtype=np.int64)
    if test_fraction == 0:
        return Split(np.arange(len(labels)), nothing, nothing, Division("none", len(labels), 0, 0, 0.0))
    if not 0 < test_fraction < 1:
        raise DataError(f"the test fraction must be at least 0 and below 1, got {test_fraction}")
    units = Units(labels, contents, groups, seed)
    parts = _hold_out_first(units, test_fraction)
    _mend_split(units, parts)
    side = parts[units.of_row]
    train, test = np.flatnonzero(side == 0), np.flatnonzero(side == 1)
    grouped = units.count < len(labels)
    fact = Division("stratified", len(train), 0, len(test), test_fraction, seed, grouped)
    return Split(train, nothing, test, fact)


def deal(
    labels: IntArray,
    *,
    contents: Sequence[bytes],
    groups: IntArray | None = None,
    known: NDArray[np.int8] | None = None,
    validation_fraction: float = 0.0,
    test_fraction: float = 0.2,
    seed: int = 0,
) -> NDArray[np.int8]:
    """Say for each image whether it is for training, validation or test; some may have their part already.

    The test part of the others is that of `split`; then the next images of each class are the validation part, where
    at least three units are left: two to learn from.

    Parameters
    ----------
    labels, contents, groups, test_fraction, seed
        As for `split`.
    known : ndarray of int8, shape (n,), optional
        0 train, 1 validation, 2 test, -1 for those that are to be dealt. A group is whole all the same: in training if
        one of its images is, else in validation.
    validation_fraction : float, in [0, 1)
        Of all images.

    Returns
    -------
    ndarray of int8, shape (n,)
        0 train, 1 validation, 2 test.

    Examples
    --------
    >>> contents = [bytes([row]) for row in range(20)]
    >>> parts = deal(np.repeat([0, 1], 10), contents=contents, validation_fraction=0.1, test_fraction=0.1)
    >>> np.bincount(parts).tolist()
    [16, 2, 2]
    """
    groups = merge_groups(contents, groups)
    parts = np.full(len(labels), -1, np.int8) if known is None else _whole(groups, known)
    for part, fraction in ((TEST, test_fraction), (VALIDATION, validation_fraction / (1 - test_fraction))):
        rows = np.flatnonzero(parts < 0)
        if part == VALIDATION:
            rows = _spared(rows, labels, groups)
        if len(rows):
            left = [contents[row] for row in rows.tolist()]
            found = split(labels[rows], contents=left, groups=groups[rows], test_fraction=fraction, seed=seed)
            parts[rows[found.test]] = part
    parts[parts < 0] = TRAIN
    return parts


def _spared(rows: IntArray, labels: IntArray, groups: IntArray) -> IntArray:
    """Return those rows whose groups are of classes only that have units for validation, too."""
    of_class, unit = np.unique(np.stack([labels[rows], groups[rows]]), axis=1)
    scarce = np.bincount(of_class)[of_class] <= _LEARNED_FROM
    left: IntArray = rows[~np.isin(groups[rows], unit[scarce])]
    return left


def _whole(groups: IntArray, known: NDArray[np.int8]) -> NDArray[np.int8]:
    """Return the first known part of each image's group, -1 where none is known."""
    first = np.full(groups.max(initial=-1) + 1, len(NAMES), np.int8)
    np.minimum.at(first, groups[known >= 0], known[known >= 0])
    first[first == len(NAMES)] = -1
    parts: NDArray[np.int8] = first[groups]
    return parts


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


def _hold_out_first(units: Units, fraction: float) -> IntArray:
    """Return the part of each unit: 1 for the first of each class, as long as half a unit fits into the fraction."""
    own = units.largest_class()
    order = units.order[np.argsort(own[units.order], kind="stable")]
    totals = np.bincount(own, units.sizes)
    before = (np.cumsum(totals) - totals)[own[order]]
    middle = np.cumsum(units.sizes[order]) - units.sizes[order] / 2 - before
    parts = np.zeros(units.count, dtype=np.int64)
    parts[order] = middle <= fraction * totals[own[order]] + 1e-6
    return parts


def _mend_split(units: Units, parts: IntArray) -> None:
    """Give training a unit of every class, then the test one of every class that can spare it."""
    spread = spread_of(units, parts, 2)

    def move(unit: int, to: int) -> None:
        for label, _ in units.classes(unit):
            spread[label, 1 - to] -= 1
            spread[label, to] += 1
        parts[unit] = to

    for side in (0, 1):
        lacking = np.flatnonzero((spread[:, side] == 0) & (units.per_class > side))
        for label, candidates in units_by_class(units, lacking, last_first=side == 0).items():
            if spread[label, side]:
                continue
            # Moving into training always helps; moving out must leave every class of the unit something there.
            spare = (u for u in candidates if side == 0 or all(spread[c, 0] > 1 for c, _ in units.classes(u)))
            if (unit := next(spare, None)) is not None:
                move(unit, side)
