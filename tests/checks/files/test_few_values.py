"""106 few-values."""

from __future__ import annotations

from pathlib import Path

import pytest
from PIL import Image, ImageOps

from headway.checks import TooLittle
from tests.checks.files.planting import FACTS, draw, measured, precision_and_recall, with_files, write
from tests.checks.helpers import run


def posterised(image: Image.Image) -> Image.Image:
    return ImageOps.posterize(image, 2)


def quantised(image: Image.Image) -> Image.Image:
    return image.quantize(8)


@pytest.mark.parametrize("rate", [0.02, 0.1, 0.3])
@pytest.mark.parametrize("change", [posterised, quantised])
def test_pictures_of_few_levels_are_found(tmp_path: Path, rate: float, change: object) -> None:
    planted = draw(rate)
    write(tmp_path, planted, posterised if change is posterised else quantised)
    looked_at = measured(tmp_path)
    found = run("few-values", looked_at)
    precision, recall = precision_and_recall(looked_at, found, planted)
    assert [one.severity for one in found] == ["note"] and all(value <= 16 for value in found[0].values)
    assert precision >= 0.9 and recall >= 0.9


def test_where_all_have_few_nothing_is_found(tmp_path: Path) -> None:
    assert run("few-values", measured(write(tmp_path, draw(1.0), posterised))) == []


def test_what_is_in_memory_cannot_be_told() -> None:
    with pytest.raises(TooLittle):
        run("few-values", with_files([0, 1] * 20, [None] * 40, [FACTS] * 40))
