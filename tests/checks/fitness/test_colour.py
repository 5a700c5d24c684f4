"""503 colour."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from PIL import Image

from headway import demo
from headway.checks import Context, OutOfFold, TooLittle
from headway.dataset import Dataset, read
from headway.facts.audit import Finding
from headway.rendering.findings import words
from tests.checks.helpers import run, synthetic

TINTS = np.random.default_rng(0).permutation(np.array(np.meshgrid([0, 110], [0, 110], [0, 110])).reshape(3, -1).T)


def predictions(labels: Any, accuracy: float) -> OutOfFold:
    """As a network would make them that is right on so many."""
    n_classes = int(labels.max()) + 1
    guessed = np.where(np.random.default_rng(0).random(len(labels)) < accuracy, labels, (labels + 1) % n_classes)
    return OutOfFold(np.arange(len(labels)), np.eye(n_classes, dtype=np.float32)[guessed])


def looked_at(pictures: Any, labels: Any, accuracy: float, **fields: Any) -> Context:
    data = Dataset(pictures, labels, tuple(f"class {label}" for label in range(int(labels.max()) + 1)))
    return synthetic(labels, data=data, predictions=predictions(labels, accuracy), **fields)


def drawings(rate: float) -> tuple[list[Any], Any]:
    """The carried drawings, of which so many are tinted by their class."""
    data = read(demo.pictures())
    tinted = np.random.default_rng(1).random(len(data)) < rate
    pictures = []
    for picture, label, is_tinted in zip(data.pictures, data.labels.tolist(), tinted, strict=True):
        pixels = np.asarray(Image.open(picture).convert("L").convert("RGB").resize((48, 48)), np.int64)
        pictures.append(np.clip(pixels - TINTS[label] * is_tinted, 0, 255).astype(np.uint8))
    return pictures, data.labels


@pytest.mark.parametrize("rate", [0.9, 1.0])
def test_real_pictures_that_are_tinted_by_class_are_found(rate: float) -> None:
    [found] = run("colour", looked_at(*drawings(rate), accuracy=0.9))
    assert found.severity == "note" and not len(found.rows)
    assert found.evidence["colour"] >= 0.8 * rate  # type: ignore[operator]
    said = words(Finding(503, "colour", "note", 0, (), found.evidence))
    assert said.found.startswith("colours alone predict the class of ") and "fruits" in said.todo


@pytest.mark.parametrize("rate", [0.0, 0.4])
def test_real_pictures_that_are_tinted_seldom_are_not(rate: float) -> None:
    assert run("colour", looked_at(*drawings(rate), accuracy=0.9)) == []


def noise(labels: Any, seed: int) -> list[Any]:
    random = np.random.default_rng(seed)
    return [random.integers(0, 256, (16, 16, 3)).astype(np.uint8) for _ in labels]


def test_against_a_network_no_better_than_the_largest_class_chance_is_not_enough() -> None:
    for seed in range(10):
        labels = (np.random.default_rng(seed).random(120) < 0.1).astype(np.int64)  # nine of ten are of one class
        assert run("colour", looked_at(noise(labels, seed), labels, accuracy=0.9)) == []


def test_on_unbalanced_data_the_largest_class_is_what_must_be_beaten() -> None:
    """Nine of ten are right by the largest class alone: a colour that tells half of the others gains half."""
    labels = (np.arange(400) % 10 == 0).astype(np.int64)
    pictures = noise(labels, 0)
    for row in np.flatnonzero(labels)[::2].tolist():
        pictures[row] = np.full((16, 16, 3), (200, 0, 0), np.uint8)
    assert run("colour", looked_at(pictures, labels, accuracy=1.0)) == []
    [found] = run("colour", looked_at(pictures, labels, accuracy=0.95))
    assert found.evidence["majority"] == pytest.approx(0.9) and found.evidence["colour"] == pytest.approx(
        0.95, abs=0.01
    )


def test_what_could_not_be_predicted_cannot_tell() -> None:
    labels = np.array([0, 1] * 20)
    for given in (None, predictions(labels, 1.0)):
        with pytest.raises(TooLittle) as raised:
            run("colour", synthetic(labels, predictions=given))
        assert (raised.value.needs, raised.value.found) == ("predictions", 0 if given is None else 40)


def test_identical_pictures_are_not_held_out_from_each_other() -> None:
    """Each picture twice, in colours that say nothing: their twins would give the class away."""
    labels = np.random.default_rng(0).integers(0, 2, 60)
    pictures = noise(labels, 0)
    random = np.random.default_rng(1)
    pictures = [np.full((16, 16, 3), random.integers(0, 256, 3), np.uint8) for _ in labels]
    twice = np.repeat(labels, 2)
    given = looked_at([pictures[i // 2] for i in range(120)], twice, accuracy=0.5)
    hashes = [bytes([i // 2]) * 32 for i in range(120)]
    assert run("colour", Context(given.data, hashes, given.features, given.facts, predictions=given.predictions)) == []
