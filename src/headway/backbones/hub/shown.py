"""What others wrote, for a message."""

from __future__ import annotations

import reprlib


def shown(value: object, most: int = 60) -> str:
    r"""Return a value that others wrote, short and harmless to a terminal.

    Examples
    --------
    >>> shown("\x1b[2J"), shown("a" * 300, 4), shown([[[[[[[[1]]]]]]]])
    ('\\x1b[2J', 'aaaa…', '[[[[[[[...]]]]]]]')
    """
    text = value if isinstance(value, str) else reprlib.repr(value)
    return ascii(text[:most])[1:-1] + ("…" if len(text) > most else "")
