"""A project, and the one place where it changes."""

from __future__ import annotations

import contextlib
import glob
import os
import re
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from headway.dataset.fixes import apply_fixes
from headway.dataset.names import class_name
from headway.errors import DataError, OutputError, UserError
from headway.posix import lock_file
from headway.studio.project.about import new_about
from headway.studio.project.edits import Change, Draft, Proposal, checked, no_picture
from headway.studio.project.files import EMPTY, Files
from headway.studio.project.foreign import HIDDEN as HIDDEN
from headway.studio.project.foreign import check_inside, check_own
from headway.studio.project.history import Done, History, Patch, Step
from headway.studio.project.intake import Added, Contents, Incoming, Intake, Upload, sweep
from headway.studio.project.names import checked_class
from headway.studio.project.placing import Places, carry, delete
from headway.studio.project.state import ABOUT, LABELS, Entry
from headway.studio.project.writing import explained, write_together

if TYPE_CHECKING:
    from headway.dataset import Dataset

_REMOVED, _LOCK = "removed", "lock"


class Project:
    """A folder of pictures, labels and decisions; safe to be used from several threads.

    What somebody else changes in the folder is taken in by `refresh`, and before every change here. A change is one
    step: it is on the disk whole, or not at all, and can be undone.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.revision = 0
        self._lock = threading.RLock()
        self._callbacks: list[Callable[[], None]] = []
        self._history = History(folder / HIDDEN / "history")
        self._files = Files(folder, self._history.pointer)
        self._same = Contents()
        self._recover()
        self._load()

    @classmethod
    def open(cls, folder: str | os.PathLike[str]) -> Project:
        """Open a project, or make one where there is nothing.

        Raises
        ------
        UserError
            When the folder holds something else.
        OutputError
            When it cannot be made.
        """
        place = Path(os.path.abspath(folder))
        try:
            names = {path.name for path in place.iterdir()} if place.exists() else set()
        except NotADirectoryError as error:
            raise UserError(f"a project is a folder, and {folder} is a file: name a new folder") from error
        except OSError as error:
            raise UserError(f"the folder {folder} cannot be read: {error.strerror or error}") from error
        if ABOUT not in names and (others := sorted(name for name in names if not name.startswith("."))):
            raise UserError(
                f"{folder} is no project, as it has no {ABOUT}, and it is not empty ({others[0]!r}, …): name a new "
                "folder, and drop these pictures onto its page"
            )
        check_own(place)
        if ABOUT not in names:
            about = new_about(place.name)
            write_together({place / name: content for name, content in EMPTY.items() if name not in names})
            write_together({place / ABOUT: about.text.encode()})
        sweep(place / HIDDEN)
        return cls(place)

    @property
    def name(self) -> str:
        """What the project is called."""
        return self._state.about.name or self.folder.name

    @property
    def classes(self) -> tuple[str, ...]:
        """The names of the classes, in the order of the page."""
        return self._state.classes

    @property
    def problems(self) -> tuple[str, ...]:
        """What is wrong with the files, in sentences."""
        return (*self._files.broken.values(), *self._state.problems)

    @property
    def can_undo(self) -> Done | None:
        """What would be undone."""
        return self._undo.told

    @property
    def can_redo(self) -> Done | None:
        """What would be done again."""
        return self._redo.told

    def entries(self) -> tuple[Entry, ...]:
        """Return all pictures: those with a label in the order of ``labels.csv``, then the others."""
        return self._state.entries

    def entry(self, file: str) -> Entry:
        """Return what is known of a picture; of another file it is a `DataError`."""
        if (entry := self._state.by_file.get(file)) is None:
            raise no_picture(file)
        return entry

    def some(self, files: Iterable[str]) -> list[Entry]:
        """Return what is known of those pictures that are there, in this order."""
        known = self._state.by_file
        return [known[file] for file in files if file in known]

    def path(self, file: str) -> Path:
        """Return where the file of a picture is; another file is a `DataError`."""
        state = self._state
        if file not in state.by_file:
            raise no_picture(file)
        return Path(state.paths[file])

    def unlabelled(self) -> tuple[str, ...]:
        """Return the pictures that have no label yet, and are not left out."""
        return tuple(entry.file for entry in self._state.entries if entry.label is None and not entry.left_out)

    def dataset(self) -> Dataset:
        """Return the labelled pictures as ``headway fit labels.csv --fixes fixes.csv`` reads them.

        Pictures that cannot be found are left out, with what was decided about them.
        """
        from headway.dataset.reading import read

        with self._lock:
            state, broken = self._state, next(iter(self._files.broken.values()), None)
        if broken is not None:
            raise DataError(broken)
        if not state.lines:
            raise DataError("there are no pictures with a label yet")
        path, label = state.labels.columns
        # A glob that begins with / would be one of any folder.
        missing = [f"./{re.sub('^/', '[/]', glob.escape(file))}" for file in state.missing]
        found = read(self.folder / LABELS, path_column=path, label_column=label, exclude=missing)
        about = tuple(fix for fixes in state.decided.values() for fix in fixes)
        return apply_fixes(found, replace(state.fixes, rows=tuple(sorted(about, key=lambda fix: fix.line))))

    def on_change(self, callback: Callable[[], None]) -> None:
        """Have something done after every change, in the thread that made it."""
        self._callbacks.append(callback)

    def refresh(self) -> bool:
        """Take in what was changed from outside, and say whether anything was."""
        with self._telling():
            return self._catch_up()

    def add(self, uploads: Iterable[Upload], label: str | None = None, *, batch: str = "") -> Added:
        """Take pictures in, byte for byte.

        Parameters
        ----------
        uploads : iterable of Upload
            Files with their names.
        label : str or None
            Their class, which may be new; otherwise that which the folder in a name says, and without one none.
        batch : str
            What comes in several calls with the same word, one after the other, is one step.

        Raises
        ------
        OutputError
            When they cannot be written: none of them is there then.
        """
        wanted = None if label is None else checked_class(label)
        with Intake.open(self.folder / HIDDEN) as intake:
            intake.take(uploads, wanted)
            return self._place(intake, batch)

    def add_archive(
        self, path: str | os.PathLike[str], name: str = "", label: str | None = None, *, batch: str = ""
    ) -> Added:
        """Take the pictures of an archive in, in the same way; ``name`` is what to call it.

        One that is damaged, encrypted or made to fill disks is a `DataError`, and none of its pictures is there then.
        """
        wanted = None if label is None else checked_class(label)
        with Intake.open(self.folder / HIDDEN) as intake:
            intake.take_archive(Path(path), name or os.path.basename(path), wanted)
            return self._place(intake, batch)

    def decide(self, changes: Iterable[Change]) -> None:
        """Do what a person decided about pictures, as one step."""
        with self._changing():
            found = checked(self._state, changes)
            draft = Draft(self._state)
            for change in found:
                draft.decide(change)
            classes = {change.to for change in found}
            to = classes.pop() if len(classes) == 1 else None
            if found:
                self._commit(draft, Step(found[0].decision, len({change.file for change in found}), to))

    def accept(self, proposals: Iterable[Proposal]) -> int:
        """Do what checks propose, as one step, and return of how many pictures that is."""
        with self._changing():
            draft = Draft(self._state)
            found = list(proposals)
            for one in found:
                draft.accept(one)
            n = len({one.file for one in found})
            return n if self._commit(draft, Step("accept", n)) else 0

    def add_class(self, name: str) -> None:
        """Make an empty class; a name that looks like that of another is a `UserError`."""
        with self._changing():
            draft = Draft(self._state)
            draft.add_class(name)
            self._commit(draft, Step("class", 0, checked_class(name)))

    def rename_class(self, old: str, new: str) -> None:
        """Give a class another name."""
        with self._changing():
            draft = Draft(self._state)
            draft.rename_class(class_name(old), new)
            n = sum(entry.label == old for entry in self._state.entries)
            self._commit(draft, Step("rename", n, checked_class(new)))

    def remove_class(self, name: str) -> None:
        """Leave out the pictures of a class, and the class from the list."""
        with self._changing():
            draft = Draft(self._state)
            n = draft.remove_class(class_name(name))
            self._commit(draft, Step("remove", n, class_name(name)))

    def undo(self) -> None:
        """Take the last step back."""
        with self._changing():
            way = self._undo
            if not way.steps:
                raise UserError("there is nothing to undo")
            check_inside(self.folder, way.added)
            self._write(way.contents, self._history.at - len(way.steps))
            self._history.move(-len(way.steps))
            with explained(self.folder):
                carry(way.added, self.folder, self._removed)
            self._load()

    def redo(self) -> None:
        """Do the last step again that was taken back."""
        with self._changing():
            way = self._redo
            if not way.steps:
                raise UserError("there is nothing to do again")
            check_inside(self._removed, way.added)
            with explained(self.folder):
                carry(way.added, self._removed, self.folder)
            try:
                self._write(way.contents, self._history.at + len(way.steps))
            except BaseException:
                carry(way.added, self.folder, self._removed)
                raise
            self._history.move(len(way.steps))
            self._load()

    @property
    def _removed(self) -> Path:
        """Where pictures lie whose coming in was undone."""
        return self.folder / HIDDEN / _REMOVED

    def _place(self, intake: Intake, batch: str) -> Added:
        """Give pictures that were looked at their places, but for copies."""
        with self._changing():
            places = Places(self.folder, self._state)
            known = self._same.among(self._state.paths.values(), {one.size for one in intake.incoming})
            copies: list[str] = []
            new: dict[str, Incoming] = {}
            for one in intake.incoming:
                if one.digest in known:
                    copies.append(one.name)
                else:
                    known.add(one.digest)
                    new[places.of(one)] = one
            done = Added(tuple(new), tuple(intake.refused), tuple(copies))
            if not new:
                return done
            labels = {file: places.label(one) for file, one in new.items()}
            draft = Draft(self._state)
            draft.list_new((file, label) for file, label in labels.items() if label is not None)
            named = set(labels.values())
            try:
                for file, one in new.items():
                    with explained(self.folder / file):
                        (self.folder / file).parent.mkdir(parents=True, exist_ok=True)
                        one.draft.rename(self.folder / file)
                to = named.pop() if len(named) == 1 else None
                self._commit(draft, Step("add", len(new), to, added=tuple(new), batch=batch))
            except BaseException:
                delete(self.folder, new)
                raise
            return done

    def _commit(self, draft: Draft, step: Step) -> bool:
        """Write what becomes different, as a step; say whether anything does."""
        texts = draft.texts()
        if not texts and not step.added:
            return False
        patches = {name: Patch.between(self._files.contents[name], content) for name, content in texts.items()}
        undone = self._history.undone()
        self._history.begin(replace(step, patches=patches))
        try:
            self._write(texts, self._history.at + 1)
        except BaseException:
            self._history.withdraw()
            raise
        self._history.move(1)
        with contextlib.suppress(OSError):  # what is left there does no harm
            self._history.forget_undone()
            for each in undone:
                delete(self._removed, each.added)
            self._history.prune()
        self._load()
        return True

    def _write(self, contents: Mapping[str, bytes], at: int) -> None:
        write_together({self.folder / name: content for name, content in contents.items()} | self._history.pointing(at))

    @contextmanager
    def _changing(self) -> Iterator[None]:
        """Hold the project, as other threads and processes may change it, and begin with what it is now."""
        with self._telling():
            place = self.folder / HIDDEN / _LOCK
            with explained(place):
                place.parent.mkdir(exist_ok=True)
                file = place.open("ab")
            with file:
                lock_file(file)
                self._catch_up()
                if self._files.broken:
                    raise DataError(next(iter(self._files.broken.values())))
                yield

    @contextmanager
    def _telling(self) -> Iterator[None]:
        """Hold the project against other threads, and tell of changes afterwards."""
        before = self.revision
        try:
            with self._lock:
                before = self.revision
                yield
        finally:
            if self.revision != before:
                for callback in self._callbacks:
                    callback()

    def _catch_up(self) -> bool:
        if not self._files.are_changed():
            return False
        self._history.load()
        self._load()
        return True

    def _load(self) -> None:
        """Read what has changed on the disk, and list what was put into the folder of a class by hand."""
        self._state = self._files.load()
        if self._state.unlisted and LABELS not in self._files.broken:
            try:
                write_together({self.folder / LABELS: self._files.with_rows(self._state.unlisted)})
                self._state = self._files.load()
            except OutputError as error:
                self._files.broken[LABELS] = str(error)
        self._undo, self._redo = self._history.ways(self._files.contents)
        self.revision += 1

    def _recover(self) -> None:
        """Finish a step in the middle of which the process ended."""
        found = self._history.unfinished(self._files.contents)
        if found is not None:
            contents, at = found
            self._write(contents, at)
            self._history.load()
