"""Hashes of the contents of images, which need not be decoded for them."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import closing
from typing import TYPE_CHECKING

from headway.cores import cpu_count
from headway.embedding import content
from headway.errors import PictureError
from headway.pipeline import parallel

if TYPE_CHECKING:
    from headway.session import Session
    from headway.types import IntArray, Picture


def digests(session: Session, pictures: Sequence[Picture], rows: IntArray) -> list[bytes | None]:
    """Return the SHA-256 of the content of some images; None for those that cannot be had."""
    files = [content.path_of(pictures[row]) if content.is_path(pictures[row]) else "" for row in rows.tolist()]
    known = session.store.known(files)

    def work(item: tuple[int, bytes | None]) -> bytes | None:
        row, digest = item
        try:
            return digest or content.read(pictures[row])[0]
        except PictureError:
            return None

    threads = cpu_count()
    with closing(parallel(zip(rows.tolist(), known, strict=True), work, threads=threads, ahead=64)) as found:
        return list(found)
