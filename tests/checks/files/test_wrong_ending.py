"""101 wrong-ending."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from headway.checks.files.wrong_ending import FORMATS
from headway.images import SUFFIXES
from tests.checks.files.planting import USUAL, draw, measured, precision_and_recall, with_files, write
from tests.checks.helpers import run


def test_every_ending_promises_a_format() -> None:
    assert set(FORMATS) == set(SUFFIXES)


@pytest.mark.parametrize("rate", [0.02, 0.2])
def test_files_of_another_format_are_found_and_no_others(tmp_path: Path, rate: float) -> None:
    planted = draw(rate)
    write(tmp_path)
    for name in planted:  # PNGs by another name
        (tmp_path / f"{name}.png").rename(tmp_path / f"{name}.JPG")
    looked_at = measured(tmp_path)
    [found] = run("wrong-ending", looked_at)
    assert found.severity == "note" and found.evidence["formats"] == f".jpg is PNG ({len(planted)})"
    assert precision_and_recall(looked_at, [found], planted) == (1.0, 1.0)


def test_without_an_ending_or_a_file_nothing_is_wrong() -> None:
    files = [replace(USUAL, ending=""), None, USUAL]
    assert run("wrong-ending", with_files([0, 1, 0], files)) == []
