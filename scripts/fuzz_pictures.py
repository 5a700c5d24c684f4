"""Mutate pictures of all formats, and load each in a process that may take 20 s of the processor and 1 GB.

    python scripts/fuzz_pictures.py --count 3000 --seed 1 --keep FOLDER

Prints what became of them, and a line for each that ended in anything else than pixels or a reason in one line; such are
kept in FOLDER. The same seed makes the same pictures.
"""

from __future__ import annotations

import argparse
import collections
import io
import re
import subprocess
import sys
import tempfile
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import tifffile
from PIL import Image
from pydicom.dataset import FileDataset, FileMetaDataset
from pydicom.uid import ExplicitVRLittleEndian

SECONDS, BYTES = 20, 1 << 30
# Numbers at which parsers go wrong.
NUMBERS = [b"\0", b"\xff", b"\x7f\xff\xff\xff", b"\xff\xff\xff\xff", b"\xff\xff", b"\0\0\0\0", b"\x80\0", b"\x10\0\0\0"]
WORKER = f"""
import pathlib, resource, sys, time
from headway.images import load
from headway.errors import PictureError
from headway.types import Reading
load(sys.argv[1] + "/warm.png", 64, "crop")
pages = int(open("/proc/self/statm").read().split()[0])
resource.setrlimit(resource.RLIMIT_AS, (pages * resource.getpagesize() + {BYTES},) * 2)
for path in sys.argv[2:]:
    start = time.process_time()
    resource.setrlimit(resource.RLIMIT_CPU, (int(start) + {SECONDS} + 1, resource.RLIM_INFINITY))
    print("begin", path, flush=True)
    try:
        load(path, 64, "crop")
        load(path, 64, "crop", Reading(value_range=(0.0, 4095.0)))
        load(path, 64, "squash", Reading(decoding="keras"))
        said = "read"
    except PictureError as error:
        said = str(error)
        if not said.isprintable() or "not enough memory" in said or not said:
            said = "WRONG " + ascii(said)
    except BaseException as error:
        said = f"WRONG {{type(error).__name__}}: {{ascii(str(error))[:200]}}"
    print("end", f"{{time.process_time() - start:.2f}}", said, flush=True)
"""


def samples() -> list[bytes]:
    """Return small pictures of every format, mode and feature that Pillow writes, deep TIFFs and DICOM."""
    noise = np.random.default_rng(0).integers(0, 256, (40, 48, 4), dtype=np.uint8)
    picture = Image.fromarray(noise)
    exif = Image.Exif()
    exif[0x0112], exif[0x010F] = 6, "maker"
    notes: dict[str, Any] = {"exif": exif.tobytes(), "xmp": b'<x tiff:Orientation="6"/>'}
    second: dict[str, Any] = {"save_all": True, "append_images": [Image.new("RGBA", picture.size, (9, 9, 9, 99))]}
    kinds: list[tuple[str, str, dict[str, Any]]] = [
        *(("JPEG", mode, options) for mode in ("L", "RGB", "CMYK") for options in ({}, {"progressive": True})),
        ("JPEG", "RGB", notes | {"icc_profile": bytes(999), "comment": b"a comment", "restart_marker_rows": 1}),
        *(("PNG", mode, {}) for mode in ("1", "L", "LA", "P", "RGB", "RGBA", "I;16")),
        *(
            ("PNG", mode, {"transparency": key})
            for mode, key in (("L", 5), ("RGB", (5, 5, 5)), ("P", bytes(range(99))))
        ),
        ("PNG", "RGBA", {"exif": exif.tobytes(), "dpi": (72, 72)}),
        ("PNG", "RGBA", second),
        *(("GIF", mode, options) for mode in ("L", "P") for options in ({}, {"comment": b"note"}, {"transparency": 3})),
        ("GIF", "RGBA", second),
        *(("BMP", mode, {}) for mode in ("1", "L", "P", "RGB", "RGBA")),
        *(("WEBP", mode, notes | {"lossless": lossless}) for mode in ("RGB", "RGBA") for lossless in (False, True)),
        ("WEBP", "RGBA", second),
        *(("AVIF", mode, notes | {"speed": 10}) for mode in ("RGB", "RGBA")),
        ("AVIF", "RGBA", second | {"speed": 10}),
        *(
            ("TIFF", mode, {"compression": packing})
            for mode in ("1", "L", "LA", "P", "RGB", "RGBA", "CMYK", "LAB", "F")
            for packing in (None, "tiff_lzw")
        ),
        *(("TIFF", "RGB", {"compression": packing}) for packing in ("jpeg", "tiff_adobe_deflate", "packbits")),
        ("MPO", "RGB", {"save_all": True, "append_images": [Image.new("RGB", picture.size)]}),
    ]
    contents = []
    for kind, mode, options in kinds:
        stream = io.BytesIO()
        converted = picture.convert("RGB").convert("L").convert(mode) if mode == "I;16" else _converted(picture, mode)
        converted.save(stream, kind, **options)
        contents.append(stream.getvalue())
    return [*contents, *_deep_tiffs(noise), _dicom(noise)]


def _deep_tiffs(noise: np.ndarray) -> Iterator[bytes]:
    for dtype in (np.uint16, np.int16, np.uint32, np.float32):
        for planes in ("contig", "separate"):
            stream = io.BytesIO()
            samples = noise[..., :3].astype(dtype) * 9
            options: dict[str, Any] = {"photometric": "rgb", "planarconfig": planes, "compression": "zlib"}
            tifffile.imwrite(stream, samples if planes == "contig" else np.moveaxis(samples, 2, 0), **options)
            yield stream.getvalue()


def _dicom(noise: np.ndarray) -> bytes:
    meta = FileMetaDataset()
    meta.TransferSyntaxUID = ExplicitVRLittleEndian
    meta.MediaStorageSOPClassUID = meta.MediaStorageSOPInstanceUID = "1.2.3"
    scan = FileDataset(None, {}, file_meta=meta, preamble=bytes(128))
    scan.Rows, scan.Columns = noise.shape[:2]
    scan.SamplesPerPixel, scan.PhotometricInterpretation = 1, "MONOCHROME2"
    scan.BitsAllocated, scan.BitsStored, scan.HighBit, scan.PixelRepresentation = 16, 12, 11, 0
    scan.PixelData = (noise[..., 0].astype(np.uint16) * 16).tobytes()
    stream = io.BytesIO()
    scan.save_as(stream, enforce_file_format=True)
    return stream.getvalue()


def _converted(picture: Image.Image, mode: str) -> Image.Image:
    if mode == "RGBA":
        return picture
    if mode == "LAB":
        return Image.fromarray(np.asarray(picture)[..., :3].copy(), "LAB")
    return picture.convert("LA" if mode == "LA" else "RGB").convert(mode)


def mutated(contents: list[bytes], random: np.random.Generator) -> bytes:
    """Change one picture in a few places, most of them near its beginning, where its headers are."""
    content = bytearray(contents[random.integers(len(contents))])
    for _ in range(random.geometric(0.4)):
        near = random.random() < 0.7
        at = int(random.integers(max(1, min(len(content), 400) if near else len(content))))
        length = int(random.integers(1, 9))
        what = random.integers(7)
        if what == 0:
            content[at : at + length] = random.bytes(length)
        elif what == 1:
            number = NUMBERS[random.integers(len(NUMBERS))]
            content[at : at + len(number)] = number
        elif what == 2:
            content[at : at + 1] = bytes([content[at] ^ 1 << int(random.integers(8))]) if at < len(content) else b""
        elif what == 3:
            del content[at : at + int(random.integers(1, 200))]
        elif what == 4:
            # A piece again and again, as of segments, blocks and directories.
            content[at:at] = content[at : at + int(random.integers(1, 40))] * int(random.integers(1, 2000))
        elif what == 5:
            other = contents[random.integers(len(contents))]
            start = int(random.integers(len(other)))
            content[at:at] = other[start : start + int(random.integers(1, 300))]
        else:
            content = content[: max(1, at)]
    return with_checksums(bytes(content))


def with_checksums(content: bytes) -> bytes:
    """Make the checksums of a PNG right, so that more than the first chunk is reached."""
    parts, at = [content[:8]], 8
    if not content.startswith(b"\x89PNG"):
        return content
    while at + 12 <= len(content):
        end = at + 8 + int.from_bytes(content[at : at + 4])
        parts.append(content[at:end] + zlib.crc32(content[at + 4 : end]).to_bytes(4))
        at = end + 4
    return b"".join(parts) + content[at:]


def fuzz(count: int, seed: int, keep: Path | None) -> int:
    """Return how many of ``count`` mutants ended in anything but pixels or a reason."""
    random, contents = np.random.default_rng(seed), samples()
    became: collections.Counter[str] = collections.Counter()
    wrong, slowest = 0, 0.0
    with tempfile.TemporaryDirectory() as folder:
        Image.new("RGB", (9, 9)).save(f"{folder}/warm.png")
        paths = [Path(folder, f"{number:05d}") for number in range(count)]
        for path in paths:
            path.write_bytes(mutated(contents, random))
        while paths:
            batch = [str(path) for path in paths[:200]]
            done = subprocess.run(
                [sys.executable, "-c", WORKER, folder, *batch], capture_output=True, text=True, check=False
            )
            lines = [line for line in done.stdout.splitlines() if line.startswith("end ")]
            results = [line.split(" ", 2)[1:] for line in lines]
            if len(results) < len(batch):
                results.append(["nan", f"WRONG the process ended with {done.returncode}: {done.stderr[-200:]!a}"])
            for path, (seconds, said) in zip(paths, results, strict=False):
                slowest = max(slowest, float(seconds))
                became[re.sub(r"\d+|\(.*", "…", said)[:60]] += 1
                if said.startswith("WRONG") or float(seconds) > SECONDS:
                    wrong += 1
                    print(f"seed {seed}, picture {path.name}: {seconds} s, {said}", flush=True)
                    if keep is not None:
                        keep.mkdir(parents=True, exist_ok=True)
                        (keep / f"{seed}-{path.name}").write_bytes(path.read_bytes())
            paths = paths[len(results) :]
    for said, number in became.most_common(15):
        print(f"{number:6d}  {said}")
    print(f"{count} pictures, {wrong} wrong, the slowest took {slowest:.1f} s of the processor")
    return wrong


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--count", type=int, default=3000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--keep", type=Path)
    given = parser.parse_args()
    sys.exit(bool(fuzz(given.count, given.seed, given.keep)))
