"""Texts as cells of a CSV file, where neither a terminal nor a spreadsheet takes them for something to carry out.

A spreadsheet computes a cell that begins with one of ``=+-@``: ``=HYPERLINK(…)`` as the name of a file sends what
stands beside it to a stranger. OWASP ("CSV Injection") recommends an apostrophe in front, which spreadsheets do not
show. Programs read these files, too, so that as little as possible is changed: a path gets ``./`` instead, and still
names its file, and numbers stay as they are. Control characters, of which a terminal's commands are made, are escaped;
line breaks and tabs are harmless within the quotes that CSV gives them.
"""

from __future__ import annotations

import os
import re

_COMMANDS = tuple("=+-@\t\n＝＋－＠")
_CONTROLS = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")


def text_cell(text: str) -> str:
    r"""Return a text, such as the name of a class, as a cell.

    Examples
    --------
    >>> text_cell("cat"), text_cell("-1"), text_cell("=1+1"), text_cell("a\x1b[2J")
    ('cat', '-1', "'=1+1", 'a\\x1b[2J')
    """
    text = _without_controls(text)
    return f"'{text}" if _is_command(text) else text


def path_cell(path: str) -> str:
    """Return a path as a cell.

    Examples
    --------
    >>> path_cell("photos/=1.png"), path_cell("=1.png")
    ('photos/=1.png', './=1.png')
    """
    path = _without_controls(path)
    return f"{os.curdir}/{path}" if _is_command(path) else path


def _without_controls(text: str) -> str:
    return _CONTROLS.sub(lambda found: f"\\x{ord(found[0]):02x}", text)


def _is_command(text: str) -> bool:
    """Say whether a spreadsheet may compute a text; a sign alone, or with a number behind it, is none."""
    return len(text) > 1 and text.startswith(_COMMANDS) and not _is_number(text)


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True
