"""The published grid search, n × 25,088 features in 11 classes, C × solver: scikit-learn and Headway in one run.

    python benchmarks/gridsearch.py [--rows 2466] [--validation 858]

Both minimise ``C * sum(w * loss) + 0.5 * ||W||²`` over raw features, every class weighing the same, with each solver
(``max_iter=200``, as published): Headway takes newton-cg to the optimum, and lbfgs through scikit-learn's steps. Each
runs in a process of its own, on the same float32 arrays; its peak is the most memory that it ever held, the arrays
included. Seconds are of the fits alone, not of reading the arrays: by the clock, and of the processor on all cores,
which other work on the machine changes less.

By default a quarter of Food-11's rows, in some minutes; ``--rows 9866 --validation 3430`` are all of them. The features
are made here: as VGG16's last map flattened is, they are non-negative, sparse (29 % are not zero), of low effective
rank, and about four of five images of the validation part can be classified correctly.
"""

from __future__ import annotations

import argparse
import json
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

COUNTS = np.array([994, 429, 1500, 986, 848, 1325, 440, 280, 855, 1500, 709])  # of Food-11's training split
N_CLASSES, N_FEATURES, RANK = len(COUNTS), 7 * 7 * 512, 400
GRID = (0.1, 1.0, 10.0)
SOLVERS = ("newton-cg", "lbfgs")
GAP = 1e-5  # nats a row


def make(folder: Path, rows: int, validation: int) -> None:
    random = np.random.default_rng(0)
    share = COUNTS / COUNTS.sum()
    labels = np.concatenate([np.arange(N_CLASSES), random.choice(N_CLASSES, rows + validation - N_CLASSES, p=share)])
    centres = 0.35 * random.standard_normal((N_CLASSES, RANK), dtype=np.float32) * (np.arange(RANK) < 60)
    mixing = random.standard_normal((RANK, N_FEATURES), dtype=np.float32)
    mixing *= np.arange(1, RANK + 1, dtype=np.float32)[:, None] ** -0.5
    mixing /= np.sqrt((mixing**2).sum(axis=0))
    features = np.lib.format.open_memmap(
        folder / "features.npy", mode="w+", dtype=np.float32, shape=(rows + validation, N_FEATURES)
    )
    for start in range(0, rows + validation, 1024):
        own = labels[start : start + 1024]
        hidden = random.standard_normal((len(own), RANK), dtype=np.float32) + centres[own]
        noise = random.standard_normal((len(own), N_FEATURES), dtype=np.float32)
        features[start : start + 1024] = 0.5 * np.maximum(hidden @ mixing + 0.5 * noise - 0.8, 0)
    np.save(folder / "labels.npy", labels)


class Watch:
    """Started when made."""

    def __init__(self) -> None:
        self.started = time.perf_counter(), time.process_time()

    def read(self) -> tuple[float, float]:
        """Return the seconds since by the clock, and those of the processor."""
        return time.perf_counter() - self.started[0], time.process_time() - self.started[1]


def scikit_learn(features: np.ndarray, labels: np.ndarray):
    from sklearn.linear_model import LogisticRegression

    for solver in SOLVERS:
        for C in GRID:
            model = LogisticRegression(C=C, solver=solver, class_weight="balanced", max_iter=200)
            watch = Watch()
            model.fit(features, labels)
            yield solver, C, watch.read(), model.coef_.T, model.intercept_


def headway(features: np.ndarray, labels: np.ndarray):
    from headway.heads import LogisticPath, fit_lbfgs, unscaled
    from headway.preparation import class_weights

    watch = Watch()
    data, weights = unscaled(features), class_weights(labels, N_CLASSES)
    path = LogisticPath(data, labels, weights[None], N_CLASSES)
    for C in GRID:
        path.solve(C, gap=GAP)
        head = path.head()
        yield "newton-cg", C, watch.read(), head.weights[0], head.biases[0]
        watch = Watch()
    for C in GRID:
        head = fit_lbfgs(data, labels, weights, N_CLASSES, C, iterations=200)
        yield "lbfgs", C, watch.read(), head.weights[0], head.biases[0]
        watch = Watch()


def run(folder: Path, whose: str, rows: int) -> None:
    """One process: a line of JSON for every fit, then one with the peak."""
    # Read, not mapped: pages of a mapped file would count as memory.
    with (folder / "features.npy").open("rb") as file:
        file.seek(-4 * N_FEATURES * len(np.load(folder / "labels.npy")), 2)
        features = np.fromfile(file, np.float32, rows * N_FEATURES).reshape(rows, N_FEATURES)
        validation = np.fromfile(file, np.float32).reshape(-1, N_FEATURES)
    labels = np.load(folder / "labels.npy")
    own, truth = labels[:rows], labels[rows:]
    weights = (rows / N_CLASSES / np.bincount(own))[own]
    fits = (scikit_learn if whose == "scikit-learn" else headway)(features, own)
    for solver, C, (seconds, processor), coef, intercept in fits:
        logits = (features @ coef + intercept).astype(np.float64)
        logits -= logits.max(axis=1, keepdims=True)
        loss = float(weights @ (np.log(np.exp(logits).sum(axis=1)) - logits[np.arange(rows), own])) / rows
        penalty = 0.5 * float((coef.astype(np.float64) ** 2).sum()) / (C * rows)
        right = (validation @ coef + intercept).argmax(axis=1) == truth
        about = {"solver": solver, "C": C, "seconds": seconds, "processor": processor}
        about |= {"objective": loss + penalty, "loss": loss}
        print(json.dumps({**about, "right": np.flatnonzero(right).tolist()}), flush=True)
    print(json.dumps({"peak": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 / 1e9}))


def report(ours: list[dict], theirs: list[dict], validation: int) -> None:
    from scipy.stats import binomtest

    print(
        f"{'':12} {'solver':10} {'C':>5} {'seconds':>8} {'processor':>9} {'objective':>10} {'loss':>9} {'validation':>10}   right alone"
    )
    for fit, rival in zip(theirs, ours, strict=True):
        only = [len(set(a["right"]) - set(b["right"])) for a, b in ((fit, rival), (rival, fit))]
        mcnemar = f"{only[0]} : {only[1]}, p = {binomtest(only[0], sum(only)).pvalue:.2f}" if sum(only) else "the same"
        for whose, one, beside in (("scikit-learn", fit, ""), ("headway", rival, mcnemar)):
            print(
                f"{whose:12} {one['solver']:10} {one['C']:5g} {one['seconds']:8.1f} {one['processor']:9.1f} "
                f"{one['objective']:10.5f} {one['loss']:9.5f} {len(one['right']) / validation:10.4f}   {beside}"
            )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, default=2466)
    parser.add_argument("--validation", type=int, default=858)
    parser.add_argument("--run", nargs=2, metavar=("FOLDER", "WHOSE"), help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.run:
        run(Path(given.run[0]), given.run[1], given.rows)
        return
    with tempfile.TemporaryDirectory() as name:
        make(Path(name), given.rows, given.validation)
        results = {}
        for whose in ("headway", "scikit-learn"):
            command = [sys.executable, __file__, "--rows", str(given.rows), "--run", name, whose]
            lines = subprocess.run(command, capture_output=True, text=True, check=True).stdout.splitlines()
            results[whose] = [json.loads(line) for line in lines]
    ours, theirs = results["headway"], results["scikit-learn"]
    peaks = ours.pop()["peak"], theirs.pop()["peak"]
    report(ours, theirs, given.validation)
    for name, solvers in (("whole grid", SOLVERS), *((f"{solver} alone", (solver,)) for solver in SOLVERS)):
        for kind, wanted in (("seconds", " (wanted: at most 0.25)"), ("processor", "")):
            own, grid = (sum(fit[kind] for fit in fits if fit["solver"] in solvers) for fits in (ours, theirs))
            print(f"{name}, {kind}: headway {own:.1f}, scikit-learn {grid:.1f}, ratio {own / grid:.3f}{wanted}")
    print(f"peak: headway {peaks[0]:.2f} GB (wanted: at most 4), scikit-learn {peaks[1]:.2f} GB")
    optima = {fit["C"]: fit["objective"] for fit in ours if fit["solver"] == "newton-cg"}
    lower = all(optima[fit["C"]] <= fit["objective"] + GAP for fit in theirs)
    print(f"optimum at most scikit-learn's objective (and {GAP:g}) for every C and solver: {'yes' if lower else 'no'}")


if __name__ == "__main__":
    main()
