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
