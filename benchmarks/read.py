"""How long `headway read` takes for many files, beside the least that it could: walking, asking sizes, reading what is equal.

    python benchmarks/read.py [--pictures 200000] [--runs 3] [--distinct] [--table]

Files of 64 classes in train and test, of about 50 sizes as small pictures have, so that nearly all must be read to find copies; or,
with ``--distinct``, of a size of their own each, as photos nearly have. With ``--table``, in one folder, and a table beside it names
them without their ending. The whole command in a process of its own and the bound in
this one take turns; medians are printed.
"""

from __future__ import annotations

import argparse
import hashlib
import os
import platform
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path


def write(folder: Path, count: int, *, distinct: bool) -> None:
    """Write files that look like pictures by their names."""
    for number in range(count):
        place = folder / ("test" if number % 5 == 0 else "train") / f"class {number % 64}"
        if number < 64 * 5:
            place.mkdir(parents=True, exist_ok=True)
        size = number + 8 if distinct else 300 + number % 50
        (place / f"{number:06}.jpg").write_bytes(number.to_bytes(8) + b"x" * (min(size, 100_000) - 8))


def write_table(folder: Path, count: int) -> None:
    """Write files into one folder, and a table of their names without endings."""
    (folder / "images").mkdir(parents=True)
    for number in range(count):
        content = number.to_bytes(8) + b"x" * (300 + number % 50)
        (folder / "images" / f"{number:06}.jpg").write_bytes(content)
    rows = (f"{number:06},class {number % 64}\n" for number in range(count))
    (folder / "labels.csv").write_text("id,breed\n" + "".join(rows))


def bound(folder: Path) -> None:
    """Walk, ask every file for its size, and hash files of equal size."""
    sizes: dict[int, list[str]] = {}
    for root, _, names in os.walk(folder):
        for name in names:
            path = os.path.join(root, name)
            sizes.setdefault(os.stat(path).st_size, []).append(path)
    for paths in sizes.values():
        for path in paths if len(paths) > 1 else ():
            with open(path, "rb", buffering=0) as file:
                hashlib.sha256(file.read()).digest()


def main() -> None:
    """Print medians of both, and their ratio."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--pictures", type=int, default=200_000)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--distinct", action="store_true")
    parser.add_argument("--table", action="store_true")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name) / "photos"
        if arguments.table:
            write_table(folder, arguments.pictures)
        else:
            write(folder, arguments.pictures, distinct=arguments.distinct)
        took: dict[str, list[float]] = {"headway read": [], "bound": []}
        for _ in range(arguments.runs):
            start = time.perf_counter()
            subprocess.run([sys.executable, "-m", "headway", "read", folder], check=True, stdout=subprocess.DEVNULL)
            took["headway read"].append(time.perf_counter() - start)
            start = time.perf_counter()
            bound(folder)
            took["bound"].append(time.perf_counter() - start)
    medians = {what: statistics.median(seconds) for what, seconds in took.items()}
    print(f"{arguments.pictures:,} files on {platform.machine()}, {os.cpu_count()} cores:")
    for what, seconds in medians.items():
        print(f"  {what}: {seconds:.1f} s")
    print(f"  ratio: {medians['headway read'] / medians['bound']:.2f}")


if __name__ == "__main__":
    main()
