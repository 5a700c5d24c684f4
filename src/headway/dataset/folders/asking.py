"""What is asked where the evidence of a folder is of two minds: what was found, and a command for each reading."""

from __future__ import annotations

import glob
import os
import re
import shlex
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from headway.dataset.filename import WORDS_BEFORE_NUMBER
from headway.dataset.folders.branches import Branch, is_storage
from headway.dataset.names import SPLIT_NAMES, natural_key, some
from headway.dataset.options import ReadingOptions
from headway.errors import AmbiguousDataError

_MOST_READINGS = 4
_MOST_STORES = 4


@dataclass(frozen=True)
class Asker:
    """Makes the errors for a data set that can be read in several ways.

    Parameters
    ----------
    root : str
        The folder, as it was given.
    options : ReadingOptions
        What was said of it; a command repeats it.
    """

    root: str
    options: ReadingOptions

    def without(self, branches: Iterable[Branch]) -> Asker:
        """Return an asker whose commands leave out some folders."""
        exclude = (*self.options.exclude, *(escaped(branch) for branch in branches))
        return replace(self, options=replace(self.options, exclude=exclude))

    def command(
        self,
        *,
        source: str = "",
        include: Sequence[str] = (),
        exclude: Sequence[str] = (),
        label_pattern: str | None = None,
        splits: bool = True,
    ) -> str:
        """Return the command that reads the data set with more options."""
        options = replace(
            self.options,
            include=tuple(include) or self.options.include,  # several would be taken together
            exclude=(*self.options.exclude, *exclude),
            label_pattern=label_pattern or self.options.label_pattern,
            splits=self.options.splits and splits,
        )
        path = source or self.root
        return shlex.join(["headway", "read", f"./{path}" if path.startswith("-") else path, *options.words()])

    def variants(self, tops: Sequence[Branch], shared: Sequence[str], *, same_files: bool) -> AmbiguousDataError:
        """Ask about folders that hold folders of the same names."""
        depth = len(tops[0].folder.parts) - 1
        found = (
            f"{self._of(tops)} hold folders of the same names ({_names(shared)})"
            f"{' with files of the same names' if same_files else ''}: they may be variants or parts of one data set, "
            "or classes"
        )
        below = f"{_names(shared)} are classes"
        readings = [self._only(top) for top in tops[:_MOST_READINGS]]
        readings.append((f"all are parts, and {below}", self.command(label_pattern=last_folder(tops))))
        if not same_files:
            pattern = level(depth, f"(?P<group>[^/]+)/(?:.*?/)??{last_folder(tops, '(?P<label>[^/]+)')}")
            kept = "each of the others is a patient, a place or the like, whose pictures stay in one split"
            readings.append((f"{below}, and {kept}", self.command(label_pattern=pattern)))
        classes = _names(top.name for top in tops)
        readings.append((f"{classes} are classes", self.command(label_pattern=level(depth))))
        return AmbiguousDataError(found, readings)

    def splits(self, tops: Sequence[Branch], codes: dict[str, int], code: int) -> AmbiguousDataError:
        """Ask which of several folders is a split."""
        rivals = [top for top in tops if codes[top.name] == code]
        found = f"{self._of(rivals)} may each be the {SPLIT_NAMES[code]} split"
        readings = [
            (
                f"{top.path!r} is it",
                self.command(exclude=[escaped(other) for other in rivals if other is not top]),
            )
            for top in rivals[:_MOST_READINGS]
        ]
        depth = len(tops[0].folder.parts) - 1
        readings += [
            ("none is, and all is to be split anew", self.command(splits=False)),
            ("the folders are classes", self.command(label_pattern=level(depth), splits=False)),
        ]
        return AmbiguousDataError(found, readings)

    def maybe_splits(self, tops: Sequence[Branch]) -> AmbiguousDataError:
        """Ask whether folders whose names hold words for splits are splits or classes."""
        depth = len(tops[0].folder.parts) - 1
        readings = [("they are classes", self.command(label_pattern=level(depth), splits=False))]
        if any(top.children for top in tops):
            readings += [
                (
                    "the folders in them are, to be split anew",
                    self.command(label_pattern=last_folder(tops), splits=False),
                ),
                *(self._only(top) for top in tops[:_MOST_READINGS]),
            ]
        else:
            readings.append(("a part of their names is", self.command(label_pattern="REGEX", splits=False)))
        return AmbiguousDataError(
            f"{self._of(tops)} have words for splits in their names, and may be splits or classes", readings
        )

    def copy(self, child: Branch, shared: Sequence[str]) -> AmbiguousDataError:
        """Ask about a folder that holds folders of the same names as those beside it, with other files."""
        return AmbiguousDataError(
            f"{child.path!r} in {self.root!r} holds folders of the same names as those beside it ({_names(shared)}), "
            "and other files",
            [
                ("it is to be left out", self.command(exclude=[escaped(child)])),
                ("only it is meant", self.command(include=[escaped(child)])),
                (f"all is meant, and {_names(shared)} are classes", self.command(label_pattern=last_folder([child]))),
            ],
        )

    def storage(self, tops: Sequence[Branch]) -> AmbiguousDataError:
        """Ask about folders that store pictures by their names, where nothing else has labels."""
        depth = len(tops[0].folder.parts) - 1
        return AmbiguousDataError(
            f"{self._of(tops)} have the names of folders that store pictures, and no file name tells a label",
            [
                ("they are classes all the same", self.command(label_pattern=level(depth))),
                self._table(),
                ("names of files have them", self.command(label_pattern="REGEX")),
            ],
        )

    def names(self, words: Iterable[str], remark: str) -> AmbiguousDataError:
        """Ask about names of files that hold words and numbers, where nothing else has labels."""
        found = f"no labels found in {self.root!r}, unless the names of the files begin with them ({_names(words)})"
        return AmbiguousDataError(
            f"{found}{remark}",
            [
                ("they do", self.command(label_pattern=WORDS_BEFORE_NUMBER)),
                ("another part of the names is the label", self.command(label_pattern="REGEX")),
                self._table(),
            ],
        )

    def levels(self, tops: Sequence[Branch], below: Sequence[str], why: str) -> AmbiguousDataError:
        """Ask which of two levels of folders are the classes."""
        depth = len(tops[0].folder.parts) - 1
        return AmbiguousDataError(
            f"{self._of(tops)} {why} ({_names(below)}): either may be the classes",
            [
                (f"{_names(below)} are classes", self.command(label_pattern=last_folder(tops))),
                (f"{_names(top.name for top in tops)} are", self.command(label_pattern=level(depth))),
                *(self._only(top) for top in tops[:1]),
            ],
        )

    def store_beside(self, store: Branch, others: Sequence[Branch]) -> AmbiguousDataError:
        """Ask about a folder named like one that stores others, which lies beside others."""
        tops = [store, *others]
        return AmbiguousDataError(
            f"{store.path!r} in {self.root!r} is named like a folder that stores others, and lies beside "
            f"{_names(other.path for other in others)}",
            [
                (f"only {_names(store.children)} in it are classes", self.command(include=[escaped(store)])),
                (
                    f"{_names(top.name for top in tops)} are",
                    self.command(label_pattern=level(len(store.folder.parts) - 1)),
                ),
            ],
        )

    def index(self, tops: Sequence[Branch], below: Sequence[str]) -> AmbiguousDataError:
        """Ask about folders that are an index of those in them."""
        depth = len(tops[0].folder.parts) - 1
        readings = [(f"{_names(below)} are classes", self.command(label_pattern=level(depth + 1)))]
        if any(child.children for top in tops for child in top.children.values()):
            rest = level(depth + 1, "(.+)/[^/]+$")
            readings.append(("each folder with pictures is a class", self.command(label_pattern=rest)))
        readings.append((f"{_names(top.name for top in tops)} are", self.command(label_pattern=level(depth))))
        return AmbiguousDataError(
            f"{self._of(tops)} seem to be an index of the folders in them ({_names(below)}), by their first letters",
            readings,
        )

    def pairs(self, endings: tuple[str, str], folder: str) -> AmbiguousDataError:
        """Ask about two files for each picture, which differ in their endings."""
        first, second = endings
        return AmbiguousDataError(
            f"in {folder!r} nearly every {first} has a {second} of the same name: one may be a mask or a copy of the "
            "other",
            [
                (f"the {first} are the pictures", self.command(include=[f"*{first}"])),
                (f"the {second} are", self.command(include=[f"*{second}"])),
                ("all are", self.command(include=["*"])),
            ],
        )

    def table(self, tables: Sequence[str], found: str, way: str, command: str) -> AmbiguousDataError:
        """Ask whether tables or the folders and names of the files have the labels."""
        readings = [
            (f"the table {os.path.relpath(path, self.root)!r} has the labels", self.command(source=path))
            for path in tables[:_MOST_READINGS]
        ]
        return AmbiguousDataError(found, [*readings, (way, command)])

    def _of(self, tops: Sequence[Branch]) -> str:
        return f"{_names(top.path for top in tops)} in {self.root!r}"

    def _table(self) -> tuple[str, str]:
        return "a table has the labels", shlex.join(["headway", "read", "TABLE.csv", "--images", self.root])

    def _only(self, top: Branch) -> tuple[str, str]:
        return f"only {top.path!r} is meant", self.command(include=[escaped(top)])


def level(depth: int, label: str = "([^/]+)/") -> str:
    """Return the pattern of a label that is the name of a folder, so many folders below the root."""
    return f"^{'[^/]+/' * depth if depth < 3 else f'(?:[^/]+/){{{depth}}}'}{label}"


def last_folder(tops: Sequence[Branch], label: str = "([^/]+)") -> str:
    """Return the pattern of a label that is the name of the folder next to the files, or next to those storing them."""
    stores = {below.name for top in tops for below in top.walk() if below.folder.pictures and is_storage(below.name)}
    if not 0 < len(stores) <= _MOST_STORES:
        return f"{label}/[^/]+$"
    return rf"{label}/(?:(?:{'|'.join(map(re.escape, sorted(stores)))})/)*[^/]+$"


def escaped(branch: Branch) -> str:
    """Return a glob for a branch."""
    return f"./{glob.escape(branch.path)}"


def _names(names: Iterable[str]) -> str:
    return some(sorted(names, key=natural_key), 3)
