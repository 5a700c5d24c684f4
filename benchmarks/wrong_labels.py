"""Wrong labels, confused classes and outliers: what is found of those planted, and what on clean draws.

    python benchmarks/wrong_labels.py ROOT [--seeds 5] [--first 0] [--draws 50] [--cache FOLDER]    # ROOT holds elpv, clip12, fmnist10k

Labels: 5 and 10 % of the labels are flipped, to any class or to the class that is most confused with theirs; the
classifiers learn from the flipped labels. Average precision is Headway's order against cleanlab's two (self-confidence,
its default, and normalised margin) with the same probabilities; differences are paired over the seeds. Headway joins the
votes of neighbours to them; "alone" is its order less the default without, and "joined" with both. Precision and recall
are of the labels that are listed. Wrong labels that the data had before count as false.

Outliers: 1 and 3 % pictures of another set, with labels drawn at random. Clean draws: 70 % of a set without copies.
Of fmnist10k each seed and draw takes 2,500 pictures, so as to end soon. The carried drawings ("demo") come along.
"""

from __future__ import annotations

import argparse
import itertools
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import numpy as np

from headway import backbones, demo
from headway.auditing.predicting import predict_out_of_fold
from headway.checks import Context, Found
from headway.checks.labels import confused_classes, outliers, wrong_labels
from headway.checks.labels.neighbours import joined
from headway.checks.labels.slips import fit_slips
from headway.dataset import Dataset, read
from headway.embedding import embed
from headway.recipe import Recipe
from headway.types import Silent

SETS = ("demo", "clip12", "elpv", "fmnist10k")
MOST = 2_500
CHECKS: dict[str, Callable] = {
    "wrong-labels": wrong_labels.run,
    "confused-classes": confused_classes.run,
    "outliers": outliers.run,
}


class Pictures(NamedTuple):
    features: np.ndarray
    labels: np.ndarray

    def drawn(self, random: np.random.Generator, most: int) -> Pictures:
        rows = np.sort(random.permutation(len(self.labels))[:most])
        return Pictures(self.features[rows], self.labels[rows])


def load(folder: Path, cache: str | None) -> Pictures:
    """Features and labels, copies once."""
    info = backbones.find("efficientnet_lite0")
    dataset = read(folder)
    table = embed(dataset, info, cache=cache)
    features, labels = table.read(names=info.feature_sets["last"]), dataset.labels[table.rows]
    _, first = np.unique(features, axis=0, return_index=True)
    first.sort()
    return Pictures(features[first], labels[first])


def context(pictures: Pictures, seed: int) -> Context:
    features, labels = pictures
    contents = [row.tobytes()[:64] + str(place).encode() for place, row in enumerate(features)]
    blank = np.zeros((1, 1, 3), np.uint8)
    data = Dataset([blank] * len(labels), labels, tuple(f"class {one}" for one in range(int(labels.max()) + 1)))
    predictions = predict_out_of_fold(data, contents, features, Recipe(seed=seed), Silent())
    return Context(data, contents, features, [None] * len(labels), predictions=predictions, seed=seed)


def most_confused(pictures: Pictures) -> np.ndarray:
    """The class that each is confused with most, both ways, by the labels as they are."""
    predictions = context(pictures, 0).predictions
    k = int(pictures.labels.max()) + 1
    counts = np.zeros((k, k))
    np.add.at(counts, (pictures.labels, predictions.probabilities.argmax(axis=1)), 1)
    np.fill_diagonal(counts, 0)
    rates = counts / np.bincount(pictures.labels)[:, None]
    return (rates + rates.T).argmax(axis=1)


def flips(name: str, pictures: Pictures, seeds: range) -> None:
    from cleanlab.filter import find_label_issues
    from cleanlab.rank import get_label_quality_scores
    from sklearn.metrics import average_precision_score

    similar = most_confused(pictures)
    k = len(similar)
    for kind, rate in itertools.product(("random", "similar") if k > 2 else ("random",), (0.05, 0.1)):
        figures = []
        for seed in seeds:
            random = np.random.default_rng(seed)
            drawn = pictures.drawn(random, MOST)
            chosen = random.permutation(len(drawn.labels))[: round(rate * len(drawn.labels))]
            labels = drawn.labels.copy()
            old = labels[chosen]
            labels[chosen] = similar[old] if kind == "similar" else (old + random.integers(1, k, len(old))) % k
            looked_at = context(Pictures(drawn.features, labels), seed)
            predicted = looked_at.predictions.probabilities
            planted = np.zeros(len(labels), bool)
            planted[chosen] = True
            together = joined(predicted, drawn.features, np.arange(len(labels)), labels, seed)
            ours, alone = fit_slips(together, labels), fit_slips(predicted, labels)
            theirs = [
                average_precision_score(planted, 1 - get_label_quality_scores(labels, probabilities, method=method))
                for method, probabilities in (
                    ("self_confidence", predicted),
                    ("normalized_margin", predicted),
                    ("self_confidence", together),
                )
            ]
            precision = average_precision_score(planted, ours.order)
            found = list(wrong_labels.run(looked_at))
            listed = np.concatenate([one.rows for one in found]) if found else np.array([], int)
            issues = find_label_issues(labels, predicted)
            figures.append(
                [precision, *theirs[:2], *(precision - one for one in theirs[:2])]
                + [average_precision_score(planted, alone.order) - theirs[0], precision - theirs[2], ours.share]
                + [any(one.severity == "warning" for one in found)]
                + [planted[listed].mean() if len(listed) else np.nan, planted[listed].sum() / len(chosen)]
                + [planted[issues].mean(), issues[planted].mean()]
            )
        mean, error = np.nanmean(figures, axis=0), np.std(figures, axis=0, ddof=1) / len(seeds) ** 0.5
        print(
            f"{name:10} {kind:8} {rate:4.0%}  {mean[0]:.3f}  {mean[1]:.3f} {mean[2]:.3f}  "
            f"{'  '.join(f'{mean[one]:+.3f} ± {error[one]:.3f}' for one in range(3, 7))}  {mean[7]:6.1%}  {mean[8]:4.0%}  "
            f"{mean[9]:.2f} {mean[10]:.2f}  {mean[11]:.2f} {mean[12]:.2f}",
            flush=True,
        )


def planted_outliers(name: str, other: str, sets: dict[str, Pictures], seeds: int) -> None:
    for rate in (0.01, 0.03):
        figures = []
        for seed in range(seeds):
            random = np.random.default_rng(seed)
            base = sets[name].drawn(random, MOST)
            foreign = sets[other].drawn(random, max(1, round(rate * len(base.labels)))).features
            guessed = random.integers(0, int(base.labels.max()) + 1, len(foreign))
            looked_at = unpredicted(
                Pictures(np.concatenate([base.features, foreign]), np.concatenate([base.labels, guessed]))
            )
            found = list(outliers.run(looked_at))
            rows = np.concatenate([one.rows for one in found]) if found else np.array([], int)
            right = (rows >= len(base.labels)).sum()
            figures.append([right, len(rows), len(foreign), warns(found)])
        right, listed, planted, warned = np.sum(figures, axis=0)
        precision = f"{right / listed:.2f}" if listed else " -  "
        print(f"{name:10} {other:10} {rate:4.0%}  {precision} {right / planted:.2f}  {warned / seeds:4.0%}", flush=True)


def unpredicted(pictures: Pictures) -> Context:
    blank = np.zeros((1, 1, 3), np.uint8)
    n, k = len(pictures.labels), int(pictures.labels.max()) + 1
    data = Dataset([blank] * n, pictures.labels, tuple(f"class {one}" for one in range(k)))
    return Context(data, [str(place).encode() for place in range(n)], pictures.features, [None] * n)


def merged(name: str, pictures: Pictures, seeds: int) -> None:
    """One class is torn in two at random."""
    hits = []
    for seed in range(seeds):
        random = np.random.default_rng(seed)
        drawn = pictures.drawn(random, MOST)
        labels, k = drawn.labels.copy(), int(drawn.labels.max()) + 1
        members = random.permutation(np.flatnonzero(labels == seed % k))
        labels[members[: len(members) // 2]] = k
        found = [
            one
            for one in confused_classes.run(context(Pictures(drawn.features, labels), seed))
            if one.severity == "warning"
        ]
        pairs = [(one.evidence["first"], one.evidence["second"]) for one in found]
        hits.append([(f"class {seed % k}", f"class {k}") in pairs, len(pairs)])
    right, warnings = np.sum(hits, axis=0)
    print(f"{name:10} torn class found {right} of {seeds}, {warnings - right} other warnings", flush=True)


def clean(name: str, pictures: Pictures, draws: int) -> None:
    warned, noted, strongest = dict.fromkeys(CHECKS, 0), dict.fromkeys(CHECKS, 0), 0.0
    for draw in range(draws):
        random = np.random.default_rng((7, draw))
        drawn = pictures.drawn(random, min(MOST, round(0.7 * len(pictures.labels))))
        looked_at = context(drawn, draw)
        for check, run in CHECKS.items():
            found = list(run(looked_at))
            warned[check] += warns(found)
            noted[check] += bool(found) and not warns(found)
            strongest = max([strongest, *(float(one.evidence.get("strength", 0)) for one in found)])
    each = "; ".join(f"{check} {warned[check]} warned, {noted[check]} noted" for check in CHECKS)
    print(f"{name:10} {draws} draws: {each}; strongest evidence of slips {strongest:.1f}", flush=True)


def warns(found: list[Found]) -> bool:
    return any(one.severity != "note" for one in found)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("root", type=Path)
    parser.add_argument("--cache")
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--first", type=int, default=0, help="seed of the flips to begin with")
    parser.add_argument("--draws", type=int, default=50)
    parser.add_argument("--sets", nargs="+", default=SETS)
    given = parser.parse_args()
    sets = {name: load(demo.pictures() if name == "demo" else given.root / name, given.cache) for name in SETS}
    chosen = {name: sets[name] for name in given.sets}
    print(
        "set        flips    rate  ours   cleanlab's   ours − default    ours − margin     alone             joined            share  warned  listed P R  cleanlab's P R"
    )
    for name, pictures in chosen.items():
        flips(name, pictures, range(given.first, given.first + given.seeds))
    print("set        outliers   rate  P    R    warned")
    for name, other in itertools.product(chosen, SETS):
        if name != other and other != "demo" and {name, other} != {"demo", "clip12"}:
            planted_outliers(name, other, sets, given.seeds)
    for name, pictures in chosen.items():
        merged(name, pictures, 2 * given.seeds)
    for name, pictures in chosen.items():
        clean(name, pictures, given.draws)


if __name__ == "__main__":
    main()
