"""A bar on a terminal or lines in a log, for whoever watches long work: `headway.progress`, and the command line."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

from headway.stages import StageLines

if TYPE_CHECKING:
    from rich.console import Console
    from rich.progress import Progress as Display
    from rich.progress import TaskID


def progress() -> Bars:
    """Return a progress bar for notebooks and terminals; elsewhere, as in a log, it is lines on standard error.

    Returns
    -------
    Bars
        To be handed to `headway.fit`, `headway.compare` and whatever else takes ``progress``.

    Examples
    --------
    >>> import headway
    >>> model = headway.fit(headway.demo.pictures(), backbone="tiny", progress=headway.progress())
    """
    return Bars(messages())


def messages() -> Console:
    """Return the console for progress, notes and warnings: standard error."""
    from rich.console import Console

    return Console(stderr=True, highlight=False, emoji=False, markup=False, soft_wrap=True)


class Bars:
    """A `headway.types.Progress` that shows a bar where its console is a terminal or a notebook, and lines elsewhere.

    Parameters
    ----------
    console : rich.console.Console
        Where to.
    has_lines : bool
        Whether stages are told in lines where there can be no bar.
    """

    def __init__(self, console: Console, *, has_lines: bool = True) -> None:
        self._console = console
        self._has_lines = has_lines
        self._lines = StageLines(self._write)
        self._display: Display | None = None
        self._task: TaskID | None = None
        self._messages: set[str] = set()

    def __repr__(self) -> str:
        return "<headway.progress()>"

    def begin(self) -> None:
        """Say now and then that work goes on, where there is no bar and until a stage begins."""
        if self._has_lines and not self._has_bar:
            self._lines.begin()

    def start(self, stage: str, total: int | None = None) -> None:
        """Show or say that a stage begins."""
        if not self._has_bar:
            if self._has_lines:
                self._lines.start(stage, total)
            return
        display = self._shown()
        if self._task is not None:
            display.remove_task(self._task)
        self._task = display.add_task(stage, total=total, rate="")

    def advance(self, steps: int = 1) -> None:
        """Show or say that steps of the stage are done."""
        self._lines.advance(steps)
        if self._display is None or self._task is None:
            return
        task = self._display.tasks[-1]
        rate = f"{task.speed:,.0f}/s" if task.speed and task.description.endswith("features") else ""
        self._display.update(self._task, advance=steps, rate=rate)

    def note(self, message: str) -> None:
        """Print a line, once."""
        if message not in self._messages:
            self._messages.add(message)
            self._console.print(printable(message))

    def warn(self, message: str) -> None:
        """Print a warning, once."""
        self.note(f"Warning: {message}")

    def was_shown(self, message: str) -> bool:
        """Return whether a warning was printed already."""
        return f"Warning: {message}" in self._messages

    def finish(self) -> None:
        """Take the bar away, and end the lines."""
        self._lines.finish()
        if self._display is not None:
            self._display.stop()
        self._display = self._task = None

    @property
    def _has_bar(self) -> bool:
        return self._console.is_terminal or self._console.is_jupyter

    def _write(self, line: str) -> None:
        # Past the console, whose lock a fork may find taken; and work goes on where nobody reads of it any more.
        with suppress(OSError, ValueError):
            self._console.file.write(f"{printable(line)}\n")
            self._console.file.flush()

    def _shown(self) -> Display:
        if self._display is None:
            from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

            self._display = Progress(
                TextColumn("{task.description}"),
                BarColumn(),
                MofNCompleteColumn(),
                TextColumn("{task.fields[rate]}"),
                TimeRemainingColumn(),
                console=self._console,
                transient=True,
            )
            self._display.start()
        return self._display


def printable(text: str) -> str:
    r"""Return a text that any terminal can print on one line: control characters and lone surrogates are escaped.

    Examples
    --------
    >>> printable("a\nb")
    'a\\nb'
    """
    return "".join(c if c.isprintable() else c.encode("unicode_escape", "surrogatepass").decode() for c in text)
