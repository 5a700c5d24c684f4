"""Projects for tests, and what lies in them."""

from __future__ import annotations

import io
import zlib
from pathlib import Path
from typing import NamedTuple

from PIL import Image

from headway.studio.project import Project


class Proposed(NamedTuple):
    file: str
    finding: str
    decision: str
    to: str = ""
    why: str = ""


class Given(NamedTuple):
    name: str
    content: bytes


def png(colour: int = 0, size: tuple[int, int] = (8, 8)) -> bytes:
    file = io.BytesIO()
    Image.new("RGB", size, (colour % 256, colour // 256 % 256, 7)).save(file, "PNG")
    return file.getvalue()


def fill(project: Project, **counts: int) -> None:
    """Add so many pictures to classes, all of them different."""
    for label, count in counts.items():
        first = zlib.crc32(label.encode())
        project.add([Given(f"{each}.png", png(first + each)) for each in range(count)], label)


def on_disk(folder: Path) -> dict[str, bytes]:
    """Return all files of a project but for what may be deleted."""
    return {
        str(path.relative_to(folder)): path.read_bytes() if path.is_file() else b"/"
        for path in folder.rglob("*")
        if ".headway" not in path.parts
    }


def labels(project: Project) -> dict[str, str | None]:
    return {entry.file: entry.label for entry in project.entries() if not entry.left_out}
