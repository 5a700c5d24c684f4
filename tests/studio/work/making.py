"""A project for tests: what the workshop asks of one, in a folder with a table of labels."""

from __future__ import annotations

import csv
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import headway
from headway.dataset import Dataset
from headway.errors import DataError
from headway.recipe import Recipe
from headway.studio.work import Workshop
from tests.helpers import write_pictures

TINY = Recipe(backbone="tiny")


@dataclass(frozen=True)
class Picture:
    file: str
    label: str | None = None
    left_out: bool = False


class Folder:
    """Pictures by the class that they are drawn of; ``label`` and ``drop`` change what they are said to be."""

    def __init__(self, folder: Path, per_class: int = 12, seed: int = 0) -> None:
        self.folder = folder
        self.revision = 1
        self._lock = threading.Lock()
        write_pictures(folder / "pictures", per_class, seed=seed)
        paths = sorted((folder / "pictures").rglob("*.png"))
        self._entries = {
            file: Picture(file, path.parent.name) for path in paths for file in [path.relative_to(folder).as_posix()]
        }

    def entries(self) -> tuple[Picture, ...]:
        return tuple(self._entries.values())

    def path(self, file: str) -> Path:
        return self.folder / self._entries[file].file

    def dataset(self) -> Dataset:
        rows = [one for one in self.entries() if one.label is not None and not one.left_out]
        if not rows:
            raise DataError("there are no pictures with a label yet")
        with self._lock:
            with (self.folder / "labels.csv").open("w", newline="") as file:
                writer = csv.writer(file)
                writer.writerow(["file", "label"])
                writer.writerows((one.file, one.label) for one in rows)
            return headway.read(self.folder / "labels.csv")

    def change(self, file: str, **changes: object) -> None:
        self._entries[file] = replace(self._entries[file], **changes)  # type: ignore[arg-type]
        self.revision += 1

    def add(self, file: str, label: str | None = None) -> None:
        self._entries[file] = Picture(file, label)
        self.revision += 1


@contextmanager
def working(project: Folder, **options: object) -> Iterator[Workshop]:
    """A workshop, whose threads end with the test."""
    shop = Workshop(project, **{"recipe": TINY, "quiet": 0.0} | options)  # type: ignore[arg-type]
    try:
        yield shop
    finally:
        shop.close()


def wait(until: Callable[[], object], seconds: float = 60.0) -> None:
    """Wait for something to become true."""
    end = time.monotonic() + seconds
    while not until():
        assert time.monotonic() < end, "it took too long"
        time.sleep(0.005)


def rested(shop: Workshop) -> bool:
    """Whether all pictures are known, and nothing goes on."""
    known, job = shop.features_known, shop.job
    return known.known == known.n and job is not None and job.state != "running"


def train(shop: Workshop) -> None:
    """Train, and wait until the report is written, too."""
    before = shop.start("train").id
    wait(lambda: shop.job is not None and shop.job.id > before and shop.job.state != "running")
    assert shop.job is not None and shop.job.state == "done", shop.job
