"""A folder of images: a folder per class, split folders, labels in file names, or tables beside the pictures."""

from __future__ import annotations

import os
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import replace
from typing import Any, NamedTuple

import numpy as np

from headway.dataset.core import Dataset, count_splits, name_classes
from headway.dataset.filename import labels_by_pattern, labels_by_rule, words_before_numbers
from headway.dataset.folders import tables
from headway.dataset.folders.asking import Asker
from headway.dataset.folders.branches import Branch, grow, is_storage, without_annotations
from headway.dataset.folders.layout import Layout, Start, find_layout
from headway.dataset.globs import Globs
from headway.dataset.memory import number_groups
from headway.dataset.names import TRAIN, plural, some
from headway.dataset.options import ReadingOptions
from headway.dataset.problems import clustering
from headway.dataset.walk import EXCLUDED, NO_PICTURES, Folder, Tree, walk
from headway.errors import DataError
from headway.facts.data import Layout as LayoutName
from headway.facts.data import LeftOut, Source

OUTSIDE_CLASSES = "picture outside the class folders"
OUTSIDE_SPLITS = "picture outside the split folders"
NO_LABEL = "no label in the file name"
_LEFT_OUT = {
    "annotations": tables.ANNOTATION,
    "copy": "copy of other folders",
    "no-labels": OUTSIDE_CLASSES,
    "no-split": OUTSIDE_SPLITS,
}
_PAIRED = 0.9  # of the pictures of one ending have one of another ending


class _Found(NamedTuple):
    """The pictures of a folder, in any order, with the label, split and group of each; ``names`` are all labels."""

    pictures: list[str]
    labels: list[str]
    splits: list[int]
    groups: list[str]
    names: set[str]

    def add(self, folder: Folder, names: Sequence[str], label: str, split: int, group: str) -> None:
        """Add pictures of a folder."""
        self.pictures.extend(os.path.join(folder.path, name) for name in names)
        self.labels.extend([label] * len(names))
        self.splits.extend([split] * len(names))
        self.groups.extend([group] * len(names))
        self.names.add(label)


def read_folder(root: str, options: ReadingOptions) -> Dataset:
    """Read a folder of images in whichever way its labels are given.

    With a ``label_pattern``, labels come from the paths of the files and nowhere else. When any column is named, the
    folder must hold one table. Where folders, tables and names are of two minds, `AmbiguousDataError` has the readings.
    """
    globs = Globs.of(options.include, options.exclude)
    tree = walk(root, globs)
    if options.exclude and not tree.skipped[EXCLUDED]:
        raise DataError(
            f"--exclude must match something in {root!r}, and {some(options.exclude)} matches nothing: globs are held "
            "against names, and against paths below the folder"
        )
    if not tree.count():
        return tables.of_a_folder_without_pictures(tree, options)
    return read_tree(tree, options)


def read_tree(tree: Tree, options: ReadingOptions) -> Dataset:
    """Read what a walk through a folder found, which may be one of object storage: no file is opened but tables."""
    globs = Globs.of(options.include, options.exclude)
    asker = Asker(tree.root, options)
    branches, left_out = without_annotations(grow(tree), globs)
    _check_pairs(branches, globs, asker)
    layout = find_layout(branches, asker)
    layout = replace(layout, left_out=(*left_out, *layout.left_out))
    if options.label_pattern is not None:
        return _by_pattern(tree, branches, layout, options)
    if options.columns.any():
        return tables.with_named_columns(tree, layout, options)
    by_folders = _by_class_folder(tree, layout, options) if layout.has_classes else None
    by_names = None if by_folders else _by_rule(tree, layout, options)
    dataset = tables.weigh(tree, layout, by_folders or by_names, asker)
    if dataset is None and not options.labels_needed:
        return _without_labels(tree, layout, options)
    if dataset is None:
        raise _no_labels(tree, layout, asker)
    if options.images is not None and dataset.source.layout != "table":
        raise DataError(f"a folder of images (--images) goes with a table, and none gives the labels of {tree.root!r}")
    return dataset


def _check_pairs(root: Branch, globs: Globs, asker: Asker) -> None:
    """Ask where nearly every picture of one ending has another beside it, of the same name."""
    if asker.options.label_pattern is not None:
        return
    stems: dict[str, set[tuple[str, ...]]] = defaultdict(set)
    for branch in root.walk():
        for name in branch.folder.pictures:
            stem, ending = os.path.splitext(name)  # a Path each would take longer
            stems[ending].add((*branch.folder.parts, stem))
    common = sorted(stems, key=lambda ending: -len(stems[ending]))[:2]
    if len(common) < 2 or len(stems[common[1]]) < 2 or any(globs.names(f"x{ending}") for ending in common):
        return
    both = stems[common[0]] & stems[common[1]]
    if len(both) >= _PAIRED * len(stems[common[0]]):
        raise asker.pairs((min(common), max(common)), asker.root)


def _by_class_folder(tree: Tree, layout: Layout, options: ReadingOptions) -> Dataset:
    found = _Found([], [], [], [], set())
    subfolders = 0
    for start in layout.starts:
        for label, child in start.branch.children.items():
            for branch in child.walk():
                split = _split_of(branch, start, layout)
                if split is not None and branch.folder.pictures:
                    found.add(branch.folder, branch.folder.pictures, label, split, start.group)
                    subfolders += not (branch is child or layout.below_classes or is_storage(branch.name))
    empty = _empty_class_folders(tree, layout)
    found.names.update(empty)  # class_names must know them, too
    skipped = _skipped(tree, layout, len(found.pictures))
    skipped[NO_PICTURES] += len(empty)
    return _dataset(found, _source(tree, layout, "class-folders", subfolders=subfolders), skipped, options)


def _split_of(branch: Branch, start: Start, layout: Layout) -> int | None:
    """Return the split of a folder at or below a class folder; None for one outside of the splits in the class."""
    if not layout.below_classes:
        return start.split
    depth = len(start.branch.folder.parts) + 1
    parts = branch.folder.parts
    return layout.below_classes.get(parts[depth]) if len(parts) > depth else None


def _empty_class_folders(tree: Tree, layout: Layout) -> list[str]:
    """Return the names of the folders beside the class folders that hold no picture."""
    empty = []
    for start in layout.starts:
        prefix = start.branch.folder.parts
        sizes: Counter[str] = Counter()
        for folder in tree.folders:
            if folder.parts[: len(prefix)] == prefix and len(folder.parts) > len(prefix):
                sizes[folder.parts[len(prefix)]] += len(folder.pictures)
        empty += [name for name, size in sizes.items() if not size]
    return empty


def _by_pattern(tree: Tree, root: Branch, layout: Layout, options: ReadingOptions) -> Dataset:
    pattern = options.label_pattern or ""
    if not layout.split_folders:  # the pattern sees all but annotations
        annotations = tuple(fact for fact in layout.left_out if fact.why == "annotations")
        layout = replace(layout, starts=(Start(root),), passed=(root,), storage_folders=(), left_out=annotations)
    files = _files(layout)
    paths = ["/".join((*file.folder.parts, file.name)) for file in files]
    labels, groups = labels_by_pattern(paths, pattern)
    source = _source(tree, layout, "file-names", rule="pattern", label_pattern=pattern)
    if groups is not None:
        files = [file._replace(group=group) for file, group in zip(files, groups, strict=True)]
        source = replace(source, groups_from="pattern")
    return _named(tree, layout, files, labels, source, options)


def _by_rule(tree: Tree, layout: Layout, options: ReadingOptions) -> Dataset | None:
    """Read labels from the names of files, as they usually are; None where names have none."""
    layout = _labelled_splits(layout)
    files = _files(layout)
    by_rule = labels_by_rule([file.name for file in files])
    if by_rule is None:
        return None
    rule, labels = by_rule
    if 2 * len(set(labels)) > len(labels) > 4:  # numbers of the pictures
        return None
    return _named(tree, layout, files, labels, _source(tree, layout, "file-names", rule=rule), options)


class _File(NamedTuple):
    """A picture of a folder, its split and its group."""

    folder: Folder
    name: str
    split: int
    group: str


def _files(layout: Layout) -> list[_File]:
    """Return all pictures at and below the starts."""
    return [
        _File(branch.folder, name, start.split, start.group)
        for start in layout.starts
        for branch in start.branch.walk()
        for name in branch.folder.pictures
    ]


def _named(
    tree: Tree,
    layout: Layout,
    files: list[_File],
    labels: list[str | None],
    source: Source,
    options: ReadingOptions,
) -> Dataset:
    found = _Found([], [], [], [], set())
    for file, label in zip(files, labels, strict=True):
        if label is not None:
            found.add(file.folder, [file.name], label, file.split, file.group)
    skipped = _skipped(tree, layout, len(files), by_name=True)
    skipped[NO_LABEL] += labels.count(None)
    return _dataset(found, source, skipped, options)


def _labelled_splits(layout: Layout) -> Layout:
    """Leave out the splits in which no file has a label in its name, as the test split of a competition."""
    labelled = tuple(
        start
        for start in layout.starts
        if any(labels_by_rule([name]) for branch in start.branch.walk() for name in branch.folder.pictures)
    )
    if not any(start.split == TRAIN for start in labelled):
        return layout
    bare = [start.branch for start in layout.starts if start not in labelled]
    left_out = [LeftOut(branch.path, "no-labels", branch.count()) for branch in bare]
    return replace(layout, starts=labelled, left_out=(*layout.left_out, *left_out))


def _no_labels(tree: Tree, layout: Layout, asker: Asker) -> DataError:
    files = _files(layout)
    if words := words_before_numbers([file.name for file in files]):
        return asker.names(words, tables.several(layout))
    if layout.storage_folders:
        return asker.storage([start.branch for start in layout.starts])
    first = min(os.path.join(*file.folder.parts, file.name) for file in files)
    return DataError(
        f"no labels found for {plural(len(files), 'picture')} in {tree.root!r}, such as {first!r}: "
        "put each class into a folder of its own, give a table with path and label columns, "
        f"or a label_pattern (--label-pattern){tables.several(layout)}; {clustering(tree.root)}"
    )


def _without_labels(tree: Tree, layout: Layout, options: ReadingOptions) -> Dataset:
    """Return all pictures, for what needs no labels."""
    found = _Found([], [], [], [], set())
    for file in _files(layout):
        found.add(file.folder, [file.name], "unknown", TRAIN, file.group)
    dataset = _dataset(found, _source(tree, layout, "objects"), _skipped(tree, layout, len(found.pictures)), options)
    unknown = np.full(len(dataset), -1, np.int64)
    return replace(dataset, labels=unknown, classes=(), source=replace(dataset.source, classes=0))


def _skipped(tree: Tree, layout: Layout, found: int, *, by_name: bool = False) -> Counter[str]:
    """Count why pictures were skipped; those that are neither found nor left out lie around the others."""
    skipped = Counter(tree.skipped)
    for fact in layout.left_out:
        skipped[NO_LABEL if by_name and fact.why == "no-labels" else _LEFT_OUT[fact.why]] += fact.pictures
    around = sum(len(branch.folder.pictures) for branch in layout.passed if branch is not layout.starts[0].branch)
    rest = tree.count() - found - sum(fact.pictures for fact in layout.left_out)
    if layout.split_folders or layout.below_classes:
        skipped[OUTSIDE_SPLITS] += min(around, rest) if layout.split_folders else rest
        rest = max(rest - around, 0) if layout.split_folders else 0
    skipped[OUTSIDE_CLASSES] += rest
    return skipped


def _source(tree: Tree, layout: Layout, kind: LayoutName, **more: Any) -> Source:
    return Source(
        kind,
        tree.root,
        0,
        0,
        splits_from="folders" if layout.split_folders else "class-subfolders" if layout.below_classes else None,
        split_folders=layout.split_folders or tuple(layout.below_classes),
        class_like_splits=layout.class_like_splits if kind == "class-folders" else (),
        inside=layout.inside,
        storage_folders=layout.storage_folders,
        groups_from="folders" if any(start.group for start in layout.starts) else None,
        left_out=layout.left_out,
        **more,
    )


def _dataset(found: _Found, source: Source, skipped: Counter[str], options: ReadingOptions) -> Dataset:
    """Sort by path, whatever order the file system gave, and complete the fact of what was read."""
    order = np.array(sorted(range(len(found.pictures)), key=found.pictures.__getitem__), dtype=np.int64)
    codes = {name: code for code, name in enumerate(sorted(found.names))}
    own = np.array([codes[label] for label in found.labels], np.int64)[order]
    named = name_classes(own, list(codes), options.class_names)
    given = np.array(found.splits, np.int8)[order]
    grouped = options.groups and source.groups_from is not None
    groups, group_names = number_groups([found.groups[index] for index in order.tolist()] if grouped else None)
    return Dataset(
        [found.pictures[index] for index in order.tolist()],
        named.labels,
        named.classes,
        given if given.any() else None,
        groups,
        replace(
            source,
            pictures=len(order),
            classes=len(named.classes),
            splits=count_splits(given),
            groups_from=source.groups_from if grouped else None,
        ),
        {why: count for why, count in skipped.items() if count},
        group_names,
        class_names=named.class_names,
    )
