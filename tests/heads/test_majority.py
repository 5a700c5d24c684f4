import numpy as np

from headway.heads import fit_majority, standardise


def test_names_the_most_frequent_class_with_its_share():
    labels = np.array([0, 1, 1, 1, 2, 2])
    features = np.random.default_rng(0).standard_normal((6, 3)).astype("float32")
    head = fit_majority(standardise(features), labels, np.ones(6, "float32"), 4)
    logits = head.logits(features)
    np.testing.assert_allclose(np.exp(logits[0, :3]), [1 / 6, 3 / 6, 2 / 6], rtol=1e-5)
    assert (logits == logits[0]).all()
    assert np.isfinite(logits).all()
    assert head.kind == "majority"
    assert not head.weights[0].any()


def test_rows_count_by_their_weight():
    labels = np.array([0, 1, 1])
    head = fit_majority(standardise(np.eye(3, dtype="float32")), labels, np.array([5, 1, 0], "float32"), 2)
    np.testing.assert_allclose(np.exp(head.biases[0]), [5 / 6, 1 / 6], rtol=1e-5)
