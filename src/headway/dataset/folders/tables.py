"""The tables in a folder of images, and whether they or the folders and names of the files have the labels."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import replace

import numpy as np

from headway.dataset.core import Dataset, count_splits
from headway.dataset.fixes import is_fix_list
from headway.dataset.folders.asking import Asker
from headway.dataset.folders.layout import Layout
from headway.dataset.names import TRAIN, longer_split_codes, plural, some, split_codes, words_of
from headway.dataset.options import ReadingOptions
from headway.dataset.several import join
from headway.dataset.tables.formats import NoTableError
from headway.dataset.tables.table import NoFilesError, NoLabelsError, read_table
from headway.dataset.walk import SIDECAR, Tree
from headway.errors import AmbiguousDataError, DataError, MissingExtraError
from headway.facts.data import LeftOut, UnreadTable

NOT_LISTED = "picture that the table does not list"
ANNOTATION = "mask or other annotation"
_MOST_TABLES = 20
_COVERED = 0.95  # of the pictures in class folders are listed, or the table is about a part of them
_HALF = 0.5
_MOST_NAMED = 3


def of_a_folder_without_pictures(tree: Tree, options: ReadingOptions) -> Dataset:
    """Read the one table of a folder that holds nothing else."""
    if options.columns.any() or len(tree.tables) == 1:
        try:
            return read_table(_one(tree, tree.tables), options, tree=tree)
        except NoFilesError:
            raise tree.no_pictures() from None
    raise DataError(f"{tree.no_pictures()}{_several(tree.tables)}")


def with_named_columns(tree: Tree, layout: Layout, options: ReadingOptions) -> Dataset:
    """Read the tables beside the pictures, for whose columns names were given."""
    dataset = _in_splits(tree, layout, options) or _at_root(tree, layout, options)
    return dataset or read_table(_one(tree, _but_fixes(_beside(layout))), options, tree=tree)


def several(layout: Layout) -> str:
    """Return a remark on tables of which none was read, because there are several."""
    return _several([os.path.basename(path) for path in _beside(layout)])


def weigh(tree: Tree, layout: Layout, otherwise: Dataset | None, asker: Asker) -> Dataset | None:
    """Return what a table says of the pictures, or what their folders and names do; ask where they contradict.

    ``otherwise`` is what folders or names say; None where they say nothing.
    """
    try:
        table = _in_splits(tree, layout, asker.options) or _at_root(tree, layout, asker.options)
    except NoLabelsError as error:
        if otherwise is None:
            raise
        return _naming_unread_tables(otherwise, layout, tree, str(error))
    except AmbiguousDataError as error:
        if otherwise is None or not _is_plausible(otherwise):
            raise
        asked = _ask(layout, otherwise, asker, error.found)
        raise AmbiguousDataError(asked.found, [*error.readings, asked.readings[-1]]) from error
    except DataError as error:
        if otherwise is None or not _is_plausible(otherwise):
            raise
        raise _ask(layout, otherwise, asker, f"it cannot be read: {error}") from error
    if table is None and otherwise is not None:
        return _naming_unread_tables(otherwise, layout, tree, "it names none of the pictures")
    if table is None or otherwise is None:
        return table
    return _compared(table, otherwise, layout, tree, asker)


def _naming_unread_tables(dataset: Dataset, layout: Layout, tree: Tree, reason: str) -> Dataset:
    """Name the tables beside the pictures that were not read."""
    unread = tuple(UnreadTable(os.path.relpath(path, tree.root), reason) for path in _candidates(layout)[:_MOST_NAMED])
    return replace(dataset, source=replace(dataset.source, unread_tables=unread))


def _is_plausible(dataset: Dataset) -> bool:
    """Return whether the names of folders or files may be classes: there are some, of some pictures each."""
    return 2 <= len(dataset.classes) <= len(dataset) / 2


def _compared(table: Dataset, otherwise: Dataset, layout: Layout, tree: Tree, asker: Asker) -> Dataset:
    """Weigh the labels of a table against those of folders or of names of files."""
    rows = {path: row for row, path in enumerate(_paths(table))}
    found = [(row, rows[path]) for row, path in enumerate(_paths(otherwise)) if path in rows]
    pairs = {(int(otherwise.labels[own]), int(table.labels[listed])) for own, listed in found}
    own_labels, table_labels = {own for own, _ in pairs}, {listed for _, listed in pairs}
    covered = len(found) / len(otherwise)
    if found and len(pairs) == len(own_labels) == len(table_labels):
        if table.given is None and table.groups is None and otherwise.source.layout == "class-folders":
            return _naming_unread_tables(otherwise, layout, tree, "it says the same as the folders")
        if covered >= _COVERED:
            return table
        raise _ask(layout, otherwise, asker, f"it says more of {len(found):,} of {plural(len(otherwise), 'picture')}")
    if not _is_plausible(otherwise):
        return table
    if not found:
        raise _ask(layout, otherwise, asker, "it lists other pictures than those")
    by_names, guessed = otherwise.source.layout == "file-names", "label" in table.source.guessed_columns
    partly = _lists_parts(otherwise, [own for own, _ in found])
    if covered < _HALF or partly or by_names or guessed or len(pairs) == len(own_labels):
        raise _ask(layout, otherwise, asker, f"it has other labels ({some(table.classes, 3)})")
    return replace(table, source=replace(table.source, folder_classes=otherwise.classes[:_MOST_NAMED]))


def _lists_parts(dataset: Dataset, listed: Sequence[int]) -> bool:
    """Return whether a table lists some pictures of a class and not others, by the rows of those listed."""
    counts, all_counts = dataset.counts(listed), dataset.counts()
    return any(0 < counts[name] < _COVERED * all_counts[name] for name in dataset.classes)


def _ask(layout: Layout, otherwise: Dataset, asker: Asker, found: str) -> AmbiguousDataError:
    tables = _candidates(layout)
    names = [os.path.relpath(path, asker.root) for path in tables]
    by_names = otherwise.source.layout == "file-names"
    own = "names of the files" if by_names else "folders"
    return asker.table(
        tables,
        f"the {own} in {asker.root!r} give the labels {some(otherwise.classes, 3)}, and beside them lies "
        f"{some(names, 3)}: {found}",
        f"the {own} have the labels",
        asker.command(exclude=[f"./{name}" for name in names]),
    )


def _at_root(tree: Tree, layout: Layout, options: ReadingOptions) -> Dataset | None:
    """Read the table beside the pictures, or those that name splits; None where there is none about them."""
    paths = _candidates(layout)
    parts: dict[str, Dataset] = {}
    errors: dict[str, DataError] = {}
    for path in paths:
        try:
            parts[path] = _read(path, options, tree)
        except NoFilesError:
            continue
        except (NoTableError, MissingExtraError) as error:
            errors[path] = NoLabelsError(str(error))
        except DataError as error:
            errors[path] = error
    told = [error for error in errors.values() if not isinstance(error, NoLabelsError)] or list(errors.values())
    if told and (not parts or _lacks_training(parts, errors)):
        if isinstance(told[0], AmbiguousDataError):
            raise told[0]
        raise type(told[0])(f"{told[0]}{_several([os.path.basename(path) for path in paths])}")
    if len(parts) > 1:
        codes = _codes(list(parts))
        others = {path: parts.pop(path) for path in list(parts) if _names_splits(codes) and path not in codes}
        if len(set(codes.values())) < len(parts):
            raise DataError(
                f"labels must come from one table, and there are {some([os.path.basename(path) for path in parts])} "
                f"in {tree.root!r}: give the path of the right one"
            )
        left_out = [LeftOut(os.path.relpath(path, tree.root), "table", len(part)) for path, part in others.items()]
        layout = replace(layout, left_out=(*layout.left_out, *left_out))
        return _joined(parts, codes, options, tree, layout)
    if parts:
        return _completed(next(iter(parts.values())), tree, layout, 1)
    return None


def _read(path: str, options: ReadingOptions, tree: Tree) -> Dataset:
    """Read a table; one that is named like a folder beside it lists the pictures in that folder: ``train.csv``."""
    folder = os.path.splitext(path)[0]
    if options.images is None and os.path.isdir(folder):  # noqa: PTH112
        with suppress(NoFilesError):
            return read_table(path, replace(options, images=folder), tree=tree)
    return read_table(path, options, tree=tree)


def _lacks_training(parts: Iterable[str], errors: Iterable[str]) -> bool:
    """Return whether the table of the training split cannot be read, though that of another can."""
    codes = _codes([*parts, *errors])
    return TRAIN in {codes.get(path) for path in errors} - {codes.get(path) for path in parts}


def _in_splits(tree: Tree, layout: Layout, options: ReadingOptions) -> Dataset | None:
    """Read the table in each split folder; None where the training split has none about its pictures."""
    parts: dict[str, Dataset] = {}
    codes: dict[str, int] = {}
    for start in layout.starts if layout.split_folders or len(layout.starts) > 1 else ():
        for path in _labels_only(start.tables):
            if len(parts) >= _MOST_TABLES:
                break
            try:
                parts[path] = read_table(path, options, tree=tree)
            except (NoFilesError, NoLabelsError):
                continue
            codes[path] = start.split
    if TRAIN not in codes.values():
        return None
    return _joined(parts, codes, options, tree, layout)


def _joined(
    parts: dict[str, Dataset], codes: dict[str, int], options: ReadingOptions, tree: Tree, layout: Layout
) -> Dataset:
    """Join tables, each of which is a split."""
    names = [os.path.relpath(path, tree.root) for path in parts]
    datasets = list(parts.values())
    from_tables = options.splits and len(set(codes.values())) > 1
    if from_tables:
        datasets = [
            replace(
                part,
                given=np.full(len(part), codes[path], np.int8),
                source=replace(part.source, splits_from="tables"),
            )
            for path, part in parts.items()
        ]
    dataset = join(datasets, [repr(name) for name in names])
    return _completed(
        replace(
            dataset,
            source=replace(
                datasets[0].source,
                name=tree.root,
                pictures=len(dataset),
                classes=len(dataset.classes),
                splits=count_splits(dataset.given),
                splits_from="tables" if from_tables else datasets[0].source.splits_from,
                split_folders=tuple(sorted(names, key=lambda name: (codes[os.path.join(tree.root, name)], name))),
            ),
        ),
        tree,
        layout,
        len(parts),
    )


def _completed(dataset: Dataset, tree: Tree, layout: Layout, tables: int) -> Dataset:
    """Count the pictures that the tables do not list, and what else was skipped."""
    left_out = tuple(fact for fact in layout.left_out if fact.why in ("annotations", "table"))
    annotations = sum(fact.pictures for fact in left_out if fact.why == "annotations")
    skipped = Counter(tree.skipped) + Counter(dataset.skipped)
    skipped[NOT_LISTED] += max(tree.count() - len(dataset) - annotations, 0)
    skipped[ANNOTATION] += annotations
    skipped[SIDECAR] -= tables
    return replace(dataset, skipped=dict(+skipped), source=replace(dataset.source, left_out=left_out))


def _paths(dataset: Dataset) -> list[str]:
    return [os.path.normpath(dataset.name(row)) for row in range(len(dataset))]


def _candidates(layout: Layout) -> list[str]:
    return _labels_only(_beside(layout))


def _beside(layout: Layout) -> list[str]:
    return [os.path.join(branch.folder.path, name) for branch in layout.passed for name in sorted(branch.folder.tables)]


def _labels_only(paths: Sequence[str]) -> list[str]:
    """Return the tables that may hold labels, as sample submissions of competitions and lists of fixes do not."""
    named = [path for path in paths if "submission" not in words_of(os.path.basename(path))]
    return _but_fixes(named[:_MOST_TABLES])


def _but_fixes(paths: Sequence[str]) -> list[str]:
    return [path for path in paths if not is_fix_list(path)]


def _codes(paths: Sequence[str]) -> dict[str, int]:
    stems = {path: os.path.splitext(os.path.basename(path))[0] for path in paths}
    codes = split_codes(stems.values())
    if len(codes) < len(stems):
        codes = {name: code for name, (code, _) in longer_split_codes(stems.values()).items()}
    return {path: codes[stem] for path, stem in stems.items() if stem in codes}


def _names_splits(codes: dict[str, int]) -> bool:
    return TRAIN in codes.values() and len(set(codes.values())) > 1


def _one(tree: Tree, tables: Sequence[str]) -> str:
    if len(tables) != 1:
        names = sorted(os.path.basename(table) for table in tables)
        found = f"there are {some(names)}: give one of them" if tables else "there is none"
        raise DataError(f"columns were named, so {tree.root!r} must hold one CSV, TSV or Parquet file, and {found}")
    return os.path.join(tree.root, tables[0])


def _several(tables: Sequence[str]) -> str:
    if len(tables) < 2:
        return ""
    return f"; there are {len(tables)} tables, {some(sorted(tables))}: give the path of the right one"
