"""Names that may leave the machine: below the data's folder, and never where that folder is."""

from __future__ import annotations

import ntpath
import os
from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING

from headway.bars import printable
from headway.rendering.data import below

if TYPE_CHECKING:
    from headway.facts.data import Source

_LONGEST = 100  # characters of a name that are shown
_JOINERS = "\u200c\u200d"  # in emoji, and in Persian and Indian writing


class Names:
    """Makes names of pictures relative to the folders of a data set.

    Parameters
    ----------
    source : Source or None
        Where the pictures come from.

    Examples
    --------
    >>> from headway.facts.data import Source
    >>> names = Names(Source("class-folders", "/home/ada/photos", 2, 2))
    >>> names("/home/ada/photos/cat/1.jpg"), names("/elsewhere/of/ada/dog/2.jpg"), names("picture 7")
    ('cat/1.jpg', 'dog/2.jpg', 'picture 7')
    """

    def __init__(self, source: Source | None) -> None:
        self._folders = () if source is None else tuple(_folders(source))

    def __call__(self, path: str) -> str:
        """Return the name that is shown: of a path that is in none of the folders, the last two parts."""
        for folder in self._folders:
            if (name := below(path, folder)) != path:
                return shortened(shown(name), _LONGEST)
        return shortened(shown("/".join(path.replace("\\", "/").split("/")[-2:])), _LONGEST)


def _folders(source: Source) -> Iterator[str]:
    for part in source.parts:
        yield from _folders(part)
    if source.name:
        yield source.name
        if source.layout in ("table", "features"):
            yield os.path.dirname(source.name)


def shown(text: str) -> str:
    r"""Return a text that a page can hold: control characters and lone surrogates are escaped.

    Examples
    --------
    >>> shown("a\nb\ud800")
    'a\\nb\\ud800'
    """
    return text if text.isprintable() else "".join(c if c in _JOINERS else printable(c) for c in text)


def shortened(text: str, longest: int) -> str:
    """Return a text, cut in its middle where it is longer.

    Examples
    --------
    >>> shortened("a long name", 7)
    'a l…ame'
    """
    half = longest // 2
    return text if len(text) <= longest else f"{text[: longest - half - 1]}…{text[-half:]}"


def without_folders(source: Source) -> Source:
    """Return what was read without the folders that it lies in."""

    def last(path: str | None) -> str | None:
        return path and (ntpath.basename(path.rstrip("/\\")) or None)

    return replace(
        source,
        name=last(source.name),
        archive=last(source.archive),
        left_out_folder=last(source.left_out_folder),
        looked_up_in=last(source.looked_up_in),
        parts=tuple(map(without_folders, source.parts)),
    )
