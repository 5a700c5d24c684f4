"""Scores of a model, against scikit-learn."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn import metrics as peer

from headway import Recipe
from headway.backbones import handmade
from headway.calibration import Calibration, softmax
from headway.dataset import read
from headway.errors import DataError, ModelError
from headway.evaluation import evaluate, evaluate_pair, score
from headway.fitting import fit
from headway.model import load
from headway.splits import TEST, TRAIN
from tests.helpers import Notes, write_pictures


@settings(deadline=None)
@given(st.integers(0, 10_000), st.integers(2, 14), st.integers(1, 60), st.floats(0.8, 5))
def test_every_score_agrees_with_scikit_learn(seed: int, k: int, n: int, temperature: float) -> None:
    random = np.random.default_rng(seed)
    labels = random.integers(0, k, n)
    logits = random.normal(size=(n, k)).astype("f4") * 3
    scores = score(logits, labels, Calibration(temperature), [f"c{i}" for i in range(k)], majority=0)
    predicted = logits.argmax(axis=1)
    probabilities = softmax(logits, temperature).astype("f8")
    probabilities /= probabilities.sum(axis=1, keepdims=True)
    every = list(range(k))
    assert scores.accuracy == pytest.approx(peer.accuracy_score(labels, predicted))
    assert scores.right == round(scores.accuracy * n)
    assert scores.low <= scores.accuracy <= scores.high
    matrix = np.zeros((k, k), np.int64)
    for cell in scores.confusion:
        assert cell.count > 0
        matrix[cell.true, cell.predicted] = cell.count
    np.testing.assert_array_equal(matrix, peer.confusion_matrix(labels, predicted, labels=every))
    present = sorted(set(labels.tolist()))
    assert scores.macro_f1 == pytest.approx(
        peer.f1_score(labels, predicted, labels=present, average="macro", zero_division=0)
    )
    assert scores.macro_f1 == pytest.approx(np.mean([row.f1 for row in scores.per_class]))
    assert scores.log_loss == pytest.approx(peer.log_loss(labels, probabilities, labels=every), rel=1e-4, abs=1e-5)
    onehot = np.eye(k)[labels]
    assert scores.brier == pytest.approx(((probabilities - onehot) ** 2).sum(axis=1).mean(), rel=1e-4, abs=1e-6)
    precision, recall, f1, support = peer.precision_recall_fscore_support(
        labels, predicted, labels=every, zero_division=0
    )
    assert [row.name for row in scores.per_class] == [f"c{i}" for i in present]
    for i, row in zip(present, scores.per_class, strict=True):
        assert (row.precision, row.recall, row.f1) == pytest.approx((precision[i], recall[i], f1[i]))
        assert row.support == support[i]
    if k > 10:
        assert scores.top5_accuracy == pytest.approx(peer.top_k_accuracy_score(labels, logits, k=5, labels=every))
    else:
        assert scores.top5_accuracy is None
    assert scores.majority_accuracy == pytest.approx(np.mean(labels == 0))


def test_the_majority_is_that_of_the_training_pictures() -> None:
    """Two of the three scored are of class 1, but the training pictures were mostly of class 0."""
    majority = int(np.bincount(np.array([0, 0, 1])).argmax())
    scores = score(np.zeros((3, 2), "f4"), np.array([1, 1, 0]), Calibration.identity(), ["a", "b"], majority)
    assert scores.majority_accuracy == pytest.approx(1 / 3)


def test_nothing_to_score() -> None:
    with pytest.raises(DataError, match="no labelled picture"):
        score(np.empty((0, 2), "f4"), np.empty(0, "i8"), Calibration.identity(), ["a", "b"], 0)


def test_a_test_folder_is_matched_by_name(pictures: Path, tmp_path: Path) -> None:
    model = fit(pictures, Recipe(backbone="tiny"))
    whole = evaluate(model, pictures, progress=Notes()).scores
    assert whole.n == 36
    assert whole.seen_in_training == model.report.data.division.train
    assert evaluate(model, write_pictures(tmp_path / "others", 3, seed=9)).scores.seen_in_training == 0
    some = write_pictures(tmp_path / "some", 5, ("red", "green"))
    (some / "red").rename(some / "Zred")
    with pytest.raises(DataError, match="Zred"):
        evaluate(model, some)
    (some / "Zred").rename(some / "red")
    assert evaluate(model, [pictures, some]).scores.n == 36 + 10
    evaluation = evaluate(model, read(some))
    assert evaluation.report.classes == ("blue", "green", "red")
    assert evaluation.confusion_matrix().sum() == 10
    assert [(row.name, row.support) for row in evaluation.scores.per_class] == [("green", 5), ("red", 5)]
    assert "No pictures to score of 1 of the 3 classes: &#x27;blue&#x27;" in evaluation._repr_html_()
    assert evaluation.accuracy > 0.5


def test_an_impostor_is_scored_by_its_own_network(pictures: Path) -> None:
    """A model that claims a carried backbone but holds another network gets no features that are kept for the real one."""
    import onnx

    model = fit(pictures, Recipe(backbone="tiny"))
    forged = onnx.ModelProto()
    forged.CopyFrom(model.proto)
    for tensor in forged.graph.initializer:
        if not tensor.name.startswith("head/") and len(tensor.raw_data) > 64:
            tensor.raw_data = bytes(len(tensor.raw_data))
    impostor = replace(model, proto=forged)
    assert evaluate(model, pictures, progress=Notes()).accuracy > 0.9
    assert evaluate(impostor, pictures, progress=Notes()).accuracy < 0.5


def test_hand_made_features_and_a_selection_of_them(pictures: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    model = fit(pictures, Recipe(backbone="colour", head="svm", select="anova", select_count=30))
    assert model.head.n_features == 30
    told = Notes()
    dataset = read(pictures)
    tested = replace(dataset, given=np.array([TRAIN, TEST] * (len(dataset) // 2)))
    assert evaluate(model, tested, progress=told).scores.n == 18
    assert not any("versions" in note for note in told.notes)
    assert evaluate(model, pictures, progress=Notes()).accuracy > 0.9
    real = handmade.info
    monkeypatch.setattr(handmade, "info", lambda name, size: replace(real(name, size), sha256="0" * 64))
    evaluate(model, pictures, progress=told)
    assert any("other versions of the libraries that compute colour" in note for note in told.notes)


def test_a_model_knows_the_names_that_its_fit_gave_to_numbers(pictures: Path, tmp_path: Path) -> None:
    for number, name in enumerate(("blue", "green", "red")):
        (pictures / name).rename(pictures / str(number))
    named = fit(read(pictures, class_names=["sea", "wood", "fire"]), Recipe(backbone="tiny"))
    loaded = load(named.save(tmp_path / "m.onnx"))
    assert loaded.report.data.class_names == {"0": "sea", "1": "wood", "2": "fire"}
    others = write_pictures(tmp_path / "others", 3, seed=9)
    for number, name in enumerate(("blue", "green", "red")):
        (others / name).rename(others / str(number))
    evaluation = evaluate(loaded, others)
    assert evaluation.accuracy > 0.5
    assert [row.name for row in evaluation.scores.per_class] == ["fire", "sea", "wood"]
    said = evaluation._repr_html_()
    assert "Classes named as when" in said and "&#x27;0 sea&#x27;, &#x27;1 wood&#x27;, &#x27;2 fire&#x27;" in said
    assert evaluate(loaded, read(others, class_names=["sea", "wood", "fire"])).report.class_names == {}


def test_unknown_classes_are_left_out_of_one_model_and_of_two(pictures: Path, tmp_path: Path) -> None:
    whole = fit(pictures, Recipe(backbone="tiny"))
    (pictures / "red").rename(tmp_path / "red")
    two = fit(pictures, Recipe(backbone="tiny"))
    others = write_pictures(tmp_path / "others", 3, seed=9)
    (others / "green").rename(others / "lime")
    evaluation = evaluate(whole, others, skip_unknown=True)
    assert (evaluation.scores.n, evaluation.report.unknown) == (6, {"lime": 3})
    assert "Left out: 3 pictures of 1 class unknown to the model: &#x27;lime&#x27; (3)" in evaluation._repr_html_()
    with pytest.raises(DataError, match="'lime' is not"):
        evaluate_pair(whole, two, others)
    pair = evaluate_pair(whole, two, others, skip_unknown=True)
    assert pair.paired.n == 3
    assert [report.unknown for report in pair.models] == [{"lime": 3, "red": 3}] * 2


def test_only_a_model_is_evaluated(pictures: Path) -> None:
    with pytest.raises(ModelError, match=r"must be a headway\.Model, not str"):
        evaluate("m.onnx", pictures)  # type: ignore[arg-type]
