"""101 wrong-ending: files that are of another format than their name says.

Headway goes by the content; other programs go by the name, and refuse such a file or show nothing. Evidence: formats
(the ending and the format of each kind of mistake, the most frequent first).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np

from headway.checks.base import Found

if TYPE_CHECKING:
    from headway.checks.context import Context

FORMATS = {
    **dict.fromkeys((".jpg", ".jpeg", ".jpe", ".jfif"), "JPEG"),
    **dict.fromkeys((".bmp", ".dib"), "BMP"),
    **dict.fromkeys((".tif", ".tiff"), "TIFF"),
    **dict.fromkeys((".heic", ".heif"), "HEIC"),
    **dict.fromkeys((".dcm", ".dicom"), "DICOM"),
    ".png": "PNG",
    ".webp": "WebP",
    ".gif": "GIF",
    ".avif": "AVIF",
}
"""What each ending promises."""

_KINDS = 5


def run(context: Context) -> Iterator[Found]:
    """Find files whose ending promises another format."""
    wrong = [
        (row, f"{file.ending} is {file.format}")
        for row, file in enumerate(context.files)
        if file and FORMATS.get(file.ending, file.format) != file.format
    ]
    if wrong:
        rows, mistakes = zip(*wrong, strict=True)
        kinds = [f"{mistake} ({n:,})" for mistake, n in Counter(mistakes).most_common(_KINDS)]
        yield Found("note", np.array(rows), {"formats": ", ".join(kinds)})
