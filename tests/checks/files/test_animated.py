"""107 animated."""

from __future__ import annotations

from pathlib import Path

import pytest
from PIL import Image

from tests.checks.helpers import context, names, run


@pytest.mark.parametrize("planted", [1, 5])
@pytest.mark.parametrize("kind", ["GIF", "WEBP", "TIFF"])
def test_files_of_several_frames_are_found_and_no_others(pictures: Path, planted: int, kind: str) -> None:
    for number in range(planted):
        path = pictures / "red" / f"{number:02d}.png"
        with Image.open(path) as image:
            image.load()
        frames = [image.rotate(10 * turn) for turn in range(1, number + 2)]
        image.save(path.with_suffix(f".{kind.lower()}"), kind, save_all=True, append_images=frames)
        path.unlink()
    looked_at = context(pictures)
    [found] = run("animated", looked_at)
    assert found.severity == "note" and list(found.values) == list(range(planted + 1, 1, -1))
    assert [Path(name).stem for name in names(looked_at, found)] == [f"{n:02d}" for n in reversed(range(planted))]


def test_nothing_is_found_in_clean_pictures(pictures: Path) -> None:
    assert run("animated", context(pictures)) == []
