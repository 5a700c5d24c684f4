"""Decisions about pictures and classes → what becomes of the files of a project; nothing is written here.

The label of a picture is in ``labels.csv``. Another label for it, or that it is left out, is a row in ``fixes.csv``, as
a person would write it; a row that says why it was proposed stays when its decision is taken back.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Literal, Protocol, TypeAlias

from headway.cells import text_cell
from headway.dataset import records
from headway.dataset.names import class_name
from headway.errors import DataError, UnknownNameError, UserError
from headway.studio.project.names import checked_class, looks
from headway.studio.project.state import ABOUT, FIXES, LABELS, State

_CHECK = re.compile("[a-z0-9-]{0,60}")

Decided: TypeAlias = Literal["label", "drop", "keep", "restore"]


@dataclass(frozen=True)
class Change:
    """What a person decided about a picture.

    Parameters
    ----------
    file : str
        The picture.
    decision : {"label", "drop", "keep", "restore"}
        To give it a class, leave it out, confirm it as it is, or take back that it is left out or confirmed.
    to : str or None
        The class.
    finding : str
        The check because of which; empty for none.
    """

    file: str
    decision: Decided
    to: str | None = None
    finding: str = ""


class Proposal(Protocol):
    """What a check proposes about a picture."""

    @property
    def file(self) -> str:
        """The picture."""

    @property
    def finding(self) -> str:
        """The name of the check."""

    @property
    def decision(self) -> str:
        """One of ``drop``, ``relabel``, ``group`` and ``keep``."""

    @property
    def to(self) -> str:
        """The class, or the name of the group."""

    @property
    def why(self) -> str:
        """For the reader of the list."""


@dataclass
class _Row:
    """A row of the list of fixes, at work; the line is None where it is new, the decision where it goes."""

    line: int | None
    finding: str
    decision: str
    to: str
    is_bare: bool = True  # it says nothing but its decision
    is_changed: bool = False
    more: Mapping[str, str] = field(default_factory=dict)

    def decide(self, decision: str, to: str = "") -> None:
        if (self.decision, self.to) != (decision, to):
            self.decision, self.to, self.is_changed = decision, to, True

    def take_back(self) -> None:
        if self.decision:
            self.decision, self.is_changed = "", True


class Draft:
    """A project, changed in thought: what its files will be.

    Parameters
    ----------
    state : State
        As it is.
    """

    def __init__(self, state: State) -> None:
        self._state = state
        self._rows: dict[str, list[_Row]] = {}
        self._cells = {record.line: record.cells for record in records.records(state.fixes.text, state.fixes.delimiter)}
        self._labels: dict[int, str] = {}
        self._new: dict[str, str] = {}
        self._classes = list(state.about.classes)
        self._left_out = dict.fromkeys(state.about.left_out)

    def texts(self) -> dict[str, bytes]:
        """Return the files that become different."""
        self._settle()
        state = self._state
        labels = records.with_changes(
            state.labels.text, state.labels.delimiter, {line: {"label": label} for line, label in self._labels.items()}
        )
        new = [{"file": file, "label": label} for file, label in self._new.items()]
        labels = records.with_rows(labels, state.labels.delimiter, new)
        changed: dict[int, Mapping[str, str] | None] = {}
        added = []
        for file, rows in self._rows.items():
            for row in rows:
                cells = {"decision": row.decision, "to": text_cell(row.to)}
                if row.line is None:
                    added += [{"file": file, "finding": row.finding, **row.more, **cells}] if row.decision else []
                elif row.is_changed:
                    changed[row.line] = None if row.is_bare and not row.decision else cells
        about = state.about.with_lists(self._classes, list(self._left_out))
        made = {
            LABELS: records.encoded(labels) if labels != state.labels.text else None,
            FIXES: state.fixes.with_changes(changed, added) if changed or added else None,
            ABOUT: about.text.encode() if about != state.about else None,
        }
        return {name: content for name, content in made.items() if content is not None}

    def list_new(self, files: Iterable[tuple[str, str]]) -> None:
        """Give pictures that have just come in a row, and their classes a place."""
        for file, label in files:
            self._new[file] = label
            self._list_class(label)

    def decide(self, change: Change) -> None:
        """Do what a person decided."""
        match change.decision:
            case "label":
                self._label(change.file, change.to, change.finding)
            case "drop":
                self._drop(change.file, change.finding)
            case "keep":
                self._set(change.file, change.finding, "keep")
            case "restore":
                self._restore(change.file, change.finding)
            case _:
                raise UnknownNameError("decision", str(change.decision)[:40], ["label", "drop", "keep", "restore"])

    def accept(self, one: Proposal) -> None:
        """Do what a check proposes; of a picture without a label, only what can be done without one."""
        entry = self._state.by_file.get(one.file)
        if entry is None:
            raise no_picture(one.file)
        if one.decision == "relabel":
            self._label(one.file, one.to, one.finding, why=one.why)
        elif entry.given is not None:
            self._set(one.file, one.finding, one.decision, one.to, why=one.why)
        elif one.decision == "drop":
            self._drop(one.file, one.finding)

    def add_class(self, name: str) -> None:
        """Make an empty class."""
        name = checked_class(name)
        self._check_free(name)
        self._classes.append(name)

    def rename_class(self, old: str, new: str) -> None:
        """Give a class another name, wherever it stands."""
        self._check_known(old)
        new = checked_class(new)
        self._check_free(new, but=old)
        if new == old:
            return
        for row in self._state.labels.rows:
            if row.label == old:
                self._labels[row.line] = new
        for file in self._state.decided:
            for each in self._of(file):
                if each.decision == "relabel" and class_name(each.to) == old:
                    each.decide("relabel", new)
        known = list(self._state.classes)
        self._classes = [new if name == old else name for name in known]

    def remove_class(self, name: str) -> int:
        """Leave out the pictures of a class, and return how many these are."""
        self._check_known(name)
        files = [entry.file for entry in self._state.entries if entry.label == name and not entry.left_out]
        for file in files:
            self._drop(file, "")
        self._classes = [each for each in self._classes if each != name]
        return len(files)

    def _label(self, file: str, to: str | None, finding: str, why: str = "") -> None:
        if not to:
            raise UserError(f"{file!r} is to be given a class, and none is named")
        entry = self._state.by_file[file]
        self._check_known(to)
        if entry.given is None:
            self._left_out.pop(file, None)
            self._new[file] = to
            self._list_class(to)
            return
        rows = self._of(file)
        for row in rows:
            if row.decision == "drop":
                row.take_back()
        if to == entry.given:
            for row in rows:
                if row.decision == "relabel":
                    row.take_back()
            return
        for row in rows:
            if row.decision == "relabel":
                row.decide("relabel", to)
        if finding or not any(row.decision == "relabel" for row in rows):
            self._set(file, finding, "relabel", to, why=why)

    def _drop(self, file: str, finding: str) -> None:
        if self._state.by_file[file].given is None and file not in self._new:
            self._left_out[file] = None
        elif finding or not self._is_left_out(file):
            self._set(file, finding, "drop")

    def _restore(self, file: str, finding: str) -> None:
        """Take back that a picture is left out; where it is not, that it was confirmed."""
        if file in self._left_out:
            del self._left_out[file]
            return
        rows = self._of(file)
        back = [row for row in rows if row.decision == "drop"]
        for row in back or [row for row in rows if row.decision == "keep" and finding in ("", row.finding)]:
            row.take_back()

    def _set(self, file: str, finding: str, decision: str, to: str = "", why: str = "") -> None:
        """Decide by reason of a finding: in its own row, where there is one, and nowhere else."""
        if self._state.by_file[file].given is None and file not in self._new:
            raise DataError(f"{file!r} has no label yet, and nothing but a class or to leave it out can be decided")
        known = [row for row in self._of(file) if row.finding == finding]
        for row in known[1:]:
            row.take_back()
        if known:
            known[0].decide(decision, to)
            return
        label = self._state.by_file[file].given or ""
        more = {"proposal": decision, "label": text_cell(label), "why": text_cell(why)} if why else {}
        self._of(file).append(_Row(None, finding, decision, to, is_changed=True, more=more))

    def _of(self, file: str) -> list[_Row]:
        if file not in self._rows:
            needed = {"file", "finding", "decision", "to"}
            columns = self._state.fixes.columns
            self._rows[file] = [
                _Row(
                    fix.line,
                    fix.finding,
                    fix.decision or "",
                    fix.to,
                    is_bare=not any(
                        cell for name, cell in zip(columns, self._cells[fix.line], strict=False) if name not in needed
                    ),
                )
                for fix in self._state.decided.get(file, ())
            ]
        return self._rows[file]

    def _is_left_out(self, file: str) -> bool:
        return any(row.decision == "drop" for row in self._of(file)) if file in self._state.by_file else False

    def _settle(self) -> None:
        """See to it that each class has a row in ``labels.csv``, as a list of fixes takes a name alone for a slip.

        Where none has, the first picture that is to get the class gets it there.
        """
        given = {row.line: row.label for row in self._state.labels.rows} | self._labels
        counts: dict[str, int] = {}
        for label in [*given.values(), *self._new.values()]:
            counts[label] = counts.get(label, 0) + 1
        wanted: dict[str, list[str]] = {}
        for file in [*self._state.decided, *(file for file in self._rows if file not in self._state.decided)]:
            rows = self._of(file)
            if file in self._state.lines and (to := next((row.to for row in rows if row.decision == "relabel"), "")):
                wanted.setdefault(class_name(to), []).append(file)
        while bare := [name for name, files in wanted.items() if files and not counts.get(name)]:
            file = wanted[bare[0]].pop(0)
            line = self._state.lines[file]
            counts[given[line]] -= 1
            counts[bare[0]] = 1
            given[line] = self._labels[line] = bare[0]
            for row in self._of(file):
                if row.decision == "relabel":
                    row.take_back()

    def _list_class(self, name: str) -> None:
        if name not in self._classes:
            self._classes.append(name)

    def _check_known(self, name: str) -> None:
        known = [*self._state.classes, *self._classes, *(row.label for row in self._state.labels.rows)]
        if name not in known:
            raise UnknownNameError("class", str(name)[:60], dict.fromkeys(known))

    def _check_free(self, name: str, but: str = "") -> None:
        alike = next((each for each in self._state.classes if each != but and looks(each) == looks(name)), None)
        if alike is not None:
            raise UserError(f"there is a class {alike!r} already")


def checked(state: State, changes: Iterable[Change]) -> list[Change]:
    """Return changes, all of pictures that are there."""
    found = list(changes)
    for change in found:
        if change.file not in state.by_file:
            raise no_picture(change.file)
        if not _CHECK.fullmatch(change.finding):
            raise UserError(f"a finding is called by the name of its check, not {change.finding[:60]!r}")
    return [replace(change, to=class_name(change.to)) if change.to else change for change in found]


def no_picture(file: str) -> DataError:
    """Return the error for a file that is no picture of the project."""
    return DataError(f"there is no picture {file[:200]!r} in this project")
