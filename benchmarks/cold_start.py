"""How long a start takes: bare Python, ``import headway``, ``headway --help``, ``headway predict MODEL one.jpg``.

python benchmarks/cold_start.py
"""

from __future__ import annotations

import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from headway import demo
from headway.fitting import fit

ROUNDS = 11


def seconds(command: list[str]) -> float:
    start = time.perf_counter()
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    return time.perf_counter() - start


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        model = Path(folder) / "demo.onnx"
        fit(demo.pictures(), cache=Path(folder)).save(model)
        picture = next(demo.pictures().glob("*/*.webp"))
        headway = str(Path(sys.executable).with_name("headway"))
        commands = {
            "bare Python": [sys.executable, "-c", "pass"],
            "import headway": [sys.executable, "-c", "import headway"],
            "headway --help": [headway, "--help"],
            "headway predict": [headway, "predict", str(model), str(picture)],
        }
        times: dict[str, list[float]] = {name: [] for name in commands}
        for _ in range(ROUNDS):
            for name, command in commands.items():
                times[name].append(seconds(command))
    medians = {name: statistics.median(values) for name, values in times.items()}
    extra = medians["import headway"] - medians["bare Python"]
    for name, value in medians.items():
        print(f"{name:16} {value * 1000:6.0f} ms")
    print(f"import headway over bare Python: {extra * 1000:.1f} ms, {extra / 0.050:.2f} of the bound of 50 ms")
    print(f"headway --help: {medians['headway --help'] / 0.3:.2f} of the bound of 0.3 s")
    print(
        f"headway predict: {medians['headway predict']:.2f} s, {medians['headway predict'] / 1.0:.2f} of the bound of 1 s"
    )


if __name__ == "__main__":
    main()
