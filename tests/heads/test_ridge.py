"""Ridge regression of the classes, against its definition."""

from __future__ import annotations

import numpy as np
import pytest

from headway.heads import RidgePath, ridge_path, standardise, sums_of
from tests.heads.test_sums import rows


@pytest.mark.parametrize("C", [1e-4, 0.1, 100.0])
@pytest.mark.parametrize("weighted", [False, True])
def test_it_is_the_least_of_its_objective(C: float, weighted: bool) -> None:
    features, labels, weights = rows()
    weights = weights if weighted else np.ones_like(weights)
    sums = sums_of([(features, labels, weights)], features.mean(axis=0, dtype="float64"), 4)
    head = RidgePath(sums).fit(C)
    mean, scale = sums.moments
    values = np.hstack([(features - mean) / scale, np.ones((300, 1))])
    penalty = np.diag([1.0] * 5 + [0]) / C
    right = (values * weights[:, None]).T @ np.eye(4)[labels]
    known = np.linalg.solve((values * weights[:, None]).T @ values + penalty, right)
    np.testing.assert_allclose(head.logits(features), values @ known, atol=1e-4)
    in_memory = ridge_path(standardise(features), labels, weights, 4).fit(C)
    np.testing.assert_allclose(head.logits(features), in_memory.logits(features), atol=1e-4)


def test_scikit_learn_agrees() -> None:
    from sklearn.linear_model import Ridge

    features, labels, weights = rows(k=3)
    data = standardise(features)
    known = Ridge(alpha=10).fit(data.values, np.eye(3)[labels], weights)
    found = ridge_path(data, labels, weights, 3).fit(0.1)
    np.testing.assert_allclose(found.logits(features), known.predict(data.values), atol=1e-4)


def test_a_row_of_weight_zero_is_not_learned_from() -> None:
    features, labels, _ = rows()
    weights = np.ones(300, "float32")
    weights[100:] = 0
    found = ridge_path(standardise(features), labels, weights, 4).fit(1.0)
    alone = ridge_path(standardise(features[:100]), labels[:100], weights[:100], 4).fit(1.0)
    np.testing.assert_allclose(found.logits(features), alone.logits(features), atol=1e-3)
