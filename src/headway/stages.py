"""Progress as lines of a log: one when a stage begins, one every now and then while it goes on, one when it ends."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from headway import fork
from headway.clock import duration

EVERY = 25.0  # seconds: 30 are promised, and on a busy machine a thread wakes up late


class StageLines:
    """Says which stage some work is in, and how far it is, also where the work itself reports nothing for long.

    Parameters
    ----------
    say : callable
        Takes each line. Called from the thread that reports and from another one, but never by both at once, and not
        after `finish`.
    every : float
        Seconds between two lines of a stage.
    now : callable
        Returns the seconds of a clock that never goes back.

    Examples
    --------
    >>> lines = StageLines(print, now=iter([0.0, 12.0]).__next__)
    >>> lines.start("features", 2)
    features: 0 of 2 (0 %)
    >>> lines.advance(2)
    features: 2 of 2 (100 %), took 12 s
    >>> lines.finish()
    """

    def __init__(
        self, say: Callable[[str], None], *, every: float = EVERY, now: Callable[[], float] = time.monotonic
    ) -> None:
        self._say = say
        self._every = every
        self._now = now
        self._lock = fork.Lock()
        self._stage: _Stage | None = None

    def begin(self) -> None:
        """Say now and then, until a stage begins, that work goes on."""
        self.finish()
        now = self._now()
        self._watch(_Stage("the start", None, now, ended=now))

    def start(self, name: str, total: int | None = None) -> None:
        """Say that a stage begins, and that the one before it has ended."""
        self.finish()
        stage = _Stage(name, total, self._now())
        self._say(stage.line())
        self._watch(stage)

    def advance(self, steps: int = 1) -> None:
        """Count steps; where all are done, say that the stage has ended."""
        with self._lock:
            stage = self._stage
            if stage is None:
                return
            stage.done += steps
            if stage.total and stage.ended is None and stage.done >= stage.total:
                self._end(stage)

    def finish(self) -> None:
        """Say that the stage has ended, unless that was said, and say no more."""
        with self._lock:
            stage, self._stage = self._stage, None
            if stage is None or not stage.origin.is_here:  # in a forked child it is the parent's
                return
            stage.over.set()
            if stage.ended is None:
                self._end(stage)

    def _watch(self, stage: _Stage) -> None:
        with self._lock:
            self._stage = stage
        threading.Thread(target=self._repeat, args=(stage,), daemon=True).start()

    def _end(self, stage: _Stage) -> None:
        stage.ended = self._now()
        self._say(stage.line(f"took {duration(stage.ended - stage.begun)}"))

    def _repeat(self, stage: _Stage) -> None:
        """Say how far a stage is until it is over: the body of a thread."""
        while not stage.over.wait(self._every):
            self._remind(stage)

    def _remind(self, stage: _Stage) -> None:
        with self._lock:
            if self._stage is stage:
                self._say(stage.reminder(self._now()))


@dataclass(eq=False)
class _Stage:
    """A stage and how far it is; ``begun`` and ``ended`` are seconds of a clock."""

    name: str
    total: int | None
    begun: float
    done: int = 0
    ended: float | None = None
    over: threading.Event = field(default_factory=threading.Event)
    origin: fork.Origin = field(default_factory=fork.Origin)

    def line(self, *more: str) -> str:
        """Return its name, its steps where their number is known, and more."""
        steps = (f"{self.done:,} of {self.total:,} ({100 * self.done // self.total} %)",) if self.total else ()
        return ": ".join(filter(None, (self.name, ", ".join((*steps, *more)))))

    def reminder(self, now: float) -> str:
        """Return how far it is; once it has ended, how long what comes next, which has no name, goes on."""
        if self.ended is not None:
            return f"after {self.name}: {duration(now - self.ended)} so far"
        spent = now - self.begun
        if not (self.total and self.done):
            return self.line(f"{duration(spent)} so far")
        return self.line(f"about {duration(spent * (self.total - self.done) / self.done)} left")
