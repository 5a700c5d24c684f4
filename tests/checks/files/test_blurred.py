"""104 blurred."""

from __future__ import annotations

from pathlib import Path

import pytest
from PIL import ImageEnhance, ImageFilter

from headway.checks import TooLittle
from tests.checks.files.planting import FACTS, USUAL, draw, measured, precision_and_recall, with_files, write
from tests.checks.helpers import run


@pytest.mark.parametrize("rate", [0.02, 0.1, 0.3])
def test_blurred_pictures_are_found(tmp_path: Path, rate: float) -> None:
    planted = draw(rate)
    write(tmp_path, planted, lambda image: image.filter(ImageFilter.GaussianBlur(5)))
    looked_at = measured(tmp_path)
    found = run("blurred", looked_at)
    precision, recall = precision_and_recall(looked_at, found, planted)
    assert [one.severity for one in found] == ["note"]
    assert precision >= 0.9 and recall >= 0.85


def test_neither_clean_pictures_nor_pale_ones_are_found(tmp_path: Path) -> None:
    write(tmp_path, draw(0.1), lambda image: ImageEnhance.Contrast(image).enhance(0.3))
    assert run("blurred", measured(tmp_path)) == []


def test_few_pictures_cannot_be_told() -> None:
    with pytest.raises(TooLittle):
        run("blurred", with_files([0, 1] * 10, [USUAL] * 20, [FACTS] * 20))
