"""The search where something is fitted on the training part of every fold."""

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression

from headway.calibration import softmax
from headway.errors import DataError, UserError
from headway.heads import standardise
from headway.heads.logistic import fit_logistic
from headway.preparation import Preparation
from headway.preparation.select import select
from headway.search import C_GRID, SVM_GRID, refit, search, source


def _problem(n=150, d=12, k=3, strength=1.5, seed=0):
    random = np.random.default_rng(seed)
    labels = np.minimum(np.arange(n) % (k + 2), k - 1)  # the last class has three times as many
    centres = random.standard_normal((k, d))
    return (random.standard_normal((n, d)) + strength * centres[labels]).astype("float32"), labels


def _folds(n, count=5, seed=0):
    fold = np.random.default_rng(seed).permutation(np.arange(n) % count)
    return [(np.flatnonzero(fold != i), np.flatnonzero(fold == i)) for i in range(count)]


@pytest.mark.parametrize("how", [Preparation("anova", 4, "oversample", seed=2), Preparation("std", balance="weights"),
                                 Preparation(balance="smote"), Preparation("l1", 5, "undersample")])  # fmt: skip
def test_out_of_fold_logits_are_those_of_heads_prepared_on_the_other_folds(how):
    features, labels = _problem()
    folds = _folds(150)
    result = search({"a": features}, labels, folds, n_classes=3, head="logistic", preparations={"a": how}, C=[0.01])
    assert [(one.kind, one.features, one.C) for one in result.candidates] == [("logistic", "a", 0.01)]
    for fold, (train, held_out) in enumerate(folds):
        prepared = how.fit(features[train], labels[train], 3)
        head = fit_logistic(standardise(prepared.features), prepared.labels, prepared.weights, 3, 0.01)
        expected = head.logits(prepared.transform.apply(features[held_out]))
        np.testing.assert_allclose(softmax(result.logits[held_out]), softmax(expected), atol=5e-3)
        assert (result.fold[held_out] == fold).all()
    head, transform = refit(result.choice, features, labels, n_classes=3, preparation=how)
    assert (head.logits(transform.apply(features)).argmax(axis=1) == labels).mean() > 0.7


@pytest.mark.parametrize("head", ["auto", "majority", "centroid", "mlp", "svm", "dense100"])
def test_every_kind_learns_from_prepared_features(head):
    features, labels = _problem(strength=2)
    how = Preparation("anova", 8, "oversample")
    result = search({"a": features}, labels, _folds(150), n_classes=3, head=head, preparations={"a": how})
    fitted, transform = refit(result.choice, features, labels, n_classes=3, preparation=how)
    assert fitted.n_features == 8
    if head != "majority":
        assert result.accuracy > 0.8
        assert (fitted.logits(transform.apply(features)).argmax(axis=1) == labels).mean() > 0.85


def test_large_sets_fold_after_fold_give_the_same_bytes(monkeypatch):
    features, labels = _problem()
    results = []
    for small in (1 << 28, 0):
        monkeypatch.setattr(source, "SMALL_BYTES", small)
        how = {"a": Preparation("anova", 8, "smote")}
        results.append(search({"a": features}, labels, _folds(150), n_classes=3, preparations=how))
    assert results[0].logits.tobytes() == results[1].logits.tobytes()
    assert results[0].candidates == results[1].candidates


def test_selection_on_noise_scores_chance_and_the_classic_mistake_does_not():
    random = np.random.default_rng(0)
    labels = random.permutation(np.arange(100) % 2)
    features = random.standard_normal((100, 2000)).astype("float32")
    folds = _folds(100)
    for how in ("anova", "mutual-info", "l1"):
        inside = {"a": Preparation(how, 20)}
        honest = search({"a": features}, labels, folds, n_classes=2, head="logistic", preparations=inside, C=[0.01])
        columns = select(features, labels, np.arange(100), 2, how, 20, 0)  # has seen the labels that are predicted
        cheat = search({"a": features[:, columns]}, labels, folds, n_classes=2, head="logistic", C=[0.01])
        assert honest.accuracy == pytest.approx(0.5, abs=0.15)
        assert cheat.accuracy > max(0.7, honest.accuracy + 0.2)


@pytest.mark.parametrize("balance", ["none", "undersample", "smote"])
def test_labels_of_the_rows_that_are_predicted_change_nothing_that_is_learned(balance):
    features, labels = _problem()
    train, held_out = _folds(150)[0]
    how = {"a": Preparation("anova", 4, balance)}
    logits = []
    for other in (labels, np.where(np.isin(np.arange(150), held_out), (labels + 1) % 3, labels)):
        given = {"n_classes": 3, "head": "logistic", "preparations": how, "C": [0.1]}
        logits.append(search({"a": features}, other, [(train, held_out)], **given).logits.tobytes())
    assert logits[0] == logits[1]


def test_the_usual_path_ends_early_and_given_values_are_all_tried():
    features, labels = _problem(n=600)
    for preparations in (None, {"a": Preparation("std", 11)}):
        given = {"n_classes": 3, "head": "logistic", "preparations": preparations}
        usual = search({"a": features}, labels, _folds(600), **given)
        assert 3 <= len(usual.candidates) < len(C_GRID)
        all_given = search({"a": features}, labels, _folds(600), C=C_GRID[::-1], **given)
        assert tuple(candidate.C for candidate in all_given.candidates) == C_GRID
    machine = search({"a": features}, labels, _folds(600, 2), n_classes=3, head="svm")
    assert tuple(candidate.C for candidate in machine.candidates) == SVM_GRID


@pytest.mark.parametrize("n", [150, 1200])  # by rows, and by columns
def test_raw_units_are_scikit_learns_objective_on_the_features_themselves(n):
    features, labels = _problem(n=n, d=160)
    features = np.maximum(features * np.linspace(0.1, 3, 160, dtype="float32"), 0)
    part = np.arange(n) % 4 > 0
    fold = [(np.flatnonzero(part), np.flatnonzero(~part))]
    how = {"a": Preparation(balance="weights")}
    given = {"n_classes": 3, "head": "logistic", "C": [0.1], "raw_units": ["a"]}
    result = search({"a": features}, labels, fold, preparations=how, **given)
    peer = LogisticRegression(C=0.1, class_weight="balanced", tol=1e-8, max_iter=10_000)
    expected = peer.fit(features[part].astype("float64"), labels[part]).predict_proba(features[~part])
    np.testing.assert_allclose(softmax(result.logits), expected, atol=0.02)  # the search stops a little above it
    selected = search({"a": features}, labels, fold, preparations={"a": Preparation("std", 160, "weights")}, **given)
    np.testing.assert_allclose(softmax(selected.logits), expected, atol=0.02)
    head, _ = refit(result.choice, features[part], labels[part], n_classes=3, preparation=how["a"], raw_units=True)
    np.testing.assert_allclose(softmax(head.logits(features[~part])), expected, atol=3e-3)


def test_with_a_balance_classes_weigh_the_same_in_the_choice():
    random = np.random.default_rng(0)
    labels = (np.arange(400) % 10 == 0).astype("int64")
    features = (random.standard_normal((400, 3)) + labels[:, None]).astype("float32")
    recalls = []
    for balance in ("none", "oversample"):
        how = {"a": Preparation(balance=balance)}
        result = search({"a": features}, labels, _folds(400), n_classes=2, head="logistic", preparations=how)
        recalls.append((result.logits.argmax(axis=1) == 1)[labels == 1].mean())
        # The scores are never weighted.
        assert result.accuracy == (result.logits.argmax(axis=1) == labels).mean()
    assert recalls[1] > recalls[0] + 0.3


def test_what_does_not_fit_together_is_said():
    features, labels = _problem()
    sets = {"a": features, "b": features}
    with pytest.raises(UserError, match="needs a preparation, got none for b"):
        search(sets, labels, _folds(150), n_classes=3, preparations={"a": Preparation()})
    different = {"a": Preparation(balance="smote"), "b": Preparation(balance="none")}
    with pytest.raises(UserError, match="same way, got none and smote"):
        search(sets, labels, _folds(150), n_classes=3, preparations=different)
    labels[:] = (np.arange(150) < 6) * 1
    with pytest.raises(DataError, match="SMOTE needs at least 6"):
        search({"a": features}, labels, _folds(150), n_classes=3, preparations={"a": Preparation(balance="smote")})
