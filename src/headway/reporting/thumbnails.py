"""Small pictures for a page: WebP, few enough for a file that can be sent by mail."""

from __future__ import annotations

import base64
import io
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

from PIL import Image

from headway.cores import cpu_count
from headway.errors import PictureError
from headway.images import load
from headway.types import AS_USUAL

if TYPE_CHECKING:
    from headway.dataset import Dataset
    from headway.types import Reading, ResizePolicy

SIDE = 112  # pixels
MOST_BYTES = 2_400_000  # of all of them, in base64
_QUALITY = 60
_AT_ONCE = 64  # there may be no room for the rest


def thumbnails(
    dataset: Dataset, rows: Sequence[int], *, resize: ResizePolicy, reading: Reading = AS_USUAL
) -> list[str | None]:
    """Return WebP images in base64 of pictures at ``rows``, the most wanted first, until there is no more room.

    They are cut as the network sees them. A picture that cannot be read, or is not there any more, has none.
    """

    def small(row: int) -> str | None:
        try:
            pixels = load(dataset.pictures[row], SIDE, resize, reading)
        except (PictureError, OSError):
            return None
        file = io.BytesIO()
        Image.fromarray(pixels).save(file, "WEBP", quality=_QUALITY)
        return base64.b64encode(file.getvalue()).decode()

    made: list[str | None] = []
    size = 0
    with ThreadPoolExecutor(cpu_count()) as pool:
        for start in range(0, len(rows), _AT_ONCE):
            for text in pool.map(small, rows[start : start + _AT_ONCE]):
                size += len(text or "")
                if size > MOST_BYTES:
                    return made
                made.append(text)
    return made
