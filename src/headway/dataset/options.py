"""How a data set is to be read, where its user says so."""

from __future__ import annotations

import os
from dataclasses import asdict, astuple, dataclass, field

from headway.dataset.classnames import ClassNames


@dataclass(frozen=True)
class Columns:
    """Which columns hold what, where the user names them."""

    path: str | None = None
    label: str | None = None
    split: str | None = None
    group: str | None = None

    def any(self) -> bool:
        """Return whether any is named."""
        return astuple(self) != (None,) * 4


@dataclass(frozen=True)
class ReadingOptions:
    """What the user says of a data set; what is not said is found out by evidence.

    Parameters
    ----------
    label_pattern : str or None
        A regular expression that finds the label in the path of each picture of a folder.
    class_names : path, sequence of str, mapping or None
        Names for classes that are numbers or codes.
    columns : Columns
        Columns of a table.
    images : path or None
        Folder of the pictures that a table names, if it is not the table's own.
    splits, groups : bool
        Whether folders and columns may name splits and groups, and whether file names and times may tell groups.
    labels_needed : bool
        Whether a folder in which none are found is refused.
    include, exclude : tuple of str
        Globs of the files and folders to take, and to leave out; see `headway.dataset.globs.Globs`.
    fixes : path or None
        A list of what a person decided about pictures; see `headway.dataset.fixes`.
    group_pattern : str or None
        A regular expression that finds the group in the path of each picture.
    addresses_from : str or None
        The folder of object storage that the paths of a table start from; a table of this machine may name addresses
        where it is empty, and none where it is None.
    """

    label_pattern: str | None = None
    class_names: ClassNames | None = None
    columns: Columns = field(default_factory=Columns)
    images: str | os.PathLike[str] | None = None
    splits: bool = True
    groups: bool = True
    labels_needed: bool = True
    include: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()
    fixes: str | os.PathLike[str] | None = None
    group_pattern: str | None = None
    addresses_from: str | None = None

    def words(self) -> list[str]:
        """Return the options of the command line that say the same.

        Examples
        --------
        >>> ReadingOptions(columns=Columns(label="breed"), splits=False, exclude=("*_mask.png",)).words()
        ['--label-column', 'breed', '--no-splits', '--exclude', '*_mask.png']
        """
        named = {f"{role}-column": name for role, name in asdict(self.columns).items()}
        patterns = {"label-pattern": self.label_pattern, "group-pattern": self.group_pattern}
        files = {"images": self.images, "fixes": self.fixes}
        values = {**patterns, "class-names": self.class_names, **named, **files}
        words = [
            word
            for name, value in values.items()
            if value is not None
            for word in (f"--{name}", os.fspath(value) if isinstance(value, str | os.PathLike) else "FILE")
        ]
        words += [f"--no-{name}" for name in ("splits", "groups") if not getattr(self, name)]
        for name in ("include", "exclude"):
            words += [word for glob in getattr(self, name) for word in (f"--{name}", glob)]
        return words
