"""Fonts for names in any script, as far as this machine has them; Pillow's own has the letters of English."""

from __future__ import annotations

import functools
import importlib.util
from collections.abc import Iterator
from pathlib import Path
from typing import TypeAlias

from PIL import ImageFont

Font: TypeAlias = ImageFont.FreeTypeFont | ImageFont.ImageFont

# By the names of their files, which Pillow looks for where each system has its fonts: of Linux, Windows and macOS,
# those of many scripts first.
FILES = (
    *("DejaVuSans.ttf", "NotoSans-Regular.ttf", "NotoSansCJK-Regular.ttc", "DroidSansFallbackFull.ttf"),
    *("wqy-zenhei.ttc", "NotoSansArabic-Regular.ttf", "NotoSansHebrew-Regular.ttf", "NotoSansDevanagari-Regular.ttf"),
    *("NotoSansBengali-Regular.ttf", "NotoSansTamil-Regular.ttf", "NotoSansThai-Regular.ttf"),
    *("segoeui.ttf", "msyh.ttc", "msgothic.ttc", "malgun.ttf", "Nirmala.ttf"),
    *("Arial Unicode.ttf", "PingFang.ttc", "AppleSDGothicNeo.ttc"),
)
_NO_CHARACTER = "\U0010ffff"  # which no font has: what stands for it stands for any other that is missing


def font_for(text: str, size: int) -> Font | None:
    """Return the first font that has every character of a text; None where none has.

    Examples
    --------
    >>> font_for("cat", 13) is not None, font_for("\ue0f0", 13) is None
    (True, True)
    """
    return next((font for font in _fonts(size) if _has(font, text)), None)


def _fonts(size: int) -> Iterator[Font]:
    yield ImageFont.load_default(size)
    for place in (*_carried(), *FILES):
        if (font := _font(place, size)) is not None:
            yield font


def _carried() -> Iterator[str]:
    """Yield the font that matplotlib brings, where it is installed."""
    found = importlib.util.find_spec("matplotlib")
    if found is not None and found.origin is not None:
        yield str(Path(found.origin).parent / "mpl-data" / "fonts" / "ttf" / "DejaVuSans.ttf")


@functools.cache
def _font(place: str, size: int) -> Font | None:
    try:
        return ImageFont.truetype(place, size)
    except OSError:  # it is not there, or no font
        return None


def _has(font: Font, text: str) -> bool:
    missing = bytes(font.getmask(_NO_CHARACTER))
    return all(c.isspace() or bytes(font.getmask(c)) != missing for c in set(text))
