"""Blocks as Markdown."""

from __future__ import annotations

from collections.abc import Iterable

from headway.bars import printable
from headway.rendering.blocks import Block, Caution, Code, Heading, Table

_MARKS = str.maketrans({c: f"\\{c}" for c in "\\|*_`[]#~"} | {"&": "&amp;", "<": "&lt;", ">": "&gt;"})


def markdown(blocks: Iterable[Block]) -> str:
    r"""Return blocks as a page of Markdown; texts stand there as they are, whatever characters they hold.

    Examples
    --------
    >>> from headway.rendering.blocks import Line
    >>> print(markdown([Heading("Scores"), Line("cats *and* dogs")]), end="")
    ## Scores
    <BLANKLINE>
    cats \*and\* dogs
    """
    parts: list[str] = []
    for block in blocks:
        if isinstance(block, Heading):
            parts.append(f"## {escaped(block.text)}")
        elif isinstance(block, Caution):
            parts.append(f"**Warning:** {escaped(block.text)}")
        elif isinstance(block, Code):
            parts.append(_code(block))
        elif isinstance(block, Table):
            parts.append(_table(block))
        elif block.text:
            parts.append(escaped(block.text))
    return "\n\n".join(parts) + "\n"


def _code(block: Code) -> str:
    lines = map(printable, block.text.splitlines())
    if block.language:
        return "\n".join([f"```{block.language}", *lines, "```"])
    return "\n".join(f"    {line}" for line in lines)


def _table(block: Table) -> str:
    rules = ["---" if place < block.left else "--:" for place in range(len(block.columns))]
    lines = [_row(block.columns), f"|{'|'.join(rules)}|"]
    for number, (first, *others) in enumerate(block.rows):
        name = f"**{escaped(first)}**" if number == block.bold else escaped(first)
        lines.append(f"| {' | '.join([name, *map(escaped, others)])} |")
    return "\n".join(lines)


def _row(cells: Iterable[str]) -> str:
    return f"| {' | '.join(map(escaped, cells))} |"


def escaped(text: str) -> str:
    """Return a text that Markdown shows as it is, on one line.

    A backslash before ``<`` would not do: not every reader of Markdown knows it, and HTML is passed on. Control
    characters are escaped, too.
    """
    return printable(" ".join(text.split())).translate(_MARKS)
