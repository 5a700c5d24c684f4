"""Blocks as HTML, for notebooks."""

from __future__ import annotations

from collections.abc import Iterable
from html import escape as escape_markup

from headway.bars import printable
from headway.rendering.blocks import Block, Caution, Code, Heading, Table


def escape(text: str) -> str:
    """Return a text as HTML; control characters and lone surrogates, which no page can hold, are escaped, too."""
    return escape_markup(printable(text))


def html(blocks: Iterable[Block]) -> str:
    """Return blocks as a fragment of HTML without scripts or styles of its own; all text is escaped.

    Examples
    --------
    >>> from headway.rendering.blocks import Line
    >>> html([Line("cats & dogs")])
    '<p>cats &amp; dogs</p>'
    """
    return "\n".join(filter(None, map(_element, blocks)))


def _element(block: Block) -> str:
    if isinstance(block, Table):
        return _table(block)
    if isinstance(block, Heading):
        return f"<h4>{escape(block.text)}</h4>"
    if isinstance(block, Caution):
        return f"<p><strong>Warning:</strong> {escape(block.text)}</p>"
    if isinstance(block, Code):
        return f"<pre>{escape(block.text)}</pre>"
    return f"<p>{escape(block.text)}</p>" if block.text else ""


def _table(block: Table) -> str:
    head = "".join(f"<th{_aligned(place, block)}>{escape(cell)}</th>" for place, cell in enumerate(block.columns))
    rows = []
    for number, row in enumerate(block.rows):
        cells = "".join(f"<td{_aligned(place, block)}>{escape(cell)}</td>" for place, cell in enumerate(row))
        style = ' style="font-weight: bold"' if number == block.bold else ""
        rows.append(f"<tr{style}>{cells}</tr>")
    return f"<table><thead><tr>{head}</tr></thead><tbody>{''.join(rows)}</tbody></table>"


def _aligned(place: int, block: Table) -> str:
    side = "left" if place < block.left else "right"
    return f' style="text-align: {side}; padding: 0.1em 0.8em"'
