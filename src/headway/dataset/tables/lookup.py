"""Files that a table names: by their paths, or by their names anywhere below a folder.

A value that is a path from the folder is taken as that, and nothing else is asked. Others are looked up in the listing
of the folder: a name may lack folders before it and its ending, be in capitals or not, in either Unicode form, and a
number may lack zeros before it. What leads to several files is an error, never a choice.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property

from headway.dataset.globs import EVERYTHING, Globs
from headway.dataset.names import composed, plural, some
from headway.dataset.tables.values import is_address
from headway.dataset.walk import Tree, suffix, walk
from headway.errors import DataError
from headway.images import SUFFIXES

SAMPLED = 200
# Folders before the names are left out only where hardly any path is found with them: a file that is missing from one
# folder must not be taken from another.
FOUND_ALREADY = 0.05
MOST_FOLDERS = 64
_COUNTED = re.compile(r"0*([0-9]+?)(?:\.0+)?")
_NAMED = 10  # files of a message


class NoFilesError(DataError):
    """A table is about something else: no column's values are files."""


@dataclass(frozen=True)
class Found:
    """The path of each value, or None; how many were looked up by name, in which folder, and without which before."""

    paths: list[str | None]
    looked_up: int = 0
    folder: str | None = None
    left_out: str | None = None


class Files:
    """The files that a table may name.

    Parameters
    ----------
    base : str
        Folder that relative paths start from, and whose pictures are looked up by name.
    tree : Tree, optional
        What is known to lie there, and all of it; otherwise the folder is walked as soon as a path is not there.
    globs : Globs
        What is to be taken: of several files of one name, those that are not left out.
    below : bool
        Whether names may be looked up at all.
    origin : str, optional
        Folder that the paths start from which globs are matched against, if it is not ``base``.
    """

    def __init__(
        self,
        base: str,
        tree: Tree | None = None,
        globs: Globs = EVERYTHING,
        *,
        below: bool = True,
        origin: str | None = None,
    ) -> None:
        self.base = base
        self._origin = self._root if origin is None else origin
        self.globs = globs
        self._tree = tree
        self._below = below

    def share(self, texts: Sequence[str], *, by_name: bool) -> float:
        """Return which part of some texts are files, as paths or also by name."""
        filled = [text for text in texts if text]
        sample = filled[:: max(1, len(filled) // SAMPLED)]
        if not sample:
            return 0.0
        direct = sum(self._direct(text) is not None for text in sample)
        if not by_name or direct == len(sample):
            return direct / len(sample)
        return self._found_without(self._dropped(sample), sample) / len(sample)

    def find(self, texts: Sequence[str], where: Callable[[int], str]) -> Found:
        """Return the file of each text; ``where`` says for the message where a text stands."""
        paths = [self._direct(text) for text in texts]
        missing = [row for row, path in enumerate(paths) if path is None]
        if not missing or not self._below:
            return Found(paths)
        dropped = self._dropped(texts[:: max(1, len(texts) // SAMPLED)])
        looked_up: list[int] = []
        for row in missing:
            if (path := self._only(texts[row], dropped, where(row))) is not None:
                paths[row] = path
                looked_up.append(row)
        if not looked_up:
            return Found(paths)
        _check_one_name_each(texts, paths, where)
        folder = os.path.commonpath({os.path.dirname(paths[row] or "") for row in looked_up})
        left_out = _beginning(texts[looked_up[0]], dropped) if dropped else None
        return Found(paths, len(looked_up), self.relative(os.path.join(folder, "")).rstrip("/") or None, left_out)

    def _only(self, text: str, dropped: int, where: str) -> str | None:
        """Return the one file that a text names, or None; several are an error."""
        candidates = self._named(text, dropped)
        if len(candidates) > 1:
            candidates = [path for path in candidates if self.globs.takes(self.for_globs(path))] or candidates
        if len(candidates) > 1:
            both = [self.relative(path) for path in candidates]
            raise DataError(
                f"{text!r}{where} must be one file, and is {some(both, 2)} below {self._root!r}: "
                "give the folder of the right ones (--images FOLDER), or leave the others out (--exclude GLOB)"
            )
        return candidates[0] if candidates else None

    def relative(self, path: str) -> str:
        """Return a path below the folder with ``/`` between its parts, for messages."""
        return _below(path, self._root)

    def for_globs(self, path: str) -> str:
        """Return a path as globs see it."""
        return _below(path, self._origin)

    @property
    def _root(self) -> str:
        return self.base or os.curdir

    def _direct(self, text: str) -> str | None:
        """Return the file at a path, which may be one of Windows."""
        if is_address(text):
            return None
        spellings = (text, text.replace("\\", "/")) if "\\" in text and os.sep == "/" else (text,)
        for spelling in spellings:
            path = os.path.normpath(os.path.join(self.base, spelling))
            # A million Path objects would be slow.
            if path in self._listed or os.path.isfile(path):  # noqa: PTH113
                return path
        return None

    @cached_property
    def _listed(self) -> frozenset[str]:
        return frozenset(self._pictures) if self._tree is not None else frozenset()

    @cached_property
    def _pictures(self) -> list[str]:
        tree = self._tree
        if tree is None:
            try:
                tree = walk(self._root)
            except DataError:  # where not everything can be read, a name may stand for a file that was not seen
                return []
        folders = ((os.path.normpath(folder.path), folder.pictures) for folder in tree.folders)
        return [
            name if folder == os.curdir else os.path.join(folder, name) for folder, names in folders for name in names
        ]

    @cached_property
    def _by_stem(self) -> dict[str, list[str]]:
        index: dict[str, list[str]] = {}
        for path in self._pictures:
            index.setdefault(_stem(_folded(os.path.basename(path))), []).append(path)
        return index

    @cached_property
    def _by_number(self) -> dict[str, list[str]]:
        index: dict[str, list[str]] = {}
        for stem, paths in self._by_stem.items():
            if stem.isdecimal() and stem.isascii():
                index.setdefault(stem.lstrip("0") or "0", []).extend(paths)
        return index

    def _named(self, text: str, dropped: int) -> list[str]:
        """Return the pictures whose paths end as a text does without its first folders.

        Those that are written exactly so come before others.
        """
        if not self._below or is_address(text):
            return []
        folder, _, name = _tail(text, dropped).rpartition("/")
        folded = _folded(name)
        if suffix(name) in SUFFIXES:
            found = [path for path in self._by_stem.get(_stem(folded), ()) if _folded(os.path.basename(path)) == folded]
        else:
            found = self._by_stem.get(folded, [])
            if not found and (number := _COUNTED.fullmatch(name)):
                found = self._by_number.get(number[1], [])
        if folder:
            ending = f"/{_folded(folder)}"
            found = [path for path in found if _folded(_folder(path)).endswith(ending)]
        if len(found) > 1:
            exact = [path for path in found if _stem(composed(os.path.basename(path))) == _stem(composed(name))]
            found = exact or found
        return found

    def _dropped(self, texts: Sequence[str]) -> int:
        """Return how many folders to leave out before names: as few as lead to files for most of a sample of paths."""
        if self._found_without(0, texts) > FOUND_ALREADY * len(texts):
            return 0
        deepest = max((len(_parts(text)) for text in texts), default=0)
        numbers = range(1, min(deepest, MOST_FOLDERS))
        return next((number for number in numbers if 2 * self._found_without(number, texts) >= len(texts)), 0)

    def _found_without(self, dropped: int, texts: Sequence[str]) -> int:
        """Return how many of some paths lead to files when their first folders are left out."""
        return sum(
            (not dropped and self._direct(text) is not None) or bool(self._named(text, dropped)) for text in texts
        )


class Addresses(Files):
    """Files of which some or all are in object storage; whether those are there is found out by whoever reads them.

    Parameters
    ----------
    start : str
        The address that paths start from; empty where they are of this machine.
    base, globs
        As for `Files`.
    """

    def __init__(self, start: str, base: str, globs: Globs = EVERYTHING) -> None:
        super().__init__(base, globs=globs, below=not start)
        self._start = start

    def _direct(self, text: str) -> str | None:
        if is_address(text):
            return text
        if not self._start:
            return super()._direct(text)
        return f"{self._start}/{text}" if suffix(text) in SUFFIXES else None


def _below(path: str, folder: str) -> str:
    root = os.path.normpath(folder)
    inside = path[len(root) + 1 :] if path.startswith(root + os.sep) else path
    return inside.replace(os.sep, "/")


def no_files(missing: Sequence[str], total: int, where: str, base: str) -> DataError:
    """Return the error for files that are not there; ``where`` says where the first is named."""
    kind = NoFilesError if len(missing) == total else DataError
    if is_address(missing[0]):
        return kind(
            f"pictures must be files, and {missing[0]!r}{where} is an address: download the pictures, and give their "
            "folder with --images FOLDER"
        )
    path = os.path.normpath(os.path.join(base, missing[0]))
    others = f", then {some(missing[1:], _NAMED - 1)}" if len(missing) > 1 else ""
    return kind(
        f"{len(missing):,} of {plural(total, 'file')} {'is' if len(missing) == 1 else 'are'} not there, "
        f"the first is {path!r}{where}{others}: relative paths start from {os.path.abspath(base or os.curdir)!r}; "
        "another folder is given with --images FOLDER"
    )


def _check_one_name_each(texts: Sequence[str], paths: Sequence[str | None], where: Callable[[int], str]) -> None:
    """Refuse two names that lead to one file: one of them may mean a file that is missing."""
    first: dict[str, int] = {}
    for row, path in enumerate(paths):
        if path is None:
            continue
        before = first.setdefault(path, row)
        if texts[before] != texts[row] and _parts(texts[before]) != _parts(texts[row]):
            raise DataError(
                f"two names must not lead to one file, and {texts[before]!r}{where(before)} and {texts[row]!r}"
                f"{where(row)} lead to {path!r}: write the paths of both as they are, or give the folder that they "
                "start from with --images FOLDER"
            )


def _parts(text: str) -> list[str]:
    """Return the folders and the name of a path of any system, without what is above its first folder."""
    parts = [part for part in text.replace("\\", "/").split("/") if part not in ("", ".", "..")]
    return parts[1:] if len(parts) > 1 and re.fullmatch("[A-Za-z]:", parts[0]) else parts


def _tail(text: str, dropped: int) -> str:
    """Return a path without its first folders, with ``/`` between its parts."""
    parts = _parts(text)
    return "/".join(parts[min(dropped, len(parts) - 1) :]) if parts else ""


def _beginning(text: str, dropped: int) -> str:
    """Return the folders of a path that are left out."""
    return text.replace("\\", "/").removesuffix(_tail(text, dropped)).rstrip("/")


def _folder(path: str) -> str:
    return os.path.abspath(os.path.dirname(path)).replace(os.sep, "/")


def _folded(text: str) -> str:
    if text.isascii():
        return text.lower()
    return composed(composed(text).casefold())


def _stem(name: str) -> str:
    """Return a name without the ending of a picture."""
    ending = suffix(name)
    return name[: -len(ending)] if ending in SUFFIXES else name
