"""What joined networks, mirrored views, larger pictures and averaged probabilities bring to a head on frozen features.

    python benchmarks/joined.py ROOT [--most N] [--seeds N] [--cache FOLDER]      # ROOT has clip12, elpv and fmnist10k

Of each data set, at most N pictures (drawn once, 2,000 unless told) are cross-validated in five folds, with copies and
groups kept together as a fit keeps them, for each of several seeds. The head is logistic regression on all depths, as a
fit chooses it; accuracy and log-loss are of pictures that it did not see, after calibration. "averaged" has a head on
each network instead of one on both, and takes the mean of their probabilities. Differences to the default network are
paired by picture and seed; the interval is that of the mean over pictures.
"""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import NamedTuple

import numpy as np

from headway import dataset
from headway.embedding import open_features
from headway.fitting.division import divide
from headway.fitting.frozen import Heads
from headway.recipe import Recipe
from headway.session import Session

ZERO, TWO = "efficientnet_lite0", "efficientnet_lite2"
WAYS = {
    "Lite0": [{"backbone": ZERO}],
    "Lite2 at 224": [{"backbone": TWO, "image_size": 224}],
    "Lite2 at 260": [{"backbone": TWO}],
    "Lite0 mirrored": [{"backbone": ZERO, "tta": True}],
    "Lite0 at 288": [{"backbone": ZERO, "image_size": 288}],
    "joined": [{"backbone": f"{ZERO}+{TWO}"}],
    "joined mirrored": [{"backbone": f"{ZERO}+{TWO}", "tta": True}],
    "joined at 288": [{"backbone": f"{ZERO}+{TWO}", "image_size": 288}],
    "joined mirrored at 288": [{"backbone": f"{ZERO}+{TWO}", "image_size": 288, "tta": True}],
    "averaged": [{"backbone": ZERO}, {"backbone": TWO, "image_size": 224}],
    "averaged mirrored": [{"backbone": ZERO, "tta": True}, {"backbone": TWO, "image_size": 224, "tta": True}],
}


class Held(NamedTuple):
    """Predictions of pictures by heads that had not seen them."""

    probabilities: np.ndarray  # (m, classes)
    labels: np.ndarray
    shares: np.ndarray  # what each counts: copies together as one


def predict(session: Session, data: dataset.Dataset, fields: dict, seed: int) -> Held:
    recipe = Recipe(features="depths", head="logistic", test_fraction=0.0, seed=seed, **fields)
    opened = open_features(session, data, recipe)
    division = divide(opened.dataset, opened.table, recipe, session.progress)
    rows = division.development_rows
    found = Heads(division, opened.table, opened.backbone, recipe, session.progress).choose(
        rows, division.development_folds(recipe)
    )
    held = rows[found.rows]
    return Held(np.exp(found.calibration.log_probabilities(found.logits)), division.labels[held], found.shares)


def averaged(parts: list[Held]) -> Held:
    return parts[0]._replace(probabilities=np.mean([part.probabilities for part in parts], axis=0))


def measure(session: Session, data: dataset.Dataset, seeds: int) -> None:
    found: dict[tuple[str, int], Held] = {}
    default: np.ndarray | None = None
    print(f"{'':24} accuracy  log-loss   against the default, log-loss (95 %)", flush=True)
    for name, parts in WAYS.items():
        by_seed = []
        for seed in range(seeds):
            for fields in parts:
                key = str(fields), seed
                if key not in found:
                    found[key] = predict(session, data, fields, seed)
            by_seed.append(averaged([found[str(fields), seed] for fields in parts]))
        rows = np.arange(len(by_seed[0].labels))
        right = np.mean([held.probabilities.argmax(axis=1) == held.labels for held in by_seed], axis=0)
        losses = np.mean([-np.log(held.probabilities[rows, held.labels]) for held in by_seed], axis=0)
        shares = by_seed[0].shares / by_seed[0].shares.sum()
        text = f"{name:24} {shares @ right:8.4f}  {shares @ losses:8.4f}"
        if default is None:
            default = losses
        else:
            off = losses - default
            mean = float(shares @ off)
            error = 1.96 * float(np.sqrt(shares**2 @ (off - mean) ** 2))
            text += f"   {mean:+.4f} ({mean - error:+.4f} to {mean + error:+.4f})"
        print(text, flush=True)


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("root", type=Path)
    parser.add_argument("--most", type=int, default=2_000)
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--cache", type=Path)
    parser.add_argument("--sets", default="clip12,elpv,fmnist10k")
    chosen = parser.parse_args()
    with Session.open(chosen.cache) as session:
        for name in chosen.sets.split(","):
            data = dataset.read(chosen.root / name)
            rows = np.sort(np.random.default_rng(0).permutation(len(data))[: chosen.most])
            print(f"\n{name}, {len(rows):,} pictures, {chosen.seeds} seeds", flush=True)
            measure(session, data.subset(rows), chosen.seeds)


if __name__ == "__main__":
    main()
