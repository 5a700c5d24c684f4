"""103 blank."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from tests.checks.helpers import context, names, run


@pytest.mark.parametrize("planted", [1, 3])
def test_blank_pictures_are_found_and_no_others(pictures: Path, planted: int) -> None:
    for number in range(planted):
        Image.fromarray(np.full((40, 50, 3), 30 * number, np.uint8)).save(pictures / "red" / f"{number:02d}.png")
    looked_at = context(pictures)
    [found] = run("blank", looked_at)
    assert found.severity == "warning"
    assert sorted(names(looked_at, found)) == [f"red/{number:02d}.png" for number in range(planted)]
    assert [proposal.decision for proposal in found.proposals if proposal] == ["drop"] * planted


def test_nothing_is_found_in_clean_pictures(pictures: Path) -> None:
    assert run("blank", context(pictures)) == []
