"""205 contradicting-copies."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.checks.copies.planting import plant, some
from tests.checks.helpers import context, names, run


def elsewhere(file: Path) -> Path:
    classes = sorted(folder for folder in file.parents[1].iterdir() if folder.is_dir())
    return classes[(classes.index(file.parent) + 1) % len(classes)]


@pytest.mark.parametrize("planted", [1, 8])
def test_identical_pictures_in_two_classes_are_severe(carried_pictures: Path, planted: int) -> None:
    files = some(carried_pictures, planted, seed=4)
    copies = [plant(file, ("same file", "lossless")[place % 2], elsewhere(file)) for place, file in enumerate(files)]
    looked_at = context(carried_pictures)
    severe, *rest = run("contradicting-copies", looked_at)
    assert severe.severity == "severe" and not rest
    assert set(names(looked_at, severe)) == {f"{file.parent.name}/{file.name}" for file in [*files, *copies]}
    assert {proposal.decision for proposal in severe.proposals if proposal} == {"drop"}


@pytest.mark.parametrize("planted", [2, 10])
def test_near_pictures_in_two_classes_are_a_warning(carried_pictures: Path, planted: int) -> None:
    files = some(carried_pictures, planted, seed=5)
    changes = ("saved again", "mirrored")
    copies = [plant(file, changes[place % 2], elsewhere(file)) for place, file in enumerate(files)]
    looked_at = context(carried_pictures, "efficientnet_lite0")
    [found] = run("contradicting-copies", looked_at)
    wanted = {f"{file.parent.name}/{file.name}" for file in [*files, *copies]}
    assert found.severity == "warning"
    listed = set(names(looked_at, found))
    assert len(listed & wanted) >= 0.95 * len(wanted) and len(listed & wanted) >= 0.99 * len(listed)


def test_nothing_is_found_in_clean_pictures_or_in_copies_of_one_class(carried_pictures: Path) -> None:
    plant(some(carried_pictures, 1)[0], "same file")
    assert run("contradicting-copies", context(carried_pictures)) == []
