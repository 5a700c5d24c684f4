"""The pictures of a project as one data set, labelled or not, and what stands for their labels."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

import numpy as np

from headway.dataset import Dataset
from headway.dataset.fixes import read_fixes
from headway.dataset.names import natural_key
from headway.errors import DataError
from headway.facts.data import Source

if TYPE_CHECKING:
    from headway.types import IntArray

LABELS, FIXES = "labels.csv", "fixes.csv"


class Entry(Protocol):
    """A picture of a project."""

    @property
    def file(self) -> str:
        """Its path below the project, with ``/``."""

    @property
    def label(self) -> str | None:
        """Its class, after fixes."""

    @property
    def left_out(self) -> bool:
        """Whether it is not to be learned from."""


class Pictures(Protocol):
    """What is asked of a project here."""

    @property
    def folder(self) -> Path:
        """Where it is."""

    @property
    def revision(self) -> int:
        """Another one after each change."""

    def entries(self) -> Sequence[Entry]:
        """All pictures."""

    def path(self, file: str) -> Path:
        """Where a picture is."""

    def dataset(self) -> Dataset:
        """Those with a label, as the command line reads them."""


@dataclass(frozen=True, eq=False)
class Collection:
    """Pictures that are not left out, and their names in the project, row by row; a label of -1 stands for none."""

    dataset: Dataset
    files: tuple[str, ...]


def collect(project: Pictures) -> Collection:
    """Return the pictures that are not left out, with the groups and confirmations that a person decided on."""
    entries = [entry for entry in project.entries() if not entry.left_out]
    classes = tuple(sorted({entry.label for entry in entries if entry.label is not None}, key=natural_key))
    position = {name: label for label, name in enumerate(classes)}
    labels = [-1 if entry.label is None else position[entry.label] for entry in entries]
    files = tuple(entry.file for entry in entries)
    pictures = [path_of(project, file) for file in files]
    source = Source("table", os.path.abspath(project.folder / LABELS), len(entries), len(classes))
    groups, confirmed = _decided(project, pictures)
    dataset = Dataset(pictures, np.array(labels, np.int64), classes, groups=groups, source=source, confirmed=confirmed)
    return Collection(dataset, files)


def path_of(project: Pictures, file: str) -> str:
    """Return the path of a picture."""
    return os.path.abspath(project.path(file))


def files_by_path(project: Pictures) -> dict[str, str]:
    """Return the names of pictures in the project by their paths."""
    return {path_of(project, entry.file): entry.file for entry in project.entries()}


def _decided(project: Pictures, pictures: Sequence[str]) -> tuple[IntArray | None, frozenset[tuple[str, str]]]:
    """Return the groups of pictures, and which findings about them are no fault, as far as a person decided."""
    try:
        labelled = project.dataset()
    except DataError:  # too few labels to be read as a data set
        return None, frozenset()
    names = [os.path.abspath(labelled.name(row)) for row in range(len(labelled))]
    full = {labelled.name(row): name for row, name in enumerate(names)}
    confirmed = frozenset((full.get(name, name), check) for name, check in labelled.confirmed)
    if labelled.groups is None:
        return None, confirmed
    group_of = dict(zip(names, labelled.groups.tolist(), strict=True))
    first = max(group_of.values(), default=0) + 1
    groups = [group_of.get(path, first + row) for row, path in enumerate(pictures)]
    return np.array(groups, np.int64), confirmed


def digest(project: Pictures) -> str:
    """Return what stands for the labels and groups of a project: the same, where nothing has changed for a fit."""
    rows = [f"{entry.file}\t{entry.label}" for entry in project.entries() if entry.label and not entry.left_out]
    return hashlib.sha256("\n".join(sorted([*rows, *_groups(project.folder / FIXES)])).encode()).hexdigest()


def _groups(fixes: Path) -> list[str]:
    try:
        rows = read_fixes(fixes).rows if fixes.is_file() else ()
    except DataError:  # who edits it is told by the project
        return []
    return [f"{fix.file}\t{fix.to}\tgroup" for fix in rows if fix.decision == "group"]
