"""Forecasts of accuracy with twice and four times the pictures, against what these reach: are the intervals right?

    python benchmarks/learning_curve.py ROOT [SEEDS] [FIRST]     # ROOT holds elpv, clip12, fmnist10k; by default 6 seeds from 10 on

Beside those in ROOT there are the drawings that Headway carries, and the 1,797 digits of scikit-learn. Of each data set
a small part is drawn, all else is held back. The forecast is made from the small part alone; what is true is measured
by adding pictures that were held back, up to twice and four times as many, and testing on the rest (mean of several
draws, C chosen anew). Printed are the share of intervals (95 %) that hold the truth, their mean width,
by how much the middle promises too much, and the width that they would have if stretched to hold it in 90 %. Rivals are
fitted to the same measured points and bootstrap draws, by least squares with bounds: the families of Mahmood et al.
2022, and the straight power law of Jain et al. 2023, to all points and to the largest three.
"""

from __future__ import annotations

import sys
import time
from pathlib import Path

import numpy as np
from PIL import Image
from sklearn.datasets import load_digits

import headway
from headway.forecast import measure
from headway.forecast.curve import FRACTIONS, WIDEST
from headway.forecast.extrapolation import covariance_of, draw_accuracies, extrapolate, fit_lines
from headway.forecast.families import FAMILIES
from headway.heads import LogisticPath, standardise
from headway.heads.parallel import one_blas_thread
from headway.search import search
from headway.splits import folds

# Pictures drawn: forecasts are checked at twice and, where so many are there, four times the number.
PLAN = {"clip12": (75, 100, 150, 300), "elpv": (164, 328, 525, 1050), "fmnist10k": (250, 500, 1000, 2000),
        "digits": (100, 200, 360, 700), "drawings": (64, 100)}  # fmt: skip
MOST = 0.82  # of a data set that may be trained on, so that enough is left to test on
FACTORS = (1, 2, 4)
SHAPES = {
    "power law": [lambda x, c=c: x**-c for c in np.geomspace(0.05, 4, 20)],
    "logarithm": [lambda x: -np.log(x)],
    "arctan": [lambda x, t=t: 1 - 2 / np.pi * np.arctan(np.pi / 2 * t * x) for t in np.geomspace(0.3, 60, 20)],
    "algebraic": [lambda x, t=t, k=k: 1 - t * x / (1 + (t * x) ** k) ** (1 / k) for t in np.geomspace(0.3, 60, 12) for k in (0.5, 1, 2)],
}  # fmt: skip


def read(root, name):
    if name == "drawings":
        return headway.read(headway.demo.pictures())
    if name == "digits":
        digits = load_digits()
        order = np.argsort(digits.target, kind="stable")
        pictures = [
            np.asarray(Image.fromarray((15.9 * levels).astype(np.uint8)).resize((32, 32), Image.Resampling.BICUBIC))
            for levels in digits.images[order]
        ]
        return headway.read(pictures, [str(label) for label in digits.target[order]])
    return headway.read(root / name)


def choose(features, labels, k, n_folds, seed):
    pairs = folds(labels, n_folds=n_folds, seed=seed)
    return search({"last": features}, labels, pairs, n_classes=k, head="logistic", seed=seed).choice.C


def truth(features, labels, k, own, n, seed):
    """Accuracy with n pictures, the own ones among them, on all others: the mean of several draws of the rest."""
    random = np.random.default_rng(seed)
    rest = np.setdiff1d(np.arange(len(labels)), own)
    parts = [np.concatenate([own, random.permutation(rest)[: n - len(own)]]) for _ in range(4 if n < 2_500 else 2)]
    C = choose(features[parts[0]], labels[parts[0]], k, 3, seed)
    weights = np.zeros((len(parts), len(labels)), np.float32)
    for place, part in enumerate(parts):
        weights[place, part] = 1
    path = LogisticPath(standardise(features), labels, weights, k)
    path.solve(C, gap=1e-4)
    right = path.logits_.argmax(axis=0) == labels
    return float(np.mean([right[place, weights[place] == 0].mean() for place in range(len(parts))]))


def rival(shapes, measured, draws, wanted, last=0):
    """Fit the best shape to each draw; None is the straight line of log error."""
    straight = shapes is None
    sizes = measured.pictures[-last:] / measured.pictures[-1]
    draws = draws[:, -last:]
    if straight:
        least = 0.5 / measured.right.shape[1]
        draws = -np.log(1 - np.clip(draws, least, 1 - least))
    precision = np.linalg.inv(covariance_of(draws))
    misfits, found = [], []
    for shape in shapes or [lambda x: -np.log(x)]:
        lines, misfit = fit_lines(draws.copy(), shape(sizes), precision, np.inf if straight else 1.0)
        value = lines[:, :1] - lines[:, 1:] * shape(wanted)
        misfits.append(misfit)
        found.append(1 - np.exp(-value) if straight else np.minimum(value, 1))
    best = np.argmin(misfits, axis=0)
    return np.quantile(np.stack(found)[best, np.arange(len(best))], (0.025, 0.5, 0.975), axis=0).T


def forecasts(measured, n):
    """Intervals (factors, 3) by each method."""
    units = np.arange(n)
    wanted = np.array(FACTORS, float) * n
    draws = draw_accuracies(measured, units, 0)
    relative = wanted / measured.pictures[-1]
    found = extrapolate(measured, units, wanted)
    result = {
        "Headway": np.array(
            [found.quantiles(found.accuracy[:, :, f], (0.025, 0.5, 0.975)) for f in range(len(FACTORS))]
        )
    }
    for family in FAMILIES:
        alone = extrapolate(measured, units, wanted, families=(family,))
        result[f"  {family.name} alone"] = np.array(
            [alone.quantiles(alone.accuracy[:, :, f], (0.025, 0.5, 0.975)) for f in range(len(FACTORS))]
        )
    result |= {name: rival(shapes, measured, draws, relative) for name, shapes in SHAPES.items()}
    result["straight power law"] = rival(None, measured, draws, relative)
    result["the same, largest three"] = rival(None, measured, draws, relative, last=3)
    return result


@one_blas_thread()
def experiment(features, labels, k, n, seed):
    own = np.sort(np.random.default_rng([seed, n]).permutation(len(labels))[:n])
    data, mine = features[own], labels[own]
    C = choose(data, mine, k, 5, seed)
    pairs = folds(mine, n_folds=5, seed=seed)
    measured = measure(standardise(data), mine, np.arange(n), pairs, FRACTIONS, n_classes=k, C=C, seed=seed)
    factors = [factor for factor in FACTORS if factor * n <= MOST * len(labels)]
    return forecasts(measured, n), [truth(features, labels, k, own, factor * n, seed) for factor in factors]


def table(title, rows):
    """Print coverage, width and promise of each method, from (method, factor, interval, truth)."""
    print(title)
    print("method                    factor    n  covered  width  too much  mean error  width at 90 %")
    for method in dict.fromkeys(row[0] for row in rows):
        for factor in FACTORS[1:]:
            chosen = [(*interval, true) for name, f, interval, true in rows if (name, f) == (method, factor)]
            if not chosen:
                continue
            low, middle, high, true = np.array(chosen).T
            side = np.where(true > middle, high - middle, middle - low)
            stretch = np.quantile(np.abs(true - middle) / np.maximum(side, 1e-9), 0.9)
            width, off = (high - low).mean(), middle - true
            print(f"{method:26}{factor:5}x {len(true):5} {((low <= true) & (true <= high)).mean():8.2f} {width:6.3f} "
                  f"{off.mean():+9.3f} {np.abs(off).mean():11.3f} {stretch * width:14.3f}")  # fmt: skip
    print(flush=True)


def main() -> None:
    root = Path(sys.argv[1])
    seeds = int(sys.argv[2]) if len(sys.argv) > 2 else 6
    first = int(sys.argv[3]) if len(sys.argv) > 3 else 10
    everything = []
    for name, sizes in PLAN.items():
        dataset = read(root, name)
        embedded = headway.embed(dataset)
        features = embedded.read(names=("head.mean",))
        labels = dataset.labels[embedded.rows]
        rows, started = [], time.process_time()
        for seed in range(first, first + seeds):
            for n in sizes:
                found, true = experiment(features, labels, len(dataset.classes), n, seed)
                for method, intervals in found.items():
                    rows += [(method, FACTORS[f], intervals[f], value) for f, value in enumerate(true)]
        ours = [row for row in rows if row[0] in ("Headway", "power law")]
        table(
            f"{name}, parts of {', '.join(map(str, sizes))} pictures, {seeds} seeds ({time.process_time() - started:.0f} s of CPU)",
            ours,
        )
        everything += rows
    table("all", everything)
    told = [row for row in everything if row[0] == "Headway" and row[2][2] - row[2][0] <= WIDEST]
    table(f"those narrow enough to be told (width at most {WIDEST})", told)


if __name__ == "__main__":
    main()
