from dataclasses import replace

import numpy as np
import onnx
import pytest
import torch
from PIL import Image

from headway.backbones import Engine
from headway.dataset import read
from headway.errors import DataError, RunError, UnknownNameError, UserError
from headway.images import load
from headway.session import Session
from headway.training import TrainingSettings, loop
from headway.training.scratch import PLANS, fitting_size, train_scratch
from headway.training.stepper import changing
from headway.types import Silent


def stripes(n, size=16, seed=0):
    """Pictures of two classes that differ by the direction of their stripes."""
    source = np.random.default_rng(seed)
    labels = np.arange(n) % 2
    pictures = []
    for label in labels:
        wave = 90 * np.sin(np.arange(size) * 1.2 + source.uniform(0, 6))
        field = np.add.outer(wave, np.zeros(size)) + 120 + source.normal(0, 10, (size, size))
        field = (field.T if label else field).clip(0, 255).astype(np.uint8)
        pictures.append(np.repeat(field[..., None], 3, axis=2))
    return read(pictures, ["down" if label else "across" for label in labels])


DATA = stripes(96)
TRAIN, VALIDATION = np.arange(64), np.arange(64, 96)


def trained(data=DATA, train=TRAIN, validation=VALIDATION, cache=None, progress=None, **given):
    ours = {name: given.pop(name) for name in ("architecture", "image_size") if name in given}
    settings = TrainingSettings(**({"resize": "squash", "refit": False} | given))
    with Session.open(cache, progress=progress) as session:
        return train_scratch(
            data, train, validation, settings=settings, session=session, **({"architecture": "residual"} | ours)
        )


@pytest.mark.parametrize(
    "architecture", [pytest.param(name, marks=[pytest.mark.slow] if name == "residual" else []) for name in PLANS]
)
def test_it_learns_and_the_file_says_the_same(architecture, tmp_path):
    made = trained(architecture=architecture, epochs=6, cache=tmp_path)
    labels = DATA.labels[VALIDATION]
    assert (made.validation_logits.argmax(1) == labels).mean() >= 0.9
    assert [epoch.number for epoch in made.history] == list(range(7))
    assert 1 <= made.best <= 6 and not made.diverged
    assert (made.part, made.image_size) == (architecture, 48 if architecture == "food11" else 16)
    squares = np.stack([load(DATA.pictures[row], made.image_size, "squash") for row in VALIDATION])
    logits = made.head.logits(Engine(made.network, ["head.mean"], "fp32").run(squares))
    np.testing.assert_allclose(logits, made.validation_logits, atol=0.15 * np.abs(logits).max())  # bf16 beside fp32
    assert (logits.argmax(1) == made.validation_logits.argmax(1)).mean() > 0.9
    weights = [i for i in onnx.load_from_string(made.network).graph.initializer if "features" in i.name]
    assert (
        made.parameters == made.trained_parameters > sum(np.prod(w.dims) for w in weights if "mean" not in w.name) / 2
    )
    assert set(made.seconds) == {"inputs", "training", "again", "total"}


def test_the_seed_decides(tmp_path):
    one, again, other = (
        trained(epochs=1, seed=s, augment=["hflip"], cache=tmp_path / name)
        for name, s in zip("abc", (1, 1, 2), strict=True)
    )
    assert one.network == again.network and np.array_equal(one.head.weights[0], again.head.weights[0])
    assert one.network != other.network


def test_what_is_asked_for_reaches_the_loop(tmp_path, monkeypatch):
    seen = {}

    def train(network, training, validation, plan, **rest):
        seen.update(rest, plan=plan, augment=training.augment)
        raise InterruptedError

    monkeypatch.setattr(loop, "train", train)
    subset = np.array([0, 2, 4, 1])
    with pytest.raises(InterruptedError):
        trained(train=subset, balance="weights", epochs=3, learning_rate=0.5, seed=4, augment=["vflip"], cache=tmp_path)
    assert (seen["plan"].epochs, seen["plan"].learning_rate, seen["plan"].seed) == (3, 0.5, 4)
    assert seen["plan"].optimiser == "adamw" and seen["augment"].vflip
    np.testing.assert_allclose(seen["class_weights"], [4 / 6, 2])
    keys = {seen["checkpoint"].key}
    for change in ({"seed": 5}, {"augment": []}, {"balance": "none"}, {"image_size": 32}, {"resize": "crop"}):
        with pytest.raises(InterruptedError):
            trained(**({"train": subset, "balance": "weights", "epochs": 3, "learning_rate": 0.5, "seed": 4,
                        "augment": ["vflip"], "cache": tmp_path} | change))  # fmt: skip
        keys.add(seen["checkpoint"].key)
    assert len(keys) == 5  # squares are squares, however they are resized
    assert seen["checkpoint"].path.name.startswith(seen["checkpoint"].key[:24])


def test_food11_is_trained_as_published():
    plan = PLANS["food11"]
    assert (plan.optimiser, plan.batch, plan.epochs, plan.schedule) == ("adam", 32, 10, "constant")
    assert (plan.learning_rate, plan.criterion, plan.even) == (1e-3, "loss", False)


def test_it_learns_once_more_on_all(tmp_path, monkeypatch):
    seen = []
    train = loop.train

    def recording(network, training, validation, plan, **rest):
        seen.append((len(training.labels), validation and len(validation.labels), plan.epochs, rest["again"]))
        return train(network, training, validation, plan, **rest)

    monkeypatch.setattr(loop, "train", recording)
    once = trained(epochs=3, cache=tmp_path)
    more = trained(epochs=3, refit=True, cache=tmp_path)
    assert seen == [(64, 32, 3, 0), (64, 32, 3, 96), (96, None, once.best, 0)]
    assert more.validation_network == once.network != more.network
    assert more.last is None and more.seconds["again"] > 0 == once.seconds["again"]
    assert once.final.network == once.watched.network


def test_the_network_after_its_last_epoch_is_there_too(tmp_path, monkeypatch):
    train = loop.train

    def forgetting(network, *examples_and_plan, **rest):
        result = train(network, *examples_and_plan, **rest)
        return replace(result, last={name: torch.zeros_like(tensor) for name, tensor in changing(network).items()})

    monkeypatch.setattr(loop, "train", forgetting)
    made = trained(epochs=2, cache=tmp_path)
    assert made.last.network != made.network and made.head.weights[0].any()
    assert not made.last.head.weights[0].any() and not made.last.head.biases[0].any()


class KilledInEpoch3(Silent):
    epochs = 0

    def note(self, message):
        self.epochs += message.startswith("epoch")

    def advance(self, steps=1):
        if steps and self.epochs == 2:
            raise KeyboardInterrupt


def test_a_run_that_is_killed_goes_on(tmp_path):
    whole = trained(epochs=3, cache=tmp_path / "whole")
    with pytest.raises(KeyboardInterrupt):
        trained(epochs=3, cache=tmp_path, progress=KilledInEpoch3())
    resumed = trained(epochs=3, cache=tmp_path)
    assert resumed.network == whole.network
    assert [e.validation_loss for e in resumed.history] == [e.validation_loss for e in whole.history]


class TestSize:
    def test_no_larger_than_the_pictures(self, tmp_path):
        files = []
        for number, side in enumerate((20, 30, 40)):
            files.append(str(tmp_path / f"{number}.png"))
            Image.new("RGB", (10, side)).save(files[-1])
        data = read([*files, b"text"], ["a", "b", "a", "b"])
        assert fitting_size(data, np.arange(4), 16, 128) == 32
        assert fitting_size(data, np.arange(4), 46, 224) == 48, "no smaller than the network needs"

    def test_of_arrays_images_and_bytes(self, tmp_path):
        Image.new("RGB", (500, 10)).save(tmp_path / "p.png")
        pictures = [np.zeros((500, 10, 3), np.uint8), Image.new("L", (10, 600)), (tmp_path / "p.png").read_bytes()]
        assert fitting_size(read(pictures, ["a", "b", "a"]), np.arange(3), 16, 128) == 128

    def test_when_none_can_be_read(self):
        assert fitting_size(read([b"text"], ["a"]), np.arange(1), 16, 224) == 224

    def test_too_small(self):
        with pytest.raises(UserError, match="residual needs pictures of at least 16 × 16 pixels, not 8 × 8"):
            trained(image_size=8)


class TestWrongInput:
    def test_unknown_names(self):
        with pytest.raises(UnknownNameError, match="did you mean residual"):
            trained(architecture="residuals")
        with pytest.raises(UnknownNameError, match="did you mean hflip"):
            trained(augment=["hflop"])

    def test_a_picture_that_cannot_be_read(self, tmp_path):
        data = read([*DATA.pictures[:4], b"text"], ["a", "b", "a", "b", "a"])
        with pytest.raises(DataError, match="picture 4 is not: not a picture"):
            trained(data, np.array([0, 1, 4]), np.array([2, 3]), cache=tmp_path)

    def test_an_empty_part(self, tmp_path):
        with pytest.raises(DataError):
            trained(validation=np.array([], np.int64), cache=tmp_path)

    def test_a_rate_that_is_far_too_high(self, tmp_path):
        with pytest.raises(RunError, match=r"food11 learned nothing: .*--learning-rate 3e\+29"):
            trained(architecture="food11", learning_rate=1e30, epochs=3, cache=tmp_path)
