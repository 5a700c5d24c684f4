import numpy as np
from sklearn.neighbors import NearestCentroid
from sklearn.preprocessing import StandardScaler

from headway.heads import fit_centroid, standardise


def _blobs(n=90, d=6, k=4):
    random = np.random.default_rng(0)
    labels = random.integers(0, k, n)
    return (random.standard_normal((n, d)) * 2 + random.standard_normal((k, d))[labels] + 3).astype("float32"), labels


def test_same_classes_as_scikit_learn():
    features, labels = _blobs()
    scaled = StandardScaler().fit_transform(features)
    head = fit_centroid(standardise(features), labels, np.ones(len(labels), "float32"), 4)
    expected = NearestCentroid().fit(scaled, labels).predict(scaled)
    assert head.logits(features).argmax(axis=1).tolist() == expected.tolist()
