"""The three files of a project and its folders, read anew where they have changed."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from headway.dataset import records
from headway.dataset.fixes import FixList, new_list, read_fixes
from headway.errors import DataError
from headway.places import regular_status
from headway.studio.project.about import About, new_about, parse_about
from headway.studio.project.scan import Stamp, scan, stamp
from headway.studio.project.state import ABOUT, COLUMNS, FIXES, LABELS, LabelTable, State, parse_labels, understand

MAX_BYTES = 256 << 20  # of one of them

EMPTY = {LABELS: f"{','.join(COLUMNS)}\n".encode(), FIXES: new_list(FIXES).with_rows([])}
"""What stands in files that nothing was written to yet."""


class Files:
    """What was read of a project.

    Parameters
    ----------
    folder : Path
        The project.
    pointer : Path
        A file more that changes with it.

    Attributes
    ----------
    contents : dict of str to bytes
        Of the files, by name, as they are.
    broken : dict of str to str
        What is wrong with files that cannot be understood; of these, what was understood before counts.
    """

    def __init__(self, folder: Path, pointer: Path) -> None:
        self._folder = folder
        self._pointer = pointer
        self._stamp: Stamp = ()
        self._labels = LabelTable("")
        self._fixes: FixList = new_list(folder / FIXES)
        self._about: About = new_about(folder.name)
        self._known: dict[str, bytes] = {}
        self.broken: dict[str, str] = {}
        self.contents = {name: self._content(name) for name in (LABELS, FIXES, ABOUT)}

    def are_changed(self) -> bool:
        """Say whether anything has changed since it was read."""
        return stamp(*(path for path, _, _ in self._stamp)) != self._stamp

    def load(self) -> State:
        """Read all that has changed."""
        self.broken = {}
        found = scan(self._folder)
        paths = [self._folder / name for name in self.contents]
        # What changes from here on is noticed the next time.
        self._stamp = stamp(*paths, self._pointer, *found.folders)
        for name in self.contents:
            try:
                content = self.contents[name] = self._content(name)
                if content != self._known.get(name):
                    self._understand(name, content)
                    self._known[name] = content
            except DataError as error:
                self.broken[name] = str(error)
        return understand(self._folder, self._labels, self._fixes, self._about, found)

    def with_rows(self, labelled: Iterable[tuple[str, str]]) -> bytes:
        """Return ``labels.csv`` with more pictures."""
        rows = [dict(zip(COLUMNS, one, strict=True)) for one in labelled]
        return records.encoded(records.with_rows(self._labels.text, self._labels.delimiter, rows))

    def _content(self, name: str) -> bytes:
        path = self._folder / name
        try:
            regular_status(path, own=True)
            with path.open("rb") as file:
                content = file.read(MAX_BYTES + 1)
        except FileNotFoundError:
            return EMPTY.get(name) or new_about(self._folder.name).text.encode()
        except OSError as error:
            raise DataError(f"{name} cannot be read: {error.strerror or error}") from error
        if len(content) > MAX_BYTES:
            raise DataError(f"{name} is too large: it has over {MAX_BYTES >> 20} MiB")
        return content

    def _understand(self, name: str, content: bytes) -> None:
        if name == FIXES:
            path = self._folder / FIXES
            self._fixes = read_fixes(path) if path.exists() else new_list(path)
            return
        try:
            text = content.decode()
        except UnicodeDecodeError as error:
            line = content[: error.start].count(b"\n") + 1
            raise DataError(f"{name}, line {line:,}: it must be UTF-8 text: save it as UTF-8") from error
        if "\0" in text:
            raise DataError(f"{name} must be text, and holds binary data")
        if name == LABELS:
            self._labels = parse_labels(text, LABELS)
        else:
            self._about = parse_about(text, ABOUT)
