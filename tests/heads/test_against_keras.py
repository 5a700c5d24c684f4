"""The published small networks against independent Keras programs of the published settings."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np
import pytest

from headway import recipes
from headway.heads import DenseSettings, fit_published, unscaled
from headway.heads.dense_published import _LOSSES, _OPTIMISERS
from headway.heads.network import Network
from headway.recipe import Recipe

pytestmark = [pytest.mark.slow, pytest.mark.filterwarnings("ignore::DeprecationWarning")]
SEEDS = range(5)
Part: TypeAlias = "tuple[np.ndarray, np.ndarray]"


@pytest.fixture(scope="module")
def keras() -> Any:
    from headway.backbones.convert.keras import import_keras

    return import_keras()


def program(keras: Any, recipe: Recipe, n_features: int, n_classes: int) -> Any:
    """Return the network of a publication, compiled."""
    layers = keras.layers
    if recipe.head == "dense100":
        own = [layers.Dropout(0.2), layers.Dense(100, activation="relu"), layers.Dense(n_classes, activation="softmax")]
        how = {"optimizer": "adam", "loss": "categorical_crossentropy"}
    else:
        own = [layers.Dense(256, activation="relu"), layers.Dense(n_classes, activation="sigmoid")]
        how = {"optimizer": "sgd", "loss": "binary_crossentropy"}
    network = keras.Sequential([layers.Input((n_features,)), *own])
    network.compile(**how, metrics=["accuracy"])
    return network


def features(n: int, classes: int, seed: int, dim: int = 64) -> Part:
    """Draw features of classes that overlap, as a network's pooled maps have them: none is below 0, few are large."""
    labels = np.random.default_rng(seed).integers(0, classes, n)
    centres = np.random.default_rng(77).uniform(0, 1.3, (classes, dim))
    noise = np.random.default_rng(seed + 1000).standard_normal((n, dim))
    return np.maximum(centres[labels] + 1.5 * noise, 0).astype(np.float32), labels


@pytest.mark.parametrize("name", ["food11-vgg16-dense", "flowers-vgg16-dense256"])
def test_five_seeds_are_as_good_as_five_of_the_publication(keras: Any, tmp_path: Path, name: str) -> None:
    recipe = recipes.read(name).recipe
    classes = 11 if recipe.head == "dense100" else 5
    train, validation, test = (features(n, classes, seed) for seed, n in enumerate((480, 300, 1500)))
    ours, theirs, ours_loss, theirs_loss = [], [], [], []
    for seed in SEEDS:
        settings = DenseSettings(recipe.epochs, recipe.learning_rate, recipe.optimizer, recipe.loss)
        head, course = fit_published(
            unscaled(train[0]), train[1], np.ones(480, np.float32), classes, seed, int(recipe.head[5:]), settings,
            watched=validation,
        )  # fmt: skip
        ours.append((head.logits(test[0]).argmax(axis=1) == test[1]).mean())
        ours_loss.append(course.least)
        keras.utils.set_random_seed(seed)
        network = program(keras, recipe, train[0].shape[1], classes)
        assert network.count_params() == head.n_parameters
        file = str(tmp_path / "best.weights.h5")
        checkpoint = keras.callbacks.ModelCheckpoint(file, save_best_only=True, save_weights_only=True)
        one_hot = [keras.utils.to_categorical(labels, classes) for labels in (train[1], validation[1])]
        history = network.fit(
            train[0], one_hot[0], validation_data=(validation[0], one_hot[1]), batch_size=32, epochs=recipe.epochs,
            callbacks=[checkpoint], verbose=0,
        )  # fmt: skip
        network.load_weights(file)
        theirs.append((network.predict(test[0], verbose=0).argmax(axis=1) == test[1]).mean())
        theirs_loss.append(min(history.history["val_loss"]))
    assert 0.3 < np.mean(theirs) < 0.97, "the data must be neither too hard nor too easy to tell two programs apart"
    for own, published, least in ((ours, theirs, 0.005), (ours_loss, theirs_loss, 0.005)):
        chance = np.sqrt((np.var(own, ddof=1) + np.var(published, ddof=1)) / len(SEEDS))
        assert abs(np.mean(own) - np.mean(published)) < max(3 * chance, least), (own, published)


@pytest.mark.parametrize("loss", ["cross-entropy", "binary-cross-entropy"])
@pytest.mark.parametrize("optimizer", ["adam", "adamw", "sgd", "sgd-momentum"])
def test_every_step_is_the_one_of_keras(keras: Any, loss: str, optimizer: str) -> None:
    """From the same weights, on the same batches."""
    make: dict[str, Callable[[], Any]] = {
        "adam": keras.optimizers.Adam,
        "adamw": keras.optimizers.AdamW,
        "sgd": keras.optimizers.SGD,
        "sgd-momentum": lambda: keras.optimizers.SGD(momentum=0.9),
    }
    last, name = (
        ("softmax", "categorical_crossentropy") if loss == "cross-entropy" else ("sigmoid", "binary_crossentropy")
    )
    layers = keras.layers
    theirs = keras.Sequential(
        [layers.Input((12,)), layers.Dense(9, activation="relu"), layers.Dense(4, activation=last)]
    )
    own = make[optimizer]()
    if optimizer == "adamw":
        own.exclude_from_weight_decay(var_names=["bias"])
    theirs.compile(optimizer=own, loss=name)
    ours = Network([weights.copy() for weights in theirs.get_weights()], _LOSSES[loss]())
    rate, optimiser = _OPTIMISERS[optimizer]
    steps = optimiser(rate)
    inputs, labels = features(160, 4, 3, 12)
    for start in range(0, 160, 32):
        batch = slice(start, start + 32)
        value = theirs.train_on_batch(inputs[batch], keras.utils.to_categorical(labels[batch], 4))
        gradients, scores = ours.gradients(inputs[batch], labels[batch], np.ones(32, np.float32))
        steps.step(ours.parameters, gradients)
        assert scores.losses.mean() == pytest.approx(float(np.ravel(value)[0]), rel=2e-4) or start > 0
    for mine, other in zip(ours.parameters, theirs.get_weights(), strict=True):
        np.testing.assert_allclose(mine, other, atol=2e-6)
