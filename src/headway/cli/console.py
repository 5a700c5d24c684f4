"""What the commands share: their common options, progress, tables and the JSON document."""

from __future__ import annotations

import functools
import json
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from rich.console import Console
    from rich.progress import Progress as Bars
    from rich.progress import TaskID


def common(command: Callable[..., Any]) -> Callable[..., Any]:
    """Give a command ``--json``, ``--quiet`` and ``--verbose``, gathered into one `Output`."""

    @click.option("--json", "as_json", is_flag=True, help="Print JSON, and nothing else, on standard output.")
    @click.option("-q", "--quiet", is_flag=True, help="Leave out progress, notes and summaries.")
    @click.option("-v", "--verbose", is_flag=True, help="Show the traceback of an error.")
    @functools.wraps(command)
    def wrapped(*args: Any, as_json: bool, quiet: bool, verbose: bool, **kwargs: Any) -> Any:
        return command(*args, output=Output(as_json, quiet), **kwargs)

    return wrapped


@dataclass
class Output:
    """Where a command says things: results on standard output, everything else on standard error.

    Parameters
    ----------
    as_json : bool
        Whether results are one JSON document rather than tables.
    quiet : bool
        Whether to leave progress and notes out.
    """

    as_json: bool
    quiet: bool
    _bars: Bars | None = field(default=None, repr=False)
    _task: TaskID | None = field(default=None, repr=False)

    @functools.cached_property
    def results(self) -> Console:
        """The console for results."""
        from rich.console import Console

        console = Console(highlight=False, emoji=False, markup=False)
        # A pipe or a file has no width of its own: don't fold tables there.
        return console if console.is_terminal else Console(highlight=False, emoji=False, markup=False, width=160)

    @functools.cached_property
    def messages(self) -> Console:
        """The console for progress and notes."""
        from rich.console import Console

        return Console(stderr=True, highlight=False, emoji=False, markup=False, soft_wrap=True)

    def document(self, content: dict[str, Any]) -> None:
        """Print the JSON document."""
        sys.stdout.write(json_text(content, indent=2) + "\n")

    def say(self, text: str = "") -> None:
        """Print a line of the results, unless they are a JSON document."""
        if not self.as_json:
            self.results.print(printable(text), soft_wrap=True)

    def table(self, columns: Sequence[str], rows: Sequence[Sequence[str]], left: int = 1) -> None:
        """Print a table, unless the results are a JSON document; all but the first ``left`` columns hold numbers."""
        if self.as_json:
            return
        from rich.table import Table

        table = Table(box=None, padding=(0, 2, 0, 0), pad_edge=False, header_style="bold")
        for position, column in enumerate(columns):
            if position < left:
                table.add_column(column, overflow="fold")
            else:
                table.add_column(column, justify="right", no_wrap=True)
        for row in rows:
            table.add_row(*map(printable, row))
        self.results.print()
        self.results.print(table)

    @contextmanager
    def progress(self) -> Iterator[Output]:
        """Show a bar on a terminal while the body runs; the value is a `headway.types.Progress`."""
        if self.quiet or not self.messages.is_terminal:
            yield self
            return
        from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

        columns = (
            TextColumn("{task.description}"),
            BarColumn(),
            MofNCompleteColumn(),
            TextColumn("{task.fields[rate]}"),
            TimeRemainingColumn(),
        )
        with Progress(*columns, console=self.messages, transient=True) as self._bars:
            try:
                yield self
            finally:
                self._bars = self._task = None

    def start(self, stage: str, total: int | None = None) -> None:
        """Show that a stage begins."""
        if self._bars is None:
            return
        if self._task is not None:
            self._bars.remove_task(self._task)
        self._task = self._bars.add_task(stage, total=total, rate="")

    def advance(self, steps: int = 1) -> None:
        """Show that steps of the stage are done."""
        if self._bars is None or self._task is None:
            return
        task = self._bars.tasks[-1]
        rate = f"{task.speed:,.0f}/s" if task.speed and task.description.endswith("features") else ""
        self._bars.update(self._task, advance=steps, rate=rate)

    def note(self, message: str) -> None:
        """Print one line on standard error, unless quiet."""
        if not self.quiet:
            self.messages.print(printable(message))


def printable(text: str) -> str:
    r"""Return a text that any terminal can print on one line: control characters and lone surrogates are escaped.

    Examples
    --------
    >>> printable("a\nb")
    'a\\nb'
    """
    return "".join(c if c.isprintable() else c.encode("unicode_escape", "surrogatepass").decode() for c in text)


def json_text(content: dict[str, Any], indent: int | None = None) -> str:
    """Return JSON that standard output can take: as it is where its encoding allows, else escaped."""
    text = json.dumps(content, indent=indent, ensure_ascii=False, allow_nan=False)
    try:
        text.encode(sys.stdout.encoding or "ascii")
    except UnicodeEncodeError:
        return json.dumps(content, indent=indent, allow_nan=False)
    return text
