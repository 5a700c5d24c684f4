"""Small pictures: bounds, what is kept, and that a full disk does no harm."""

from __future__ import annotations

import io
import os
from pathlib import Path

import pytest
from PIL import Image

from headway.errors import PictureError
from headway.studio import thumbs
from headway.studio.thumbs import Seen, Thumbs
from tests.studio.project.making import png


def write(path: Path, size: tuple[int, int] = (400, 200)) -> Seen:
    path.write_bytes(png(3, size))
    return Seen.of(path)


def test_they_are_kept_in_memory_and_on_the_disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    seen = write(tmp_path / "a.png")
    first = Thumbs(tmp_path / "thumbs")
    content = first.jpeg(seen, 96)
    with Image.open(io.BytesIO(content)) as image:
        assert (image.format, image.size) == ("JPEG", (96, 48))
    monkeypatch.setattr(thumbs, "_encode", lambda *_: pytest.fail("it was made again"))
    assert first.jpeg(seen, 96) == content == Thumbs(tmp_path / "thumbs").jpeg(seen, 96)


def test_another_content_has_another_version(tmp_path: Path) -> None:
    seen = write(tmp_path / "a.png")
    again = write(tmp_path / "a.png", (200, 300))
    assert seen.version != again.version
    found = Thumbs(tmp_path / "thumbs")
    assert found.sides(again) == (200, 300)
    with Image.open(io.BytesIO(found.jpeg(again, 384))) as image:
        assert image.size == (200, 300)


def test_memory_and_disk_are_bounded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    found = Thumbs(tmp_path / "thumbs")
    size = len(found.jpeg(write(tmp_path / "0.png"), 96))
    monkeypatch.setattr(thumbs, "_MEMORY_BYTES", 3 * size)
    monkeypatch.setattr(thumbs, "_DISK_BYTES", 2 * size)
    for number in range(1, 6):
        found.jpeg(write(tmp_path / f"{number}.png"), 96)
    assert len(found._memory) <= 3 and found._bytes == sum(map(len, found._memory.values()))
    for age, path in enumerate(sorted((tmp_path / "thumbs").rglob("*.jpg"))):
        os.utime(path, (1000 + age, 1000 + age))
    newest = max((tmp_path / "thumbs").rglob("*.jpg"), key=lambda path: path.stat().st_mtime)
    found.prune()
    assert newest in list((tmp_path / "thumbs").rglob("*.jpg"))
    assert len(list((tmp_path / "thumbs").rglob("*.jpg"))) == 2


def test_a_full_disk_does_no_harm(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(self: Path, content: bytes) -> int:
        raise OSError(28, os.strerror(28))

    seen = write(tmp_path / "a.png")
    monkeypatch.setattr(Path, "write_bytes", full)
    assert Thumbs(tmp_path / "thumbs").jpeg(seen, 96)
    assert not [path for path in (tmp_path / "thumbs").rglob("*") if path.is_file()]


def test_what_is_no_picture_has_none(tmp_path: Path) -> None:
    (tmp_path / "a.png").write_bytes(b"<svg/>")
    found = Thumbs(tmp_path / "thumbs")
    assert found.sides(Seen.of(tmp_path / "a.png")) is None
    with pytest.raises(PictureError, match="SVG"):
        found.jpeg(Seen.of(tmp_path / "a.png"), 96)
    with pytest.raises(PictureError, match="no such file"):
        Seen.of(tmp_path / "gone.png")
