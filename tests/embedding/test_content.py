"""What pictures are told apart by."""

from __future__ import annotations

import hashlib
import os
import time
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from headway.embedding import content
from headway.errors import PictureError
from headway.testing import TINY


def digest(picture) -> bytes:
    return content.read(picture)[0]


def test_a_file_and_its_bytes_are_the_same(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "a.png"
    path.write_bytes(b"x" * 5000)
    assert digest(path) == digest(str(path)) == digest(b"x" * 5000) == hashlib.sha256(b"x" * 5000).digest()
    assert content.read(path)[1] == b"x" * 5000
    monkeypatch.setattr(content, "WHOLE_FILE_BYTES", 4999)
    assert content.read(path)[:2] == (digest(b"x" * 5000), str(path))


def test_a_file_beyond_the_bound_is_not_read(tmp_path: Path) -> None:
    with open(tmp_path / "a.png", "wb") as file:
        file.truncate(2 << 30)
    with pytest.raises(PictureError, match="2.0 GiB"):
        content.read(tmp_path / "a.png")


def test_a_file_written_this_moment_is_waited_for(tmp_path: Path) -> None:
    path = tmp_path / "a.png"
    for _ in range(10):
        path.write_bytes(os.urandom(8))
        seen = content.read(path)[2]
        assert seen is not None and time.time_ns() - seen.mtime_ns > 20_000_000


def test_a_file_on_a_coarse_clock_is_not_remembered_yet(tmp_path: Path) -> None:
    path = tmp_path / "a.png"
    path.write_bytes(b"x")
    os.utime(path, (time.time(), int(time.time())))
    assert content.read(path)[2] is None
    os.utime(path, (time.time(), int(time.time()) - 10))
    assert content.read(path)[2] is not None
    os.utime(path, (time.time(), int(time.time()) + 1000))
    assert content.read(path)[2] is None


def test_arrays_differ_by_all_that_matters() -> None:
    base = np.arange(24, dtype=np.uint8).reshape(4, 6)
    other = base.copy()
    other[3, 5] += 1
    all_of_them = [base, other, base.reshape(6, 4), base.reshape(4, 6, 1), base.astype(np.uint16), base > 3]
    assert len({digest(array) for array in all_of_them}) == len(all_of_them)
    assert digest(np.asfortranarray(base)) == digest(base) == digest(base[::-1][::-1])
    assert digest(np.zeros((0, 3))) != digest(np.zeros((3, 0)))
    with pytest.raises(PictureError, match="object"):
        digest(np.array([[None]]))


def test_pil_images_differ_by_all_that_matters() -> None:
    base = Image.new("P", (4, 6))
    base.putpalette([10, 20, 30] * 4)
    palette, exif, transparent, grey = base.copy(), base.copy(), base.copy(), Image.new("L", (4, 6))
    palette.putpalette([1, 2, 3] * 4)
    exif.info["exif"] = b"Exif"
    transparent.info["transparency"] = 0
    all_of_them = [base, palette, exif, transparent, grey, Image.new("L", (6, 4))]
    assert len({digest(image) for image in all_of_them}) == len(all_of_them)
    assert digest(base.copy()) == digest(base)


def test_what_is_no_picture() -> None:
    with pytest.raises(PictureError, match="not int"):
        content.read(3)  # type: ignore[arg-type]
    with pytest.raises(PictureError, match="cannot be opened"):
        content.read("nul\0")


def test_a_space_changes_with_all_that_features_depend_on() -> None:
    names = {
        content.space_name(TINY, resize, precision, outputs)
        for resize in ("squash", "crop")
        for precision in ("fp32", "bf16")
        for outputs in (["a", "b"], ["b", "a"], ["a\nb", ""], ["ab"])
    }
    assert len(names) == 16
