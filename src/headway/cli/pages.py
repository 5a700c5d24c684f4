"""``--markdown`` of `fit`, `evaluate` and `compare`: the result as a page of Markdown."""

from __future__ import annotations

from pathlib import Path

import click

from headway.cli.options import PATH

_OPTION = "--markdown"

markdown_option = click.option(_OPTION, type=PATH, metavar="FILE", help="A page of Markdown to write, with the result.")
"""Gives a command the option."""


def check_markdown(path: Path | None) -> None:
    """Refuse, before any work, a place where the page cannot be written."""
    from headway.errors import OutputError
    from headway.places import check_output

    if path is None:
        return
    if path.suffix.lower() != ".md":
        raise OutputError(f"{path} must end in .md: {_OPTION} writes Markdown")
    check_output(path, option=_OPTION, sign=_is_page)


def write_markdown(path: Path, page: str) -> None:
    """Write a page, which appears whole or not at all."""
    from headway.places import replacing

    with replacing(path, option=_OPTION) as file:
        file.write(page.encode(errors="surrogateescape"))


def _is_page(path: Path) -> bool:
    """Return whether Headway wrote a page: its first line says so."""
    from headway.rendering.pages import SIGN

    with path.open("rb") as file:
        first = file.readline(100).rstrip()
    return first.startswith(b"# ") and first.endswith(SIGN.encode())
