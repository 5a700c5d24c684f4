"""Training as published, beside independent programs in Keras: the same steps, and as good in the end."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from torch import nn

from headway import backbones
from headway.backbones import Engine
from headway.backbones.convert.keras import import_keras
from headway.dataset import read
from headway.heads import DenseHead
from headway.images import load
from headway.session import Session
from headway.training import Stage, TrainingSettings, train_scratch
from headway.training.architectures import ScratchNetwork
from headway.training.cuts import Cut
from headway.training.module import TrainableNetwork
from headway.training.plan import Plan
from headway.training.stepper import Stepper
from headway.types import Silent
from tests.backbones.exported import SIZE, network, saved

# Keras on PyTorch makes NumPy arrays in a way that NumPy will not allow any more.
pytestmark = [pytest.mark.slow, pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")]
K = 3


def food11_in_keras(n_classes: int, size: int) -> Any:
    """The published network. Its softmax is in the loss: TensorFlow puts it there by itself, PyTorch would clip it."""
    keras = import_keras()
    layers = keras.layers
    model = keras.Sequential([keras.Input((size, size, 3))])
    for width in (32, 64, 64, 128):
        model.add(layers.Conv2D(width, 3, activation="relu"))
        model.add(layers.MaxPooling2D(2))
    model.add(layers.GlobalAveragePooling2D())
    model.add(layers.Dense(64, activation="relu"))
    model.add(layers.Dense(n_classes))
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    model.compile(keras.optimizers.Adam(), loss, metrics=["accuracy"])
    return model


def in_keras_order(*layers: nn.Module) -> list[np.ndarray]:
    """Weights and biases of PyTorch's layers, as Keras has them."""
    arrays = []
    for layer in layers:
        weight = layer.weight.detach().numpy()
        arrays += [weight.transpose(2, 3, 1, 0) if weight.ndim == 4 else weight.T, layer.bias.detach().numpy()]
    return arrays


class Pictures:
    """Pictures without augmentation."""

    def __init__(self, images: np.ndarray, labels: np.ndarray) -> None:
        self.images, self.labels = images, labels

    def batch(self, rows, generator):
        return torch.from_numpy(self.images[rows]), torch.from_numpy(self.labels[rows])


def steps_beside_keras(module: nn.Module, model: Any, plan: Plan, images: np.ndarray, inputs: np.ndarray) -> None:
    """Take the same steps with both, and compare their losses."""
    labels = np.random.default_rng(1).integers(0, K, len(images))
    wanted = np.eye(K, dtype=np.float32)[labels] if plan.loss == "binary-cross-entropy" else labels
    examples = Pictures(images, labels)
    stepper = Stepper(module, replace(plan, precision="fp32"), {}, None, 15, Silent())
    for number in range(15):
        rows = np.arange(8) + 8 * (number % (len(images) // 8))
        ours = stepper.step(examples, rows, number, (number,)).loss
        model.reset_metrics()
        theirs = float(model.train_on_batch(inputs[rows], wanted[rows])[0])
        assert ours == pytest.approx(theirs, rel=2e-3), f"step {number}"


def test_the_network_from_scratch_is_that_of_keras_and_takes_its_steps() -> None:
    keras = import_keras()
    published = food11_in_keras(11, 224)
    assert published.count_params() == 139_147 == sum(p.numel() for p in ScratchNetwork("food11", 11).parameters())
    images = np.random.default_rng(0).integers(0, 256, (40, 48, 48, 3), dtype=np.uint8)
    module, model = ScratchNetwork("food11", K), food11_in_keras(K, 48)
    convolutions = [layer for layer in module.features if isinstance(layer, nn.Conv2d)]
    model.set_weights(in_keras_order(*convolutions, module.pool[2], module.classifier))
    inputs = keras.applications.vgg16.preprocess_input(images.astype(np.float32))
    np.testing.assert_allclose(module.coloured(torch.from_numpy(images)).permute(0, 2, 3, 1), inputs, atol=1e-4)
    steps_beside_keras(module, model, Plan(epochs=1).as_keras("adam"), images, inputs)


@pytest.mark.parametrize("optimiser", ["adam", "sgd", "sgd-momentum"])
def test_fine_tuning_takes_the_steps_of_keras(optimiser: Any, tmp_path: Path) -> None:
    """Two convolutions and dense 256 with a sigmoid for each class, all of them trained."""
    keras = import_keras()
    layers = keras.layers
    info = backbones.obtain(saved(network(), tmp_path))
    rng = np.random.default_rng(0)
    first, second = (rng.normal(0, 0.03, shape).astype(np.float32) for shape in ((54, 256), (256, K)))
    head = DenseHead("dense256", (first, second), (np.zeros(256, np.float32), np.zeros(K, np.float32)))
    module = TrainableNetwork(backbones.read(info), Cut("images", ()), head, None, ["flat"])
    model = keras.Sequential([keras.Input((SIZE, SIZE, 3))])
    for width in (5, 6):
        model.add(layers.ZeroPadding2D(1))
        model.add(layers.Conv2D(width, 3, 2, activation="relu", use_bias=False))
    model.add(layers.Permute((3, 1, 2)))
    model.add(layers.Flatten())
    model.add(layers.Dense(256, activation="relu"))
    model.add(layers.Dense(K))  # the sigmoid is in the loss, as above
    convolutions = [weights.transpose(2, 3, 1, 0) for weights in module.backbone.weights().values()]
    model.set_weights([*convolutions, *in_keras_order(*module.layers)])
    plan = replace(Plan(epochs=1).as_keras(optimiser), learning_rate=1e-3, loss="binary-cross-entropy")
    optimisers = {
        "adam": keras.optimizers.Adam(1e-3),
        "sgd": keras.optimizers.SGD(1e-3),
        "sgd-momentum": keras.optimizers.SGD(1e-3, momentum=0.9),
    }
    model.compile(optimisers[optimiser], keras.losses.BinaryCrossentropy(from_logits=True), metrics=["accuracy"])
    images = rng.integers(0, 256, (24, SIZE, SIZE, 3), dtype=np.uint8)
    inputs = ((images / 255 - [0.485, 0.456, 0.406]) / [0.229, 0.224, 0.225]).astype(np.float32)
    steps_beside_keras(module, model, plan, images, inputs)


def coloured(n: int) -> tuple[list[np.ndarray], np.ndarray]:
    """Pictures of three classes that differ in colour, with much noise."""
    rng = np.random.default_rng(0)
    labels = np.arange(n) % K
    pictures = []
    for label in labels.tolist():
        colour = 128 + 60 * np.eye(3)[label] + rng.normal(0, 25, 3)
        pictures.append((colour + rng.normal(0, 25, (48, 48, 3))).clip(0, 255).astype(np.uint8))
    return pictures, labels


def test_over_five_seeds_it_ends_as_well_as_keras(tmp_path: Path) -> None:
    keras = import_keras()
    pictures, labels = coloured(192)
    train, validation, test = np.arange(96), np.arange(96, 128), np.arange(128, 192)
    dataset = read(pictures, [str(label) for label in labels])
    squares = np.stack(pictures)
    inputs = keras.applications.vgg16.preprocess_input(squares.astype(np.float32))
    ours, theirs = [], []
    for seed in range(5):
        settings = TrainingSettings(resize="squash", seed=seed, epochs=5, refit=False, precision="fp32")
        with Session.open(tmp_path / "cache") as session:
            made = train_scratch(dataset, train, validation, architecture="food11", settings=settings, session=session)
        ours.append([accuracy(stage, pictures, labels, test) for stage in (made.watched, made.last or made.watched)])
        keras.utils.set_random_seed(seed)
        model, kept = food11_in_keras(K, 48), tmp_path / f"{seed}.weights.h5"
        checkpoint = keras.callbacks.ModelCheckpoint(kept, save_best_only=True, save_weights_only=True)
        watched = inputs[validation], labels[validation]
        model.fit(inputs[train], labels[train], 32, 5, verbose=0, callbacks=[checkpoint], validation_data=watched)
        last = model.evaluate(inputs[test], labels[test], verbose=0)[1]
        model.load_weights(kept)
        theirs.append([model.evaluate(inputs[test], labels[test], verbose=0)[1], last])
    one, other = np.array(ours), np.array(theirs)
    chance = np.sqrt((one.var(axis=0, ddof=1) + other.var(axis=0, ddof=1)) / 5)
    assert min(one[:, 0].mean(), other[:, 0].mean()) > 0.45, "both learn"
    assert (np.abs(one.mean(axis=0) - other.mean(axis=0)) < 4 * chance + 0.02).all(), (one, other)


def accuracy(stage: Stage, pictures: list[np.ndarray], labels: np.ndarray, rows: np.ndarray) -> float:
    squares = np.stack([load(pictures[row], 48, "squash") for row in rows])
    logits = stage.head.logits(Engine(stage.network, ["head.mean"], "fp32").run(squares))
    return float((logits.argmax(1) == labels[rows]).mean())
