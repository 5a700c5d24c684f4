"""What a picture is called in a list of fixes: the same wherever the data set lies, and whoever reads it."""

from __future__ import annotations

import os
from collections import defaultdict
from collections.abc import Iterable
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from headway.cells import path_cell

if TYPE_CHECKING:
    from headway.dataset.core import Dataset
    from headway.facts.data import Source


def file_cells(source: Source, names: Iterable[str]) -> list[str]:
    """Return the cells for pictures, by their names in a data set: paths below its folder, with ``/``.

    Of several sources, each path begins with its source as it was given. What lies elsewhere is named by its whole
    path, and what is no file by its position.

    Examples
    --------
    >>> from headway.facts.data import Source
    >>> file_cells(Source("table", "data/labels.csv", 2, 2), ["data/cat/1.jpg", "/other/2.jpg"])
    ['cat/1.jpg', '/other/2.jpg']
    """
    folders = list(_folders(source))
    return [_cell(name, folders) for name in names]


def _folders(source: Source) -> Iterable[tuple[str, str]]:
    """Yield the folder of each source, as names begin with it, and what stands for it in a cell."""
    for part in source.parts or (source,):
        if part.name is not None:
            is_file = part.layout == "table" and not Path(part.name).is_dir()
            folder = os.path.dirname(part.name) if is_file else part.name
            shown = (part.archive or part.name) if source.parts else ""
            yield (os.path.join(folder, "") if folder else ""), shown


def _cell(name: str, folders: Iterable[tuple[str, str]]) -> str:
    for folder, shown in folders:
        if name.startswith(folder):
            name = os.path.join(shown, name.removeprefix(folder))
            break
    return path_cell(name.replace(os.sep, "/")).encode("utf-8", "backslashreplace").decode()


class Files:
    """Finds the pictures of a data set by their cells.

    A path as other commands print it will do, too.
    """

    def __init__(self, dataset: Dataset) -> None:
        self._names = [dataset.name(row) for row in range(len(dataset))]
        self.cells = file_cells(dataset.source, self._names)
        self._rows: dict[str, list[int]] = defaultdict(list)
        for row, cell in enumerate(self.cells):
            self._rows[cell].append(row)

    def rows(self, cell: str) -> list[int]:
        """Return the positions of a picture, which are several where the data set has its file several times."""
        found = self._rows.get(cell)
        return found if found is not None else self._by_path.get(os.path.abspath(cell), [])

    def are_one(self, rows: Iterable[int]) -> bool:
        """Say whether pictures are the same file, rather than two whose names differ in characters that no cell has."""
        return len({self._names[row] for row in rows}) < 2

    @cached_property
    def _by_path(self) -> dict[str, list[int]]:
        rows: dict[str, list[int]] = defaultdict(list)
        for row, name in enumerate(self._names):
            rows[os.path.abspath(name)].append(row)
        return rows
