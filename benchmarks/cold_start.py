"""How long a start takes: bare Python, ``import headway``, ``headway --help``, ``headway predict MODEL one.jpg``.

    python benchmarks/cold_start.py

They take turns. Python's own compilation is done before, as ``pip install`` does it: modules are run from bytecode in a
folder of this run, even where the environment keeps Python from writing any. With medians of wall time go those of
processor time, which other work on the machine changes less, and which two cores share.
"""

from __future__ import annotations

import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from headway import demo
from headway.fitting import fit

ROUNDS = 11


def processor() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def taken(command: list[str], bytecode: Path) -> tuple[float, float]:
    """Return the seconds of wall time and of processor time."""
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    environment["PYTHONPYCACHEPREFIX"] = str(bytecode)
    start, before = time.perf_counter(), processor()
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=environment)
    return time.perf_counter() - start, processor() - before


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
        times: dict[str, list[tuple[float, float]]] = {name: [] for name in commands}
        for number in range(ROUNDS + 1):
            for name, command in commands.items():
                spent = taken(command, Path(folder) / "bytecode")
                if number:  # the first compiles
                    times[name].append(spent)
    medians = {name: statistics.median(wall for wall, _ in values) for name, values in times.items()}
    extra = medians["import headway"] - medians["bare Python"]
    for name, value in medians.items():
        used = statistics.median(cpu for _, cpu in times[name])
        print(f"{name:16} {value * 1000:6.0f} ms, of processor {used * 1000:6.0f} ms")
    print(f"import headway over bare Python: {extra * 1000:.1f} ms, {extra / 0.050:.2f} of the bound of 50 ms")
    print(f"headway --help: {medians['headway --help'] / 0.3:.2f} of the bound of 0.3 s")
    print(f"headway predict: {medians['headway predict']:.2f} s   (wanted: at most 0.45)")


if __name__ == "__main__":
    main()
