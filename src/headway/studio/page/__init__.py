"""The page of the studio: HTML, CSS and JavaScript as they stand here, without a build step.

Begin at ``main.js``. All texts are in ``texts.js``; the server's answers are described in ``types.js``.
"""

from __future__ import annotations

from pathlib import Path

from headway.styles import LOOKS, TOKENS

_KINDS = {
    ".html": "text/html; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".svg": "image/svg+xml",
}


def files() -> dict[str, tuple[Path, str]]:
    """Return the files of the page by the names that they are asked for under ``/``, each with its media type.

    Examples
    --------
    >>> path, kind = files()["main.js"]
    >>> path.name, kind
    ('main.js', 'text/javascript; charset=utf-8')
    """
    own = sorted(path for path in Path(__file__).parent.iterdir() if path.suffix in _KINDS)
    return {path.name: (path, _KINDS[path.suffix]) for path in (*own, TOKENS, LOOKS)}
