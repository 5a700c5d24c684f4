"""Names in any script: fonts that have their letters, as far as this machine has them, and lengths that fit."""

from __future__ import annotations

import functools
import itertools
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from matplotlib import font_manager
from matplotlib.figure import Figure
from matplotlib.ft2font import FT2Font
from matplotlib.text import Text
from PIL import ImageFont

MOST_LETTERS = 26  # of a name beside an axis
_JOINERS = "\u200c\u200d"

# By the names of their files, which Pillow looks for where each system has its fonts: of Linux, Windows and macOS,
# those of many scripts first. Matplotlib brings the first.
_USUAL = "DejaVu Sans"
_FILES = (
    *("NotoSans-Regular.ttf", "NotoSansCJK-Regular.ttc", "DroidSansFallbackFull.ttf", "wqy-zenhei.ttc"),
    *("NotoSansArabic-Regular.ttf", "NotoSansHebrew-Regular.ttf", "NotoSansDevanagari-Regular.ttf"),
    *("NotoSansBengali-Regular.ttf", "NotoSansTamil-Regular.ttf", "NotoSansThai-Regular.ttf", "Symbola.ttf"),
    *("segoeui.ttf", "msyh.ttc", "msgothic.ttc", "malgun.ttf", "Nirmala.ttf", "seguisym.ttf"),
    *("Arial Unicode.ttf", "PingFang.ttc", "AppleSDGothicNeo.ttc"),
)


@dataclass(frozen=True)
class _Font:
    family: str
    letters: frozenset[int]


def use_fonts(figure: Figure) -> None:
    """Give every text of a figure the fonts that its letters need beside the usual one."""
    for text in figure.findobj(Text):
        needed = _families(text.get_text())
        if needed:
            text.set_fontfamily([_USUAL, *needed])


def is_legible(name: str) -> bool:
    r"""Return whether fonts of this machine have every letter of a name.

    Examples
    --------
    >>> is_legible("жук"), is_legible("\U00012000")
    (True, False)
    """
    return not _missing(name, _fonts())


def legible(classes: Sequence[str]) -> tuple[str, ...]:
    """Return names of classes that can be drawn: those that no font has the letters of become numbers, from 1."""
    return tuple(name if is_legible(name) else f"class {place}" for place, name in enumerate(classes, start=1))


def label(name: str, most: int = MOST_LETTERS) -> str:
    r"""Return a name on one line: what cannot be printed as ``?``, and what is too long cut in its middle.

    What only joins letters or emoji is left to fonts.

    Examples
    --------
    >>> label("a\nb"), label("northern long-eared owl, adult", 20)
    ('a?b', 'northern l…wl, adult')
    """
    line = "".join(c if c.isprintable() or c in _JOINERS else "?" for c in name)
    if _width(line) <= most:
        return line
    head = _first(line, most // 2)
    tail = _first(line[::-1], most - 1 - _width(head))[::-1]
    return f"{head}…{tail}"


def _first(line: str, most: float) -> str:
    """Return as much of the beginning of a line as is so wide."""
    widths = itertools.accumulate(map(_width, line))
    return line[: sum(1 for _ in itertools.takewhile(lambda width: width <= most, widths))]


def _width(text: str) -> float:
    """Return how wide a text is in letters: those of East Asia count twice, marks that combine a tenth."""
    return sum(2 if unicodedata.east_asian_width(c) in "WF" else 0.1 if unicodedata.combining(c) else 1 for c in text)


def _families(text: str) -> list[str]:
    """Return the fonts beside the usual one that a text needs; empty where that is enough."""
    usual, *others = _fonts() if not text.isascii() else (None,)
    chosen: list[_Font] = []
    missing = _missing(text, [usual]) if usual is not None else set()
    for font in others:
        if missing & font.letters:
            chosen.append(font)
            missing -= font.letters
    return [font.family for font in chosen]


def _missing(text: str, fonts: Sequence[_Font]) -> set[int]:
    letters = {ord(c) for c in text if c.isprintable() and not c.isspace()}
    for font in fonts:
        letters -= font.letters
    return letters


@functools.cache
def _fonts() -> tuple[_Font, ...]:
    """Return the usual font, and the others that are there."""
    usual = font_manager.findfont(_USUAL)
    return _Font(_USUAL, frozenset(FT2Font(usual).get_charmap())), *filter(None, map(_load, _FILES))


def _load(name: str) -> _Font | None:
    try:
        path = Path(str(ImageFont.truetype(name, 10).path))
        font = FT2Font(path)
        font_manager.fontManager.addfont(path)
    except (OSError, RuntimeError):  # it is not there, or no font
        return None
    return _Font(font.family_name, frozenset(font.get_charmap()))
