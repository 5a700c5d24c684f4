"""Minutes of ``headway compare`` with its default list from an empty cache, of the same again, and of one recipe more.

    python benchmarks/compare.py DATA=MINUTES [DATA=MINUTES …]     # e.g. clip12=15 elpv=40; needs headway[torch,handmade]

Each in a fresh process. MINUTES is what it must stay under. Prints how long it took beside the estimate, the table, what
was left out (it should be nothing), and what each recipe took a picture.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from headway.facts.codec import parse
from headway.facts.comparison import ComparisonReport
from headway.rendering.blocks import Line
from headway.rendering.comparison import comparison as blocks

MORE = 'features = "last"\nhead = "logistic"\nresize = "crop"\n'


def timed(*arguments: str) -> tuple[float, ComparisonReport]:
    headway = str(Path(sys.executable).with_name("headway"))
    start = time.perf_counter()
    done = subprocess.run([headway, "compare", *arguments, "--json"], check=True, stdout=subprocess.PIPE)
    return time.perf_counter() - start, parse(ComparisonReport, json.loads(done.stdout))


def main() -> None:
    for argument in sys.argv[1:]:
        data, _, minutes = argument.rpartition("=")
        with tempfile.TemporaryDirectory() as folder:
            more = Path(folder) / "cropped.toml"
            more.write_text(MORE)
            cache = ("--cache", str(Path(folder) / "cache"))
            page = Path(folder) / "comparison.md"
            seconds, report = timed(data, *cache, "--markdown", str(page))
            again, _ = timed(data, *cache)
            one_more, _ = timed(data, *cache, "--recipe", str(more))
            table = [line for line in page.read_text().splitlines() if line.startswith("|")]
        n, estimate = report.data.n, report.estimate
        print(f"{data}: {n:,} pictures, {len(report.rows)} recipes in {seconds / 60:.1f} minutes "
              f"({seconds / 60 / float(minutes):.2f} of the {minutes} allowed), "
              f"{0 if estimate is None else estimate.seconds / 60:.1f} minutes were expected; again {again:.1f} s; "
              f"with one more {one_more:.1f} s")  # fmt: skip
        print("\n".join(table))
        for block in blocks(report):
            if isinstance(block, Line) and block.text:
                print(block.text)
        for row in report.rows:
            print(f"  {row.name:20} {row.seconds:8.1f} s, {1000 * row.seconds / n:7.1f} ms a picture")
        print(flush=True)


if __name__ == "__main__":
    main()
