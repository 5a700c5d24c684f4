"""What must not lie in a project, which may come from anybody: behind a link, it would write and delete elsewhere."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterable, Iterator
from pathlib import Path

from headway.errors import UserError
from headway.studio.project.state import ABOUT, FIXES, LABELS

HIDDEN = ".headway"

_WRITTEN = (ABOUT, LABELS, FIXES, "model.onnx", "report.html", "predictions.csv", "result.json", "comparison.json")


def check_own(folder: Path) -> None:
    """Refuse a project in which something else stands in the place of a file or folder that Headway writes."""
    for path in _own(folder):
        try:
            mode = path.lstat().st_mode
        except OSError:  # it is not there
            continue
        if not (stat.S_ISREG(mode) or stat.S_ISDIR(mode)):
            raise UserError(
                f"{path} is a link, a pipe or a device, and a project has a file of its own there: delete it, or put "
                "the file itself there"
            )


def check_inside(root: Path, files: Iterable[str]) -> None:
    """Refuse files that lie behind a link out of a folder."""
    behind = outside(root, files)
    if behind:
        raise UserError(f"{min(behind)} lies outside of the project, behind a link: move it yourself")


def outside(root: Path, files: Iterable[str]) -> set[str]:
    """Return the files of which a folder is a link out of a root."""
    found = list(files)
    home = os.path.realpath(root)
    folders = {Path(file).parent for file in found}
    away = {folder for folder in folders if not Path(os.path.realpath(root / folder)).is_relative_to(home)}
    return {file for file in found if Path(file).parent in away}


def _own(folder: Path) -> Iterator[Path]:
    hidden = folder / HIDDEN
    yield from (*(folder / name for name in _WRITTEN), hidden)
    for pattern in ("*", "*/*"):  # a link is met before it is followed
        yield from hidden.glob(pattern)
