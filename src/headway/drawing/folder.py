"""Drawings in a folder, each as SVG and as PNG."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path

from headway.drawing.saving import FORMATS, Drawing, is_ours, save
from headway.errors import OutputError
from headway.places import check_output

_OPTION = "--plots"


class PlotFolder:
    """A folder to draw into.

    Parameters
    ----------
    path : Path
        The folder; it is made where it is missing.
    names : sequence of str
        What drawings it may have, by the name of their files without suffix.

    Raises
    ------
    OutputError
        When the folder cannot be made or written to, or holds files of these names that Headway did not write.
    """

    def __init__(self, path: Path, names: Iterable[str]) -> None:
        self.path = path
        self.names = tuple(names)
        self.drawn: list[str] = []
        try:
            path.mkdir(parents=True, exist_ok=True)
        except (OSError, ValueError) as error:  # ValueError for a NUL byte
            why = getattr(error, "strerror", None) or error
            raise OutputError(f"the folder {path} cannot be made: {why}; give another place with {_OPTION}") from error
        for file in self._files(self.names):
            check_output(file, option=_OPTION, sign=is_ours)

    def write(self, drawings: Mapping[str, Drawing]) -> None:
        """Draw some of those that it may have."""
        for name, drawing in drawings.items():
            for file in self._files([name]):
                save(drawing, file, option=_OPTION)
            self.drawn.append(name)

    def close(self) -> None:
        """Remove older drawings that were not drawn again: they would show other pictures or another model."""
        for file in self._files(name for name in self.names if name not in self.drawn):
            file.unlink(missing_ok=True)

    def _files(self, names: Iterable[str]) -> list[Path]:
        return [self.path / f"{name}{suffix}" for name in names for suffix in FORMATS]
