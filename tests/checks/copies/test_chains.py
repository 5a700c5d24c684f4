"""204 chains."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from tests.checks.copies.planting import opened, some
from tests.checks.helpers import context, names, run


@pytest.mark.parametrize("planted", [1, 3])
def test_a_view_that_comes_closer_is_a_chain_and_nothing_else_is(carried_pictures: Path, planted: int) -> None:
    wanted = set()
    for file in some(carried_pictures, planted, seed=3):
        image = opened(file)
        wanted.add(f"{file.parent.name}/{file.name}")
        for step in range(3):
            width, height = image.size
            image = image.crop(
                (width // 20, height // 20, width // 20 + width * 9 // 10, height // 20 + height * 9 // 10)
            )
            frame = file.with_name(f"frame {step} of {file.stem}.png")
            image.save(frame)
            wanted.add(f"{frame.parent.name}/{frame.name}")
    looked_at = context(carried_pictures, "efficientnet_lite0")
    [found] = run("chains", looked_at)
    assert set(names(looked_at, found)) == wanted
    assert found.evidence["chains"] == planted
    groups = np.where(np.isin(np.arange(len(looked_at)), found.rows), 0, np.arange(len(looked_at)))
    assert run("chains", replace(looked_at, data=replace(looked_at.data, groups=groups))) == []


def test_nothing_is_found_in_clean_pictures(carried_pictures: Path) -> None:
    assert run("chains", context(carried_pictures, "efficientnet_lite0")) == []
