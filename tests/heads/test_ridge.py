"""Ridge regression of the classes, against its definition."""

from __future__ import annotations

import numpy as np
import pytest

from headway.heads import fit_ridge, ridge_of, standardise, sums_of
from tests.heads.test_sums import rows


@pytest.mark.parametrize("weighted", [False, True])
def test_it_is_what_its_definition_says(weighted: bool) -> None:
    features, labels, weights = rows()
    weights = weights if weighted else np.ones_like(weights)
    sums = sums_of([(features, labels, weights)], features.mean(axis=0, dtype="float64"), 4)
    mean, scale = sums.moments
    values = (features - mean) / scale
    covariance = np.cov(values.T, aweights=weights.astype("float64"), ddof=0)
    shrunk = 0.8 * covariance + 0.2 * np.trace(covariance) / 5 * np.eye(5)
    means = np.stack([np.average(values[labels == k], axis=0, weights=weights[labels == k]) for k in range(4)])
    known = values @ np.linalg.solve(shrunk, means.T)
    for head in (ridge_of(sums), fit_ridge(standardise(features), labels, weights, 4)):
        np.testing.assert_allclose(head.logits(features), known, atol=1e-3)


def test_a_row_of_weight_zero_is_not_learned_from() -> None:
    features, labels, _ = rows()
    weights = np.ones(300, "float32")
    weights[100:] = 0
    found = fit_ridge(standardise(features), labels, weights, 4)
    alone = fit_ridge(standardise(features[:100]), labels[:100], weights[:100], 4)
    np.testing.assert_allclose(found.logits(features), alone.logits(features), atol=1e-2)


def test_a_class_without_rows_and_a_constant_column_do_no_harm() -> None:
    features, labels, weights = rows(k=3)
    features[:, 1] = 3
    assert np.isfinite(fit_ridge(standardise(features), labels, weights, 5).logits(features)).all()
