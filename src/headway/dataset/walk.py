"""Walk through a folder: its images, and a count of everything that is skipped."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

from headway.dataset.globs import EVERYTHING, Globs
from headway.dataset.names import plural
from headway.errors import DataError
from headway.images import SUFFIXES
from headway.images.source import is_dicom

TABLE_SUFFIXES = (".csv", ".tsv", ".parquet", ".pq", ".jsonl", ".ndjson", ".xlsx")
SIDECAR_SUFFIXES = frozenset(
    {*TABLE_SUFFIXES, ".txt", ".xml", ".json", ".xmp", ".aae", ".thm", ".yaml", ".yml", ".toml", ".md"}
)
SYSTEM_NAMES = frozenset(
    {"thumbs.db", "ehthumbs.db", "desktop.ini", "icon\r", "__macosx", "lost+found", "dicomdir"}
    | {"$recycle.bin", "system volume information", "@eadir"}
)

NEEDS_PICTURES = "Headway needs pictures (.jpg, .png, .webp, .gif, .bmp, .tif, .avif, .dcm)"

HIDDEN = "hidden"
SYSTEM = "file or folder of the operating system"
SIDECAR = "sidecar file"
OTHER = "not a picture by its ending"
BROKEN_LINK = "broken link"
LINKED_TWICE = "link to a folder that is read already"
EXCLUDED = "left out by --exclude"
NOT_INCLUDED = "not taken by --include"
SPECIAL = "neither file nor folder"
NO_PICTURES = "folder without pictures"


@dataclass(frozen=True)
class Folder:
    """One folder: its path, the names that lead there from the root, and the names of its pictures and tables."""

    path: str
    parts: tuple[str, ...]
    pictures: list[str]
    tables: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class Tree:
    """All folders below a root, in no particular order."""

    root: str
    folders: list[Folder]
    skipped: Counter[str] = field(default_factory=Counter)
    endings: Counter[str] = field(default_factory=Counter)

    @property
    def tables(self) -> list[str]:
        """The names of the tables at the root."""
        return [name for folder in self.folders if not folder.parts for name in folder.tables]

    def count(self) -> int:
        """Return the number of pictures."""
        return sum(len(folder.pictures) for folder in self.folders)

    def no_pictures(self) -> DataError:
        """Return the error for a folder without images, which names what there is instead."""
        total = sum(self.endings.values())
        if total:
            found = ", ".join(f"{count:,} {ending}" for ending, count in self.endings.most_common(4))
            return DataError(f"{NEEDS_PICTURES}, and {self.root!r} has none among its {plural(total, 'file')}: {found}")
        rest = ", ".join(f"{count:,} {why}" for why, count in self.skipped.items())
        return DataError(
            f"{NEEDS_PICTURES}, and the folder {self.root!r} {f'has none ({rest})' if rest else 'is empty'}"
        )


def walk(root: str, globs: Globs = EVERYTHING) -> Tree:
    """Find all images below a folder that globs take, by their endings and without opening or asking about any file.

    Only files without an ending, or with a number for one, are opened: hospitals' archives name DICOM files so.
    Every real folder is read once, so loops of links end; a link gives way to the folder itself. A folder that cannot
    be read is an error: skipping it would silently leave out some of a class.
    """
    tree = Tree(root, [])
    seen: set[tuple[int, int]] = set()
    pending: list[tuple[str, tuple[str, ...]]] = [(root, ())]
    linked: list[tuple[str, tuple[str, ...]]] = []
    while pending or linked:
        path, parts = pending.pop() if pending else linked.pop()
        try:
            status = Path(path).stat()
            if (status.st_dev, status.st_ino) in seen:
                tree.skipped[LINKED_TWICE] += 1
                continue
            seen.add((status.st_dev, status.st_ino))
            folders, links = _scan(tree, path, parts, globs)
        except OSError as error:
            raise DataError(
                f"the folder {path!r} cannot be read ({error.strerror}): make it readable, or move it out of {root!r}"
            ) from error
        pending.extend((os.path.join(path, name), (*parts, name)) for name in sorted(folders, reverse=True))
        linked[:0] = [(os.path.join(path, name), (*parts, name)) for name in sorted(links, reverse=True)]
    return tree


def _scan(tree: Tree, path: str, parts: tuple[str, ...], globs: Globs) -> tuple[list[str], list[str]]:
    """Add the files of one folder to the tree; return the names of its folders and of the links to folders."""
    pictures: list[str] = []
    folders: list[str] = []
    links: list[str] = []
    tables: list[str] = []
    skipped = tree.skipped
    with os.scandir(path) as entries:
        for entry in entries:
            name = entry.name
            if name[0] == ".":
                skipped[HIDDEN] += 1
            elif name.lower() in SYSTEM_NAMES:
                skipped[SYSTEM] += 1
            elif globs.leaves_out("/".join((*parts, name))):
                skipped[EXCLUDED] += 1
            elif entry.is_dir(follow_symlinks=False):
                folders.append(name)
            elif entry.is_symlink() and (kind := _link_kind(entry)) != "file":
                if kind == "folder":
                    links.append(name)
                else:
                    skipped[kind] += 1
            elif not entry.is_symlink() and not entry.is_file(follow_symlinks=False):
                skipped[SPECIAL] += 1
            elif (ending := suffix(name)) in SUFFIXES or (_is_numbered(ending) and _is_dicom(entry.path)):
                if globs.takes("/".join((*parts, name))):
                    pictures.append(name)
                else:
                    skipped[NOT_INCLUDED] += 1
            else:
                skipped[SIDECAR if ending in SIDECAR_SUFFIXES else OTHER] += 1
                tree.endings[(ending or "without an ending") if len(ending) <= 12 else "other"] += 1
                if ending in TABLE_SUFFIXES:
                    tables.append(name)
    tree.folders.append(Folder(path, parts, pictures, tables))
    return folders, links


def _is_numbered(ending: str) -> bool:
    return not ending or ending[1:].isdecimal()


def _is_dicom(path: str) -> bool:
    try:
        with open(path, "rb") as file:
            return is_dicom(file.read(132))
    except OSError:  # it is skipped for its name
        return False


def _link_kind(entry: os.DirEntry[str]) -> str:
    try:
        if entry.is_dir():
            return "folder"
        return "file" if entry.is_file() else BROKEN_LINK
    except OSError:  # a link to itself
        return BROKEN_LINK


def suffix(name: str) -> str:
    """Return the ending of a file's name in lower case, with its dot, or an empty string.

    Examples
    --------
    >>> suffix("Cat.JPG"), suffix("noending"), suffix(".hidden")
    ('.jpg', '', '')
    """
    dot = name.rfind(".")
    return name[dot:].lower() if dot > 0 else ""


def walk_names(root: str, names: Iterable[str], globs: Globs = EVERYTHING) -> Tree:
    """Find all images among the names of files below a root, as `walk` does; for object storage, which has no folders.

    Examples
    --------
    >>> tree = walk_names("s3://bucket", ["cat/1.jpg", "cat/notes.txt", "dog/.hidden/2.jpg"])
    >>> tree.count(), dict(tree.skipped)
    (1, {'sidecar file': 1, 'hidden': 1})
    """
    tree = Tree(root, [])
    folders: dict[tuple[str, ...], list[str]] = {(): []}
    for path in names:
        *parts, name = path.split("/")
        for depth in range(len(parts)):
            folders.setdefault(tuple(parts[: depth + 1]), [])
        if any(part[:1] == "." for part in (*parts, name)):
            tree.skipped[HIDDEN] += 1
        elif any(part.lower() in SYSTEM_NAMES for part in (*parts, name)):
            tree.skipped[SYSTEM] += 1
        elif any(globs.leaves_out("/".join((*parts, name)[: depth + 1])) for depth in range(len(parts) + 1)):
            tree.skipped[EXCLUDED] += 1
        elif (ending := suffix(name)) not in SUFFIXES:
            tree.skipped[SIDECAR if ending in SIDECAR_SUFFIXES else OTHER] += 1
            tree.endings[(ending or "without an ending") if len(ending) <= 12 else "other"] += 1
        elif not globs.takes(path):
            tree.skipped[NOT_INCLUDED] += 1
        else:
            folders[tuple(parts)].append(name)
    tree.folders.extend(
        Folder("/".join((root, *parts)), parts, found) for parts, found in folders.items() if not _is_hidden(parts)
    )
    return tree


def _is_hidden(parts: tuple[str, ...]) -> bool:
    return any(part[:1] == "." for part in parts)
