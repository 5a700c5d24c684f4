import numpy as np
import pytest

from headway.errors import RunError
from headway.heads import fit_published, standardise


class Notes:
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


@pytest.mark.parametrize("hidden", [100, 256])
def test_same_seed_same_bytes_other_seed_others(hidden):
    features, labels = _blobs(100)
    data = standardise(features)
    one, same, other = (
        fit_published(data, labels, _ones(labels), 3, seed, hidden, epochs=2).weights[0].tobytes() for seed in (0, 0, 1)
    )
    assert one == same != other


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
    assert [row["number"] for row in curve] == list(range(1, 31))
    keys = {"number", "train_loss", "train_accuracy", "validation_loss", "validation_accuracy", "seconds"}
    assert curve[0].keys() == keys
    logits = head.logits(features[150:]).astype("f8")
    losses = np.log(np.exp(logits).sum(axis=1)) - logits[np.arange(50), labels[150:]]
    best = min(curve, key=lambda row: row["validation_loss"])
    assert best is not curve[-1]
    assert losses.mean() == pytest.approx(best["validation_loss"], rel=1e-3)
    assert (logits.argmax(axis=1) == labels[150:]).mean() == pytest.approx(best["validation_accuracy"])


def test_rows_of_weight_0_change_nothing():
    features, labels = _blobs(100)
    weights = (np.arange(100) < 80).astype("float32")
    changed = np.where(weights > 0, labels, (labels + 1) % 3)
    data = standardise(features)
    one, other = (fit_published(data, classes, weights, 3, 0, epochs=2) for classes in (labels, changed))
    assert one.weights[0].tobytes() == other.weights[0].tobytes()


def test_weights_shift_the_balance():
    labels = np.arange(400) % 2
    features = np.random.default_rng(0).standard_normal((400, 3)).astype("float32")
    weights = np.where(labels == 1, 9, 1).astype("float32")
    head = fit_published(standardise(features), labels, weights, 2, 0)
    assert (head.logits(features).argmax(axis=1) == 1).mean() > 0.8


def test_four_rows_are_enough():
    features = np.array([[0.0], [1], [10], [11]], "float32")
    head = fit_published(standardise(features), np.array([0, 0, 1, 1]), np.ones(4, "float32"), 2, 0)
    assert np.isfinite(head.logits(features)).all()
    one_a_class = fit_published(standardise(features[:2]), np.array([0, 1]), np.ones(2, "float32"), 2, 0)
    assert np.isfinite(one_a_class.logits(features)).all()


@pytest.mark.filterwarnings("error")
def test_a_loss_that_is_no_number_is_an_error_that_suggests_a_rate():
    features, labels = _blobs()
    with pytest.raises(RunError, match=r"in epoch 1 with a learning rate of 1e\+20: try a rate of 1e\+19"):
        fit_published(standardise(features * 1000), labels, _ones(labels), 3, 0, 256, learning_rate=1e20)


@pytest.mark.filterwarnings("error")
def test_the_last_good_state_is_kept_when_it_comes_later(monkeypatch):
    from headway.heads import dense_published

    features, labels = _blobs()
    real, calls, told, curve = dense_published._Run.scores, [], Notes(), []

    def scores(self, network, rows):
        calls.append(network.parameters[0].copy())
        return real(self, network, rows) if len(calls) < 3 else (float("nan"), 0.0)

    monkeypatch.setattr(dense_published._Run, "scores", scores)
    head = fit_published(standardise(features), labels, _ones(labels), 3, 0, history=curve, progress=told)
    assert len(curve) == 2
    assert any(head.weights[0].tobytes() == kept.tobytes() for kept in calls[:2])
    assert "in epoch 3" in told.notes[0] and "0.0001" in told.notes[0]
