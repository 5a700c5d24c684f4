"""How much longer a fit takes with the checks of its data: near copies, findings, learning curve.

    python benchmarks/checks_in_fit.py ROOT [DATA …] [--runs 3] [--first]     # class folders of clip12 and elpv in ROOT

With `--first`, nothing is known: each fit has a cache of its own, and computes features. Otherwise features are known, and so are the small squares that near copies are found by: a first fit, which is not counted, puts
them into the cache. Then fits without checks, with all that is new but a search that was made before, and with the
search, too, take turns. Printed are medians of processor time, and their ratios to a fit without checks.
"""

from __future__ import annotations

import argparse
import os
import statistics
import tempfile
import time
import warnings
from collections.abc import Callable
from pathlib import Path
from unittest import mock

import headway
from headway.checks.likeness import engine
from headway.fitting import checking


def timed(folder: Path) -> float:
    started = time.process_time()
    headway.fit(folder)
    return time.process_time() - started


def without(folder: Path) -> float:
    with mock.patch.object(checking, "context_of", return_value=None):
        return timed(folder)


def searching(folder: Path) -> float:
    with mock.patch.object(engine, "recall", return_value=None):
        return timed(folder)


def first(fit: Callable[[Path], float]) -> Callable[[Path], float]:
    """With a cache of its own."""

    def timed_first(folder: Path) -> float:
        with tempfile.TemporaryDirectory() as cache, mock.patch.dict(os.environ, {"HEADWAY_CACHE": cache}):
            return fit(folder)

    return timed_first


WAYS: dict[str, Callable[[Path], float]] = {"without": without, "search known": timed, "searching": searching}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("root", type=Path)
    parser.add_argument("data", nargs="*", default=["clip12", "elpv"])
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--first", action="store_true")
    given = parser.parse_args()
    warnings.simplefilter("ignore")
    ways = {"without": first(without), "first": first(timed)} if given.first else WAYS
    for name in given.data:
        headway.fit(given.root / name)
        seconds: dict[str, list[float]] = {way: [] for way in ways}
        for _ in range(given.runs):
            for way, fit in ways.items():
                seconds[way].append(fit(given.root / name))
        medians = {way: statistics.median(values) for way, values in seconds.items()}
        for way, median in medians.items():
            print(f"{name}: {way:12} {median:.2f} s, {median / medians['without']:.2f} times", flush=True)


if __name__ == "__main__":
    main()
