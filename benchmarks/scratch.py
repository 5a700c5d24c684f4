"""Small networks from random weights: speed of training, cost of augmentation, accuracy.

    python benchmarks/scratch.py speed                            # needs headway[torch]
    python benchmarks/scratch.py accuracy DATA [DATA …]           # class folders

``speed`` compares a training step as Headway takes it (channels last, bfloat16 where the processor has it, freed memory
kept) with the same step as PyTorch takes it by itself, each in a fresh process and in turns, best of three; and says
which part of our step augmentation would add. ``accuracy`` trains both networks on one stratified 60/20/20 split and
tests the best epoch.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import time

import numpy as np

SETTINGS = (("food11", 224), ("residual", 128))
GEOMETRY = ("rotate", "shift", "shear", "zoom", "hflip")
AUGMENTS = (("hflip",), ("colour",), ("randaugment",), ("mixup",), GEOMETRY, (*GEOMETRY, "colour"))
BATCH, STEPS, TURNS = 32, 12, 3


def step_seconds(name: str, size: int, ours: bool) -> float:
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
        with autocast("cpu") if ours else torch.autocast("cpu", enabled=False):
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
        case ["accuracy", *folders] if folders:
            accuracy(folders)
        case _:
            sys.exit(__doc__)


if __name__ == "__main__":
    main()
