"""L-BFGS as scikit-learn runs it, against scikit-learn."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression

from headway.heads import fit_lbfgs, lbfgs, unscaled
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
@pytest.mark.parametrize("exact", [True, False])
def test_it_stops_where_scikit_learn_does(
    n_classes: int, C: float, iterations: int, exact: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    if not exact:
        monkeypatch.setattr(lbfgs, "_EXACT_BYTES", 0)
    values, labels = features(n_classes, 40, 3.0)
    labels[:40] = 0  # classes of unequal size
    theirs = LogisticRegression(C=C, class_weight="balanced", max_iter=iterations).fit(values.astype(float), labels)
    weights = class_weights(labels, n_classes)
    head = fit_lbfgs(unscaled(values), labels, weights, n_classes, C, iterations=iterations)
    got, wanted = probabilities(head.logits(values)), theirs.predict_proba(values)
    # The last bits of a sum decide, after many steps, in which one it ends.
    np.testing.assert_allclose(got, wanted, atol=0.03 if iterations > 10 else 1e-3)
    assert (got.argmax(axis=1) != wanted.argmax(axis=1)).mean() < 0.01


def test_rows_that_are_not_trained_on_change_nothing() -> None:
    values, labels = features(3, 20, 1.0)
    weights = np.ones(N, np.float32)
    weights[::5] = 0
    kept = weights > 0
    whole = fit_lbfgs(unscaled(values), labels, weights, 3, 1.0)
    part = fit_lbfgs(unscaled(values[kept]), labels[kept], weights[kept], 3, 1.0)
    np.testing.assert_allclose(whole.logits(values), part.logits(values), atol=1e-3)
