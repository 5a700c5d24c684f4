r"""What was done to a project, so that it can be undone, also after a restart.

A step holds, for each file that it changed, the bytes that were replaced and those that took their place, and how the
whole file began before and after. It is undone only where the file still begins so: what somebody else has added at
its end stays there, and what somebody else has changed is never overwritten. ``.headway/history/`` has a file for each
step, written before the step is done, and ``at.json``, how many are done, written together with what they change.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

from headway.errors import DataError
from headway.facts.codec import parse
from headway.studio.project.scan import PICTURES, UNLABELLED, Stamp, stamp
from headway.studio.project.state import ABOUT, FIXES, LABELS
from headway.studio.project.writing import write_together

FILES = (LABELS, FIXES, ABOUT)
TOPS = (PICTURES, UNLABELLED)
MOST_STEPS = 200
MOST_BYTES = 64 << 20


class Done(NamedTuple):
    """What a step did: to how many pictures, and to which class."""

    what: str
    n: int
    to: str | None


@dataclass(frozen=True)
class Side:
    """How a file begins: its bytes, and their digest."""

    size: int
    digest: str

    @classmethod
    def of(cls, content: bytes) -> Side:
        """Describe a file."""
        return cls(len(content), hashlib.blake2b(content, digest_size=16).hexdigest())

    def begins(self, content: bytes) -> bool:
        """Say whether a file begins so."""
        return len(content) >= self.size and Side.of(content[: self.size]) == self


@dataclass(frozen=True)
class Patch:
    """One change of one file: from ``at`` on, ``old`` was replaced by ``new``; both as Latin-1, byte for byte."""

    at: int
    old: str
    new: str
    before: Side
    after: Side

    @classmethod
    def between(cls, before: bytes, after: bytes) -> Patch:
        """Find the smallest change in one place."""
        at = _alike(before, after)
        tail = _alike(before[at:][::-1], after[at:][::-1])
        old, new = (content[at : len(content) - tail].decode("latin-1") for content in (before, after))
        return cls(at, old, new, Side.of(before), Side.of(after))

    @property
    def is_sound(self) -> bool:
        """Say whether it can be a change."""
        try:
            (self.old + self.new).encode("latin-1")
        except UnicodeEncodeError:
            return False
        return self.at >= 0

    def done(self, content: bytes) -> bytes | None:
        """Return a file after the change; None where it does not begin as it did before."""
        return self._replaced(content, self.before, self.old, self.new)

    def undone(self, content: bytes) -> bytes | None:
        """Return a file before the change; None where it does not begin as the change left it."""
        return self._replaced(content, self.after, self.new, self.old)

    def is_done(self, content: bytes) -> bool:
        """Say whether a file is as the change left it, rather than as it was before."""
        side = Side.of(content)
        return side == self.after or (side != self.before and self.after.begins(content))

    def _replaced(self, content: bytes, side: Side, old: str, new: str) -> bytes | None:
        if not side.begins(content):
            return None
        return content[: self.at] + new.encode("latin-1") + content[self.at + len(old) :]


@dataclass(frozen=True)
class Step:
    """Something that was done at once, and can be undone at once.

    Parameters
    ----------
    what, n, to
        As `Done` has them.
    patches : mapping of str to Patch
        By the name of the file.
    added : tuple of str
        Pictures that came in by it.
    batch : str
        Steps beside each other with the same word are undone together; empty for one of its own.
    """

    what: str
    n: int
    to: str | None = None
    patches: Mapping[str, Patch] = field(default_factory=dict)
    added: tuple[str, ...] = ()
    batch: str = ""

    def after(self, contents: Mapping[str, bytes]) -> dict[str, bytes] | None:
        """Return files with the step done; None where one is not as it was."""
        return _all({name: patch.done(contents[name]) for name, patch in self.patches.items()})

    def before(self, contents: Mapping[str, bytes]) -> dict[str, bytes] | None:
        """Return files with the step undone; None where one is not as the step left it."""
        return _all({name: patch.undone(contents[name]) for name, patch in self.patches.items()})


def _alike(one: bytes, other: bytes) -> int:
    """Return how many bytes two texts begin with in common."""
    low, high = 0, min(len(one), len(other))
    while low < high:
        middle = (low + high + 1) // 2
        low, high = (middle, high) if one[low:middle] == other[low:middle] else (low, middle - 1)
    return low


def _all(contents: Mapping[str, bytes | None]) -> dict[str, bytes] | None:
    whole = {name: content for name, content in contents.items() if content is not None}
    return whole if len(whole) == len(contents) else None


@dataclass(frozen=True)
class Way:
    """A way back, or forth again: steps that are taken together, and what the files are then.

    Parameters
    ----------
    steps : tuple of Step
        None where there is no way.
    contents : mapping of str to bytes
        By the name of the file.
    """

    steps: tuple[Step, ...] = ()
    contents: Mapping[str, bytes] = field(default_factory=dict)

    @property
    def told(self) -> Done | None:
        """What people are told of it."""
        if not self.steps:
            return None
        classes = {step.to for step in self.steps}
        to = classes.pop() if len(classes) == 1 else None
        return Done(self.steps[0].what, sum(step.n for step in self.steps), to)

    @property
    def added(self) -> list[str]:
        """The pictures that came in by it."""
        return [file for step in self.steps for file in step.added]


class History:
    """The steps of a project; ``at`` of them are done, and the others were undone.

    Parameters
    ----------
    folder : Path
        Where they are kept; it may be deleted, and nothing but the way back is lost.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.at = 0
        self.pointer = folder / "at.json"
        self._known: dict[Stamp, Step | None] = {}
        self.load()

    def load(self) -> None:
        """Read how many are done, which another process may have changed; where that is lost, so are all steps."""
        at = _read(self.pointer).get("at")
        self.at = at if isinstance(at, int) and at >= 0 else 0
        self._is_known = at is not None

    def ways(self, contents: Mapping[str, bytes]) -> tuple[Way, Way]:
        """Return the way back and the way forth, with files as they are."""
        return self._way(contents, self.at, -1, Step.before), self._way(contents, self.at + 1, 1, Step.after)

    def _way(self, contents: Mapping[str, bytes], number: int, by: int, take: Callable[..., Any]) -> Way:
        steps: list[Step] = []
        made: dict[str, bytes] = {}
        while (step := self._step(number)) is not None:
            if steps and not steps[0].batch == step.batch != "":
                break
            taken = take(step, {**contents, **made})
            if taken is None:
                break
            made |= taken
            steps.append(step)
            number += by
        return Way(tuple(steps), made)

    def unfinished(self, contents: Mapping[str, bytes]) -> tuple[dict[str, bytes], int] | None:
        """Return what finishes a step of which some files were written, and how many are done then; None for none."""
        for number in (self.at, self.at + 1):
            step = self._step(number)
            if step is None or not step.patches:
                continue
            done = {name: patch.is_done(contents[name]) for name, patch in step.patches.items()}
            if any(done.values()) and (number > self.at or not all(done.values())):
                rest = {name: patch.done(contents[name]) for name, patch in step.patches.items() if not done[name]}
                if (whole := _all(rest)) is not None:
                    return whole, number
        return None

    def pointing(self, at: int) -> dict[Path, bytes]:
        """Return what is to be written so that so many are done."""
        return {self.pointer: json.dumps({"at": at}).encode()}

    def begin(self, step: Step) -> None:
        """Write a step that is about to be done."""
        if not self._is_known:  # which of the steps that lie here were done, nobody knows
            self.at = 0
            self.forget_undone()
            write_together(self.pointing(0))
            self._is_known = True
        write_together({self._path(self.at + 1): json.dumps(asdict(step)).encode()})

    def withdraw(self) -> None:
        """Take back what `begin` wrote, as the step was not done."""
        with contextlib.suppress(OSError):
            self._path(self.at + 1).unlink(missing_ok=True)

    def move(self, by: int) -> None:
        """Count a step that was done or undone."""
        self.at += by

    def undone(self) -> list[Step]:
        """Return the steps that were undone."""
        found = (self._step(number) for number in self._numbers() if number > self.at)
        return [step for step in found if step is not None]

    def forget_undone(self) -> None:
        """Delete the steps that were undone."""
        for number in self._numbers():
            if number > self.at:
                self._path(number).unlink(missing_ok=True)

    def prune(self) -> None:
        """Delete the oldest steps where there are too many."""
        total = 0
        for count, number in enumerate(sorted(self._numbers(), reverse=True)):
            with contextlib.suppress(OSError):
                total += self._path(number).stat().st_size
                if count >= MOST_STEPS or (count and total > MOST_BYTES):
                    self._path(number).unlink()

    def _numbers(self) -> Sequence[int]:
        return sorted(int(path.stem) for path in self._folder.glob("[0-9]*.json") if path.stem.isdecimal())

    def _path(self, number: int) -> Path:
        return self._folder / f"{number:06}.json"

    def _step(self, number: int) -> Step | None:
        """Read a step; what was damaged is none."""
        if not self._is_known:
            return None
        seen = stamp(self._path(number))
        if seen not in self._known:
            self._known[seen] = self._parsed(number)
        return self._known[seen]

    def _parsed(self, number: int) -> Step | None:
        try:
            step = parse(Step, _read(self._path(number)))
        except DataError:
            return None
        is_sound = all(name in FILES and patch.is_sound for name, patch in step.patches.items())
        return step if is_sound and all(map(_is_inside, step.added)) else None


def _is_inside(file: str) -> bool:
    """Say whether a file lies in the folders of pictures; a history may come with a project from anywhere."""
    top, *others = file.split("/")
    return top in TOPS and bool(others) and not {"", ".", ".."}.intersection(others)


def _read(path: Path) -> dict[str, Any]:
    try:
        found = json.loads(path.read_bytes())
    except (OSError, ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}
