"""The quality of a JPEG, by its tables."""

from __future__ import annotations

import io

import numpy as np
import pytest
from PIL import Image

from headway.images.files import read_file_facts


@pytest.mark.parametrize("mode", ["L", "RGB", "CMYK"])
@pytest.mark.parametrize("quality", [1, 10, 40, 49, 50, 51, 75, 95, 100])
def test_the_quality_is_that_at_which_it_was_saved(quality: int, mode: str) -> None:
    content = io.BytesIO()
    Image.fromarray(np.zeros((16, 16), np.uint8)).convert(mode).save(content, "JPEG", quality=quality)
    facts = read_file_facts(content.getvalue())
    assert facts is not None and facts.quality == quality
