"""How quickly features are computed, by a few images."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from headway.embedding import timing


def test_a_huge_picture_does_not_say_how_quickly_all_go(tmp_path: Path) -> None:
    files = [tmp_path / f"{number:03}.png" for number in range(100)]
    for number, file in enumerate(files):
        file.write_bytes(b" " * (10_000 if number % 9 == 0 else 100 + number))
    chosen = timing._ordinary([*map(str, files), "missing.png", np.zeros((4, 4), np.uint8)], 12)
    sizes = [Path(str(name)).stat().st_size for name in chosen]
    assert len(chosen) == 12 and 130 < min(sizes) <= max(sizes) < 170
