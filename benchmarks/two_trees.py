"""How a cold ``headway predict`` and ``embed`` of two source trees compare, where the machine is not quiet.

    python benchmarks/two_trees.py OLD/src src [--rounds 20] [--pictures 400]

Runs of both alternate, each in a process of its own, from bytecode as ``pip install`` leaves it; medians are of the
ratios of neighbours. Processor time first, which other work changes less than the clock.
"""

from __future__ import annotations

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

from cold_start import taken
from embed import make

from headway import demo
from headway.fitting import fit

EMBED = """
import sys, tempfile
from pathlib import Path
from embed import embed_all
paths = sorted(map(str, Path(sys.argv[1]).iterdir()))
with tempfile.TemporaryDirectory() as folder:
    embed_all(paths[:2], Path(folder))  # imports
    print(*reversed(embed_all(paths, Path(folder))))
"""


def predict(tree: str, folder: Path) -> tuple[float, float]:
    """Return the seconds of processor time and of wall time of a start."""
    os.environ["PYTHONPATH"] = tree
    picture = next(demo.pictures().glob("*/*.webp"))
    command = [sys.executable, "-m", "headway", "predict", str(folder / "demo.onnx"), str(picture)]
    wall, processor = taken(command, folder / "bytecode")
    return processor, wall


def embed(tree: str, folder: Path) -> tuple[float, float]:
    """Return the seconds of processor time and of wall time of all pictures, from a cold store."""
    paths = {"PYTHONPATH": os.pathsep.join([tree, str(Path(__file__).parent)])}
    command = [sys.executable, "-c", EMBED, str(folder / "pictures")]
    done = subprocess.run(command, capture_output=True, text=True, check=True, env={**os.environ, **paths})
    processor, wall = map(float, done.stdout.split())
    return processor, wall


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("trees", nargs=2, metavar="TREE", type=os.path.abspath)
    parser.add_argument("--rounds", type=int, default=20, help="of predict; of embed a third")
    parser.add_argument("--pictures", type=int, default=400, help="of 500×375 pixels, for embed")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        fit(demo.pictures(), cache=folder).save(folder / "demo.onnx")
        make(folder / "pictures", given.pictures, 500, 375)
        for measure, rounds in ((predict, given.rounds), (embed, -(-given.rounds // 3))):
            for tree in given.trees:
                measure(tree, folder)  # compiles
            old, new = zip(*([measure(tree, folder) for tree in given.trees] for _ in range(rounds)), strict=True)
            for what, place in (("processor", 0), ("clock", 1)):
                ratios = [after[place] / before[place] for before, after in zip(old, new, strict=True)]
                medians = " → ".join(f"{statistics.median(run[place] for run in runs):.3f}" for runs in (old, new))
                print(f"{measure.__name__:8} {what:9} {medians} s; median ratio {statistics.median(ratios):.3f}")
        print(f"load {os.getloadavg()[0]:.1f}, {rounds} rounds of embed")


if __name__ == "__main__":
    main()
