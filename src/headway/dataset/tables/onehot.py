"""Tables with a column for each class; and several labels at once, and probabilities, of which none can be learned."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from itertools import groupby
from typing import Any

import numpy as np
from numpy.typing import NDArray

from headway.dataset.names import plural, some
from headway.dataset.tables.values import Column
from headway.errors import DataError

ONE_LABEL = "Headway learns one label per picture (multi-label classification is another task)"
_TRUE = {"1": True, "1.0": True, "true": True, "0": False, "0.0": False, "false": False, "-1": False, "-1.0": False}
_SEPARATORS = ("|", ";", ",", " ")


def one_hot(columns: Sequence[Column]) -> list[Column]:
    """Return the columns that are one for each class: side by side, and each row has exactly one 1.

    Where nothing else can be the label, three or more columns of ones and zeros are returned, too, although no row is
    that regular: `read_one_hot` says in which they are several labels at once.
    """
    runs = [list(run) for binary, run in groupby(columns, _is_binary) if binary]
    others = any(column.is_categorical and not _is_binary(column) for column in columns)
    for run in sorted(runs, key=len, reverse=True):
        regular = len(run[0].texts) > 1 and (_ones(run).sum(axis=1) == 1).all()
        if (regular and len(run) > 1 + others) or (len(run) > 2 and not others):
            return run
    return []


def read_one_hot(
    title: str, names: Sequence[str], values: Sequence[Sequence[str]], where: Callable[[int], str]
) -> list[str]:
    """Return the class of each row, of which every column of a class says whether it is it."""
    ones = _ones([Column(name, column) for name, column in zip(names, values, strict=True)])
    sums = ones.sum(axis=1)
    if wrong := np.flatnonzero(sums != 1).tolist():
        found = "none" if not sums[wrong[0]] else str(sums[wrong[0]])
        raise DataError(
            f"each row of {title} must have exactly one 1 in columns {some(names, 3)}, and {where(wrong[0])} has "
            f"{found}: {ONE_LABEL}; name one column with --label-column NAME to learn it alone"
        )
    return [names[position] for position in ones.argmax(axis=1).tolist()]


def check_no_probabilities(title: str, columns: Sequence[Column], error: Callable[[str], DataError]) -> None:
    """Refuse fractions from 0 to 1 in a column for each class, which are predictions and no labels."""
    fractions = [column for column in columns if column.has_fractions]
    if len(fractions) < 2 or any("" in column.texts for column in fractions):
        return
    rows = np.array([[float(text.replace(",", ".")) for text in column.texts] for column in fractions])
    if (rows >= 0).all() and (np.abs(rows.sum(axis=0) - 1) < 0.01).all():
        names = [column.name for column in fractions]
        raise error(
            f"{title} needs labels, and its columns {some(names, 3)} hold probabilities of classes, as a file of "
            "predictions does: give the table with the true classes, or name a column with --label-column"
        )


def check_no_lists(title: str, name: str, values: Sequence[Any]) -> None:
    """Refuse labels that are lists or objects, as JSON and Parquet may hold."""
    nested = next((value for value in values if isinstance(value, (list, tuple, set, dict, np.ndarray))), None)
    if nested is not None:
        found = "an object" if isinstance(nested, dict) else "a list"
        raise DataError(
            f"each row of column {name!r} of {title} must hold one label, and one holds {found}: {ONE_LABEL}"
        )


def check_single_labels(title: str, name: str, texts: Sequence[str]) -> None:
    """Refuse labels that are lists in text, such as ``Atelectasis|Effusion``."""
    counts = Counter(texts)
    for separator in _SEPARATORS:
        if lists := _lists(counts, separator):
            raise DataError(
                f"each row of column {name!r} of {title} must hold one label, and there are several, such as "
                f"{lists[0]!r}, in {plural(sum(counts[text] for text in lists), 'row')}: {ONE_LABEL}; leave these rows "
                f"out, or, if each is the name of one class, write it without {separator!r}"
            )


def _lists(counts: Counter[str], separator: str) -> list[str]:
    """Return the labels that are lists of others: several, of which all parts are labels, too, or parts of other lists.

    Names may have commas and spaces in them (``apple pie``, ``Tomato, healthy``). So the parts of lists must stand in
    any place, and those divided by a space must be numbers, or labels in their own right.
    """
    lists = [text for text in counts if separator in text]
    if separator in "|;" and (sure := [text for text in lists if _all_labels(text, separator, counts)]):
        return sure
    if len(lists) < 2:
        return []
    parts = {text: [part.strip() for part in text.split(separator) if part.strip()] for text in lists}
    places: dict[str, set[int]] = {}
    for each in parts.values():
        for place, part in enumerate(each):
            places.setdefault(part, set()).add(place)
    shared = Counter(part for each in parts.values() for part in set(each))

    def is_label(part: str) -> bool:
        if separator == " ":
            return part in counts or part.isdecimal()
        return part in counts or (shared[part] > 1 and len(places[part]) > 1)

    known = sum(all(map(is_label, each)) for each in parts.values())
    return lists if known >= (1.0 if separator == " " else 0.5) * len(lists) else []


def _all_labels(text: str, separator: str, counts: Counter[str]) -> bool:
    parts = [part.strip() for part in text.split(separator)]
    return len(parts) > 1 and all(part in counts for part in parts)


def _is_binary(column: Column) -> bool:
    return bool(column.counts) and all(text.casefold() in _TRUE for text in column.counts) and "" not in column.texts


def _ones(columns: Sequence[Column]) -> NDArray[np.bool_]:
    """Return which cells say 1, rows by columns."""
    return np.array([[_TRUE.get(text.casefold(), False) for text in column.texts] for column in columns]).T
