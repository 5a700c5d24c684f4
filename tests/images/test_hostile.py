"""Files that were made to take minutes or gigabytes, each in a process of its own that may not."""

from __future__ import annotations

import io
import os
import struct
import subprocess
import sys
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from headway.errors import PictureError
from headway.images import load, source
from tests.images.making import chunk, png

MILLION = 1 << 20
# Time of the processor, which a busy machine does not lengthen; addresses beyond those that the imports took.
CODE = """
import resource, sys
from headway.images import load
from headway.errors import PictureError
pages = int(open("/proc/self/statm").read().split()[0])
resource.setrlimit(resource.RLIMIT_CPU, (20, 20))
resource.setrlimit(resource.RLIMIT_AS, (pages * resource.getpagesize() + (1 << 30),) * 2)
try:
    load(sys.argv[1], 32, "crop")
    print("read")
except PictureError as error:
    print(error)
"""

pytestmark = pytest.mark.skipif(not Path("/proc/self/statm").exists(), reason="the limits are Linux's")


def encoded(kind: str, size: tuple[int, int] = (64, 48), mode: str = "RGB", **options: Any) -> bytes:
    noise = np.random.default_rng(0).integers(0, 256, (size[1], size[0], 3), dtype=np.uint8)
    stream = io.BytesIO()
    Image.fromarray(noise).convert(mode).save(stream, kind, **options)
    return stream.getvalue()


def into(content: bytes, at: int, piece: bytes, count: int) -> bytes:
    return content[:at] + piece * count + content[at:]


def within_gif(piece: bytes, count: int, before: bytes = b"", after: bytes = b"") -> bytes:
    content = encoded("GIF", mode="P")
    at = 13 + (3 << (content[10] & 7) + 1)
    return content[:at] + before + piece * count + after + content[at:]


def in_head(piece: bytes, count: int) -> bytes:
    return into(encoded("JPEG"), 2, piece, count)


def between_scans(piece: bytes, count: int) -> bytes:
    content = encoded("JPEG", progressive=True)
    return into(content, content.index(b"\xff\xda", content.index(b"\xff\xda") + 2), piece, count)


def among_pixels(piece: bytes, count: int) -> bytes:
    content = encoded("JPEG")
    return into(content, content.index(b"\xff\xda") + 60, piece, count)


def scanned(count: int) -> bytes:
    """Return a giant of many scans: one flat row of blocks is coded for all."""
    content = encoded("JPEG", progressive=True)
    frame, last = content.rindex(b"\xff\xc2\0\x11"), content.rindex(b"\xff\xda")
    content = content[: frame + 5] + struct.pack(">HH", 14_000, 14_200) + content[frame + 9 : -2]
    return content + content[last:] * count + bytes(600_000)


def of_runs(size: int, runs: bytes, count: int) -> bytes:
    header = struct.pack("<IiiHHIIiiII", 40, size, size, 1, 8, 1, 0, 0, 0, 256, 0)
    return b"BM" + struct.pack("<IHHI", 0, 0, 0, 14 + 40 + 1024) + header + bytes(1024) + runs * count


def inflating(count: int) -> bytes:
    """Return a PNG of texts that inflate to a mebibyte, and then are broken, so that nobody counts it."""
    packer = zlib.compressobj(9)
    text = packer.compress(bytes(MILLION - 10)) + packer.flush(zlib.Z_SYNC_FLUSH) + b"\x07\xff\xff"
    return png(np.zeros((4, 4), int), 8, 0, before=chunk(b"zTXt", b"a\0\0" + text) * count)


LARGE = "a progressive JPEG of this size in more than 25 scans"
HOSTILE: dict[str, tuple[Callable[[], bytes], str]] = {
    "GIF comment of one-byte blocks": (lambda: within_gif(b"\1a", 20 * MILLION, b"!\xfe", b"\0"), "100,000 blocks"),
    "GIF of comments": (lambda: within_gif(b"!\xfe\1a\0", 10 * MILLION), "100,000 blocks"),
    "GIF of applications": (lambda: within_gif(b"!\xff\1a\0", 10 * MILLION), "100,000 blocks"),
    "GIF of zeros": (lambda: within_gif(b"\0", 50 * MILLION), "100,000 blocks"),
    "JPEG of empty segments": (lambda: in_head(b"\xff\xef\0\2", 3 * MILLION), "1,000 segments before"),
    "JPEG of pieces of EXIF": (lambda: in_head(b"\xff\xe1\0\x0aExif\0\0ab", MILLION), "1,000 segments before"),
    "JPEG that hides segments": (lambda: in_head(b"\xff\xf0\xff\xff\xff\xef\0\2", MILLION), "1,000 segments before"),
    "JPEG of padding": (lambda: in_head(b"\xff", 15 * MILLION), "65,536 stray bytes before"),
    "JPEG of junk": (lambda: in_head(b"\xff\xef\0\2" + b"junk" * 3 * MILLION, 1), "65,536 stray bytes before"),
    "JPEG with a late beginning": (lambda: in_head(b"\xff\xef\xff\xff" + bytes(65_533), 300), "16 MiB before"),
    "JPEG padded between scans": (lambda: between_scans(b"\xff", 50 * MILLION), "65,536 bytes of padding"),
    "JPEG padded among pixels": (lambda: among_pixels(b"\xff", 50 * MILLION), "65,536 bytes of padding"),
    "JPEG of segments between scans": (lambda: between_scans(b"\xff\xef\0\2", 20 * MILLION), "read"),
    "giant JPEG of many scans": (lambda: scanned(80), LARGE),
    "BMP of runs": (lambda: of_runs(5_000, b"\1\5", 20 * MILLION), "run-length BMP file of 41 MiB; at most 16"),
    "BMP of ends of rows": (
        lambda: of_runs(12_000, b"\1\5\0\0", 12_000),
        "144 megapixels; of run-length BMP at most 25",
    ),
    "BMP of shifts": (lambda: of_runs(5_000, b"\0\2\0\0", 4 * MILLION - 1000), "broken BMP"),
    "PNG of texts": (lambda: inflating(9_000), "more than 1,000 chunks"),
}


@pytest.mark.parametrize(
    "name", [pytest.param(name, marks=[pytest.mark.slow] if name == "BMP of shifts" else []) for name in HOSTILE]
)
def test_what_was_made_to_take_minutes_or_gigabytes(name: str, tmp_path: Path) -> None:
    make, said = HOSTILE[name]
    (tmp_path / "hostile").write_bytes(make())
    assert said in outcome(tmp_path / "hostile")
    # Then it is safe here, too.
    if said != "read":
        with pytest.raises(PictureError, match=said):
            load(tmp_path / "hostile", 32, "crop")


def test_a_sparse_gif(tmp_path: Path) -> None:
    (tmp_path / "sparse.gif").write_bytes(encoded("GIF", mode="P")[:781])
    os.truncate(tmp_path / "sparse.gif", 255 * MILLION)
    assert "100,000 blocks" in outcome(tmp_path / "sparse.gif")


def outcome(path: Path) -> str:
    done = subprocess.run([sys.executable, "-c", CODE, str(path)], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-500:]
    assert "not enough memory" not in done.stdout
    return done.stdout


def test_what_is_large_for_a_reason_is_read() -> None:
    profile = b"".join(b"\xff\xe2" + struct.pack(">H", 60_000) + bytes(59_998) for _ in range(200))
    load(in_head(profile, 1), 16, "crop")
    load(in_head(b"\xff" * 3_000, 1), 16, "crop")
    load(in_head(b"\xff\xef\0\2\0junk\0", 1), 16, "crop")
    load(between_scans(b"\xff", 3_000), 16, "crop")
    load(within_gif(b"\xff" + bytes(255), 5_000, b"!\xff\x03xmp", b"\0"), 16, "crop")
    # A BMP of runs that fill their rows.
    content = of_runs(200, b"\xc8\7\0\0", 200)
    assert (load(content, 16, "crop") == 0).all()
    with source.open_image(content) as (_, image, kind):
        assert image.size == (200, 200) and kind == "BMP"


def test_a_profile_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    from headway.images import finish

    asked: list[bytes] = []
    monkeypatch.setattr(finish, "_transform", lambda profile, mode: asked.append(profile))
    image = Image.new("RGB", (4, 4))
    for size in (finish._PROFILE_BYTES, finish._PROFILE_BYTES + 1):
        finish.to_rgb(image, bytes(size))
    assert [len(profile) for profile in asked] == [8 << 20]
