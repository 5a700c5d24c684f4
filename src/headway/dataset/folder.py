"""A folder of images: a folder per class, split folders, labels in file names, or a table beside the pictures."""

from __future__ import annotations

import os
from collections import Counter
from dataclasses import replace
from typing import NamedTuple

import numpy as np

from headway.dataset.classnames import ClassNames
from headway.dataset.core import Dataset, count_splits, name_classes
from headway.dataset.filename import labels_by_pattern, labels_by_rule
from headway.dataset.names import TRAIN, plural, some, split_codes
from headway.dataset.table import Columns, has_columns, read_table
from headway.dataset.walk import NO_PICTURES, Folder, Tree, walk
from headway.errors import DataError
from headway.facts.data import Rule, Source

OUTSIDE_CLASSES = "picture outside the class folders"
OUTSIDE_SPLITS = "picture outside the split folders"
NO_LABEL = "no label in the file name"


class _SplitFolders(NamedTuple):
    """Folders of the first level that name splits, or those that could and are classes."""

    codes: dict[str, int] | None
    class_like: tuple[str, ...] = ()

    @property
    def depth(self) -> int:
        """How many folders lead to the class folders."""
        return 0 if self.codes is None else 1

    def holds(self, folder: Folder) -> bool:
        """Return whether a folder lies in one of the splits; without splits every folder does."""
        return self.codes is None or (bool(folder.parts) and folder.parts[0] in self.codes)

    def code(self, folder: Folder) -> int:
        """Return the split of a folder."""
        return TRAIN if self.codes is None else self.codes[folder.parts[0]]

    def names(self) -> tuple[str, ...]:
        """Return the names of the folders, by split."""
        codes = self.codes or {}
        return tuple(sorted(codes, key=lambda name: (codes[name], name)))


class _Found(NamedTuple):
    """The pictures of a folder, in any order, with the label and the split of each; ``names`` are all labels."""

    pictures: list[str]
    labels: list[str]
    splits: list[int]
    names: set[str]


def read_folder(root: str, label_pattern: str | None, class_names: ClassNames | None, columns: Columns) -> Dataset:
    """Read a folder of images in whichever way its labels are given.

    With a ``label_pattern``, labels come from the paths of the files and nowhere else. When any column is named, the
    folder must hold one table.
    """
    tree = walk(root)
    if columns.any():
        return read_table(_the_table(tree), columns, class_names)
    if not tree.count():
        if table := _usable_table(tree):
            return read_table(table, columns, class_names)
        raise DataError(f"{tree.no_pictures()}{_several_tables(tree)}")
    splits = _split_folders(tree)
    if label_pattern is not None:
        return _by_name(tree, splits, label_pattern, class_names)
    inside = [folder for folder in tree.folders if splits.holds(folder) and folder.pictures]
    classes = {folder.parts[splits.depth] for folder in inside if len(folder.parts) > splits.depth}
    # A table beside the pictures is more explicit than names of files, but several class folders are beyond doubt.
    if len(classes) < 2 and (table := _usable_table(tree)):
        return read_table(table, columns, class_names)
    if classes:
        return _by_class_folder(tree, splits, class_names)
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


def _split_folders(tree: Tree) -> _SplitFolders:
    """Decide whether the folders of the first level are splits.

    They are when all of them name splits, or when a training split and another are among them. A lone "test" or "train"
    between others is a class: data sets of vehicles do have trains.
    """
    tops = sorted({folder.parts[0] for folder in tree.folders if folder.parts and folder.pictures})
    codes = split_codes(tops)
    if codes and (len(codes) == len(tops) or (TRAIN in codes.values() and len(set(codes.values())) > 1)):
        return _SplitFolders(codes)
    return _SplitFolders(None, tuple(codes))


def _by_class_folder(tree: Tree, splits: _SplitFolders, class_names: ClassNames | None) -> Dataset:
    depth = splits.depth
    skipped = Counter(tree.skipped)
    found = _Found([], [], [], set())
    sizes: Counter[tuple[str, ...]] = Counter()
    for folder in tree.folders:
        if not splits.holds(folder):
            skipped[OUTSIDE_SPLITS] += len(folder.pictures)
        elif len(folder.parts) <= depth:
            skipped[OUTSIDE_CLASSES] += len(folder.pictures)
        else:
            size = len(folder.pictures)
            sizes[folder.parts[: depth + 1]] += size
            found.pictures.extend(os.path.join(folder.path, name) for name in folder.pictures)
            found.labels.extend([folder.parts[depth]] * size)
            found.splits.extend([splits.code(folder)] * size)
            found.names.add(folder.parts[depth])  # of a folder without pictures, too: class_names must know it
    skipped[NO_PICTURES] += sum(1 for size in sizes.values() if not size)
    source = Source("class-folders", tree.root, 0, 0, class_like_splits=splits.class_like)
    return _dataset(found, splits, source, skipped, class_names)


def _by_name(tree: Tree, splits: _SplitFolders, pattern: str | None, class_names: ClassNames | None) -> Dataset:
    skipped = Counter(tree.skipped)
    files = [(folder, name) for folder in tree.folders if splits.holds(folder) for name in folder.pictures]
    skipped[OUTSIDE_SPLITS] += tree.count() - len(files)
    rule: Rule
    if pattern is not None:
        rule = "pattern"
        labels = labels_by_pattern(["/".join((*folder.parts, name)) for folder, name in files], pattern)
    else:
        splits = _labelled_splits(files, splits)
        labelled = [(folder, name) for folder, name in files if splits.holds(folder)]
        skipped[NO_LABEL] += len(files) - len(labelled)
        files = labelled
        by_rule = labels_by_rule([name for _, name in files])
        if by_rule is None:
            first = min(os.path.join(*folder.parts, name) for folder, name in files)
            raise DataError(
                f"no labels found for {plural(len(files), 'picture')} in {tree.root!r}, such as {first!r}: "
                "put each class into a folder of its own, give a table with path and label columns, "
                f"or a label_pattern (--label-pattern){_several_tables(tree)}"
            )
        rule, labels = by_rule
    skipped[NO_LABEL] += labels.count(None)

    labelled_files = [(*file, label) for file, label in zip(files, labels, strict=True) if label is not None]
    found = _Found(
        [os.path.join(folder.path, name) for folder, name, _ in labelled_files],
        [label for *_, label in labelled_files],
        [splits.code(folder) for folder, *_ in labelled_files],
        {label for *_, label in labelled_files},
    )
    return _dataset(
        found, splits, Source("file-names", tree.root, 0, 0, rule=rule, label_pattern=pattern), skipped, class_names
    )


def _labelled_splits(files: list[tuple[Folder, str]], splits: _SplitFolders) -> _SplitFolders:
    """Leave out the splits in which no file has a label in its name, as the test split of a competition."""
    labelled = {
        top: split
        for top, split in (splits.codes or {}).items()
        if any(labels_by_rule([name]) for folder, name in files if folder.parts[0] == top)
    }
    return _SplitFolders(labelled) if TRAIN in labelled.values() else splits


def _dataset(
    found: _Found, splits: _SplitFolders, source: Source, skipped: Counter[str], class_names: ClassNames | None
) -> Dataset:
    """Sort by path, whatever order the file system gave, and complete the fact of what was read."""
    order = np.array(sorted(range(len(found.pictures)), key=found.pictures.__getitem__), dtype=np.int64)
    codes = {name: code for code, name in enumerate(sorted(found.names))}
    own = np.array([codes[label] for label in found.labels], np.int64)[order]
    named = name_classes(own, list(codes), class_names)
    given = np.array(found.splits, np.int8)[order]
    return Dataset(
        [found.pictures[index] for index in order.tolist()],
        named.labels,
        named.classes,
        given if given.any() else None,
        source=replace(
            source,
            pictures=len(order),
            classes=len(named.classes),
            splits=count_splits(given),
            splits_from=None if splits.codes is None else "folders",
            split_folders=splits.names(),
        ),
        skipped={why: count for why, count in skipped.items() if count},
        class_names=named.class_names,
    )
