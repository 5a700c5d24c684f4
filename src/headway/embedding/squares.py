"""Small grey squares of images, in the store like features: what near copies are found by.

Decoding is what costs, most of all with large pictures, so each content is decoded for it once: together with its
features, where the network takes what squares are made of, and otherwise when they are first asked for.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import closing
from functools import partial
from typing import TYPE_CHECKING

import numpy as np
from PIL import Image

from headway.cores import cpu_count
from headway.embedding import content
from headway.errors import PictureError
from headway.images import load
from headway.pipeline import guard, parallel

if TYPE_CHECKING:
    from headway.dataset import Dataset
    from headway.session import Session
    from headway.types import FloatArray, IntArray, Picture, Reading, ResizePolicy, UInt8Array

SIDE = 64
_DECODED = 224  # pixels of a side that a square is made of: what most networks take
_AT_ONCE = 256


def grey_squares(session: Session, dataset: Dataset, hashes: Sequence[bytes], reading: Reading) -> UInt8Array:
    """Return images as grey squares, sides squeezed, uint8 (n, 64, 64): from the store, or decoded and put there.

    ``hashes`` are those of the images' contents. What cannot be read any more, or is another image now, is black.
    """
    store, space = session.store, content.squares_name(SIDE, reading)
    missing = store.missing(space, hashes)
    first = {digest: row for row, digest in reversed(list(enumerate(hashes))) if digest in missing}
    _compute(
        session, space, [(digest, dataset.pictures[row]) for digest, row in sorted(first.items(), key=_row)], reading
    )
    squares = np.zeros((len(hashes), SIDE, SIDE), np.uint8)
    gone = store.missing(space, hashes) if missing else missing
    rows = [row for row, digest in enumerate(hashes) if digest not in gone]
    if rows:
        squares[rows] = _unpacked(store.read(space, [hashes[row] for row in rows]))
    return squares


def squares_of(
    session: Session, dataset: Dataset, hashes: Sequence[bytes], reading: Reading
) -> Callable[[IntArray], UInt8Array]:
    """Return what gives the grey squares of images at positions of a data set, as long as the session is open."""

    def at(rows: IntArray) -> UInt8Array:
        return grey_squares(session, dataset.subset(rows), [hashes[row] for row in rows.tolist()], reading)

    return at


def _row(item: tuple[bytes, int]) -> int:
    return item[1]


def _compute(session: Session, space: str, wanted: Sequence[tuple[bytes, Picture]], reading: Reading) -> None:
    if not wanted:
        return
    session.progress.start("small squares, to find copies", len(wanted))
    done: list[tuple[bytes, FloatArray]] = []
    decode = partial(_decoded, reading=reading)
    with closing(parallel(wanted, decode, threads=cpu_count(), ahead=_AT_ONCE)) as squares:
        for (digest, _), square in zip(wanted, squares, strict=True):
            if square is not None:
                done.append((digest, packed(square)))
            if len(done) == _AT_ONCE:
                _put(session, space, done)
                done = []
            session.progress.advance()
    _put(session, space, done)


def _put(session: Session, space: str, squares: Sequence[tuple[bytes, FloatArray]]) -> None:
    if squares:
        session.store.put(space, [digest for digest, _ in squares], np.stack([square for _, square in squares]))


def _decoded(wanted: tuple[bytes, Picture], reading: Reading) -> UInt8Array | None:
    try:
        digest, picture, _ = content.read(wanted[1])
        with guard(picture):
            return shrink(load(picture, _DECODED, "squash", reading)) if digest == wanted[0] else None
    except PictureError:
        return None


def come_with(size: int, resize: ResizePolicy) -> bool:
    """Say whether squares can be made of what is decoded for a network anyway."""
    return size == _DECODED and resize == "squash"


def shrink(pixels: UInt8Array) -> UInt8Array:
    """Return a decoded image (224, 224, 3) as a grey square, by means over areas of its luma (ITU-R 601)."""
    return np.asarray(Image.fromarray(pixels).convert("L").resize((SIDE, SIDE), Image.Resampling.BOX))


def packed(square: UInt8Array) -> FloatArray:
    """Return a square as the store holds it: four levels in the place of each number."""
    return np.frombuffer(square.tobytes(), np.float32)


def _unpacked(vectors: FloatArray) -> UInt8Array:
    return np.ascontiguousarray(vectors).view(np.uint8).reshape(-1, SIDE, SIDE)
