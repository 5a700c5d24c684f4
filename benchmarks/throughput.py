"""Frozen features of well-known networks from JPEG files: Headway against Keras on TensorFlow and PyTorch with timm's loader.

    python benchmarks/throughput.py --tensorflow /path/to/python-with-tensorflow

Weights are random: they do not change the speed. Every measurement is a process of its own that warms up, then times one
pass over the same files, decoding included; the contestants take turns, and medians over the rounds are compared. PyTorch
is run with glibc told to keep its memory (without, it loses more than half of its time here to page faults), with the best
of 0, 1 and 2 loader workers. TensorFlow lives in an environment of its own: pip install tensorflow-cpu pillow.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

# name → (Headway's name, Keras' class, timm's name, side, pictures a pass)
NETWORKS = {
    "VGG16": ("vgg16", "VGG16", "vgg16", 224, 96),
    "MobileNet": ("mobilenet", "MobileNet", "mobilenetv1_100", 224, 480),
    "ResNet50": ("resnet50", "ResNet50", "resnet50", 224, 240),
    "Inception-v3": ("inception_v3", "InceptionV3", "inception_v3", 299, 160),
}
KEEP_MEMORY = {"MALLOC_MMAP_MAX_": "0", "MALLOC_TRIM_THRESHOLD_": "17179869184"}
GOALS = {"keras": "2.2 (VGG16: 1.7)", "torch fp32": "3.5", "torch bf16": "1.8"}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument(
        "--tensorflow", default=os.environ.get("HEADWAY_TENSORFLOW_PYTHON"), help="interpreter with TensorFlow"
    )
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--only", nargs="*", default=list(NETWORKS))
    parser.add_argument("--contestant", nargs=4, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.contestant:
        who, network, folder, extra = given.contestant
        print(json.dumps({"headway": headway, "keras": keras, "torch": torch}[who](network, Path(folder), extra)))
        return
    with tempfile.TemporaryDirectory() as temporary:
        root = Path(temporary)
        os.environ["HEADWAY_CACHE"] = str(root / "cache")
        for name in given.only:
            pictures = write_pictures(root / name, NETWORKS[name][4])
            compare(name, pictures, given.rounds, given.tensorflow)


def compare(name: str, pictures: Path, rounds: int, tensorflow: str | None) -> None:
    rates: dict[str, list[float]] = {}
    own_environment = {"torch fp32": KEEP_MEMORY, "torch bf16": KEEP_MEMORY}
    contestants = {"headway": (sys.executable, "headway", ""), "torch fp32": (sys.executable, "torch", "fp32"),
                   "torch bf16": (sys.executable, "torch", "bf16")}  # fmt: skip
    if tensorflow:
        contestants["keras"] = (tensorflow, "keras", "")
    run(*contestants["headway"], name, pictures, {})  # converts
    for _ in range(rounds):
        for label, (python, who, extra) in contestants.items():
            rates.setdefault(label, []).append(run(python, who, extra, name, pictures, own_environment.get(label, {})))
    ours = statistics.median(rates["headway"])
    print(f"{name}: headway {ours:.1f} images/s")
    for label, seen in rates.items():
        if label != "headway":
            theirs = statistics.median(seen)
            print(f"  {label:11} {theirs:7.1f} images/s   ratio {ours / theirs:.2f}   goal {GOALS[label]}", flush=True)


def run(python: str, who: str, extra: str, name: str, pictures: Path, environment: dict[str, str]) -> float:
    command = [python, "-W", "ignore", __file__, "--contestant", who, name, str(pictures), extra]
    done = subprocess.run(
        command,
        capture_output=True,
        text=True,
        env={**os.environ, **environment, "TF_CPP_MIN_LOG_LEVEL": "3"},
        check=False,
    )
    if done.returncode:
        raise SystemExit(f"{' '.join(command)}\n{done.stderr[-3000:]}")
    return float(json.loads(done.stdout.strip().splitlines()[-1]))


def write_pictures(root: Path, count: int) -> Path:
    """Write JPEG files of 500 x 375 pixels, as photos in data sets of this kind have."""
    import numpy as np
    from PIL import Image

    from headway import demo

    drawings = sorted(Path(demo.pictures()).rglob("*.*"))
    random = np.random.default_rng(0)
    (root / "all").mkdir(parents=True)
    for number in range(count):
        with Image.open(drawings[number % len(drawings)]) as drawing:
            pixels = np.asarray(drawing.convert("RGB").resize((500, 375)), np.int16)
        noisy = np.clip(pixels + random.normal(0, 8, pixels.shape), 0, 255).astype(np.uint8)
        Image.fromarray(noisy).save(root / "all" / f"{number:04}.jpg", quality=90)
    return root


def headway(network: str, folder: Path, _: str) -> float:
    from headway.backbones import best_precision, obtain, open_engine
    from headway.pipeline import stream

    info = obtain(NETWORKS[network][0], weights="random")
    engine = open_engine(info, ["head.mean"], best_precision())
    files = sorted(folder.rglob("*.jpg"))

    def once(paths: list[Path]) -> float:
        start = time.perf_counter()
        for _, features in stream(paths, engine, size=info.input_size, resize="squash"):
            if isinstance(features, Exception):
                raise features
        return len(paths) / (time.perf_counter() - start)

    once(files[:16])
    return once(files)


def keras(network: str, folder: Path, _: str) -> float:
    import keras as k

    _, name, _, side, _ = NETWORKS[network]
    model = getattr(k.applications, name)(weights=None, include_top=False, pooling="avg", input_shape=(side, side, 3))
    module = {"VGG16": "vgg16", "MobileNet": "mobilenet", "ResNet50": "resnet50", "InceptionV3": "inception_v3"}[name]
    preprocess = getattr(k.applications, module).preprocess_input

    def data(files: Path):
        loaded = k.utils.image_dataset_from_directory(
            str(files), labels=None, image_size=(side, side), batch_size=32, shuffle=False, verbose=False
        )
        return loaded.map(preprocess, num_parallel_calls=2).prefetch(2)

    model.predict(data(folder).take(1), verbose=0)
    count = len(list(folder.rglob("*.jpg")))
    start = time.perf_counter()
    model.predict(data(folder), verbose=0)
    return count / (time.perf_counter() - start)


def torch(network: str, folder: Path, precision: str) -> float:
    from headway.backbones.convert import import_timm

    timm = import_timm()
    import torch as t

    _, _, name, side, _ = NETWORKS[network]
    model = timm.create_model(name, pretrained=False, num_classes=0).eval()
    if precision == "bf16":
        model = model.to(memory_format=t.channels_last)
    dataset = timm.data.create_dataset("", str(folder))

    def once(workers: int, most: int) -> float:
        loader = timm.data.create_loader(
            dataset, (3, side, side), 32, is_training=False, use_prefetcher=False, num_workers=workers, crop_pct=1.0,
            persistent_workers=False, device=t.device("cpu"),
        )  # fmt: skip
        done = 0
        start = time.perf_counter()
        with t.inference_mode(), t.autocast("cpu", t.bfloat16, enabled=precision == "bf16"):
            for images, _ in loader:
                if precision == "bf16":
                    images = images.contiguous(memory_format=t.channels_last)
                model(images)
                done += len(images)
                if done >= most:
                    break
        return done / (time.perf_counter() - start)

    once(0, 32)
    return max(once(workers, len(dataset)) for workers in (0, 1, 2))


if __name__ == "__main__":
    main()
