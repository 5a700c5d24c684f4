"""Images and labels from the rows of a table: CSV, TSV, Parquet or a DataFrame."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from headway.dataset.core import Dataset, count_splits, name_classes
from headway.dataset.memory import as_codes, as_pictures, as_text, check_files, number_groups
from headway.dataset.names import SPLIT_NAMES, plural, some, split_codes
from headway.dataset.options import Columns, ReadingOptions
from headway.dataset.tablefile import TableFile, open_table
from headway.dataset.walk import Tree
from headway.errors import DataError, MissingExtraError
from headway.facts.data import Source

DUPLICATE = "row that repeats another"

# In the order in which they are tried; compared in small letters and without anything but letters and digits.
USUAL = {
    "path": (
        *("path", "filepath", "imagepath", "imgpath", "picturepath", "relativepath", "relpath"),
        *("file", "filename", "fname", "image", "imagefile", "imagefilename", "imagename", "img", "imgname"),
        *("picture", "photo"),
    ),
    # Names before numbers where a table has both.
    "label": (
        *("labelname", "classname", "categoryname", "label", "labels", "class", "category", "target", "classlabel"),
        *("y", "labelid", "classid", "categoryid"),
    ),
    "split": ("split", "subset", "set", "partition", "datasplit", "datasetsplit", "phase", "usage", "fold"),
    "group": (
        *("group", "groupid", "patient", "patientid", "subject", "subjectid", "participant", "participantid"),
        *("person", "personid", "individual", "individualid", "case", "caseid", "lesion", "lesionid"),
    ),
}


class NoFilesError(DataError):
    """A table is about something else: no column of it names files that are there."""


class NoLabelsError(DataError):
    """A table names files, and no column of it can be their label."""


@dataclass(frozen=True)
class _Rows:
    """The chosen columns of a table by role, and how to speak of its rows."""

    title: str
    chosen: dict[str, str]
    values: Mapping[str, Sequence[Any]]
    where: Callable[[int], str]


def read_table(path: str, options: ReadingOptions, *, tree: Tree | None = None) -> Dataset:
    """Read a CSV, TSV or Parquet file in the order of its rows; paths in it are relative to its folder.

    Rows that repeat another are merged and counted.
    """
    table = open_table(path)
    chosen = _choose(table.header, options.columns, table.title)
    names = list(chosen.values())
    values, where = table.fetch(names)
    rows = _Rows(table.title, chosen, dict(zip(chosen, values, strict=True)), where)
    return _assemble(rows, Source("table", path, 0, 0), os.path.dirname(path), options, tree)


def read_frame(frame: Any, options: ReadingOptions) -> Dataset:
    """Read a DataFrame of pandas, polars or their like; paths are relative to the current folder.

    Its path column may also hold PIL images, arrays or bytes.
    """
    title = "the DataFrame"
    header = [str(name) for name in frame.columns]
    original = dict(zip(header, frame.columns, strict=True))
    chosen = _choose(header, options.columns, title)
    values = {role: list(frame[original[name]]) for role, name in chosen.items()}
    rows = _Rows(title, chosen, values, lambda row: f"row {row}")
    return _assemble(rows, Source("frame", None, 0, 0), "", options)


def has_columns(path: str) -> bool:
    """Return whether a file is a table whose path and label columns have usual names."""
    try:
        table: TableFile = open_table(path)
        _choose(table.header, Columns(), table.title)
    except (DataError, MissingExtraError):
        return False
    return True


def _choose(header: Sequence[str], columns: Columns, title: str) -> dict[str, str]:
    """Return the name of the column for each role that has one."""
    plain = {"".join(c for c in name.casefold() if c.isalnum()): name for name in reversed(header)}
    chosen: dict[str, str] = {}
    for role, usual in USUAL.items():
        named = getattr(columns, role)
        if named is not None and named not in header:
            raise DataError(f"{title} has no column {named!r}: its columns are {some(header, 20)}")
        found = named if named is not None else next((plain[name] for name in usual if name in plain), None)
        if found is None and role in ("path", "label"):
            raise (NoFilesError if role == "path" else NoLabelsError)(
                f"{title} needs a {role} column, and its columns are {some(header, 20)}: "
                f"name the one that holds it with {role}_column (--{role}-column)"
            )
        if found is not None and header.count(found) > 1:
            raise DataError(f"{title} has {header.count(found)} columns called {found!r}: rename all but one")
        if found is not None and found not in chosen.values():
            chosen[role] = found
    if "label" not in chosen:
        raise DataError(f"{title} needs a column with paths and another with labels, not {chosen['path']!r} for both")
    return chosen


def _assemble(rows: _Rows, source: Source, base: str, options: ReadingOptions, tree: Tree | None = None) -> Dataset:
    raw_paths = rows.values["path"]
    if not len(raw_paths):
        raise DataError(f"{rows.title} has a header and no rows: add one row per picture")
    from_files = all(path is None or isinstance(path, (str, os.PathLike, float)) for path in raw_paths)
    texts = {role: [as_text(value) for value in rows.values[role]] for role in rows.chosen if role != "path"}
    _need_filled(rows, "label", texts["label"])
    splits = _splits(rows, texts.pop("split", None), named=options.columns.split is not None)

    distinct = list(range(len(raw_paths)))
    if not from_files:
        pictures = as_pictures(raw_paths)
    else:
        paths = [as_text(path) for path in raw_paths]
        _need_filled(rows, "path", paths)
        paths = [_resolve(base, path) for path in paths]
        distinct = _distinct(rows, paths, texts, splits)
        pictures = [paths[row] for row in distinct]
        if tree is not None and not any(map(os.path.isfile, pictures)):
            raise NoFilesError(f"{rows.title} names no file that is there")
        check_files(pictures, lambda index: f" ({rows.where(distinct[index])} of {rows.title})", base or os.curdir)

    named = name_classes(*as_codes([texts["label"][row] for row in distinct]), options.class_names)
    given = None if splits is None else splits[distinct]
    groups, group_names = number_groups([texts["group"][row] for row in distinct] if "group" in texts else None)
    repeated = len(raw_paths) - len(distinct)
    return Dataset(
        pictures,
        named.labels,
        named.classes,
        given if given is not None and given.any() else None,
        groups,
        replace(
            source,
            pictures=len(distinct),
            classes=len(named.classes),
            splits=count_splits(given),
            splits_from=None if splits is None else "column",
            columns={role: name for role, name in rows.chosen.items() if role != "split" or splits is not None},
            ignored_split_column=rows.chosen.get("split") if splits is None else None,
            groups_from=None if groups is None else "column",
        ),
        {DUPLICATE: repeated} if repeated else {},
        group_names,
        class_names=named.class_names,
    )


def _need_filled(rows: _Rows, role: str, texts: Sequence[str]) -> None:
    empty = [row for row, text in enumerate(texts) if not text]
    if empty:
        raise DataError(
            f"every row of {rows.title} needs a {role}, and {plural(len(empty), 'row has', 'rows have')} none "
            f"in column {rows.chosen[role]!r}, the first is {rows.where(empty[0])}"
        )


def _resolve(base: str, path: str) -> str:
    joined = os.path.normpath(os.path.join(base, path))
    # A table written on Windows, read elsewhere.
    if os.sep == "/" and "\\" in path and not os.path.lexists(joined):
        return os.path.normpath(os.path.join(base, path.replace("\\", "/")))
    return joined


def _splits(rows: _Rows, texts: list[str] | None, *, named: bool) -> NDArray[np.int8] | None:
    """Return the split of each row, or None for a column that was found by its name alone and names no split."""
    if texts is None:
        return None
    words = sorted(set(texts))
    codes = split_codes(words)
    if not codes and not named:
        return None
    if len(codes) < len(words):
        row = next(row for row, text in enumerate(texts) if text not in codes)
        raise DataError(
            f"column {rows.chosen['split']!r} of {rows.title} must say train, validation or test, "
            f"and {rows.where(row)} says {texts[row]!r}"
        )
    return np.array([codes[text] for text in texts], dtype=np.int8)


def _distinct(rows: _Rows, paths: list[str], texts: dict[str, list[str]], splits: NDArray[np.int8] | None) -> list[int]:
    """Return the first row of each file; rows of one file must agree."""
    described = {rows.chosen[role]: column for role, column in texts.items()}
    if splits is not None:
        described[rows.chosen["split"]] = [SPLIT_NAMES[code] for code in splits.tolist()]
    first: dict[str, int] = {}
    distinct = []
    for row, path in enumerate(paths):
        before = first.setdefault(path, row)
        if before == row:
            distinct.append(row)
            continue
        for name, column in described.items():
            if column[row] != column[before]:
                raise DataError(
                    f"rows of one file must agree: {path!r} is {column[before]!r} in {rows.where(before)} and "
                    f"{column[row]!r} in {rows.where(row)} of {rows.title}, column {name!r}: keep the right row only"
                )
    return distinct
