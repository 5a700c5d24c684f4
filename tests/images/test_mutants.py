"""TIFF and DICOM files with changes where parsers are led astray: a picture, or one reason, and within bounds."""

from __future__ import annotations

import logging
import resource
import subprocess
import sys
from collections.abc import Iterator

import numpy as np
import pytest

from headway.errors import PictureError
from headway.images import load
from headway.images.depth import common_range, find_values, is_deep
from headway.ranges import is_range
from headway.types import Reading
from tests.images.tiff.making import kinds, written
from tests.images.tiff.test_picture import RAMP, tiff

# Numbers that lead to too much of something, in both orders of bytes.
ODD = [number.to_bytes(size, order) for number in (0, 1, 3, 255, 65_535, 100_000, 2**31 - 1, 2**32 - 1)
       for size in (2, 4) for order in ("little", "big") if number < 256**size]  # fmt: skip


def samples() -> list[bytes]:
    """Return small files of many kinds."""
    logging.getLogger("tifffile").disabled = True
    every = list(kinds())
    files = [content for kind in every[:: len(every) // 60] if (content := written(kind)) is not None]
    files += [
        tiff(np.stack([RAMP] * 3), photometric="rgb", planarconfig="separate", bigtiff=True),
        tiff(RAMP, imagej=True),
    ]
    try:
        from tests.images.test_dicom import BASELINE, dicom, encapsulate, jpeg

        files += [
            dicom(RAMP, size=(64, 64), WindowCenter="40", WindowWidth="400", RescaleSlope="2", RescaleIntercept="1")
        ] * 10
        files += [dicom(encapsulate([jpeg(RAMP)]), size=(64, 64), syntax=BASELINE)] * 5
    except pytest.skip.Exception:
        pass
    return files


def mutants(count: int, seed: int) -> Iterator[bytes]:
    files, random = samples(), np.random.default_rng(seed)
    for _ in range(count):
        content = bytearray(files[random.integers(len(files))])
        for _ in range(random.integers(1, 5)):
            # The directories of a TIFF may be at either end, the elements of DICOM are at the beginning.
            near = random.integers(0, min(len(content), 700))
            at = int([near, len(content) - 1 - near, random.integers(len(content))][random.integers(3)])
            patch = ODD[random.integers(len(ODD))] if random.random() < 0.7 else random.bytes(random.integers(1, 9))
            if random.random() < 0.85:
                content[at : at + len(patch)] = patch
            else:
                content[at:at] = patch
        yield bytes(content)


def read_all(count: int, seed: int) -> int:
    """Read mutants, every second with the range that suits it; return how many of them are pictures still."""
    pictures = 0
    for number, content in enumerate(mutants(count, seed)):
        deep, values = is_deep(content), find_values(content, ()) if number % 2 else None
        value_range = common_range([values] if values is not None else [])
        assert is_range(value_range), f"{number}: {value_range}, of more than 8 bits: {deep}"
        try:
            pictures += load(content, 16, "crop", Reading(value_range=value_range)).shape == (16, 16, 3)
        except PictureError as error:
            text = str(error)
            assert text.isprintable() and 0 < len(text) < 200, f"{number}: {text}"
    return pictures


def bounded(count: int, seed: int, seconds: int) -> None:
    """Read mutants in a process that may not take more memory or time."""

    def limit() -> None:
        resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds))
        resource.setrlimit(resource.RLIMIT_DATA, (1_500_000_000, 1_500_000_000))

    code = f"from tests.images.test_mutants import read_all; print(read_all({count}, {seed}))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, preexec_fn=limit)
    assert done.returncode == 0, done.stderr[-2000:]
    assert int(done.stdout) > count // 20


def test_some_mutants() -> None:
    bounded(150, 1, 60)


@pytest.mark.slow
def test_many_mutants() -> None:
    bounded(3000, 2, 300)
