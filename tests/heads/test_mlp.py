import numpy as np

from headway.heads import fit_logistic, fit_mlp, standardise


def _rings(n=600):
    random = np.random.default_rng(0)
    labels = random.integers(0, 2, n)
    angle, radius = random.uniform(0, 2 * np.pi, n), 1 + 2 * labels + random.normal(0, 0.1, n)
    return np.stack([radius * np.cos(angle), radius * np.sin(angle)], axis=1).astype("float32"), labels


def test_learns_what_no_line_separates():
    features, labels = _rings()
    data, weights = standardise(features), np.ones(len(labels), "float32")
    network, line = fit_mlp(data, labels, weights, 2, 0), fit_logistic(data, labels, weights, 2, 1.0)
    assert (network.logits(features).argmax(axis=1) == labels).mean() > 0.95
    assert (line.logits(features).argmax(axis=1) == labels).mean() < 0.7


def test_same_seed_same_bytes_other_seed_others():
    features, labels = _rings(100)
    data, weights = standardise(features), np.ones(100, "float32")
    one, same, other = (fit_mlp(data, labels, weights, 2, seed).weights[0].tobytes() for seed in (0, 0, 1))
    assert one == same != other


def test_rows_of_weight_0_change_nothing():
    features, labels = _rings(100)
    weights = (np.arange(100) < 80).astype("float32")
    changed = labels.copy()
    changed[80:] = 1 - changed[80:]
    data = standardise(features)
    one, other = fit_mlp(data, labels, weights, 2, 0), fit_mlp(data, changed, weights, 2, 0)
    assert one.weights[0].tobytes() == other.weights[0].tobytes()


def test_weights_shift_the_balance():
    labels = np.arange(400) % 2
    features = np.random.default_rng(0).standard_normal((400, 3)).astype("float32")
    weights = np.where(labels == 1, 9, 1).astype("float32")
    head = fit_mlp(standardise(features), labels, weights, 2, 0)
    assert (head.logits(features).argmax(axis=1) == 1).mean() > 0.9


def test_four_rows_are_enough():
    features = np.array([[0.0], [1], [10], [11]], "float32")
    head = fit_mlp(standardise(features), np.array([0, 0, 1, 1]), np.ones(4, "float32"), 2, 0)
    assert np.isfinite(head.logits(features)).all()
