"""206 copies-across-splits."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from headway.checks import OutOfFold, TooLittle
from tests.checks.copies.planting import plant, some
from tests.checks.helpers import context, run


@pytest.mark.parametrize("planted", [2, 10])
def test_copies_in_the_test_part_are_severe_and_no_others(carried_pictures: Path, planted: int) -> None:
    files = some(carried_pictures, planted, seed=6)
    changes = ("same file", "saved again")
    copies = [plant(file, changes[place % 2]) for place, file in enumerate(files)]
    looked_at = context(carried_pictures, "efficientnet_lite0")
    paths = [Path(looked_at.data.name(row)).name for row in range(len(looked_at))]
    part = np.array([2 if path.startswith("copy of") else 0 for path in paths])
    originals = {file.name for file in files}
    new = [row for row, path in enumerate(paths) if part[row] == 0 and path not in originals][:20]
    part[new] = 2
    wrong = np.zeros((len(looked_at), looked_at.n_classes), np.float32)
    wrong[np.arange(len(looked_at)), looked_at.labels] = 1
    wrong[new[:10]] = np.roll(wrong[new[:10]], 1, axis=1)
    looked_at = context(
        carried_pictures, "efficientnet_lite0", part=part, predictions=OutOfFold(np.arange(len(looked_at)), wrong)
    )
    [found] = run("copies-across-splits", looked_at)
    assert found.severity == "severe"
    listed = {paths[row] for row in found.rows.tolist()}
    assert listed == {copy.name for copy in copies}
    assert found.evidence["identical"] == found.evidence["near"] == planted // 2
    assert found.evidence["test"] == planted and found.evidence["validation"] == 0
    assert found.evidence["accuracy_without"] == 0.5
    assert found.evidence["accuracy"] == pytest.approx((10 + planted) / (20 + planted))


def test_clean_parts_are_well(carried_pictures: Path) -> None:
    part = np.arange(240) % 3
    assert run("copies-across-splits", context(carried_pictures, part=part)) == []


def test_without_parts_it_cannot_tell(carried_pictures: Path) -> None:
    with pytest.raises(TooLittle):
        run("copies-across-splits", context(carried_pictures))
