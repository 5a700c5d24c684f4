import numpy as np
import pytest

from headway.errors import DataError, UnknownNameError
from headway.heads import parallel
from headway.preparation import Preparation
from headway.search import Choice, refit, search


def _problem(n=120, d=8, k=3, strength=1.5, seed=0):
    random = np.random.default_rng(seed)
    labels = np.arange(n) % k
    centres = random.standard_normal((k, d))
    return (random.standard_normal((n, d)) + strength * centres[labels]).astype("float32"), labels


def _folds(n, count=5, seed=0):
    fold = np.random.default_rng(seed).permutation(np.arange(n) % count)
    return [(np.flatnonzero(fold != i), np.flatnonzero(fold == i)) for i in range(count)]


class _Log:
    def __init__(self):
        self.total, self.steps, self.notes = 0, 0, []

    def start(self, stage, total=None):
        self.total = total

    def advance(self, steps=1):
        self.steps += steps

    def note(self, message):
        self.notes.append(message)


@pytest.mark.parametrize("head", ["auto", "centroid", "logistic", "mlp", "svm", "dense100", "dense256"])
def test_every_kind_learns_and_is_refitted(head):
    features, labels = _problem()
    log = _Log()
    result = search({"last": features}, labels, _folds(120), n_classes=3, head=head, progress=log)
    assert result.score.accuracy > 0.8
    assert head in ("auto", result.choice.head)
    assert log.steps == log.total > 0
    fitted, transform = refit(result.choice, features, labels, n_classes=3)
    assert fitted.kind == result.choice.head
    assert (transform.vocabularies, transform.columns) == ((), None)
    assert (fitted.logits(features).argmax(axis=1) == labels).mean() > 0.85


def test_out_of_fold_logits_are_those_of_heads_that_did_not_see_the_row():
    features, labels = _problem()
    folds = _folds(120)
    result = search({"last": features}, labels, folds, n_classes=3, head="centroid")
    train, held_out = folds[2]
    head, _ = refit(Choice("centroid", "last"), features[train], labels[train], n_classes=3)
    np.testing.assert_allclose(result.logits[held_out], head.logits(features[held_out]), atol=1e-4)
    assert result.accuracy == (result.logits.argmax(axis=1) == labels).mean()


def test_what_was_tried_reads_as_facts():
    features, labels = _problem()
    sets = {"a": features[:, :4], "b": features}
    result = search(sets, labels, _folds(120), n_classes=3, head="svm", C=[1.0, 10.0])
    tried = result.candidates
    assert [(one.kind, one.features, one.C) for one in tried] == [
        ("svm", "a", 1.0), ("svm", "a", 10.0), ("svm", "b", 1.0), ("svm", "b", 10.0)
    ]  # fmt: skip
    (chosen,) = [one for one in tried if (one.kind, one.features, one.C) == (
        result.choice.head, result.choice.features, result.choice.C
    )]  # fmt: skip
    assert chosen.accuracy == result.accuracy
    own = -result.calibration.log_probabilities(result.logits)[np.arange(120), labels[result.rows]]
    assert chosen.log_loss == pytest.approx(own.mean(), rel=1e-5)


def test_the_informative_feature_set_is_found_and_the_equal_one_not_preferred():
    features, labels = _problem()
    noise = np.random.default_rng(1).standard_normal((120, 8)).astype("float32")
    assert search({"a": noise, "b": features}, labels, _folds(120), n_classes=3).choice.features == "b"
    assert search({"a": features, "b": features}, labels, _folds(120), n_classes=3).choice.features == "a"


def test_the_path_of_C_is_not_ended_by_the_plateau_at_its_start():
    # The signal is where the features vary least: up to C = 1 the penalty leaves nothing of it.
    random = np.random.default_rng(0)
    labels = np.arange(600) % 2
    features = random.standard_normal((600, 6))
    features[:, 1] = features[:, 0] + 0.03 * random.standard_normal(600) + 0.06 * labels
    result = search({"last": features.astype("float32")}, labels, _folds(600), n_classes=2, head="logistic")
    assert result.choice.C >= 1
    assert result.accuracy > 0.8


def test_nothing_is_said_of_a_network_given_up():
    features, labels = _problem()
    log = _Log()
    search({"last": features}, labels, _folds(120), n_classes=3, progress=log)
    assert log.notes == []


def test_labels_that_are_noise_score_chance():
    random = np.random.default_rng(5)
    labels = random.permutation(np.arange(150) % 3)
    sets = {f"set {i}": random.standard_normal((150, 40)).astype("float32") for i in range(4)}
    result = search(sets, labels, _folds(150), n_classes=3)
    assert max(candidate.accuracy for candidate in result.candidates) > 0.38
    assert result.score.accuracy == pytest.approx(1 / 3, abs=0.07)
    assert result.score.low < 1 / 3 < result.score.high


def test_one_validation_split_scores_its_rows_only():
    features, labels = _problem()
    result = search({"last": features}, labels, [(np.arange(80), np.arange(90, 120))], n_classes=3)
    assert result.rows.tolist() == list(range(90, 120))
    assert result.logits.shape == (30, 3)


def test_four_rows_are_enough():
    features = np.array([[0.0, 1], [0.2, 1], [5, 1], [5.2, 1]], "float32")
    rows = np.arange(4)
    folds = [(rows[rows % 2 == 0], rows[rows % 2 == 1]), (rows[rows % 2 == 1], rows[rows % 2 == 0])]
    result = search({"last": features}, np.array([0, 0, 1, 1]), folds, n_classes=2)
    assert result.accuracy == 1


def test_many_classes_and_one_missing_from_the_held_out_rows():
    features, labels = _problem(n=600, d=16, k=300)
    folds = [(np.arange(300, 600), np.arange(299)), (np.arange(300), np.arange(300, 600))]
    result = search({"last": features}, labels, folds, n_classes=300, head="logistic")
    assert result.logits.shape == (599, 300)
    assert np.isfinite(result.logits).all()


def test_every_balance_finds_the_rare_class():
    random = np.random.default_rng(0)
    labels = (np.arange(400) % 20 == 0).astype("int64")
    features = (random.standard_normal((400, 3)) + labels[:, None]).astype("float32")
    recalls = {}
    for balance in ("none", "weights", "undersample", "oversample", "smote"):
        how = Preparation(balance=balance)
        result = search(
            {"last": features}, labels, _folds(400), n_classes=2, head="logistic", preparations={"last": how}
        )
        head, _ = refit(result.choice, features, labels, n_classes=2, preparation=how)
        recalls[balance] = (head.logits(features).argmax(axis=1) == 1)[labels == 1].mean()
    none = recalls.pop("none")
    assert min(recalls.values()) > none + 0.2


def test_same_seed_same_bytes_on_any_number_of_cores(monkeypatch):
    features, labels = _problem(n=300, d=30, strength=0.7)
    results = []
    for cores in (2, 1):
        monkeypatch.setattr(parallel, "cpu_count", lambda cores=cores: cores)
        results.append(search({"last": features}, labels, _folds(300), n_classes=3, seed=7))
    assert results[0].logits.tobytes() == results[1].logits.tobytes()
    assert results[0].candidates == results[1].candidates
    assert results[0].score == results[1].score


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"n_classes": 1}, "at least 2 classes"),
        ({"folds": []}, "needs at least one fold"),
        ({"folds": [(np.arange(120), np.array([], dtype=int))]}, "hold out at least one row"),
        ({"folds": [(np.array([0, 3]), np.array([1]))]}, "training pictures of at least 2 classes"),
        ({"features": {}}, "at least one feature set"),
        ({"features": {"last": np.ones((3, 2), "float32")}}, r"shape \(120, d\), got \(3, 2\)"),
        ({"features": {"last": np.full((120, 2), np.nan, "float32")}}, "NaN or infinity"),
        ({"labels": np.full(120, 3)}, "a label from 0 to 2"),
    ],
)
def test_what_cannot_be_searched_is_said(change, message):
    features, labels = _problem()
    given = {"features": {"last": features}, "labels": labels, "folds": _folds(120), "n_classes": 3} | change
    with pytest.raises(DataError, match=message):
        search(**given)


def test_unknown_names_are_said():
    features, labels = _problem()
    with pytest.raises(UnknownNameError, match="did you mean logistic"):
        search({"last": features}, labels, _folds(120), n_classes=3, head="logistik")
    for choice in (Choice("logistic", "last"), Choice("svm", "last"), Choice("tree", "last")):
        with pytest.raises(DataError, match="needs a C"):
            refit(choice, features, labels, n_classes=3)
