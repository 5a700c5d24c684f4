"""Which columns of a table hold paths, labels, splits and groups: as its user says, by their names, or by their values.

Evidence that goes both ways is an error that shows both readings and the option for each.
"""

from __future__ import annotations

import shlex
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Literal, TypeAlias

from headway.dataset.names import plural, some, split_codes
from headway.dataset.options import ReadingOptions
from headway.dataset.tables.lookup import Files, NoFilesError
from headway.dataset.tables.onehot import check_no_probabilities, one_hot
from headway.dataset.tables.values import Column, plain
from headway.errors import AmbiguousDataError, DataError
from headway.rendering.data import REGRESSION

# In the order in which they are tried; compared in small letters and without anything but letters and digits.
USUAL = {
    "path": (
        *("path", "filepath", "imagepath", "imgpath", "picturepath", "relativepath", "relpath"),
        *("file", "filename", "fname", "image", "imagefile", "imagefilename", "imagename", "img", "imgname"),
        *("picture", "photo"),
    ),
    # Names before numbers where a table has both.
    "label": (
        *("labelname", "classname", "categoryname", "label", "labels", "class", "category", "target", "classlabel"),
        *("y", "labelid", "classid", "categoryid"),
    ),
    "split": ("split", "subset", "set", "partition", "datasplit", "datasetsplit", "phase", "usage", "fold", "kfold"),
    "group": (
        *("group", "groupid", "patient", "patientid", "subject", "subjectid", "participant", "participantid"),
        *("person", "personid", "individual", "individualid", "case", "caseid", "lesion", "lesionid"),
    ),
}
# Of several columns of files, these are the path, too; where their values are no files, they mean none.
_IDENTIFIERS = ("imageid", "imgid", "fileid", "pictureid", "photoid", "id", "name", "uid", "key")
_BESIDES_PICTURES = ("mask", "annotation", "segmentation", "segment", "label", "xml", "json")
_LABEL_ENDINGS = tuple(name for name in USUAL["label"] if name != "y")
_MEASURES = frozenset(
    {"width", "height", "w", "h", "x", "y", "depth", "channels", "rows", "cols", "columns", "size", "filesize", "count"}
    | {"xmin", "xmax", "ymin", "ymax", "x1", "x2", "y1", "y2", "left", "right", "top", "bottom", "area", "angle"}
    | {"age", "year", "month", "day", "hour", "date", "time", "timestamp", "index", "weight", "score", "confidence"}
    | {"fold", "kfold", "md5", "sha1", "sha256", "hash", "url", "license", "mode", "format", "quality", "dpi"}
)
_MAY_BE_ATTRIBUTES = frozenset({"group", "subject", "person", "individual", "case"})
_FEW, _VERY_FEW, _MANY_EACH = 10, 4, 5
_MOST_READINGS = 4


Role: TypeAlias = Literal["path", "label", "split"]


class NoLabelsError(DataError):
    """A table names files, but no labels of theirs."""


@dataclass(frozen=True)
class Chosen:
    """The columns that were chosen.

    ``labels`` are one column, or one for each class; ``splits`` are one that says the split, or some that say true
    or false. ``guessed`` are the roles that were chosen by values. ``no_split`` and ``no_group`` are columns that are
    named like a split or a group and hold none; the latter has ``no_group_values`` different values.
    """

    path: str
    labels: tuple[str, ...]
    splits: tuple[str, ...] = ()
    group: str | None = None
    guessed: tuple[Role, ...] = ()
    no_split: str | None = None
    no_group: str | None = None
    no_group_values: int = 0

    def names(self) -> list[str]:
        """Return the names of all of them, each once."""
        group = () if self.group is None else (self.group,)
        return list(dict.fromkeys((self.path, *self.labels, *self.splits, *group)))

    def by_role(self) -> dict[str, str]:
        """Return the name of the column for each role that has one, several joined by commas."""
        roles = {"path": self.path, "split": ", ".join(self.splits), "group": self.group}
        if len(self.labels) == 1:
            roles["label"] = self.labels[0]
        return {role: name for role in ("path", "label", "split", "group") if (name := roles.get(role))}


def choose(
    title: str, columns: Sequence[Column], options: ReadingOptions, files: Files, *, place: str | None = None
) -> Chosen:
    """Choose the columns of a table by a sample of its rows; ``files`` are what its values may be."""
    return _Choice(title, columns, options, files, place).made()


class _Choice:
    """One choice, role after role."""

    def __init__(
        self, title: str, columns: Sequence[Column], options: ReadingOptions, files: Files, place: str | None
    ) -> None:
        self.title = title
        self.place = place
        self.columns = columns
        self.options = options
        self.files = files
        self.guessed: list[Role] = []
        named = {getattr(options.columns, role) for role in USUAL}
        self.free = [column for column in columns if column.name not in named]

    def made(self) -> Chosen:
        for role in USUAL:  # a column that is not there is the first thing to say
            self._named(role)
        for role, option in (("split", self.options.splits), ("group", self.options.groups)):
            if not option and self._named(role):
                raise DataError(f"--no-{role}s and --{role}-column contradict each other: give one of them")
        path = self._path()
        splits, no_split = self._splits(path) if self.options.splits else ((), None)
        group, attribute = self._group(path) if self.options.groups else (None, None)
        labels = self._labels(path, splits, group)
        for column in (path, *labels, *splits, *([group] if group else [])):
            self._check_single(column)
        return Chosen(
            path.name,
            tuple(column.name for column in labels),
            tuple(column.name for column in splits),
            group.name if group else None,
            tuple(self.guessed),
            no_split.name if no_split else None,
            attribute.name if attribute else None,
            len(attribute.counts) if attribute else 0,
        )

    def _named(self, role: str) -> Column | None:
        """Return the column that the user named for a role."""
        name = getattr(self.options.columns, role)
        if name is None:
            return None
        for column in self.columns:
            if column.name == name:
                return column
        raise DataError(f"{self.title} has no column {name!r}: its columns are {self._header()}")

    def _usual(self, names: Iterable[str]) -> list[Column]:
        """Return the columns of some names, in the order of these, but for those that the user named for a role."""
        return [column for name in names for column in self.free if column.plain == name]

    def _header(self) -> str:
        return some([column.name for column in self.columns], 20)

    def _check_single(self, column: Column) -> None:
        same = sum(other.name == column.name for other in self.columns)
        if same > 1:
            raise DataError(f"{self.title} has {same} columns called {column.name!r}: rename all but one")

    def _path(self) -> Column:
        if named := self._named("path"):
            return named
        usual = self._usual(USUAL["path"])
        if pictures := [column for column in usual if column.holds_pictures]:
            return pictures[0]
        possible = [column for column in self.free if _may_be_path(column)]
        for by_name in (False, True):
            found = [column for column in possible if self.files.share(column.texts, by_name=by_name) > 0.5]
            if found:
                return self._chosen_path(self._one_path(found), usual)
        if called := usual or [column for column in possible if column.ends_as_pictures]:
            return self._chosen_path(called[0], usual)
        if (label := self._named("label")) and label.plain in USUAL["path"]:
            raise self._not_for_both(label)
        raise NoFilesError(
            f"{self.title} needs a path column, and its columns are {self._header()}: in none of them most values are "
            f"files in {self.files.base or '.'!r} or below; name the one that holds them with path_column "
            "(--path-column), or give the folder of the pictures with --images FOLDER"
        )

    def _not_for_both(self, column: Column) -> DataError:
        return DataError(
            f"{self.title} needs a column with paths and another with labels, not {column.name!r} for both"
        )

    def _chosen_path(self, path: Column, usual: list[Column]) -> Column:
        if path not in usual:
            self.guessed.append("path")
        return path

    def _one_path(self, found: list[Column]) -> Column:
        """Return the path of several columns of files, which may be two names of one picture, or two pictures."""
        usual = [column for column in self._usual((*USUAL["path"], *_IDENTIFIERS)) if column in found]
        candidates = usual or found
        if all(self._same_files(candidates[0], column) for column in candidates[1:]):
            return candidates[0]
        # Numbers of anything may be names of files by chance; names of files differ from row to row.
        distinct = [column for column in candidates if len(column.counts) == column.filled]
        if len(distinct) == 1:
            return distinct[0]
        raise self._two_minds("path", candidates)

    def _same_files(self, one: Column, other: Column) -> bool:
        def files(column: Column) -> list[str | None]:
            return self.files.find(column.texts[:100], lambda row: f" (column {column.name!r} of {self.title})").paths

        return one.matches(other) and files(one) == files(other)

    def _splits(self, path: Column) -> tuple[tuple[Column, ...], Column | None]:
        """Return the columns that name splits, or one that is only named like it."""
        if named := self._named("split"):
            return (named,), None
        others = [column for column in self.free if column is not path]
        usual = [column for column in self._usual(USUAL["split"]) if column is not path]
        for column in usual:
            if split_codes(column.counts):
                return (column,), None
        flags = tuple(column for column in others if flag_splits([column.name]) and column.is_boolean)
        if flags:
            return flags, None
        by_value = [column for column in others if column.names_splits]
        if len(by_value) == 1:
            self.guessed.append("split")
            return (by_value[0],), None
        if by_value:
            raise self._two_minds("split", by_value)
        return (), usual[0] if usual else None

    def _group(self, path: Column) -> tuple[Column | None, Column | None]:
        """Return the column that names groups, or one that is named like it and is an attribute of the pictures."""
        if named := self._named("group"):
            return named, None
        usual = [column for column in self._usual(USUAL["group"]) if column is not path]
        groups = [column for column in usual if not _is_attribute(column)]
        return (groups[0], None) if groups else (None, usual[0] if usual else None)

    def _labels(self, path: Column, splits: tuple[Column, ...], group: Column | None) -> list[Column]:
        named = self._named("label")
        if named is path:
            raise self._not_for_both(path)
        if named:
            return [named]
        taken = {path.name, *(column.name for column in splits), group.name if group else ""}
        header = {column.plain for column in self.columns}
        free = [column for column in self.free if column.name not in taken and self._may_be_label(column)]
        called = [column for column in self._usual(USUAL["label"]) if column.name not in taken]
        if "x" in header:  # a place, not a label
            called = [column for column in called if column.plain != "y"]
        alike = [column for column in free if column.plain.endswith(_LABEL_ENDINGS) and column.is_categorical]
        if called:
            return [self._undisputed(called[0], alike)]
        if alike:
            self.guessed.append("label")
            return [self._undisputed(_names_first(alike), alike)]
        return self._labels_by_values(free)

    def _may_be_label(self, column: Column) -> bool:
        """Return whether a column is not named like something else."""
        others = {*USUAL["split"], *USUAL["group"]} - _MAY_BE_ATTRIBUTES | _MEASURES
        return not (
            _numbers_rows(column) or column.plain in others or flag_splits([column.name]) or column.names_splits
        )

    def _undisputed(self, label: Column, alike: list[Column]) -> Column:
        """Return a column named like a label if no other such column says something else."""
        rivals = [column for column in alike if column is not label and not column.matches(label)]
        if rivals:
            raise self._two_minds("label", [label, *rivals])
        odd = "numbers with fractions" if label.has_fractions else "names of files" if label.ends_as_pictures else None
        if odd is not None:
            raise NoLabelsError(
                f"labels must be names or whole numbers, and column {label.name!r} of {self.title} holds {odd}: "
                f"if each is a class, --label-column {shlex.quote(label.name)}"
                f"{f'; if not, {REGRESSION}' if label.has_fractions else ''}"
            )
        return label

    def _labels_by_values(self, free: list[Column]) -> list[Column]:
        check_no_probabilities(self.title, free, NoLabelsError)
        categorical = [column for column in free if column.is_categorical]
        if classes := one_hot(free):
            self.guessed.append("label")
            return classes
        if not categorical:
            raise NoLabelsError(
                f"{self.title} needs a label column, and its columns are {self._header()}: "
                "name the one that holds it with label_column (--label-column)"
                f"{self._regression()}"
            )
        label = _names_first(categorical)
        rivals = [column for column in categorical if column is not label and not column.matches(label)]
        if rivals:
            raise self._two_minds("label", [label, *rivals])
        self.guessed.append("label")
        return [label]

    def _regression(self) -> str:
        """Say what may be done with numbers, where a column holds them in place of classes."""
        numbers = [column.name for column in self.columns if column.has_fractions]
        return f"; if it is the numbers in {some(numbers)}, {REGRESSION}" if numbers else ""

    def _two_minds(self, role: str, columns: list[Column]) -> AmbiguousDataError:
        for column in columns:
            self._check_single(column)
        readings = []
        for column in columns[:_MOST_READINGS]:
            named = replace(self.options.columns, **{role: column.name})
            values = f"{plural(len(column.counts), 'value')}, such as {next(iter(column.counts), '')!r}"
            readings.append((f"it is {column.name!r} ({values})", self._command(replace(self.options, columns=named))))
        if role == "split":
            readings.append(("none is, and all is split anew", self._command(replace(self.options, splits=False))))
        names = some([column.name for column in columns], _MOST_READINGS)
        return AmbiguousDataError(f"{self.title} has several columns that may be the {role}: {names}", readings)

    def _command(self, options: ReadingOptions) -> str:
        return shlex.join(["headway", "read", self.place or "TABLE", *options.words()])


def flag_splits(names: Iterable[str]) -> dict[str, int]:
    """Return the columns that, by their names, say true or false of a split, and which split each is about.

    Examples
    --------
    >>> flag_splits(["is_valid", "test", "is_cat"])
    {'is_valid': 1, 'test': 2}
    """
    bare = {name: plain(name).removeprefix("is").removeprefix("in") for name in names}
    codes = split_codes(bare.values())
    return {name: codes[word] for name, word in bare.items() if word in codes}


def _numbers_rows(column: Column) -> bool:
    """Return whether a column has no name, as the numbers of rows that pandas writes."""
    return not column.plain or column.plain.startswith("unnamed")


def _may_be_path(column: Column) -> bool:
    """Return whether a column is not named like something else; a class or a measure may be named like a file."""
    others = {*USUAL["label"], *USUAL["split"], *(_MEASURES if column.is_numeric else ())}
    beside = any(word in column.plain for word in _BESIDES_PICTURES)
    return not (_numbers_rows(column) or beside or column.plain in others) and bool(column.counts)


def _names_first(columns: list[Column]) -> Column:
    """Return the first column of names, or of numbers where there is none."""
    return next((column for column in columns if not column.is_numeric), columns[0])


def _is_attribute(column: Column) -> bool:
    """Return whether a column named like a group describes the pictures: no split could keep such groups whole.

    One value for all never is a group. Of ``subject`` and other words that may be either, few values for many pictures
    are none: words without a number in them (human, animal), or very few.
    """
    total = len(column.texts)
    groups = len(column.counts) + column.texts.count("")
    if groups == 1 and total > 1:
        return True
    if column.plain not in _MAY_BE_ATTRIBUTES or groups >= _FEW or total < _MANY_EACH * groups:
        return False
    return groups < _VERY_FEW or not any(character.isdigit() for text in column.counts for character in text)
