import numpy as np
import pytest

from headway.errors import RunError
from headway.facts.training import Epoch
from headway.heads import fit_published, standardise
from headway.heads.network import Network
from headway.types import Silent


class Notes(Silent):
    def __init__(self):
        self.notes = []

    def note(self, message):
        self.notes.append(message)


def _blobs(n=400, d=20, k=3, seed=0):
    random = np.random.default_rng(seed)
    labels = random.integers(0, k, n)
    centres = np.random.default_rng(9).uniform(0, 3, (k, d))
    return np.maximum(centres[labels] + random.standard_normal((n, d)), 0).astype("float32"), labels


def _ones(labels):
    return np.ones(len(labels), "float32")


@pytest.mark.parametrize("hidden", [100, 256])
def test_learns_and_reads_raw_features(hidden):
    features, labels = _blobs()
    head = fit_published(standardise(features), labels, _ones(labels), 3, 0, hidden)
    assert head.kind == f"dense{hidden}"
    assert [weight.shape for weight in head.weights] == [(20, hidden), (hidden, 3)]
    assert head.weights[0].dtype == np.float32
    others, expected = _blobs(seed=1)
    assert (head.logits(others).argmax(axis=1) == expected).mean() > 0.9


def test_parameters_are_as_many_as_published():
    """VGG16's 512 means, 11 classes: 52,411."""
    features, labels = _blobs(n=44, d=512, k=11)
    head = fit_published(standardise(features), labels, _ones(labels), 11, 0, 100, epochs=1)
    assert sum(array.size for array in (*head.weights, *head.biases)) == 52_411


def test_the_best_epoch_is_kept_and_the_curves_are_told():
    features, labels = _blobs(200)
    features[:, 2:] = 0
    validation, curve = np.arange(150, 200), []
    weights = _ones(labels)
    weights[150:] = 0
    data = standardise(features)
    head = fit_published(
        data, labels, weights, 3, 0, epochs=30, learning_rate=0.05, validation=validation, history=curve
    )
    assert [epoch.number for epoch in curve] == list(range(1, 31))
    assert all(isinstance(epoch, Epoch) for epoch in curve)
    logits = head.logits(features[150:]).astype("f8")
    losses = np.log(np.exp(logits).sum(axis=1)) - logits[np.arange(50), labels[150:]]
    best = min(curve, key=lambda epoch: epoch.validation_loss)
    assert best is not curve[-1]
    assert losses.mean() == pytest.approx(best.validation_loss, rel=1e-3)
    assert (logits.argmax(axis=1) == labels[150:]).mean() == pytest.approx(best.validation_accuracy)


@pytest.mark.filterwarnings("error")
def test_a_loss_that_is_no_number_is_an_error_that_suggests_a_rate():
    features, labels = _blobs()
    with pytest.raises(RunError, match=r"in epoch 1 with a learning rate of 1e\+20: try a rate of 1e\+19"):
        fit_published(standardise(features * 1000), labels, _ones(labels), 3, 0, 256, learning_rate=1e20)


@pytest.mark.filterwarnings("error")
def test_training_that_diverges_later_ends_with_the_best_epoch_before(monkeypatch):
    features, labels = _blobs()
    real, states, notes, curve = Network.losses, [], Notes(), []

    def losses(self, inputs, classes):
        states.append(self.parameters[0].copy())
        values, right = real(self, inputs, classes)
        return (values if len(states) < 3 else values * np.nan), right

    monkeypatch.setattr(Network, "losses", losses)
    head = fit_published(standardise(features), labels, _ones(labels), 3, 0, history=curve, progress=notes)
    assert len(curve) == 2
    assert any(head.weights[0].tobytes() == state.tobytes() for state in states[:2])
    *epochs, note = notes.notes
    assert [line.split()[1] for line in epochs] == ["1", "2"]
    assert "in epoch 3" in note
    assert "0.0001" in note
