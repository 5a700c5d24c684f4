"""Times of capture, from EXIF blocks of all kinds."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image

from headway.images.exif import taken

NOON = 1796040000.0  # 30 November 2026


def block(**times: str) -> bytes:
    exif = Image.Exif()
    exif.get_ifd(0x8769).update({int(tag[1:], 16): time for tag, time in times.items()})
    return exif.tobytes()


def test_the_time_of_capture_comes_before_that_of_digitising() -> None:
    assert taken({"exif": block(x9003="2026:11:30 12:00:00", x9004="2026:11:30 13:00:00")}) == NOON
    assert taken({"exif": block(x9004="2026:11:30 12:00:01")}) == NOON + 1


@pytest.mark.parametrize("time", ["0000:00:00 00:00:00", "    :  :     :  :  ", "yesterday", "2026-11-30 12:00:00"])
def test_a_camera_without_a_clock_says_nothing(time: str) -> None:
    assert taken({"exif": block(x9003=time)}) is None


def test_without_exif_nothing_is_said() -> None:
    assert taken({}) is None and taken({"exif": "text"}) is None and taken({"exif": b"Exif\0\0II*\0"}) is None


def test_broken_blocks_raise_nothing() -> None:
    whole, rng = block(x9003="2026:11:30 12:00:00"), np.random.default_rng(0)
    for end in range(len(whole) - 1):  # the last byte ends the text
        assert taken({"exif": whole[:end]}) is None
    for _ in range(2000):
        changed = np.frombuffer(whole, np.uint8).copy()
        changed[rng.integers(6, len(whole), 3)] = rng.integers(0, 256, 3)
        found = taken({"exif": changed.tobytes()})
        assert found is None or isinstance(found, float)
