"""105 dark-or-bright."""

from __future__ import annotations

from pathlib import Path

import pytest
from PIL import Image

from headway.checks import TooLittle
from tests.checks.files.planting import FACTS, USUAL, draw, measured, precision_and_recall, with_files, write
from tests.checks.helpers import run


def dark(image: Image.Image) -> Image.Image:
    return image.point(lambda level: level // 16)  # as 12 bits that were not scaled


def bright(image: Image.Image) -> Image.Image:
    return image.point(lambda level: 248 + level // 37)


@pytest.mark.parametrize("rate", [0.02, 0.1, 0.3])
@pytest.mark.parametrize("change", [dark, bright])
def test_dark_and_bright_pictures_are_found(tmp_path: Path, rate: float, change: object) -> None:
    planted = draw(rate)
    write(tmp_path, planted, dark if change is dark else bright)
    looked_at = measured(tmp_path)
    found = run("dark-or-bright", looked_at)
    precision, recall = precision_and_recall(looked_at, found, planted)
    assert [(one.severity, one.evidence["problem"]) for one in found] == [
        ("note", "dark" if change is dark else "bright")
    ]
    assert precision >= 0.95 and recall >= 0.9


def test_clean_drawings_on_white_are_not_too_bright(tmp_path: Path) -> None:
    assert run("dark-or-bright", measured(write(tmp_path))) == []


def test_few_pictures_cannot_be_told() -> None:
    with pytest.raises(TooLittle):
        run("dark-or-bright", with_files([0, 1] * 10, [USUAL] * 20, [FACTS] * 20))
