"""By how much ``compare`` overruns a budget on the demo's pictures, where recipes must be stopped.

    python benchmarks/budget.py [SECONDS …]        # needs headway[torch,handmade]; 10, 20 and 30 s unless others are given

Each recipe that takes long runs after the nearest class mean, from an empty cache, and estimates are set to nothing so
that it is started whatever it takes. Then the whole list runs in the same way.
"""

from __future__ import annotations

import sys
import tempfile
import time
from collections.abc import Iterable
from unittest.mock import patch

from headway import demo
from headway.comparison import DEFAULT, compare
from headway.comparison.estimates import Estimates

SLOW = ("finetune-last-block", "scratch", "finetune-all", "handmade")


def overrun(names: Iterable[str], budget: float) -> tuple[float, list[str]]:
    with tempfile.TemporaryDirectory() as cache, patch.object(Estimates, "seconds", lambda self, recipe: 0.0):
        begin = time.perf_counter()
        comparison = compare(demo.pictures(), only=names, budget=budget, cache=cache)
        seconds = time.perf_counter() - begin
    return seconds - budget, [left.name for left in comparison.left_out if left.reason == "stopped"]


def main() -> None:
    worst = 0.0
    for budget in map(float, sys.argv[1:] or ("10", "20", "30")):
        for name in (*SLOW, "all"):
            every = [method.name for method in DEFAULT]
            seconds, stopped = overrun(every if name == "all" else ("frozen-centroid", name), budget)
            worst, what = max(worst, seconds), f"{stopped[0]} was stopped" if stopped else "nothing was stopped"
            print(f"{budget:4.0f} s, {name:20} {what:32} {seconds:+6.2f} s", flush=True)
    print(f"at most {worst:.2f} s late")


if __name__ == "__main__":
    main()
