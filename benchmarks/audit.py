"""What `headway audit` costs, and how often it warns of clean data.

    python benchmarks/audit.py speed ROOT [--cache FOLDER] [--pictures 100000]      # ROOT/fmnist10k
    python benchmarks/audit.py clean ROOT [--cache FOLDER] [--draws 200] [--seed 1] [--skip copies] # ROOT/elpv, clip12, fmnist10k

`speed`: wall and processor seconds of each check, and the peak memory of the whole audit, each in a process of its own:
of fmnist10k, whose features are read from the store; and of pictures made here, small squares of noise, whose features
are 1,280 numbers in clusters by class, a tenth of them in that of another.

`clean`: random stratified subsets of 150 to 600 pictures of 2 to 10 classes, every second with a split at random by
class as if it came with the data. What an audit of the whole set warns of is taken out before. Counted are draws on
which there is any warning or severe finding.
"""

from __future__ import annotations

import argparse
import collections
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

import numpy as np
from PIL import Image

import headway
from headway.auditing import audit_within
from headway.auditing.predicting import predict_out_of_fold
from headway.checks import CHECKS, Check, Context, Found, run_checks, select_checks
from headway.dataset import Dataset
from headway.embedding import embed, squares_of
from headway.forecast import USUAL_C, learning_curve
from headway.metrics import wilson
from headway.recipe import Recipe
from headway.session import Session
from headway.splits import split
from headway.types import Silent

SETS = ("elpv", "clip12", "fmnist10k")
BACKBONE = "efficientnet_lite0"
DIMENSIONS, CLASSES = 1280, 10
COPIES = 2  # the first digit of their checks
NOT_TIMED_HERE = ["similarity-to-imagenet"]  # never more than a note, and runs a network on each draw


class Stages(Silent):
    """Adds up the time between the stages of an audit, and that of each check."""

    def __init__(self) -> None:
        self.wall: collections.Counter[str] = collections.Counter()
        self.processor: collections.Counter[str] = collections.Counter()
        self.stage = "reading"
        self.since = time.perf_counter(), time.process_time()

    def start(self, stage: str, total: int | None = None) -> None:
        self._add()
        self.stage = stage

    def timed(self, check: Check) -> Check:
        """The same check, whose time is added up by its name."""

        def run(context: Context) -> Iterable[Found]:
            self.start(f"{check.number} {check.name}")
            try:
                return list(check.run(context))
            finally:
                self.start("between")

        return replace(check, run=run)

    def warn(self, message: str) -> None:
        pass

    def _add(self) -> None:
        now = time.perf_counter(), time.process_time()
        self.wall[self.stage] += now[0] - self.since[0]
        self.processor[self.stage] += now[1] - self.since[1]
        self.since = now

    def tell(self, n: int, goal: str) -> None:
        self._add()
        for stage, seconds in sorted(self.wall.items(), key=lambda item: -item[1]):
            if seconds >= 0.05 or self.processor[stage] >= 0.05:
                print(f"    {stage:40} {seconds:7.1f} s  {self.processor[stage]:7.1f} s of processors")
        megabytes = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 / 1e6
        print(
            f"{n:,} pictures: {self.wall.total():.1f} s, {self.processor.total():.1f} s of processors, "
            f"at most {megabytes:,.0f} MB (goal: {goal})",
            flush=True,
        )


def time_stored(root: Path, cache: str | None) -> None:
    """Audit fmnist10k in this process, with features that are known."""
    dataset = headway.read(root / "fmnist10k")
    embed(dataset, BACKBONE, cache=cache)
    stages = Stages()
    audit = headway.audit(root / "fmnist10k", cache=cache, progress=stages)
    print([(one.check, one.severity, one.count) for one in audit.report.findings])
    stages.tell(len(dataset), "30 s on two quiet cores, 1 GB")
    each = Stages()
    bare = replace(audit.context, memory=None, known_squares=None)  # the store is closed, and nothing is cached
    run_checks(bare, map(each.timed, CHECKS))
    each.tell(len(dataset), "each check by itself")
    table = embed(dataset, BACKBONE, cache=cache)
    for what, read in (("features", table.read), ("facts", table.images)):
        since = time.process_time()
        read()
        print(f"    of reading, {what}: {time.process_time() - since:.2f} s of processors")


def time_synthetic(count: int) -> None:
    """Check pictures of noise in this process."""
    random = np.random.default_rng(0)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for number in range(count):
            part = folder / "pictures" / f"class {number % CLASSES}"
            if number < CLASSES:
                part.mkdir(parents=True)
            Image.fromarray(random.integers(0, 256, (28, 28), dtype=np.uint8)).save(part / f"{number:06}.png")
        dataset = headway.read(folder / "pictures")
        table = embed(dataset, "tiny", cache=folder / "cache", precision="fp32")
        shown = np.where(random.random(count) < 0.1, random.integers(0, CLASSES, count), dataset.labels)
        centres = random.standard_normal((CLASSES, DIMENSIONS), dtype=np.float32)
        features = np.maximum(centres[shown] + 3 * random.standard_normal((count, DIMENSIONS), dtype=np.float32), 0)
        with Session.open(folder / "cache", progress=Stages()) as session:
            known_squares = squares_of(session, dataset, table.hashes, table.reading)
            known_squares(np.arange(count))
            stages = Stages()
            stages.start("predicting")
            context = Context(
                dataset,
                table.hashes,
                features,
                table.images(),
                part=2 * (random.random(count) < 0.2).astype(np.int64),
                predictions=predict_out_of_fold(dataset, table.hashes, features, Recipe(), stages),
                reading=table.reading,
                known_squares=known_squares,
                progress=stages,
            )
            checked = run_checks(context, map(stages.timed, CHECKS))
            labels = context.labels
            learning_curve(
                features, labels, table.hashes, context.related, classes=dataset.classes, C=USUAL_C, progress=stages
            )
        print([(one.check, one.severity, one.count) for one in checked.findings])
        stages.tell(count, "3 minutes on two quiet cores")


class Whole:
    """A data set with its features, without what an audit of it warns of, and the squares of its pictures."""

    def __init__(self, folder: Path, cache: str | None, skip: list[str]) -> None:
        with Session.open(cache, progress=Stages()) as session:
            audit = audit_within(session, folder, Recipe(), skip=skip, most=None)
        self.context = audit.context
        data = self.context.data
        place = {data.name(row): row for row in range(len(data))}
        faulty = {
            place[picture.file]
            for finding in audit.report.findings
            if finding.severity != "note" or finding.number // 100 == COPIES
            for picture in finding.pictures
        }
        self.clean = np.setdiff1d(np.arange(len(data)), list(faulty))
        found = ", ".join(
            f"{one.check} {one.count:,}"
            for one in audit.report.findings
            if one.pictures and (one.severity != "note" or one.number // 100 == COPIES)
        )
        print(f"{folder.name}: {len(self.clean):,} of {len(data):,} clean; taken out: {found or 'nothing'}", flush=True)

    def draw(self, random: np.random.Generator, *, divided: bool) -> Context:
        whole = self.context
        classes = np.unique(whole.labels[self.clean])
        drawn = self.clean[:0]
        n = int(random.integers(150, 601))
        while len(drawn) < 150:  # a few small classes may have fewer
            k = int(random.integers(2, min(10, len(classes)) + 1))
            own = self.clean[np.isin(whole.labels[self.clean], random.permutation(classes)[:k])]
            share = min(1.0, n / len(own))
            by_class = [random.permutation(own[whole.labels[own] == label]) for label in np.unique(whole.labels[own])]
            drawn = np.sort(np.concatenate([rows[: round(share * len(rows))] for rows in by_class]))
        return self.subset(drawn, int(random.integers(2**31)), divided=divided)

    def subset(self, rows: np.ndarray, seed: int, *, divided: bool) -> Context:
        whole = self.context
        names, labels = np.unique(whole.labels[rows], return_inverse=True)
        pictures = [whole.data.pictures[row] for row in rows.tolist()]
        dataset = Dataset(pictures, labels, tuple(whole.data.classes[name] for name in names.tolist()))
        hashes = [whole.hashes[row] for row in rows.tolist()]
        part = None
        if divided:
            part = np.zeros(len(rows), np.int64)
            part[split(labels, contents=hashes, seed=seed).test] = 2
        features = whole.features[rows]
        context = Context(
            dataset,
            hashes,
            features,
            [whole.facts[row] for row in rows.tolist()],
            part=part,
            predictions=predict_out_of_fold(dataset, hashes, features, Recipe(seed=seed), Silent()),
            reading=whole.reading,
            seed=seed,
        )
        context.__dict__["_thumbnails"] = Squares(whole, rows)
        return context


class Squares(dict[int, np.ndarray]):
    """The squares of a subset, each decoded once for all of them."""

    def __init__(self, whole: Context, rows: np.ndarray) -> None:
        super().__init__()
        self.whole, self.rows, self.decoded = whole, rows, False

    def __contains__(self, row: object) -> bool:
        return True

    def __getitem__(self, row: int) -> np.ndarray:
        if not self.decoded:
            self.whole.thumbnails(self.rows)  # all at once, on all cores
            self.decoded = True
        return self.whole.thumbnails(self.rows[[row]])[0]


def draw_clean(root: Path, cache: str | None, draws: int, seed: int, skip: list[str]) -> None:
    wholes = [Whole(root / name, cache, skip) for name in SETS]
    since = time.process_time()
    random = np.random.default_rng(seed)
    checks = select_checks(skip=skip)
    found: collections.Counter[str] = collections.Counter()
    noted: collections.Counter[str] = collections.Counter()
    untold: collections.Counter[str] = collections.Counter()
    alarms = 0
    for number in range(draws):
        context = wholes[number % len(wholes)].draw(random, divided=number // len(wholes) % 2 == 1)
        checked = run_checks(context, checks)
        warned = {one.check for one in checked.findings if one.severity != "note"}
        found.update(warned)
        noted.update({one.check for one in checked.findings if one.severity == "note"})
        untold.update(one.check for one in checked.unchecked)
        alarms += bool(warned)
        for one in checked.findings:
            if one.severity != "note":
                set_, evidence = SETS[number % len(wholes)], dict(one.evidence)
                print(f"    draw {number}, {len(context)} of {set_}: {one.severity} {one.check} {one.count} {evidence}")
    low, high = wilson(alarms, draws)
    print(f"any warning or severe finding on {alarms} of {draws} clean draws: {alarms / draws:.1%} "
          f"(95 %: {low:.1%} to {high:.1%}; goal: at most 5 %); {time.process_time() - since:.0f} s of processors")  # fmt: skip
    for what, counts in (("warned", found), ("noted", noted), ("could not tell", untold)):
        print(f"    {what}: {', '.join(f'{check} {count}' for check, count in counts.most_common()) or 'nothing'}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", choices=("speed", "clean", "stored", "synthetic"))
    parser.add_argument("root", type=Path)
    parser.add_argument("--cache")
    parser.add_argument("--pictures", type=int, default=100_000)
    parser.add_argument("--draws", type=int, default=200)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--skip", action="append", default=[], help="a check or a family that is left out of the draws")
    given = parser.parse_args()
    if given.what == "speed":  # each in a process of its own, of which the peak memory is known
        for part in ("stored", "synthetic"):
            subprocess.run([sys.executable, __file__, part, *sys.argv[2:]], check=True)
    elif given.what == "stored":
        time_stored(given.root, given.cache)
    elif given.what == "synthetic":
        time_synthetic(given.pictures)
    else:
        draw_clean(given.root, given.cache, given.draws, given.seed, [*NOT_TIMED_HERE, *given.skip])


if __name__ == "__main__":
    main()
