"""Small networks from random weights: speed of training, cost of augmentation, accuracy.

    python benchmarks/scratch.py speed                            # needs headway[torch]
    python benchmarks/scratch.py speed PYTHON                     # a Python with tensorflow-cpu, in an environment of its own
    python benchmarks/scratch.py accuracy DATA [DATA …]           # class folders

``speed`` compares a training step as Headway takes it (channels last, bfloat16 where the processor has it, freed memory
kept) with the same step as PyTorch takes it by itself, each in a fresh process and in turns, best of three; and says
which part of our step augmentation would add. With a Python that has TensorFlow it also compares a step of the network
of the Food-11 experiment with that of the published program, Keras on TensorFlow, in the same turns: both in fp32, and
as Headway takes it by default. ``accuracy`` trains both networks on one stratified 60/20/20 split and
tests the best epoch.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import time
from typing import Literal

import numpy as np

# The published program, in Keras on TensorFlow: seconds for a step, after one that compiles.
KERAS = """
import sys, time
import numpy as np
import tensorflow as tf
from tensorflow import keras
batch, steps = map(int, sys.argv[1:])
layers = keras.layers
model = keras.Sequential([keras.Input((224, 224, 3))])
for width in (32, 64, 64, 128):
    model.add(layers.Conv2D(width, 3, activation="relu"))
    model.add(layers.MaxPooling2D(2))
model.add(layers.GlobalAveragePooling2D())
model.add(layers.Dense(64, activation="relu"))
model.add(layers.Dense(11, activation="softmax"))
model.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"])
images = np.random.default_rng(0).integers(0, 256, (batch, 224, 224, 3)).astype("float32")
images, labels = tf.constant(keras.applications.vgg16.preprocess_input(images)), tf.constant(np.arange(batch) % 11)
model.train_on_batch(images, labels)
start = time.perf_counter()
for _ in range(steps):
    model.train_on_batch(images, labels)
print((time.perf_counter() - start) / steps)
"""

SETTINGS = (("food11", 224), ("residual", 128))
GEOMETRY = ("rotate", "shift", "shear", "zoom", "hflip")
AUGMENTS = (("hflip",), ("colour",), ("randaugment",), ("mixup",), GEOMETRY, (*GEOMETRY, "colour"))
BATCH, STEPS, TURNS = 32, 12, 3


def step_seconds(name: str, size: int, ours: bool, precision: Literal["auto", "fp32"] = "auto") -> float:
    """Seconds for one training step on a batch."""
    import torch

    from headway.posix import keep_memory
    from headway.training.architectures import ScratchNetwork
    from headway.training.device import autocast

    if ours:
        keep_memory()
    network = ScratchNetwork(name, 11).train()
    images = torch.randint(0, 256, (BATCH, size, size, 3), dtype=torch.uint8)
    labels = torch.arange(BATCH) % 11
    optimiser = torch.optim.AdamW(network.parameters(), fused=ours)
    if ours:
        network = network.to(memory_format=torch.channels_last)
        forward = network
    else:
        images = images.permute(0, 3, 1, 2).contiguous().float()

        def forward(batch: torch.Tensor) -> torch.Tensor:
            return network.classifier(network.pool(network.features(batch / 255)))

    def step() -> None:
        with autocast("cpu", precision) if ours else torch.autocast("cpu", enabled=False):
            loss = torch.nn.functional.cross_entropy(forward(images).float(), labels)
        loss.backward()
        optimiser.step()
        optimiser.zero_grad()

    step()
    start = time.perf_counter()
    for _ in range(STEPS):
        step()
    return (time.perf_counter() - start) / STEPS


def augment_seconds(changes: tuple[str, ...], size: int) -> float:
    """Seconds for augmenting one batch."""
    import torch

    from headway.posix import keep_memory
    from headway.training.augment import Augment

    keep_memory()
    images = torch.randint(0, 256, (BATCH, size, size, 3), dtype=torch.uint8)
    augment, generator = Augment.parse(changes), torch.Generator().manual_seed(0)

    def step() -> None:
        augment(images, torch.arange(BATCH) % 11, generator, n_classes=11)

    step()
    start = time.perf_counter()
    for _ in range(STEPS):
        step()
    return (time.perf_counter() - start) / STEPS


def fresh(what: str, *given: object) -> float:
    command = [sys.executable, __file__, "--one", what, json.dumps(given)]
    done = subprocess.run(command, check=True, stdout=subprocess.PIPE)
    return float(done.stdout)


def keras_seconds(python: str) -> float:
    """Seconds for one step of the published program on TensorFlow."""
    command = [python, "-c", KERAS, str(BATCH), str(STEPS)]
    done = subprocess.run(command, check=True, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    return float(done.stdout.split()[-1])


def beside_keras(python: str) -> None:
    """Compare steps of the network of the Food-11 experiment with those of Keras on TensorFlow."""
    turns = [
        (fresh("step", "food11", 224, True, "fp32"), fresh("step", "food11", 224, True), keras_seconds(python))
        for _ in range(TURNS)
    ]
    fp32, default, keras = (min(times) for times in zip(*turns, strict=True))
    print(
        f"food11 at 224 px, batches of {BATCH}: {BATCH / fp32:.0f} images/s in fp32, {BATCH / default:.0f} by default; "
        f"Keras on TensorFlow {BATCH / keras:.0f}: {keras / fp32:.2f} and {keras / default:.2f} times as fast"
    )


def speed() -> None:
    for name, size in SETTINGS:
        turns = [(fresh("step", name, size, True), fresh("step", name, size, False)) for _ in range(TURNS)]
        ours, theirs = (min(times) for times in zip(*turns, strict=True))
        print(
            f"{name} at {size} px, batches of {BATCH}: {BATCH / ours:.0f} images/s; PyTorch by itself "
            f"{BATCH / theirs:.0f}; {theirs / ours:.1f} times as fast"
        )
        for changes in AUGMENTS:
            cost = min(fresh("augment", changes, size) for _ in range(TURNS))
            print(f"    {' '.join(changes):40} {cost / BATCH * 1e3:5.2f} ms a picture, {cost / ours:4.0%} of a step")


def accuracy(folders: list[str]) -> None:
    import headway
    from headway.backbones import Engine
    from headway.images import load
    from headway.session import Session
    from headway.splits import split
    from headway.training import TrainingSettings, train_scratch

    settings = TrainingSettings(resize="squash")

    for folder in folders:
        dataset = headway.read(folder)
        parts = split(dataset.labels, test_fraction=0.2, seed=0)
        inner = split(dataset.labels[parts.train], test_fraction=0.25, seed=0)
        train, validation = parts.train[inner.train], parts.train[inner.test]
        for name, _ in SETTINGS:
            with tempfile.TemporaryDirectory() as cache, Session.open(cache) as session:
                trained = train_scratch(
                    dataset, train, validation, architecture=name, settings=settings, session=session
                )
            engine = Engine(trained.network, ["head.mean"], "fp32")
            right = 0
            for rows in np.array_split(parts.test, max(1, len(parts.test) // 64)):
                squares = np.stack([load(dataset.pictures[row], trained.image_size, "squash") for row in rows.tolist()])
                right += int((trained.head.logits(engine.run(squares)).argmax(1) == dataset.labels[rows]).sum())
            best = trained.history[trained.best]
            print(
                f"{folder}: {name} at {trained.image_size} px, {len(train):,} pictures: test accuracy "
                f"{right / len(parts.test):.3f} ({right:,} of {len(parts.test):,}), validation "
                f"{best.validation_accuracy:.3f} in epoch {trained.best} of {trained.history[-1].number}, "
                f"{trained.seconds['inputs']:.0f} s to decode, {trained.seconds['training']:.0f} s to train",
                flush=True,
            )


def main() -> None:
    match sys.argv[1:]:
        case ["--one", what, given]:
            print({"step": step_seconds, "augment": augment_seconds}[what](*json.loads(given)))
        case ["speed"]:
            speed()
        case ["speed", python]:
            beside_keras(python)
        case ["accuracy", *folders] if folders:
            accuracy(folders)
        case _:
            sys.exit(__doc__)


if __name__ == "__main__":
    main()
