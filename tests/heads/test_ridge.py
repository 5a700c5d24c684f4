"""Ridge regression on the classes, against an independent computation."""

from __future__ import annotations

import numpy as np
import pytest

from headway.heads import fit_ridge, ridge, standardise


@pytest.mark.parametrize("k", [3, 300])
def test_it_is_ridge_regression_on_indicators_of_one_size_a_class(k: int) -> None:
    """As scikit-learn has it: the penalty on standardised features, indicators of 1 / n of the class's rows."""
    linear_model = pytest.importorskip("sklearn.linear_model")
    random = np.random.default_rng(0)
    labels = np.concatenate([np.arange(k), random.integers(0, k, 900)])
    features = (random.standard_normal((len(labels), 7)) * np.arange(1, 8) + 5).astype("float32")
    head = fit_ridge(standardise(features), labels, np.ones(len(labels), "float32"), k)
    values = (features - features.mean(axis=0)) / features.std(axis=0)
    n, share = len(labels), ridge._SHRINKAGE
    wanted = np.eye(k)[labels] / np.bincount(labels)
    fitted = linear_model.Ridge(alpha=n * share / (1 - share), solver="cholesky").fit(values, wanted)
    expected = (values @ fitted.coef_.T) * n / (1 - share)
    np.testing.assert_allclose(head.logits(features), expected, rtol=1e-3, atol=1e-3)


def test_rows_of_no_weight_do_not_matter() -> None:
    random = np.random.default_rng(1)
    features, labels = random.standard_normal((2100, 5)).astype("float32"), np.arange(2100) % 4
    weights = (np.arange(2100) < 1500).astype("float32")
    one = fit_ridge(standardise(features), labels, weights, 4)
    features[1500:] += 1
    other = fit_ridge(standardise(features), labels, weights, 4)
    np.testing.assert_allclose(one.weights[0], other.weights[0], rtol=1e-3, atol=1e-4)
