"""Work in the background: one thread, one job at a time.

What a person asks for (train, compare) comes before what is done unasked (prepare), which makes way for it and is done
afterwards. Work is stopped where it reports its progress (`headway.types.Progress`); what it computed stays in the
cache.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from headway.errors import HeadwayError
from headway.facts.studio import Job, JobKind, JobState
from headway.studio.work.refusals import BusyError

QUIET = 0.7  # seconds without a change, after which the pictures are prepared
_LONGEST = 2.0  # seconds that changes in a row may put that off
_PATIENCE = 10.0  # seconds that work has to come to a point where it can be stopped, at the end

_NAMES = {"train": "a training runs", "compare": "a comparison runs", "prepare": "pictures are prepared"}


class StopJobError(KeyboardInterrupt):
    """Ends a job where it reports its progress; like Ctrl-C it is no error, and work treats it as such."""


@dataclass(eq=False)
class _Entry:
    """A job, as it goes on."""

    id: int
    kind: JobKind
    state: JobState = "running"
    stage: str = ""
    done: int = 0
    total: int | None = None
    begun: float = field(default_factory=time.monotonic)
    seconds: float | None = None
    message: str | None = None
    is_to_stop: bool = False
    is_outdated: bool = False

    def fact(self) -> Job:
        seconds = time.monotonic() - self.begun if self.seconds is None else self.seconds
        done = self.done if self.total is None else min(self.done, self.total)
        return Job(self.id, self.kind, self.state, self.stage, done, self.total, round(seconds, 1), self.message)

    def end(self, state: JobState, message: str | None = None) -> None:
        self.seconds, self.message = time.monotonic() - self.begun, message
        self.state = state  # the last, as others read it meanwhile


class Watch:
    """The `Progress` of a job: keeps what is told, and stops the work where that is wanted.

    Its methods are called in the thread that works.
    """

    def __init__(self, jobs: Jobs, entry: _Entry) -> None:
        self._jobs = jobs
        self.entry = entry
        self.warnings: list[str] = []

    @property
    def is_outdated(self) -> bool:
        """Whether pictures or labels have changed since the job began."""
        return self.entry.is_outdated

    def start(self, stage: str, total: int | None = None) -> None:
        """Begin a stage."""
        self._check()
        self.entry.stage, self.entry.done, self.entry.total = stage, 0, total
        self._jobs.changed()

    def advance(self, steps: int = 1) -> None:
        """Count steps."""
        self._check()
        if steps:
            self.entry.done += steps
            self._jobs.changed()

    def note(self, message: str) -> None:
        """Nobody reads along."""

    def warn(self, message: str) -> None:
        """Keep what makes a result doubtful."""
        if message not in self.warnings:
            self.warnings.append(message)

    def finish(self) -> None:
        """Wait: the job ends when its work returns."""

    def turn_over(self, stage: str) -> None:
        """End the job as done; what the work still does is one that makes way for others."""
        self.entry = self._jobs.turn_over(self.entry, stage)

    def _check(self) -> None:
        if self.entry.is_to_stop:
            raise StopJobError


class Jobs:
    """Runs jobs in a thread of its own.

    Parameters
    ----------
    run : callable
        Does the work of a kind of job, and tells a `Watch`; returns what is to be known of how it ended, or None.
    changed : callable
        Called, from any thread, when something is to be shown.
    quiet : float
        Seconds after the last `touch` until the pictures are prepared.
    """

    def __init__(
        self, run: Callable[[JobKind, Watch], str | None], changed: Callable[[], None], *, quiet: float = QUIET
    ) -> None:
        self._run = run
        self.changed = changed
        self._quiet = quiet
        self._condition = threading.Condition()
        self._current: _Entry | None = None
        self._waiting: _Entry | None = None
        self._asked: _Entry | None = None
        self._due: float | None = None  # when the pictures are to be prepared
        self._latest = 0.0  # and by when at the latest
        self._last_id = 0
        self._is_closed = False
        self._thread = threading.Thread(target=self._loop, name="headway-work", daemon=True)
        self._thread.start()

    @property
    def job(self) -> Job | None:
        """What is in hand, or was last; None before the first."""
        with self._condition:
            entry = self._waiting or self._current
            return None if entry is None else entry.fact()

    @property
    def asked(self) -> Job | None:
        """The job that was asked for last, whatever goes on since then; None before the first."""
        with self._condition:
            return None if self._asked is None else self._asked.fact()

    def start(self, kind: JobKind) -> Job:
        """Begin a job, as soon as what is done unasked has made way.

        Raises
        ------
        BusyError
            When another one that was asked for has not ended.
        """
        with self._condition:
            current, asked = self._current, self._asked
            if asked is not None and asked.state == "running":
                raise BusyError(f"only one job goes on at a time, and {_NAMES[asked.kind]}: wait for it, or stop it")
            self._waiting = self._asked = self._entry(kind)
            if current is not None and current.state == "running":
                current.is_to_stop = True
                self._put_off()  # it is to be done afterwards
            self._condition.notify_all()
            fact = self._waiting.fact()
        self.changed()
        return fact

    def stop(self) -> None:
        """Stop what is in hand at its next step; what waits does not begin."""
        with self._condition:
            if self._waiting is not None:
                self._waiting.end("stopped")
                self._current_or_last(self._waiting)
                self._waiting = None
            elif self._current is not None:
                self._current.is_to_stop = True
        self.changed()

    def touch(self) -> None:
        """Say that pictures or labels have changed: they are prepared soon."""
        with self._condition:
            if self._current is not None:
                self._current.is_outdated = True
            self._put_off()
            self._condition.notify_all()

    def close(self) -> None:
        """Stop what is in hand, and end the thread, or leave it to its long step."""
        with self._condition:
            self._is_closed = True
            if self._waiting is not None:
                self._waiting.end("stopped")
            if self._current is not None:
                self._current.is_to_stop = True
            self._condition.notify_all()
        self._thread.join(_PATIENCE)

    def turn_over(self, entry: _Entry, stage: str) -> _Entry:
        """End a job as done, and return the one that its work goes on as."""
        with self._condition:
            entry.end("done")
            following = self._current = self._entry("prepare")
            following.stage, following.is_outdated = stage, entry.is_outdated
            following.is_to_stop = self._is_closed or self._waiting is not None
        self.changed()
        return following

    def _entry(self, kind: JobKind) -> _Entry:
        self._last_id += 1
        return _Entry(self._last_id, kind)

    def _current_or_last(self, entry: _Entry) -> None:
        """Show a job that never began, where nothing else is in hand."""
        if self._current is None or self._current.state != "running":
            self._current = entry

    def _put_off(self) -> None:
        now = time.monotonic()
        if self._due is None:
            self._latest = now + _LONGEST
        self._due = min(now + self._quiet, self._latest)

    def _loop(self) -> None:
        while (watch := self._next()) is not None:
            self.changed()
            state, message = self._work(watch)
            with self._condition:
                watch.entry.end(state, message)
            self.changed()

    def _next(self) -> Watch | None:
        """Wait for the next job, and return what watches it; None at the end."""
        with self._condition:
            while not self._is_closed:
                now = time.monotonic()
                if self._waiting is not None:
                    self._current, self._waiting = self._waiting, None
                    return Watch(self, self._current)
                if self._due is not None and self._due <= now:
                    self._due = None
                    self._current = self._entry("prepare")
                    return Watch(self, self._current)
                self._condition.wait(None if self._due is None else self._due - now)
            return None

    def _work(self, watch: Watch) -> tuple[JobState, str | None]:
        try:
            return "done", self._run(watch.entry.kind, watch)
        except StopJobError:
            return "stopped", None
        except Exception as error:
            if self._is_closed:  # what it needs may be gone: an interpreter that ends starts no threads
                return "stopped", None
            if not isinstance(error, HeadwayError | OSError | MemoryError):
                logging.getLogger(__name__).exception("the job %s failed", watch.entry.kind)
            return "failed", explain(error)


def explain(error: Exception) -> str:
    """Say in one line why work failed.

    Examples
    --------
    >>> explain(OSError(28, "No space left on device", "model.onnx")), explain(KeyError("a"))
    ('model.onnx: No space left on device', "something went wrong that Headway did not expect: KeyError: 'a'")
    """
    if isinstance(error, HeadwayError):
        text = str(error)
    elif isinstance(error, MemoryError):
        text = "there is not enough memory: close other programs, and try again"
    elif isinstance(error, OSError):
        text = ": ".join(str(part) for part in (error.filename, error.strerror or error) if part)
    else:
        text = f"something went wrong that Headway did not expect: {type(error).__name__}: {error}"
    return " ".join(text.split())
