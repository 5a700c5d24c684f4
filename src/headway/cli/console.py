"""What the commands share: their common options, where they print, and the JSON document."""

from __future__ import annotations

import functools
import json
import re
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import click

from headway.bars import Bars, messages, printable
from headway.rendering.blocks import Block, Caution, Code, Heading, Table

if TYPE_CHECKING:
    from pathlib import Path

    from rich.console import Console

    from headway.reporting.parts import Page


def common(command: Callable[..., Any]) -> Callable[..., Any]:
    """Give a command ``--json``, ``--quiet`` and ``--verbose``, gathered into one `Output`."""

    @click.option("--json", "as_json", is_flag=True, help="Print JSON, and nothing else, on standard output.")
    @click.option(
        "-q", "--quiet", is_flag=True, help="Leave out progress and notes, and what is said of a file that was made."
    )
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
        Whether results are one JSON document rather than text.
    quiet : bool
        Whether to leave progress, notes and summaries out; warnings stay.
    """

    as_json: bool
    quiet: bool

    @functools.cached_property
    def results(self) -> Console:
        """The console for results."""
        from rich.console import Console

        console = Console(highlight=False, emoji=False, markup=False)
        # A pipe or a file has no width of its own: don't fold tables there.
        return console if console.is_terminal else Console(highlight=False, emoji=False, markup=False, width=160)

    @property
    def width(self) -> int:
        """How many columns the results may take."""
        return self.results.width

    @functools.cached_property
    def _bars(self) -> Bars:
        return _Quiet() if self.quiet else Bars(messages(), has_lines=not self.as_json)

    @contextmanager
    def progress(self) -> Iterator[Bars]:
        """Show progress, notes and warnings on standard error while the body runs."""
        self._bars.begin()
        try:
            yield self._bars
        finally:
            self._bars.finish()

    def result(self, fact: Any, blocks: Iterable[Block]) -> None:
        """Print what a command found, which it is there to print: the fact as JSON, or its blocks as text."""
        if self.as_json:
            self.document(fact)
        else:
            self.show(blocks)

    def summary(self, fact: Any, blocks: Iterable[Block]) -> None:
        """Print what a command says of a file that it made: nothing when quiet."""
        if self.as_json or not self.quiet:
            self.result(fact, blocks)

    def document(self, fact: Any) -> None:
        """Print a fact as the JSON document."""
        from headway.facts.codec import plain

        sys.stdout.write(json_text(plain(fact), indent=2) + "\n")

    def show(self, blocks: Iterable[Block]) -> None:
        """Print blocks as text, unless the result is a JSON document."""
        for block in blocks if not self.as_json else ():
            if isinstance(block, Table):
                self._table(block)
            elif isinstance(block, Caution):
                if not self._bars.was_shown(block.text):
                    self.say(f"Warning: {block.text}")
            elif isinstance(block, Code):
                self.say(f"  {block.text}")
            elif not isinstance(block, Heading):
                self.say(block.text)

    def page(self, path: Path, make: Callable[[], Page]) -> None:
        """Write a report as a page, and say so."""
        from headway.reporting import write_report

        hush_matplotlib()
        with self.progress() as progress:
            progress.start("writing the report")
            write_report(make(), path)
        self.wrote(path)

    def wrote(self, *files: Path | str | None) -> None:
        """Say what was written, unless quiet; None stands for what was not asked for."""
        for file in files:
            if file is not None and not self.quiet:
                self.say(f"Wrote {file}")

    def say(self, text: str = "") -> None:
        """Print a line of the results, unless they are a JSON document."""
        if not self.as_json:
            self.results.print(printable(text), soft_wrap=True)

    def note(self, message: str) -> None:
        """Print one line on standard error, unless quiet."""
        self._bars.note(message)

    def complain(self, message: str) -> None:
        """Print one line on standard error, also when quiet: what went wrong."""
        messages().print(printable(message))

    def _table(self, block: Table) -> None:
        from rich.table import Table as Grid

        grid = Grid(box=None, padding=(0, block.gap, 0, 0), pad_edge=False, header_style="bold")
        for place, column in enumerate(block.columns):
            if place < block.left:
                grid.add_column(printable(column), overflow="fold")
            else:
                grid.add_column(printable(column), justify="right", no_wrap=True)
        for row in block.rows:
            grid.add_row(*map(printable, row))
        with self.results.capture() as captured:
            self.results.print(grid)
        self.results.print()
        lines = (line.rstrip() for line in captured.get().splitlines())
        self.results.out("\n".join(lines), highlight=False)


def hush_matplotlib() -> None:
    """Keep matplotlib from telling of its font cache, which is of no interest here."""
    import logging

    logging.getLogger("matplotlib").setLevel(logging.ERROR)


class _Quiet(Bars):
    """Shows warnings, and nothing else."""

    def __init__(self) -> None:
        super().__init__(messages(), has_lines=False)

    def start(self, stage: str, total: int | None = None) -> None:
        """Show nothing."""

    def note(self, message: str) -> None:
        """Print nothing."""

    def warn(self, message: str) -> None:
        """Print a warning, once."""
        super().note(f"Warning: {message}")


# Control characters beyond ASCII, and those that turn the direction of writing: JSON allows them as they are.
_CONTROLS = re.compile("[\x7f-\x9f\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff]")


def json_text(content: Any, indent: int | None = None) -> str:
    """Return JSON that standard output can take: as it is where its encoding allows, else escaped."""
    text = json.dumps(content, indent=indent, ensure_ascii=False, allow_nan=False)
    text = _CONTROLS.sub(lambda found: json.dumps(found[0])[1:-1], text)
    try:
        text.encode(sys.stdout.encoding or "ascii")
    except UnicodeEncodeError:
        return json.dumps(content, indent=indent, allow_nan=False)
    return text
