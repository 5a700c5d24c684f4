import numpy as np
import pytest

from headway.errors import RunError
from headway.facts.training import has_learnt
from headway.heads import DenseSettings, fit_published, standardise
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
    head, _ = fit_published(standardise(features), labels, _ones(labels), 3, 0, hidden)
    assert head.kind == f"dense{hidden}"
    assert [weight.shape for weight in head.weights] == [(20, hidden), (hidden, 3)]
    assert head.weights[0].dtype == np.float32
    others, expected = _blobs(seed=1)
    assert (head.logits(others).argmax(axis=1) == expected).mean() > 0.9


def test_parameters_are_as_many_as_published():
    """VGG16's 512 means, 11 classes: 52,411."""
    features, labels = _blobs(n=44, d=512, k=11)
    head, _ = fit_published(standardise(features), labels, _ones(labels), 11, 0, 100, DenseSettings(epochs=1))
    assert head.n_parameters == 52_411


def test_the_epoch_of_least_loss_on_what_is_watched_is_kept_and_told():
    features, labels = _blobs(200)
    features[:, 2:] = 0
    watched = features[150:], labels[150:]
    settings = DenseSettings(epochs=30, learning_rate=0.05)
    data, weights = standardise(features[:150]), _ones(labels[:150])
    head, course = fit_published(data, labels[:150], weights, 3, 0, settings=settings, watched=watched)
    assert [epoch.number for epoch in course.history] == list(range(1, 31))
    logits = head.logits(features[150:]).astype("f8")
    losses = np.log(np.exp(logits).sum(axis=1)) - logits[np.arange(50), labels[150:]]
    best = course.history[course.best - 1]
    assert best.validation_loss == course.least < course.history[-1].validation_loss
    assert losses.mean() == pytest.approx(best.validation_loss, rel=1e-3)
    assert (logits.argmax(axis=1) == labels[150:]).mean() == pytest.approx(best.validation_accuracy)
    frequencies = np.bincount(labels[:150]) / 150
    assert course.frequencies_loss == pytest.approx(-np.log(frequencies[labels[150:]]).mean(), rel=1e-5)


def test_without_watching_the_last_epoch_is_kept_and_no_row_is_held_back():
    features, labels = _blobs(200)
    settings = DenseSettings(epochs=3, keep="last")
    _, course = fit_published(standardise(features), labels, _ones(labels), 3, 0, settings=settings)
    assert (course.best, course.frequencies_loss) == (3, None)
    assert all(epoch.validation_loss is None for epoch in course.history)


def test_too_few_rows_to_hold_any_back_are_watched_themselves():
    features, labels = np.eye(2, dtype="f4"), np.array([0, 1])
    _, course = fit_published(standardise(features), labels, _ones(labels), 2, 0)
    assert all(epoch.validation_loss is not None for epoch in course.history)


def test_where_nothing_is_learnt_training_starts_again_at_a_lower_rate():
    random = np.random.default_rng(0)
    labels, notes = np.arange(300) % 3, Notes()
    features = (random.standard_normal((300, 20)) + 2 * np.eye(20)[labels]).astype("f4") * 300
    head, course = fit_published(standardise(features), labels, _ones(labels), 3, 0, 256, progress=notes)
    assert course.abandoned_rates and 0.01 in course.abandoned_rates
    assert course.history[0].learning_rate in (0.001, 0.0001)
    assert any(note.endswith("at a learning rate of 0.01: training starts again at 0.001") for note in notes.notes)
    assert (head.logits(features).argmax(axis=1) == labels).mean() > 0.6


def test_where_nothing_can_be_learnt_the_best_of_all_rates_is_kept():
    features, labels = np.zeros((90, 4), "f4"), np.arange(90) % 3
    _, course = fit_published(standardise(features), labels, _ones(labels), 3, 0)
    assert not has_learnt(course.history, course.frequencies_loss)
    assert len(course.abandoned_rates) == 2


@pytest.mark.parametrize("settings", [{"learning_rate": 0.02}, {"optimizer": "sgd"}, {"optimizer": "sgd-momentum"}])
def test_steps_that_were_asked_for_are_taken(settings):
    features, labels = np.zeros((90, 4), "f4"), np.arange(90) % 3
    _, course = fit_published(standardise(features), labels, _ones(labels), 3, 0, 256, DenseSettings(**settings))
    assert course.abandoned_rates == ()
    assert course.history[0].learning_rate == settings.get("learning_rate", 0.01)


@pytest.mark.parametrize("optimizer", ["adam", "adamw", "sgd", "sgd-momentum"])
@pytest.mark.parametrize("loss", ["cross-entropy", "binary-cross-entropy"])
def test_every_optimizer_learns_by_every_loss(optimizer, loss):
    features, labels = _blobs()
    settings = DenseSettings(optimizer=optimizer, loss=loss, learning_rate=0.05 if "sgd" in optimizer else 0.0)
    head, course = fit_published(standardise(features), labels, _ones(labels), 3, 0, settings=settings)
    others, expected = _blobs(seed=1)
    assert (head.logits(others).argmax(axis=1) == expected).mean() > 0.85
    last = course.history[-1]
    assert (last.validation_binary_accuracy is None) == (loss == "cross-entropy")
    assert (last.train_binary_accuracy or 1) > 0.85


@pytest.mark.filterwarnings("error")
def test_a_loss_that_is_no_number_is_an_error_that_suggests_a_rate():
    features, labels = _blobs()
    data, asked = standardise(features * 1000), DenseSettings(learning_rate=1e20)
    with pytest.raises(RunError, match=r"in epoch 1 with a learning rate of 1e\+20: try a rate of 1e\+19"):
        fit_published(data, labels, _ones(labels), 3, 0, 256, asked)


@pytest.mark.filterwarnings("error")
def test_training_that_diverges_later_ends_with_the_best_epoch_before(monkeypatch):
    features, labels = _blobs()
    real, states, notes = Network.scores, [], Notes()

    def scores(self, inputs, classes):
        states.append(self.parameters[0].copy())
        found = real(self, inputs, classes)
        return found if len(states) < 3 else found._replace(losses=found.losses * np.nan)

    monkeypatch.setattr(Network, "scores", scores)
    head, course = fit_published(standardise(features), labels, _ones(labels), 3, 0, progress=notes)
    assert len(course.history) == 2
    assert any(head.weights[0].tobytes() == state.tobytes() for state in states[:2])
    *epochs, note = notes.notes
    assert [line.split()[1] for line in epochs] == ["1", "2"]
    assert "in epoch 3" in note
    assert "0.0001" in note
