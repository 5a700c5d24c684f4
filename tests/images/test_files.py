"""What a file says of itself."""

from __future__ import annotations

import io
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from headway.images.files import capture_time, read_file_facts

PICTURE = Image.fromarray(np.zeros((20, 30, 3), np.uint8))


def test_a_photograph_says_how_and_when_it_was_taken(tmp_path: Path) -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    exif.get_ifd(0x8769)[0x9003] = "2026:11:30 12:00:00"
    path = tmp_path / "photo.JPG"
    PICTURE.save(path, "JPEG", quality=60, exif=exif)
    facts = read_file_facts(str(path))
    assert facts is not None
    assert (facts.bytes, facts.ending, facts.format) == (path.stat().st_size, ".jpg", "JPEG")
    assert (facts.mode, facts.bits, facts.frames, facts.quality) == ("RGB", 8, 1, 60)
    assert (facts.orientation, facts.taken) == (6, 1796040000.0)
    assert capture_time(str(path)) == capture_time(path.read_bytes()) == facts.taken


@pytest.mark.parametrize(
    ("array", "kind", "bits"),
    [
        (np.zeros((4, 4), np.uint16), "PNG", 16),
        (np.zeros((4, 4), np.uint16), "TIFF", 16),
        (np.zeros((4, 4), np.uint8), "PNG", 8),
        (np.zeros((4, 4), bool), "PNG", 1),
        (np.zeros((4, 4), np.float32), "TIFF", 32),
    ],
)
def test_bits(array: np.ndarray, kind: str, bits: int) -> None:
    content = io.BytesIO()
    Image.fromarray(array).save(content, kind)
    facts = read_file_facts(content.getvalue())
    assert facts is not None and facts.bits == bits and facts.ending == ""


def test_what_is_in_memory_is_no_file() -> None:
    assert read_file_facts(PICTURE) is None and read_file_facts(np.zeros((4, 4, 3), np.uint8)) is None


def test_what_cannot_be_read_says_nothing(tmp_path: Path) -> None:
    assert read_file_facts(b"") is None and read_file_facts(b"%PDF-1.7") is None
    assert read_file_facts(str(tmp_path)) is None and read_file_facts(str(tmp_path / "none.png")) is None
    assert capture_time(b"nothing") is None


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "GIF", "TIFF", "BMP"])
def test_broken_bytes_raise_nothing(kind: str) -> None:
    content, rng = io.BytesIO(), np.random.default_rng(0)
    PICTURE.save(content, kind)
    for _ in range(100):
        changed = np.frombuffer(content.getvalue(), np.uint8).copy()
        changed[rng.integers(0, len(changed), 4)] = rng.integers(0, 256, 4)
        read_file_facts(changed.tobytes())
