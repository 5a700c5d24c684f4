"""How many levels a file has."""

from __future__ import annotations

import io
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from headway.images.levelcount import count_levels

RAMP = np.arange(256, dtype=np.uint8).reshape(16, 16)


def saved(image: Image.Image, kind: str = "PNG") -> bytes:
    content = io.BytesIO()
    image.save(content, kind)
    return content.getvalue()


@pytest.mark.parametrize("step", [1, 32, 128])
@pytest.mark.parametrize("mode", ["L", "RGB", "P"])
def test_levels_are_counted_before_scaling(mode: str, step: int) -> None:
    assert count_levels(saved(Image.fromarray(RAMP // step * step).convert(mode))) == 256 // step


def test_sixteen_bits_have_more_levels() -> None:
    assert count_levels(saved(Image.fromarray(np.arange(1024, dtype=np.uint16).reshape(32, 32)))) == 1024


def test_what_is_transparent_is_on_white() -> None:
    silhouette = np.dstack([np.zeros_like(RAMP), RAMP])
    assert count_levels(saved(Image.fromarray(silhouette))) == 256


def test_what_is_no_file_or_broken_or_giant_is_not_counted(tmp_path: Path) -> None:
    assert count_levels(Image.fromarray(RAMP)) is None and count_levels(RAMP) is None
    assert count_levels(b"nothing") is None and count_levels(str(tmp_path / "none.png")) is None
    noise = np.random.default_rng(0).integers(0, 256, (50, 50)).astype(np.uint8)
    assert count_levels(saved(Image.fromarray(noise))[:1000]) is None
    assert count_levels(saved(Image.new("1", (2001, 2000)))) is None
