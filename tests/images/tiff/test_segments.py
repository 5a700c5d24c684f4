"""Strips and tiles of hostile files; what the kinds of `test_picture` do not have."""

from __future__ import annotations

import io
import lzma
import resource
import struct
import subprocess
import sys
import zlib
from pathlib import Path

import numpy as np
import pytest
import tifffile

from headway.errors import PictureError
from headway.images import load
from tests.images.tiff.test_picture import RAMP, by_hand, reason, tiff

FLOATS = {256: 64, 257: 64, 258: 32, 262: 1, 277: 1, 278: 64, 339: 3}


def test_reversed_bits() -> None:
    swapped = bytes(int(f"{byte:08b}"[::-1], 2) for byte in RAMP.tobytes())
    for compression, data in (
        (1, swapped),
        (8, bytes(int(f"{b:08b}"[::-1], 2) for b in zlib.compress(RAMP.tobytes()))),
    ):
        content = by_hand(
            {256: 64, 257: 64, 258: 8, 259: compression, 262: 1, 266: 2, 277: 1, 278: 64}, data, len(data)
        )
        assert (load(content, 64, "squash")[..., 0] == RAMP).all()


def test_rows_of_what_is_not_compressed_are_read_by_themselves(monkeypatch: pytest.MonkeyPatch) -> None:
    content = tiff(np.stack([RAMP] * 3).astype("f4"), photometric="rgb", planarconfig="separate")
    whole = load(content, 64, "squash")
    monkeypatch.setattr("headway.images.tiff.segments._GROUP_BYTES", 1000)
    assert (load(content, 64, "squash") == whole).all()


def test_strips_without_sizes() -> None:
    content = by_hand({**FLOATS, 259: 1}, (RAMP / np.float32(255)).astype(">f4").tobytes(), 1 << 20)
    without = content.replace(struct.pack(">HHI", 279, 4, 1), struct.pack(">HHI", 65_000, 4, 1))
    assert without != content
    assert (load(without, 64, "squash") == load(content, 64, "squash")).all()


@pytest.mark.parametrize("size", [2, 4, 8])
@pytest.mark.parametrize("samples", [1, 3])
def test_differences_of_floats(size: int, samples: int) -> None:
    """By the technical note of TIFF on predictor 3."""
    values = np.dstack([RAMP / 255, RAMP.T / 255, 1 - RAMP / 255][:samples]).astype(f">f{size}")
    planes = values.reshape(64, -1, 1).view(np.uint8).transpose(0, 2, 1).reshape(64, -1)
    differences = planes.copy()
    differences[:, samples:] -= planes[:, :-samples]
    tags = {
        256: 64,
        257: 64,
        258: 8 * size,
        259: 8,
        262: 1 if samples == 1 else 2,
        277: samples,
        278: 64,
        317: 3,
        339: 3,
    }
    got = load(by_hand(tags, zlib.compress(differences.tobytes()), 1 << 20), 64, "squash")
    assert np.abs(got - values.astype(float) * 255).max() <= 1


def changed(tag: int, value: int, *, compression: int = 8) -> bytes:
    """Return a file of floats with another number in a tag."""
    values = RAMP.astype(">f4").tobytes()
    data = zlib.compress(values) if compression == 8 else values
    content = by_hand({**FLOATS, 259: compression}, data, 1 << 20)
    at = content.rindex(struct.pack(">HHI", tag, 4, 1)) + 8
    return content[:at] + struct.pack(">I", value) + content[at + 4 :]


def test_strips_that_are_not_there() -> None:
    assert reason(changed(273, 0)) == reason(changed(279, 0)) == "a TIFF with strips or tiles left out"
    assert reason(changed(273, 1 << 30)) == "truncated TIFF file"
    assert reason(changed(279, 100, compression=1)) == "truncated TIFF file"
    assert reason(changed(279, 1 << 31)) == "broken TIFF file (strips or tiles that overlap)"
    assert reason(changed(279, 100)).startswith("broken TIFF file")
    assert reason(changed(278, 10)) == "truncated TIFF file"


def test_a_truncated_file_is_never_half_a_picture() -> None:
    for options in ({}, {"compression": "zlib"}, {"tile": (32, 32)}, {"compression": "lzma", "tile": (32, 32)}):
        whole = tiff(RAMP.astype("f8"), photometric="minisblack", **options)
        wanted = load(whole, 16, "squash")
        for end in range(0, len(whole), 41):
            try:
                assert (load(whole[:end], 16, "squash") == wanted).all()
            except PictureError:
                continue


def test_strips_are_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("headway.images.tiff.segments._MOST_SEGMENTS", 3)
    assert reason(tiff(RAMP, tile=(32, 32))) == "a TIFF in 4 strips or tiles; at most 3 are read"


def test_an_lzma_strip_that_is_too_short() -> None:
    data = lzma.compress(bytes(100))
    content = by_hand({**FLOATS, 259: 34925}, data, 1 << 20)
    assert reason(content) == "truncated TIFF file"


BOUNDED = """
import re, sys
from headway.errors import PictureError
from headway.images import load
try:
    load(sys.argv[1], 224, "squash")
except PictureError as error:
    print(error)
print(int(re.search(r"VmHWM:\\s+(\\d+)", open("/proc/self/status").read())[1]) // 1024)
"""


def measured(path: Path) -> list[str]:
    """Read a picture in a process of its own with 20 seconds of a core; return what it said, and its memory in MB."""
    done = subprocess.run(
        [sys.executable, "-c", BOUNDED, str(path)],
        capture_output=True,
        text=True,
        check=True,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_CPU, (20, 20)),
    )
    return done.stdout.splitlines()


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="reads /proc")
class TestBounds:
    def test_a_bomb(self, tmp_path: Path) -> None:
        squeeze = zlib.compressobj(9)
        data = b"".join(squeeze.compress(bytes(1 << 20)) for _ in range(600)) + squeeze.flush()
        (tmp_path / "bomb.tif").write_bytes(by_hand({**FLOATS, 259: 8}, data, 1 << 30))
        *_, megabytes = measured(tmp_path / "bomb.tif")
        assert int(megabytes) < 300

    def test_the_largest_of_16_bits(self, tmp_path: Path) -> None:
        path = tmp_path / "giant.tif"
        tifffile.imwrite(path, shape=(3, 8160, 8160), dtype="u2", photometric="rgb", planarconfig="separate")
        *said, megabytes = measured(path)
        assert not said and int(megabytes) < 800

    def test_the_largest_of_floats(self, tmp_path: Path) -> None:
        path = tmp_path / "giant.tif"
        tifffile.imwrite(path, shape=(7000, 7000), dtype="f4", photometric="minisblack")
        *said, megabytes = measured(path)
        assert not said and int(megabytes) < 800
        tifffile.imwrite(path, shape=(7000, 7000), dtype="f8", photometric="minisblack")
        assert measured(path)[0] == "a TIFF of 392 MB of 64-bit samples; at most 200 are read"

    def test_many_small_tiles(self, tmp_path: Path) -> None:
        path = tmp_path / "tiles.tif"
        tifffile.imwrite(path, np.zeros((5000, 5000), "f4"), photometric="minisblack", tile=(16, 16))
        *said, megabytes = measured(path)
        assert not said and int(megabytes) < 800

    def test_a_packed_giant(self, tmp_path: Path) -> None:
        path = tmp_path / "packed.tif"
        side = 6000
        path.write_bytes(
            by_hand(
                {256: side, 257: side, 258: 12, 259: 1, 262: 1, 277: 1, 278: side}, bytes(side * side * 3 // 2), 1 << 30
            )
        )
        *said, megabytes = measured(path)
        assert not said and int(megabytes) < 800


def test_a_file_of_pieces_is_the_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("headway.images.source._WHOLE_FILE_BYTES", 0)
    content = tiff(np.stack([RAMP] * 3), photometric="rgb", planarconfig="separate")
    (tmp_path / "a.tif").write_bytes(content)
    assert (load(tmp_path / "a.tif", 16, "squash") == load(io.BytesIO(content), 16, "squash")).all()
