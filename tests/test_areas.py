from __future__ import annotations

import os
import shutil
import time
from pathlib import Path

import pytest

from headway.areas import Area

AREA = Area("things", "*.bin", max_bytes=25, max_age_s=3600)


@pytest.fixture
def files(tmp_path: Path) -> list[Path]:
    """Four files of 10 bytes, each used 1,000 seconds before the last, and one of somebody else."""
    AREA.folder(tmp_path).mkdir()
    paths = [AREA.folder(tmp_path) / f"{number}.bin" for number in range(4)]
    for number, path in enumerate(paths):
        path.write_bytes(bytes(10))
        os.utime(path, (time.time() - 1000 * number,) * 2)
    (AREA.folder(tmp_path) / "mine.txt").write_bytes(bytes(10))
    return paths


def left(files: list[Path]) -> list[int]:
    return [number for number, path in enumerate(files) if path.exists()]


def test_the_longest_unused_go_first_until_the_rest_fits(files: list[Path], tmp_path: Path) -> None:
    assert AREA.size(tmp_path) == 40
    assert AREA.prune(tmp_path) == 20 and left(files) == [0, 1]
    assert AREA.prune(tmp_path) == 0 and AREA.size(tmp_path) == 20


def test_what_is_too_old_goes_even_where_there_is_room(files: list[Path], tmp_path: Path) -> None:
    os.utime(files[1], (0, 0))
    assert AREA.prune(tmp_path, max_bytes=100) == 10 and left(files) == [0, 2, 3]


def test_what_is_in_use_stays(files: list[Path], tmp_path: Path) -> None:
    assert AREA.prune(tmp_path, max_bytes=10, in_use=[files[3]]) == 30 and left(files) == [3]


def test_clearing_leaves_the_files_of_others(files: list[Path], tmp_path: Path) -> None:
    assert AREA.clear(tmp_path) == 40 and left(files) == []
    assert (AREA.folder(tmp_path) / "mine.txt").exists()


def test_what_cannot_be_deleted_is_not_counted(files: list[Path], tmp_path: Path) -> None:
    stuck = Area("things", "*.bin", max_bytes=0, delete=lambda path: path != files[0] and not path.unlink())
    assert stuck.clear(tmp_path) == 30 and stuck.prune(tmp_path) == 0 and left(files) == [0]


def test_an_area_that_is_not_there_is_empty(tmp_path: Path) -> None:
    assert (AREA.size(tmp_path), AREA.prune(tmp_path), AREA.clear(tmp_path)) == (0, 0, 0)


def test_a_folder_is_measured_and_deleted_as_one(tmp_path: Path) -> None:
    area = Area(
        "folders", "*", delete=lambda path: not shutil.rmtree(path), measure=lambda path: len(list(path.iterdir()))
    )
    for name in ("1", "2"):
        (area.folder(tmp_path) / "a" / name).mkdir(parents=True)
    assert (area.size(tmp_path), area.clear(tmp_path), area.size(tmp_path)) == (2, 2, 0)
