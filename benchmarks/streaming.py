"""A head on more features than memory is to hold, against scikit-learn's `SGDClassifier`, in one run.

    python benchmarks/streaming.py [--rows 1000000] [--classes 100] [--folder DIR] [--epochs 3] [--rates 0 0.001 0.0001]

A feature data set is made, of 1,280 numbers a picture as the carried backbone's last layer has them: centres of classes
plus noise, both with spreads that fall as those of a network's features do, never below 0, and 3 % of wrong labels.
`headway fit` reads it as it does any that does not fit into memory; ``--bound`` says what fits where there are few rows.
`SGDClassifier(loss="log_loss")` learns from the same training rows, standardised by their moments, in ``partial_fit``
calls of 8,192 rows in their order, which is random here; of the rates (0: scikit-learn's own schedule) and epochs
the least log-loss on the same validation rows counts, after one temperature that is fitted to these, as Headway's is.
Both are tested on the same test rows. Each is a process of its own, and one runs after the
other. Memory is the most that was held but for pages of mapped files (RssAnon, every 20 ms), and in all (VmHWM).
"""

from __future__ import annotations

import argparse
import hashlib
import json
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np

from headway import backbones
from headway.dataset import Dataset
from headway.embedding import FeatureTable, write_parquet
from headway.embedding.described import describe
from headway.shards import Manifest, ShardEntry, read_feature_dataset, reading
from headway.shards.manifest import NAME, SCHEMA, encode_manifest, features_file

SHARD_ROWS, ROWS = 10_000, 8_192
RANK, FALL, CENTRES_FALL, CENTRES, OWN, NOISE = 300, 0.5, 0.3, 0.75, 0.5, 0.03


def make(folder: Path, rows: int, classes: int, seed: int = 0) -> None:
    """Write a feature data set of made pictures."""
    info = backbones.find("efficientnet_lite0")
    dims = {name: info.dims[name] for name in info.feature_sets["last"]}
    width, random = sum(dims.values()), np.random.default_rng(seed)
    place = np.arange(1, RANK + 1, dtype=np.float32)
    mixing = random.standard_normal((RANK, width), np.float32) * place[:, None] ** -FALL
    centres = CENTRES * random.standard_normal((classes, RANK), np.float32) * place**-CENTRES_FALL
    names = tuple(f"class {number:03}" for number in range(classes))
    entries = []
    folder.mkdir(parents=True)
    for start in range(0, rows, SHARD_ROWS):
        n = min(SHARD_ROWS, rows - start)
        drawn = np.random.default_rng([seed, start])
        truth = drawn.integers(0, classes, n)
        hidden = centres[truth] + drawn.standard_normal((n, RANK), np.float32)
        values = np.maximum(hidden @ mixing + OWN * drawn.standard_normal((n, width), np.float32) + np.float32(0.3), 0)
        labels = np.where(drawn.random(n) < NOISE, drawn.integers(0, classes, n), truth)
        dataset = Dataset([f"{row}.jpg" for row in range(start, start + n)], labels, names)
        hashes = [hashlib.sha256(b"%d %d" % (seed, row)).digest() for row in range(start, start + n)]
        about = (info.name, info.sha256, "squash", "fp32", n, 0, None)
        table = FeatureTable(
            np.arange(n), hashes, dims, [], *about, lambda rows, columns, values=values: values[rows][:, columns]
        )
        key = hashlib.sha256(b"shard %d" % start).hexdigest()
        (file,) = write_parquet(folder / features_file(key), dataset, table)
        counts = {name: count for name, count in dataset.counts().items() if count}
        entries.append(ShardEntry(file.name, key, n, 0, file.stat().st_size, counts))
    said = {name: value for name, value in describe(dataset, table).items() if name not in ("classes", "source")}
    manifest = Manifest(SCHEMA, said, names, dims, "made", tuple(entries))
    (folder / NAME).write_bytes(encode_manifest(manifest))


@contextmanager
def memory() -> Iterator[dict[str, float]]:
    """Watch what this process holds, in GB."""
    held, done = {"anonymous": 0.0, "all": 0.0}, threading.Event()

    def look() -> None:
        while not done.wait(0.02):
            status = dict(line.split(":", 1) for line in Path("/proc/self/status").read_text().splitlines())
            held["anonymous"] = max(held["anonymous"], int(status["RssAnon"].split()[0]) / 1e6)
            held["all"] = int(status["VmHWM"].split()[0]) / 1e6

    watcher = threading.Thread(target=look)
    watcher.start()
    try:
        yield held
    finally:
        done.set()
        watcher.join()


def run_headway(folder: Path, given: argparse.Namespace) -> dict[str, object]:
    """Fit as `headway fit` does."""
    import headway

    model = headway.fit(folder, cache=folder.parent / "cache")
    report = model.report
    assert report.test is not None
    assert report.cross_validation is not None
    return {
        "accuracy": report.test.accuracy,
        "log_loss": report.test.log_loss,
        "validation": report.cross_validation.log_loss,
        "head": f"{report.head.kind}, C = {report.head.C}",
        "candidates": [(one.kind, one.C, one.accuracy, one.log_loss) for one in report.head.candidates],
        "passes": report.head.streamed and report.head.streamed.passes,
        "seconds": dict(report.seconds or {}),
    }


def run_sgd(folder: Path, given: argparse.Namespace) -> dict[str, object]:
    """Learn from the same rows by stochastic gradient descent."""
    from sklearn.linear_model import SGDClassifier
    from sklearn.preprocessing import StandardScaler

    from headway.calibration import fit_calibration, log_softmax
    from headway.fitting.division import divide
    from headway.recipe import Recipe
    from headway.types import Silent

    dataset, table = read_feature_dataset(folder)
    recipe = Recipe()
    division = divide(dataset, table, recipe, Silent())
    part = np.full(len(dataset), -1)
    for number, rows in enumerate([*division.training_and_validation(recipe), division.parts.test]):
        part[rows] = number
    labels, classes = division.labels, np.arange(division.n_classes)

    def blocks(number: int) -> Iterator[tuple[np.ndarray, np.ndarray]]:
        for start, features in zip(range(0, len(part), ROWS), table.chunks(ROWS), strict=True):
            inside = np.flatnonzero(part[start : start + ROWS] == number)
            yield features[inside], labels[start + inside]

    scaler = StandardScaler()
    for features, _ in blocks(0):
        scaler.partial_fit(features)

    def shares(classifier: SGDClassifier, number: int) -> tuple[np.ndarray, np.ndarray]:
        """Return logarithms of the shares of classes that are predicted for a part, and its labels."""
        found = [(classifier.predict_proba(scaler.transform(features)), own) for features, own in blocks(number)]
        probabilities, own = (np.concatenate(each) for each in zip(*found, strict=True))
        return np.log(np.maximum(probabilities, 1e-15)).astype(np.float32), own

    def loss(logits: np.ndarray, own: np.ndarray, temperature: float) -> float:
        return float(-log_softmax(logits, temperature)[np.arange(len(own)), own].mean(dtype=np.float64))

    best: dict[str, object] = {}
    for rate in given.rates:
        schedule = {"learning_rate": "constant", "eta0": rate} if rate else {}
        classifier = SGDClassifier(loss="log_loss", alpha=given.alpha, random_state=0, n_jobs=2, **schedule)
        for epoch in range(given.epochs):
            for features, own in blocks(0):
                classifier.partial_fit(scaler.transform(features), own, classes=classes)
            logits, own = shares(classifier, 1)
            temperature = fit_calibration(logits, own).temperature
            validation = loss(logits, own, temperature)
            print(f"rate {rate or 'optimal'}, epoch {epoch + 1}: {validation:.4f}", file=sys.stderr, flush=True)
            if not best or validation < best["validation"]:
                logits, own = shares(classifier, 2)
                best = {
                    "accuracy": float((logits.argmax(axis=1) == own).mean()),
                    "log_loss": loss(logits, own, temperature),
                    "log_loss_as_it_is": loss(logits, own, 1.0),
                    "validation": validation,
                    "head": f"rate {rate or 'optimal'}, {epoch + 1} epochs",
                }
    return best


def measure(role: str, folder: Path, given: argparse.Namespace) -> None:
    """Do one of the two in this process, and print what came of it as JSON."""
    if given.bound:
        reading.memory_bound = lambda: given.bound << 20
    started, busy = time.perf_counter(), time.process_time()
    with memory() as held:
        found = (run_headway if role == "headway" else run_sgd)(folder, given)
    found |= {"wall_s": time.perf_counter() - started, "processor_s": time.process_time() - busy, "gb": held}
    print(json.dumps(found))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--classes", type=int, default=100)
    parser.add_argument("--folder", type=Path, help="where the data set is kept, and found again")
    parser.add_argument("--bound", type=int, default=0, metavar="MiB", help="of features that are held in memory")
    parser.add_argument("--epochs", type=int, default=3)
    parser.add_argument("--rates", type=float, nargs="*", default=[0, 1e-3, 1e-4])
    parser.add_argument("--alpha", type=float, default=1e-5)
    parser.add_argument("--only", choices=["headway", "sgd"])
    parser.add_argument("--role", help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.role:
        measure(given.role, given.folder, given)
        return
    with tempfile.TemporaryDirectory() as temporary:
        folder = (given.folder or Path(temporary)) / f"{given.rows}x{given.classes}"
        if not folder.exists():
            make(folder, given.rows, given.classes)
        size = sum(file.stat().st_size for file in folder.iterdir()) / 1e9
        print(f"{given.rows:,} × 1,280 features of {given.classes} classes, {size:.2f} GB on disk")
        for role in [given.only] if given.only else ["headway", "sgd"]:
            command = [sys.executable, __file__, "--role", role, *sys.argv[1:], "--folder", str(folder)]
            done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True)
            found = json.loads(done.stdout.splitlines()[-1])
            gb = found.pop("gb")
            print(f"{role}: accuracy {found.pop('accuracy'):.4f}, log-loss {found.pop('log_loss'):.4f}, ", end="")
            print(f"{found.pop('processor_s'):.0f} s of processor time, {found.pop('wall_s'):.0f} s, ", end="")
            print(
                f"{gb['anonymous']:.2f} GB, {gb['all']:.2f} GB with mapped files\n    {json.dumps(found)}", flush=True
            )
            shutil.rmtree(folder.parent / "cache", ignore_errors=True)


if __name__ == "__main__":
    main()
