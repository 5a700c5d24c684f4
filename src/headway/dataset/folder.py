"""A folder of pictures: a folder per class, split folders, labels in file names, or a table beside the pictures."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numpy.typing import NDArray

from headway.dataset.classnames import ClassNames, new_names
from headway.dataset.core import Dataset, describe, name_classes
from headway.dataset.filename import labels_by_pattern, labels_by_rule
from headway.dataset.names import TRAIN, plural, some, split_codes
from headway.dataset.table import Columns, has_columns, read_table
from headway.dataset.walk import NO_PICTURES, Folder, Tree, walk
from headway.errors import DataError

if TYPE_CHECKING:
    from headway.types import IntArray

OUTSIDE_CLASSES = "picture outside the class folders"
OUTSIDE_SPLITS = "picture outside the split folders"
NO_LABEL = "no label in the file name"


class _Run(NamedTuple):
    """Pictures that lie in one folder and share a label and a split."""

    folder: Folder
    label: str
    split: int


def read_folder(root: str, label_pattern: str | None, class_names: ClassNames | None, columns: Columns) -> Dataset:
    """Read a folder of pictures in whichever way its labels are given.

    Parameters
    ----------
    root : str
    label_pattern : str, optional
        When given, labels come from the paths of the files and nowhere else.
    class_names : path, sequence or mapping, optional
    columns : Columns
        When any is named, the folder must hold one table.

    Returns
    -------
    Dataset

    Raises
    ------
    DataError
    """
    tree = walk(root)
    if columns.any():
        return read_table(_the_table(tree), columns, class_names)
    if not tree.count():
        if table := _usable_table(tree):
            return read_table(table, columns, class_names)
        raise DataError(f"{tree.no_pictures()}{_several_tables(tree)}")
    splits, remark = _split_folders(tree)
    if label_pattern is not None:
        return _by_name(tree, splits, label_pattern, class_names)
    depth = 0 if splits is None else 1
    classes = {folder.parts[depth] for folder in _inside(tree, splits) if len(folder.parts) > depth and folder.pictures}
    # A table beside the pictures is more explicit than names of files, but several class folders are beyond doubt.
    if len(classes) < 2 and (table := _usable_table(tree)):
        return read_table(table, columns, class_names)
    if classes:
        return _by_class_folder(tree, splits, remark, class_names)
    return _by_name(tree, splits, None, class_names)


def _usable_table(tree: Tree) -> str | None:
    """Return the path of the table at the root, if there is just one and its columns explain themselves."""
    if len(tree.tables) != 1:
        return None
    path = os.path.join(tree.root, tree.tables[0])
    return path if has_columns(path) else None


def _several_tables(tree: Tree) -> str:
    """Return a remark on tables of which none was read, because there are several."""
    if len(tree.tables) < 2:
        return ""
    return f"; there are {len(tree.tables)} tables, {some(sorted(tree.tables))}: give the path of the right one"


def _the_table(tree: Tree) -> str:
    if len(tree.tables) != 1:
        found = f"there are {some(sorted(tree.tables))}: give one of them" if tree.tables else "there is none"
        raise DataError(f"columns were named, so {tree.root!r} must hold one CSV, TSV or Parquet file, and {found}")
    return os.path.join(tree.root, tree.tables[0])


def _split_folders(tree: Tree) -> tuple[dict[str, int] | None, str]:
    """Decide whether the folders of the first level are splits; return them, or a remark on why a likely one is not.

    They are when all of them name splits, or when a training split and another are among them. A lone "test" or "train"
    between others is a class: data sets of vehicles do have trains.
    """
    tops = sorted({folder.parts[0] for folder in tree.folders if folder.parts and folder.pictures})
    codes = split_codes(tops)
    if codes and (len(codes) == len(tops) or (TRAIN in codes.values() and len(set(codes.values())) > 1)):
        return codes, ""
    return None, f"; the folder {some(list(codes))} is read as a class" if codes else ""


def _inside(tree: Tree, splits: dict[str, int] | None) -> Iterable[Folder]:
    if splits is None:
        return tree.folders
    return (folder for folder in tree.folders if folder.parts and folder.parts[0] in splits)


def _by_class_folder(tree: Tree, splits: dict[str, int] | None, remark: str, class_names: ClassNames | None) -> Dataset:
    depth = 0 if splits is None else 1
    skipped = Counter(tree.skipped)
    runs: list[_Run] = []
    held: Counter[tuple[str, ...]] = Counter()
    for folder in tree.folders:
        outside = splits is not None and (not folder.parts or folder.parts[0] not in splits)
        if outside or len(folder.parts) <= depth:
            skipped[OUTSIDE_SPLITS if outside else OUTSIDE_CLASSES] += len(folder.pictures)
            continue
        held[folder.parts[: depth + 1]] += len(folder.pictures)
        split = TRAIN if splits is None else splits[folder.parts[0]]
        runs.append(_Run(folder, folder.parts[depth], split))
    skipped[NO_PICTURES] += sum(1 for count in held.values() if not count)

    names = sorted({run.label for run in runs})
    codes = {name: code for code, name in enumerate(names)}
    sizes = [len(run.folder.pictures) for run in runs]
    way = "folder per class" if splits is None else f"split folders {_listed(splits)} with a folder per class"
    return _dataset(
        [os.path.join(run.folder.path, name) for run in runs for name in run.folder.pictures],
        np.repeat(np.array([codes[run.label] for run in runs], np.int64), sizes),
        names,
        np.repeat(np.array([run.split for run in runs], np.int8), sizes),
        way,
        remark,
        skipped,
        class_names,
    )


def _by_name(tree: Tree, splits: dict[str, int] | None, pattern: str | None, class_names: ClassNames | None) -> Dataset:
    skipped = Counter(tree.skipped)
    folders = list(_inside(tree, splits))
    files = [(folder, name) for folder in folders for name in folder.pictures]
    skipped[OUTSIDE_SPLITS] += tree.count() - len(files)
    if pattern is not None:
        labels = labels_by_pattern(["/".join((*folder.parts, name)) for folder, name in files], pattern)
        rule = f"by the pattern {pattern!r}"
    else:
        if splits is not None:
            splits = _labelled_splits(files, splits)
            labelled = [(folder, name) for folder, name in files if folder.parts[0] in splits]
            skipped[NO_LABEL] += len(files) - len(labelled)
            files = labelled
        found = labels_by_rule([name for _, name in files])
        if found is None:
            first = min(os.path.join(*folder.parts, name) for folder, name in files)
            raise DataError(
                f"no labels found for {plural(len(files), 'picture')} in {tree.root!r}, such as {first!r}: "
                "put each class into a folder of its own, give a table with path and label columns, "
                f"or a label_pattern (--label-pattern){_several_tables(tree)}"
            )
        rule, labels = found
    skipped[NO_LABEL] += labels.count(None)

    names = sorted({label for label in labels if label is not None})
    codes = {name: code for code, name in enumerate(names)}
    kept = [(file, label) for file, label in zip(files, labels, strict=True) if label is not None]
    way = f"labels in file names, {rule}"
    return _dataset(
        [os.path.join(folder.path, name) for (folder, name), _ in kept],
        np.array([codes[label] for _, label in kept], np.int64),
        names,
        np.array([0 if splits is None else splits[folder.parts[0]] for (folder, _), _ in kept], np.int8),
        way if splits is None else f"split folders {_listed(splits)} with {way}",
        "",
        skipped,
        class_names,
    )


def _labelled_splits(files: list[tuple[Folder, str]], splits: dict[str, int]) -> dict[str, int]:
    """Leave out the splits in which no file has a label in its name, as the test split of a competition."""
    labelled = {
        top: split
        for top, split in splits.items()
        if any(labels_by_rule([name]) for folder, name in files if folder.parts[0] == top)
    }
    return labelled if TRAIN in labelled.values() else splits


def _dataset(
    pictures: list[str],
    codes: IntArray,
    names: Sequence[str],
    split: NDArray[np.int8],
    way: str,
    remark: str,
    skipped: Counter[str],
    class_names: ClassNames | None,
) -> Dataset:
    """Sort by path, whatever order the file system gave, and say what was found."""
    order = np.array(sorted(range(len(pictures)), key=pictures.__getitem__), dtype=np.int64)
    labels, classes = name_classes(codes[order], names, new_names(names, class_names))
    given = split[order]
    return Dataset(
        [pictures[index] for index in order.tolist()],
        labels,
        classes,
        given if given.any() else None,
        None,
        f"{way}: {describe(len(pictures), classes, given)}{remark}",
        {why: count for why, count in skipped.items() if count},
    )


def _listed(splits: dict[str, int]) -> str:
    return ", ".join(sorted(splits, key=lambda name: (splits[name], name)))
