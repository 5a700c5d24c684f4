"""How far probabilities can be believed, of every head on every data set, and what another calibration mends.

    python benchmarks/calibration.py ROOT            elpv, clip12 and fmnist10k in ROOT; at most 2,000 pictures of each
    python benchmarks/calibration.py ROOT --few      an RBF machine on few pictures, and on the others what was learned
    python benchmarks/calibration.py --level         how often a model whose probabilities are true is called doubtful

Out-of-fold predictions of the carried backbone's last layer, five folds. Printed are the expected calibration error with
one temperature, the 99 % quantile of what true probabilities give, and error and log-loss with what ships.
"""

from __future__ import annotations

import argparse
from itertools import product
from pathlib import Path

import numpy as np

import headway.dataset
from headway import backbones, metrics
from headway.embedding import embed
from headway.facts.fit import CalibrationCheck
from headway.preparation import Preparation
from headway.recalibration import Predictions, chance_error, check
from headway.search import HEADS, refit, search
from headway.splits import folds

DATA = ("elpv", "clip12", "fmnist10k")
MOST = 2_000
FEW = 60, 150, 400  # pictures
SIZES, SHARPNESSES, DRAWS = (200, 1_000, 5_000), (1.0, 3.0), 2_000


def level() -> None:
    """Print the share of true models whose error is above the quantile."""
    random = np.random.default_rng(1)
    for n in SIZES:
        for sharpness in SHARPNESSES:
            confidence = random.random(n) ** (1 / sharpness) * 0.9 + 0.1
            limit = chance_error(confidence, np.ones(n, np.float32), np.arange(n), seed=0)
            above = [
                metrics.calibration_error(metrics.Top(random.random(n) < confidence, confidence)) > limit
                for _ in range(DRAWS)
            ]
            print(f"{n:,} pictures, sure by {confidence.mean():.2f}: limit {limit:.4f}, above it {np.mean(above):.4f}")


def table(root: Path, data: list[str], heads: list[str]) -> None:
    """Print a row for each head and data set."""
    info = backbones.find("efficientnet_lite0")
    print("| data | head | temperature | limit | ships | error | log-loss before | after |  |")
    print("|---|---|---|---|---|---|---|---|---|")
    for name in data:
        dataset = headway.dataset.read(root / name)
        known = embed(dataset, info, resize="squash")
        labels = dataset.labels[known.rows]
        some = np.sort(np.random.default_rng(0).permutation(len(labels))[:MOST])
        features, labels = known.read(some, info.feature_sets["last"]), labels[some]
        contents = [known.hashes[row] for row in some.tolist()]
        numbers = np.unique(contents, return_inverse=True)[1]
        for head in heads:
            found = search(
                {"last": features},
                labels,
                folds(labels, contents=contents),
                n_classes=len(dataset.classes),
                head=head,  # type: ignore[arg-type]
                contents=numbers,
            )
            print(row(name, head, found.checked.fact, found.score.log_loss), flush=True)


def few(root: Path, data: list[str]) -> None:
    """Print how far an RBF machine's probabilities are off: out of fold, and refitted on pictures that it never saw."""
    info = backbones.find("efficientnet_lite0")
    print(
        "| data | pictures | features | balance | C | ships | error out of fold | its limit | error on others | limit |"
    )
    print("|---|---|---|---|---|---|---|---|---|---|")
    for name in data:
        dataset = headway.dataset.read(root / name)
        known = embed(dataset, info, resize="squash")
        labels, k = dataset.labels[known.rows], len(dataset.classes)
        order = np.random.default_rng(1).permutation(len(labels))
        for n, features, balance, C in product(FEW, ("last", "depths"), ("none", "weights"), ((), (1000.0,))):
            learned, others = order[:n], order[n : n + MOST]
            matrix, preparation = known.read(learned, info.feature_sets[features]), Preparation(balance=balance)
            own = {"n_classes": k, "C": C, "preparations": {features: preparation}, "head": "svm"}
            found = search({features: matrix}, labels[learned], folds(labels[learned]), **own)
            fitted = refit(found.choice, matrix, labels[learned], n_classes=k, preparation=preparation)
            logits = fitted[0].logits(known.read(others, info.feature_sets[features]))
            seen = check(Predictions.of(logits, labels[others]), found.calibration, None).fact
            limits = ["" if one.limit is None else f"{one.limit:.3f}" for one in (found.checked.fact, seen)]
            print(
                f"| {name} | {n} | {features} | {balance} | {found.choice.C:g} | {found.checked.fact.kind} | ", end=""
            )
            print(f"{found.checked.fact.error:.3f} | {limits[0]} | {seen.error:.3f} | {limits[1]} |", flush=True)


def row(data: str, head: str, fact: CalibrationCheck, log_loss: float) -> str:
    """Return a row of the table."""
    before = fact.error if fact.error_before is None else fact.error_before
    limit = "" if fact.limit is None else f"{fact.limit:.3f}"
    both = (fact.log_loss_before or log_loss, fact.log_loss or log_loss)
    losses = " | ".join(f"{loss:.3f}" for loss in both)
    left = f"tried {fact.tried}" if fact.tried else ""
    doubt = " doubtful" if fact.is_doubtful else ""
    return f"| {data} | {head} | {before:.3f} | {limit} | {fact.kind} | {fact.error:.3f} | {losses} | {left}{doubt} |"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("root", type=Path, nargs="?")
    parser.add_argument("--level", action="store_true")
    parser.add_argument("--few", action="store_true")
    parser.add_argument("--data", nargs="+", default=DATA)
    parser.add_argument("--heads", nargs="+", default=HEADS)
    arguments = parser.parse_args()
    if arguments.level:
        level()
    if arguments.root is not None:
        few(arguments.root, arguments.data) if arguments.few else table(arguments.root, arguments.data, arguments.heads)


if __name__ == "__main__":
    main()
