"""From sections to one HTML file that asks nobody for anything."""

from __future__ import annotations

import base64
import hashlib
import re
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from headway.places import check_output, replacing
from headway.reporting.naming import shortened, shown
from headway.styles import LOOKS, TOKENS

if TYPE_CHECKING:
    from jinja2 import Environment

    from headway.reporting.parts import Page

_OPTION = "--report"
_SIGN = b'<meta name="generator" content="Headway">'
_FOLDER = Path(__file__).parent
_STYLES = (TOKENS, LOOKS, _FOLDER / "report.css", _FOLDER / "script.css")
_LONGEST = 2_000  # characters of a text that is not code
_PER_CENT = re.compile(r"(?<=\d) %")


def to_html(page: Page) -> str:
    """Return a report as HTML: the same page, the same bytes."""
    from markupsafe import Markup

    script = (_FOLDER / "report.js").read_text("utf-8")
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    html: str = (
        _environment()
        .get_template("report.html.j2")
        .render(
            page=page,
            sign=Markup(_SIGN.decode()),
            css=Markup("".join(style.read_text("utf-8") for style in _STYLES)),
            script=Markup(script),
            script_digest=digest,
            data=Markup(page.data),
        )
    )
    return html


@cache
def _environment() -> Environment:
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    environment = Environment(
        loader=FileSystemLoader(_FOLDER / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        finalize=_shown,
    )
    environment.filters["lines"] = _lines
    return environment


def _shown(value: Any) -> Any:
    """Escape what no page can hold, where a text is not markup yet; no name of a class makes a page endless.

    A line does not end between a number and its per cent.
    """
    return _PER_CENT.sub("\u00a0%", shortened(shown(value), _LONGEST)) if type(value) is str else value


def _lines(text: str) -> Any:
    """Return a text of several lines as markup."""
    from markupsafe import Markup, escape

    return Markup("\n").join(escape(shown(line)) for line in text.splitlines())


def check_report(path: Path) -> None:
    """Refuse, with an `OutputError`, a place where no report can be written, before the work for it is done.

    Examples
    --------
    >>> check_report(Path("photos.pdf"))
    Traceback (most recent call last):
    headway.errors.OutputError: photos.pdf must end in .html: a report is a page; give another place with --report
    """
    from headway.errors import OutputError

    if path.suffix.lower() not in (".html", ".htm"):
        raise OutputError(f"{path} must end in .html: a report is a page; give another place with {_OPTION}")
    check_output(path, option=_OPTION, sign=_SIGN)


def write_report(page: Page, path: Path) -> None:
    """Write a report."""
    with replacing(path, option=_OPTION) as file:
        file.write(to_html(page).encode())
