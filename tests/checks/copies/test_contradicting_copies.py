"""205 contradicting-copies."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from headway.checks import OutOfFold
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
    assert not any(severe.proposals)  # nothing was predicted: a person decides


def test_the_less_probable_label_is_proposed_to_be_dropped(carried_pictures: Path) -> None:
    [file] = some(carried_pictures, 1, seed=4)
    plant(file, "same file", elsewhere(file))
    looked_at = context(carried_pictures)
    [severe] = run("contradicting-copies", looked_at)
    right = next(row for row in severe.rows.tolist() if Path(looked_at.data.name(row)).parent == file.parent)
    probabilities = np.full((1, looked_at.n_classes), 0.01, np.float32)
    probabilities[0, looked_at.labels[right]] = 0.9
    predicted = replace(looked_at, predictions=OutOfFold(np.array([right]), probabilities))
    [severe] = run("contradicting-copies", predicted)
    proposed = dict(zip(severe.rows.tolist(), severe.proposals, strict=True))
    assert proposed[right] is None
    assert [proposal.decision for row, proposal in proposed.items() if row != right and proposal] == ["drop"]


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
