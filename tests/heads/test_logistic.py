import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.linear_model import LogisticRegression
from sklearn.preprocessing import StandardScaler

from headway.calibration import softmax
from headway.heads import LogisticPath, coordinates, fit_logistic, parallel, standardise, unscaled


def _problem(n, d, k, seed=0):
    random = np.random.default_rng(seed)
    labels = np.concatenate([np.arange(k), random.integers(0, k, n - k)])
    mixing = random.standard_normal((d, d)) / np.sqrt(d)
    features = (random.standard_normal((n, d)) @ mixing + random.standard_normal((k, d))[labels] * 0.5) * 3 + 7
    return features.astype("float32"), labels.astype("int64")


def _peer(features, labels, C, weights=None):
    scaled = StandardScaler().fit(features.astype("float64"))
    # Two classes: softmax over two columns is the binary model at half of its penalty.
    peer = LogisticRegression(C=2 * C if labels.max() == 1 else C, tol=1e-10, max_iter=10_000)
    peer.fit(scaled.transform(features.astype("float64")), labels, sample_weight=weights)
    return peer.predict_proba(scaled.transform(features.astype("float64")))


@pytest.mark.parametrize(
    ("n", "d", "k"), [(120, 20, 2), (150, 12, 5), (40, 100, 3), (60, 60, 2), (80, 400, 2), (500, 300, 3)]
)
@pytest.mark.parametrize("C", [1e-3, 0.1, 10])
def test_same_probabilities_as_scikit_learn(n, d, k, C):
    features, labels = _problem(n, d, k)
    head = fit_logistic(standardise(features), labels, np.ones(n, "float32"), k, C)
    np.testing.assert_allclose(softmax(head.logits(features)), _peer(features, labels, C), atol=1e-4)


@settings(max_examples=12, deadline=None)
@given(seed=st.integers(0, 10_000), k=st.integers(2, 6), C=st.sampled_from([1e-4, 1e-2, 1.0]))
def test_same_probabilities_with_any_weights(seed, k, C):
    features, labels = _problem(50, 8, k, seed)
    weights = np.random.default_rng(seed).uniform(0.1, 4, 50).astype("float32")
    head = fit_logistic(standardise(features), labels, weights, k, C)
    np.testing.assert_allclose(softmax(head.logits(features)), _peer(features, labels, C, weights), atol=2e-4)


@pytest.mark.parametrize("d", [10, 200])  # by columns, and by rows
def test_parts_solved_together_are_those_solved_alone(d):
    features, labels = _problem(90, d, 3)
    weights = np.stack([np.arange(90) % 3 != part for part in range(3)]).astype("float32")
    path = LogisticPath(standardise(features), labels, weights, 3)
    for C in (0.001, 0.01):
        path.solve(C)
    for part in range(3):
        rows = weights[part] > 0
        alone = fit_logistic(standardise(features[rows]), labels[rows], np.ones(rows.sum(), "float32"), 3, 0.01)
        expected = softmax(alone.logits(features))
        np.testing.assert_allclose(softmax(path.head(part).logits(features)), expected, atol=1e-4)
        np.testing.assert_allclose(softmax(path.logits_[:, part].T), expected, atol=1e-4)


@pytest.mark.parametrize("C", [1e-4, 1e-2, 1.0])
def test_by_rows_and_by_columns_are_the_same(monkeypatch, C):
    features, labels = _problem(90, 500, 4)
    features[1], labels[1] = features[5], labels[5]  # a row twice: one direction fewer
    weights = np.stack([np.arange(90) % 3 != part for part in range(3)]) * np.linspace(0.5, 2, 90)
    solved = []
    for most in (1000, 0):
        monkeypatch.setattr(coordinates, "MAX_ROWS", most)
        path = LogisticPath(standardise(features), labels, weights.astype("float32"), 4)
        assert path.coef_.shape == (4, 3, 60 if most else 500)
        path.solve(C)
        for part in range(3):
            logits = path.head(part).logits(features)
            np.testing.assert_allclose(softmax(path.logits_[:, part].T), softmax(logits), atol=1e-4)
            solved.append(softmax(logits))
    np.testing.assert_allclose(solved[:3], solved[3:], atol=1e-4)


def test_a_single_loose_solution_is_sought_in_the_columns_and_is_the_same():
    features, labels = _problem(90, 500, 4)
    weights = np.stack([np.arange(90) % 3 != part for part in range(3)]).astype("float32")
    paths = [LogisticPath(standardise(features), labels, weights, 4, once=once) for once in (False, True)]
    for path in paths:
        path.solve(0.01)
    assert [path.coef_.shape[2] for path in paths] == [60, 500]
    np.testing.assert_allclose(*(softmax(path.logits_[:, 0].T) for path in paths), atol=1e-4)


def test_in_the_span_of_the_rows_is_the_same(monkeypatch):
    features, labels = _problem(90, 500, 4)
    features[1], labels[1] = features[5], labels[5]
    weights = np.stack([np.arange(90) % 3 != part for part in range(3)]) * np.linspace(0.5, 2, 90)
    monkeypatch.setattr(coordinates, "MAX_ROWS", 0)
    solved = []
    for spares in (coordinates.spares, lambda n, d: False):
        monkeypatch.setattr(coordinates, "spares", spares)
        path = LogisticPath(unscaled(features), labels, weights.astype("float32"), 4)
        assert path.coef_.shape == (4, 3, 500 if solved else 89)
        path.solve(1e-3)
        for part in range(3):
            logits = path.head(part).logits(features)
            np.testing.assert_allclose(softmax(path.logits_[:, part].T), softmax(logits), atol=1e-4)
            solved.append(softmax(logits))
    np.testing.assert_allclose(solved[:3], solved[3:], atol=1e-4)


@pytest.mark.parametrize("d", [10, 400])  # by columns, and by rows
def test_logits_and_gradient_are_transposes(d):
    features, _ = _problem(60, d, 3)
    data, parts = standardise(features), np.arange(60) % np.array([[3], [4]]) > 0
    axes = coordinates.coordinates(data, parts, data.part_moments(parts), 3)
    random = np.random.default_rng(0)
    coef, residual = random.standard_normal((3, 2, axes.size)), random.standard_normal((3, 2, 60))
    coef, residual = coef.astype("float32"), residual.astype("float32")
    left, right = (axes.logits(coef) * residual).sum(), (coef * axes.gradient(residual)).sum()
    assert left == pytest.approx(right, rel=1e-4)


def test_warm_start_ends_where_a_cold_one_does():
    features, labels = _problem(80, 15, 4)
    data, weights = standardise(features), np.ones((1, 80), "float32")
    warm, cold = LogisticPath(data, labels, weights, 4), LogisticPath(data, labels, weights, 4)
    for C in (1e-4, 1e-2, 1.0):
        warm.solve(C)
    cold.solve(1.0)
    np.testing.assert_allclose(softmax(warm.logits_[:, 0].T), softmax(cold.logits_[:, 0].T), atol=1e-4)


@pytest.mark.parametrize(("n", "d"), [(3000, 30), (200, 300)])
def test_same_bytes_again_and_on_one_core(monkeypatch, n, d):
    features, labels = _problem(n, d, 3)
    data, weights = standardise(features), np.ones(n, "float32")
    first = fit_logistic(data, labels, weights, 3, 0.01)
    monkeypatch.setattr(parallel, "cpu_count", lambda: 1)
    second = fit_logistic(standardise(features), labels, weights, 3, 0.01)
    assert first.weights[0].tobytes() == second.weights[0].tobytes()
    assert first.biases[0].tobytes() == second.biases[0].tobytes()


def test_separable_classes_and_a_constant_column_end():
    features = np.array([[0, 1, 5], [0.1, 1, 5], [10, 1, 5], [11, 1, 5]], "float32")
    head = fit_logistic(standardise(features), np.array([0, 0, 1, 1]), np.ones(4, "float32"), 2, 100.0)
    assert np.isfinite(head.weights[0]).all()
    assert head.logits(features).argmax(axis=1).tolist() == [0, 0, 1, 1]
