"""L-BFGS as scikit-learn runs it, against scikit-learn."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression

from headway.heads import fit_lbfgs, lbfgs, unscaled
from headway.heads.span import Span
from headway.preparation import class_weights

N = 300


def features(n_classes: int, columns: int, scale: float) -> tuple[Any, Any]:
    """Return features as of a network, not negative and of any scale, and their labels."""
    random = np.random.default_rng(0)
    labels = np.arange(N) % n_classes
    centres = 0.4 * random.standard_normal((n_classes, columns))
    values = np.maximum(random.standard_normal((N, columns)) + centres[labels], 0)
    return (scale * values).astype(np.float32), labels


def probabilities(logits: Any) -> Any:
    raised = np.exp(logits - logits.max(axis=1, keepdims=True))
    return raised / raised.sum(axis=1, keepdims=True)


@pytest.mark.filterwarnings("ignore:lbfgs failed to converge")
@pytest.mark.parametrize("n_classes", [2, 4])
@pytest.mark.parametrize(("C", "iterations"), [(0.1, 100), (10.0, 100), (1.0, 7)])
@pytest.mark.parametrize(("columns", "exact_bytes"), [(40, 1 << 26), (40, 0), (700, 0), (700, 4 * N * N)])
def test_it_stops_where_scikit_learn_does(
    n_classes: int, C: float, iterations: int, columns: int, exact_bytes: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lbfgs, "_EXACT_BYTES", exact_bytes)
    values, labels = features(n_classes, columns, 3.0)
    labels[:40] = 0  # classes of unequal size
    theirs = LogisticRegression(C=C, class_weight="balanced", max_iter=iterations).fit(values.astype(float), labels)
    weights = class_weights(labels, n_classes)
    head = fit_lbfgs(unscaled(values), labels, weights, n_classes, C, iterations=iterations)
    got, wanted = probabilities(head.logits(values)), theirs.predict_proba(values)
    # The last bits of a sum decide, after many steps, in which one it ends.
    np.testing.assert_allclose(got, wanted, atol=0.03 if iterations > 10 else 1e-3)
    assert (got.argmax(axis=1) != wanted.argmax(axis=1)).mean() < 0.01


@pytest.mark.parametrize("exact_bytes", [1 << 26, 0])  # in the columns, and in the span of the rows
def test_its_last_iteration_is_that_of_scikit_learn(exact_bytes: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lbfgs, "_EXACT_BYTES", exact_bytes)
    values, labels = features(3, 700, 1.0)
    theirs = LogisticRegression(C=0.1).fit(values.astype(float), labels)
    last = int(theirs.n_iter_[0])
    assert 5 < last < 100  # stopped by the largest entry of the gradient

    def logits(iterations: int) -> Any:
        head = fit_lbfgs(unscaled(values), labels, np.ones(N, np.float32), 3, 0.1, iterations=iterations)
        return head.logits(values)

    assert np.array_equal(logits(last), logits(100))
    assert not np.array_equal(logits(last - 1), logits(100))
    np.testing.assert_allclose(probabilities(logits(100)), theirs.predict_proba(values), atol=1e-4)


@pytest.mark.parametrize("exact_bytes", [1 << 26, 0])
def test_on_features_too_small_to_begin_it_stays_at_zero(exact_bytes: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lbfgs, "_EXACT_BYTES", exact_bytes)
    values, labels = features(3, 700, 1e-5)
    assert LogisticRegression().fit(values.astype(float), labels).n_iter_ == 0
    head = fit_lbfgs(unscaled(values), labels, np.ones(N, np.float32), 3, 1.0)
    assert not head.weights[0].any()
    assert not head.biases[0].any()


def test_all_columns_are_seldom_looked_at(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lbfgs, "_EXACT_BYTES", 0)
    looks: list[Any] = []
    on_columns = Span.on_columns
    monkeypatch.setattr(Span, "on_columns", lambda span, coef: looks.append(coef) or on_columns(span, coef))
    values, labels = features(3, 700, 1.0)
    fit_lbfgs(unscaled(values), labels, np.ones(N, np.float32), 3, 0.1)
    assert 2 <= len(looks) <= 8  # the last turns the solution into weights of the columns


def test_rows_that_are_not_trained_on_change_nothing() -> None:
    values, labels = features(3, 20, 1.0)
    weights = np.ones(N, np.float32)
    weights[::5] = 0
    kept = weights > 0
    whole = fit_lbfgs(unscaled(values), labels, weights, 3, 1.0)
    part = fit_lbfgs(unscaled(values[kept]), labels[kept], weights[kept], 3, 1.0)
    np.testing.assert_allclose(whole.logits(values), part.logits(values), atol=1e-3)
