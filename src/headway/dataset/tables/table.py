"""Images and labels from the rows of a table: CSV, TSV, JSON lines, Excel, Parquet or a DataFrame."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from headway.dataset.core import Dataset, count_splits, name_classes
from headway.dataset.globs import EVERYTHING, Globs
from headway.dataset.memory import as_codes, as_pictures, as_text, check_endings, number_groups
from headway.dataset.names import SPLIT_NAMES, TEST, TRAIN, VALIDATION, plural, split_codes
from headway.dataset.options import ReadingOptions
from headway.dataset.tables.columns import Chosen, NoLabelsError, choose, flag_splits
from headway.dataset.tables.formats import TableFile, open_table
from headway.dataset.tables.formats.base import sampled_rows
from headway.dataset.tables.lookup import Addresses, Files, Found, NoFilesError, no_files
from headway.dataset.tables.onehot import check_no_lists, check_single_labels, read_one_hot
from headway.dataset.tables.split_folders import with_split_folders
from headway.dataset.tables.values import Column, is_text, truth
from headway.dataset.walk import EXCLUDED, NOT_INCLUDED, Tree
from headway.errors import DataError
from headway.facts.data import Source
from headway.rendering.reading import guessed_columns

__all__ = ["NoFilesError", "NoLabelsError", "read_frame", "read_table"]

DUPLICATE = "row that repeats another"


@dataclass(frozen=True)
class _Rows:
    """The chosen columns of a table, and how to speak of its rows."""

    title: str
    chosen: Chosen
    values: Mapping[str, Sequence[Any]]
    where: Callable[[int], str]

    def place(self, row: int) -> str:
        """Return where a row stands, in brackets, for the end of a name."""
        return f" ({self.where(row)} of {self.title})"

    def texts(self, name: str) -> list[str]:
        """Return a column as text."""
        return [as_text(value) for value in self.values[name]]


def read_table(path: str, options: ReadingOptions, *, tree: Tree | None = None) -> Dataset:
    """Read a table in the order of its rows; paths in it are relative to its folder, or to ``options.images``.

    Rows that repeat another are merged and counted. Where no column names splits, the folders of the files may.
    ``tree`` is a walk that files may be looked up in, and globs are matched against paths from its root on. A table
    about something else is a `NoFilesError`, one without labels a `NoLabelsError`.
    """
    if "submission" in os.path.basename(path).casefold() and options.columns.label is None:
        raise NoLabelsError(
            f"labels are needed, and {path!r} is called a submission, which holds predictions: "
            "give the table with the true classes, or name the column with --label-column"
        )
    base = _base(os.path.dirname(path), options)
    origin = None if tree is None else tree.root
    if options.images is not None or options.include or options.exclude:
        tree = None
    globs = Globs.of(options.include, options.exclude)
    if options.addresses_from is None:
        files = Files(base, tree, globs, origin=origin)
    else:
        files = Addresses(options.addresses_from, base, globs)
    dataset = _read(open_table(path), Source("table", path, 0, 0), files, options)
    return with_split_folders(dataset) if options.splits else dataset


def read_frame(frame: Any, options: ReadingOptions) -> Dataset:
    """Read a DataFrame of pandas, polars or their like; paths are relative to the current folder, or to ``images``.

    Its path column may also hold PIL images, arrays or bytes.
    """
    header = [str(name) for name in frame.columns]
    original = dict(zip(header, frame.columns, strict=True))

    def fetch(names: Sequence[str]) -> tuple[list[Sequence[Any]], Callable[[int], str]]:
        return [list(frame[original[name]]) for name in names], lambda row: f"row {row}"

    def sample() -> list[Sequence[Any]]:
        columns = [fetch([name])[0][0] if header.count(name) == 1 else [] for name in header]
        rows = sampled_rows(max(map(len, columns), default=0), len(columns))
        return [[values[row] for row in rows] if len(values) else [None] * len(rows) for values in columns]

    # The current folder may be anything, and large: files are looked up by name below a folder that was named only.
    globs = Globs.of(options.include, options.exclude)
    files = Files(_base("", options), globs=globs, below=options.images is not None)
    return _read(TableFile("the DataFrame", header, fetch, sample), Source("frame", None, 0, 0), files, options)


def _base(folder: str, options: ReadingOptions) -> str:
    """Return the folder that paths start from."""
    if options.images is None:
        return folder
    images = os.fspath(options.images)
    if not Path(images).is_dir():
        raise DataError(f"--images must be the folder of the pictures, and there is no folder {images!r}")
    return images


def _read(table: TableFile, source: Source, files: Files, options: ReadingOptions) -> Dataset:
    columns = [Column(name, values) for name, values in zip(table.header, table.sample(), strict=True)]
    if not columns or not len(columns[0].values):
        raise NoLabelsError(f"{table.title} has a header and no rows: add one row per picture")
    chosen = choose(table.title, columns, options, files, place=source.name)
    names = chosen.names()
    values, where = table.fetch(names)
    rows = _Rows(table.title, chosen, dict(zip(names, values, strict=True)), where)
    source = replace(
        source,
        columns=chosen.by_role(),
        one_hot=chosen.labels if len(chosen.labels) > 1 else (),
        guessed_columns=chosen.guessed,
        ignored_split_column=chosen.no_split,
        ignored_group_column=chosen.no_group,
        ignored_group_values=chosen.no_group_values,
        unused_columns=tuple(name for name in table.header if name.strip() and name not in (*names, chosen.no_group)),
    )
    try:
        return _assemble(rows, source, files, options)
    except DataError as error:
        if not chosen.guessed:
            raise
        raise type(error)(f"{error}; {guessed_columns(source)}") from error


def _assemble(rows: _Rows, source: Source, files: Files, options: ReadingOptions) -> Dataset:
    chosen = rows.chosen
    raw_paths = rows.values[chosen.path]
    texts = {"label": _labels(rows)}
    if chosen.group is not None:
        texts["group"] = rows.texts(chosen.group)
    splits = _splits(rows) if chosen.splits else None
    skipped: Counter[str] = Counter()
    found = Found([])
    distinct = list(range(len(raw_paths)))
    if not all(is_text(path) for path in raw_paths):
        if files.globs != EVERYTHING:
            raise DataError(f"include and exclude go with paths, and column {chosen.path!r} holds pictures")
        pictures = as_pictures(raw_paths)
    else:
        names = rows.texts(chosen.path)
        _need_filled(rows, chosen.path, "path", names)
        found = files.find(names, rows.place)
        taken = _taken(names, found, files, skipped)
        paths = _all_found(rows, names, found, taken, files)
        distinct = _distinct(rows, paths, taken, texts, splits)
        skipped[DUPLICATE] = len(taken) - len(distinct)
        pictures = [paths[row] for row in distinct]
        check_endings(pictures)

    named = name_classes(*as_codes([texts["label"][row] for row in distinct]), options.class_names)
    given = None if splits is None else splits[distinct]
    groups, group_names = number_groups([texts["group"][row] for row in distinct] if "group" in texts else None)
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
            groups_from=None if groups is None else "column",
            looked_up=found.looked_up,
            looked_up_in=found.folder,
            left_out_folder=found.left_out,
        ),
        {why: count for why, count in skipped.items() if count},
        group_names,
        class_names=named.class_names,
    )


def _labels(rows: _Rows) -> list[str]:
    """Return the label of each row."""
    names = rows.chosen.labels
    if len(names) > 1:
        return read_one_hot(rows.title, names, [rows.texts(name) for name in names], rows.where)
    check_no_lists(rows.title, names[0], rows.values[names[0]])
    texts = rows.texts(names[0])
    _need_filled(rows, names[0], "label", texts)
    check_single_labels(rows.title, names[0], texts)
    return texts


def _need_filled(rows: _Rows, name: str, role: str, texts: Sequence[str]) -> None:
    empty = [row for row, text in enumerate(texts) if not text]
    if empty:
        raise DataError(
            f"every row of {rows.title} needs a {role}, and {plural(len(empty), 'row has', 'rows have')} none "
            f"in column {name!r}, the first is {rows.where(empty[0])}"
        )


def _taken(names: list[str], found: Found, files: Files, skipped: Counter[str]) -> list[int]:
    """Return the rows whose files are to be taken, and count the others."""
    globs = files.globs
    if globs == EVERYTHING:
        return list(range(len(names)))
    taken = []
    for row, (name, path) in enumerate(zip(names, found.paths, strict=True)):
        below = name.replace("\\", "/") if path is None else files.for_globs(path)
        if globs.leaves_out(below):
            skipped[EXCLUDED] += 1
        elif not globs.takes(below):
            skipped[NOT_INCLUDED] += 1
        else:
            taken.append(row)
    if not taken:
        raise DataError("--include and --exclude must leave some pictures, and they leave out every row of the table")
    return taken


def _all_found(rows: _Rows, names: list[str], found: Found, taken: list[int], files: Files) -> dict[int, str]:
    """Return the file of each row that is taken."""
    paths = {row: path for row in taken if (path := found.paths[row]) is not None}
    if len(paths) < len(taken):
        missing = [row for row in taken if row not in paths]
        raise no_files([names[row] for row in missing], len(taken), rows.place(missing[0]), files.base)
    return paths


def _splits(rows: _Rows) -> NDArray[np.int8]:
    """Return the split of each row."""
    columns = {name: rows.texts(name) for name in rows.chosen.splits}
    first = next(iter(columns))
    if flag_splits(columns) and None not in map(truth, set(columns[first])):
        return _splits_by_flags(rows, columns)
    texts = columns[first]
    codes = split_codes(set(texts))
    row = next((row for row, text in enumerate(texts) if text not in codes), None)
    if row is not None:
        raise DataError(
            f"column {first!r} of {rows.title} must say train, validation or test, "
            f"and {rows.where(row)} says {texts[row]!r}: --no-splits reads it as no split"
        )
    return np.array([codes[text] for text in texts], dtype=np.int8)


def _splits_by_flags(rows: _Rows, columns: Mapping[str, Sequence[str]]) -> NDArray[np.int8]:
    """Return the split of each row by columns that say whether it belongs to one.

    What is in none of them is for training; or, where a column says that it is not, in the split that has no column.
    """
    flags: dict[int, NDArray[np.bool_]] = {}
    for name, code in flag_splits(columns).items():
        texts = columns[name]
        said = [truth(text) for text in texts]
        if None in said:
            row = said.index(None)
            raise DataError(
                f"column {name!r} of {rows.title} must say true or false, and {rows.where(row)} says {texts[row]!r}: "
                "--no-splits reads it as no split"
            )
        flags[code] = flags.get(code, np.False_) | np.array(said, dtype=np.bool_)
    twice = np.flatnonzero(sum(flag.astype(int) for flag in flags.values()) > 1).tolist()
    if twice:
        raise DataError(
            f"each row of {rows.title} must be in one split, and {rows.where(twice[0])} is in several by its columns "
            f"{', '.join(columns)}: name the right one with --split-column, or --no-splits"
        )
    rest = TRAIN if TRAIN not in flags else VALIDATION if TEST in flags else TEST
    codes = np.full(len(next(iter(flags.values()))), rest, dtype=np.int8)
    for code, flag in flags.items():
        codes[flag] = code
    return codes


def _distinct(
    rows: _Rows,
    paths: Mapping[int, str],
    taken: Sequence[int],
    texts: Mapping[str, Sequence[str]],
    splits: NDArray[np.int8] | None,
) -> list[int]:
    """Return the first row of each file; rows of one file must agree."""
    titles = {"label": ", ".join(rows.chosen.labels), "group": rows.chosen.group}
    described = {titles[role]: column for role, column in texts.items()}
    if splits is not None:
        described[", ".join(rows.chosen.splits)] = [SPLIT_NAMES[code] for code in splits.tolist()]
    first: dict[str, int] = {}
    distinct = []
    for row in taken:
        before = first.setdefault(paths[row], row)
        if before == row:
            distinct.append(row)
            continue
        for name, column in described.items():
            if column[row] != column[before]:
                raise DataError(
                    f"rows of one file must agree: {paths[row]!r} is {column[before]!r} in {rows.where(before)} and "
                    f"{column[row]!r} in {rows.where(row)} of {rows.title}, column {name!r}: keep the right row only"
                )
    return distinct
