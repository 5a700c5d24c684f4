"""Files that are called a copy of another: ``IMG_0012 (1).jpg`` beside ``IMG_0012.jpg``."""

from __future__ import annotations

import re

from headway.dataset.grouping.evidence import Evidence, Names

_COPY = re.compile(r"(?: ?\([1-9]\)|[-_ ]+copy(?: ?\(?[0-9]\)?)?|~[1-9])$", re.IGNORECASE)
# A camera's number must be in the name: downloads are called image(1), image(2), whatever is on them.
_OF_A_CAMERA = re.compile("[0-9]{3}")


def by_copies(names: Names) -> Evidence | None:
    """Find files that the system of a computer named after another, in the same folder and of the same ending.

    Examples
    --------
    >>> import numpy as np
    >>> names = ["IMG_0012.jpg", "IMG_0012 (1).jpg", "IMG_0013 - Copy.jpg"]
    >>> by_copies(Names(names, np.zeros(3, int), np.zeros(3, int))).keys
    ['IMG_0012.jpg', 'IMG_0012.jpg', '']
    """
    originals = [_original(path) for path in names.paths]
    copied = {original for original in originals if original} & set(names.paths)
    if not copied:
        return None
    keys = [
        original if original in copied else path if path in copied else ""
        for path, original in zip(names.paths, originals, strict=True)
    ]
    return Evidence("copies", keys, [key.rpartition("/")[2] for key in keys])


def _original(path: str) -> str:
    """Return the path of the file that a file is called a copy of, or an empty text."""
    folder, slash, name = path.rpartition("/")
    stem, dot, ending = name.rpartition(".")
    match = _COPY.search(stem)
    if match is None or not _OF_A_CAMERA.search(stem, 0, match.start()):
        return ""
    return f"{folder}{slash}{stem[: match.start()]}{dot}{ending}"
