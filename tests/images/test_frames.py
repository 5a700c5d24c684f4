"""How many pictures are in a file."""

from __future__ import annotations

import io
import time

import numpy as np
import pytest
from PIL import Image, features

from headway.images.files import read_file_facts

ANIMATED = [kind for kind in ("GIF", "WEBP", "PNG", "TIFF", "AVIF") if kind != "AVIF" or features.check("avif")]
PICTURE = Image.fromarray(np.random.default_rng(0).integers(0, 255, (20, 30, 3), np.uint8))


def saved(kind: str, frames: int, **options: object) -> bytes:
    content = io.BytesIO()
    others = [PICTURE.rotate(10 * number) for number in range(1, frames)]
    PICTURE.save(content, kind, **({"save_all": True, "append_images": others} if others else {}), **options)
    return content.getvalue()


def frames(content: bytes) -> int | None:
    facts = read_file_facts(content)
    return None if facts is None else facts.frames


@pytest.mark.parametrize("kind", ANIMATED)
@pytest.mark.parametrize("count", [1, 2, 7])
def test_frames_and_pages_are_counted(kind: str, count: int) -> None:
    assert frames(saved(kind, count)) == count


def test_pages_of_a_large_tiff_are_counted() -> None:
    assert frames(saved("TIFF", 3, big_tiff=True)) == 3


def test_a_smaller_version_of_a_page_is_no_page() -> None:
    content = io.BytesIO()
    small = PICTURE.resize((15, 10))
    small.encoderinfo = {"tiffinfo": {254: 1}}
    PICTURE.save(content, "TIFF", save_all=True, append_images=[small])
    assert frames(content.getvalue()) == 1


def test_a_circle_of_pages_ends() -> None:
    content = bytearray(saved("TIFF", 1))
    first = int.from_bytes(content[4:8], "little")
    entries = int.from_bytes(content[first : first + 2], "little")
    content[first + 2 + 12 * entries : first + 6 + 12 * entries] = first.to_bytes(4, "little")
    assert frames(bytes(content)) == 1


def test_a_gif_of_very_many_pieces_is_counted_only_so_far() -> None:
    content = saved("GIF", 1)[:-1] + b"!\xfe" + b"\x01a" * 5_000_000 + b"\0;"
    start = time.process_time()
    assert frames(content) == 1
    assert time.process_time() - start < 5


@pytest.mark.parametrize("kind", ["GIF", "TIFF"])
def test_files_that_end_early_raise_nothing(kind: str) -> None:
    whole = saved(kind, 3)
    for end in range(0, len(whole), 7):
        found = frames(whole[:end])
        assert found is None or 1 <= found <= 3
