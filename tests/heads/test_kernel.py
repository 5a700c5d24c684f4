import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC

from headway.errors import DataError
from headway.heads import Head, KernelHead, SvmPath, fit_logistic, kernel, standardise


def _rings(n=300, k=2, d=2):
    random = np.random.default_rng(0)
    labels = random.integers(0, k, n)
    angle, radius = random.uniform(0, 2 * np.pi, n), 1 + 2 * labels + random.normal(0, 0.1, n)
    rest = random.standard_normal((n, d - 2)) * 0.1
    return np.column_stack([radius * np.cos(angle), radius * np.sin(angle), rest]).astype("float32") + 5, labels


def _ones(labels):
    return np.ones(len(labels), "float32")


@pytest.mark.parametrize("k", [2, 3, 5])
@pytest.mark.parametrize("at_once", [0, 8000])
def test_logits_are_the_margins_of_scikit_learn(monkeypatch, k, at_once):
    monkeypatch.setattr(kernel, "PRECOMPUTED_ROWS", at_once)
    features, labels = _rings(k=k, d=4)
    scaled = StandardScaler().fit_transform(features.astype("float64"))
    machines = [SVC(C=3.0, gamma="scale").fit(scaled, labels == one) for one in range(k)]
    expected = np.stack([machine.decision_function(scaled) for machine in machines], axis=1)
    head = SvmPath(standardise(features), labels, _ones(labels), k).fit(3.0)
    assert isinstance(head, Head)
    assert (head.kind, head.n_features, head.n_classes) == ("svm", 4, k)
    assert head.gamma == pytest.approx(1 / (4 * scaled.var()), rel=1e-4)
    np.testing.assert_allclose(head.logits(features), expected, atol=0.01)
    assert (head.logits(features).argmax(axis=1) == labels).mean() > 0.8


def test_learns_what_no_line_separates():
    features, labels = _rings()
    data, weights = standardise(features), _ones(labels)
    head, line = SvmPath(data, labels, weights, 2).fit(10.0), fit_logistic(data, labels, weights, 2, 1.0)
    assert (head.logits(features).argmax(axis=1) == labels).mean() > 0.98
    assert (line.logits(features).argmax(axis=1) == labels).mean() < 0.7


def test_weights_are_those_of_scikit_learn():
    features, labels = _rings()
    features += np.random.default_rng(1).normal(0, 1, features.shape).astype("float32")
    weights = np.where(labels == 1, 9, 1).astype("float32")
    scaled = StandardScaler().fit_transform(features.astype("float64"))
    machine = SVC(C=0.5, gamma="scale").fit(scaled, labels, sample_weight=weights)
    head = SvmPath(standardise(features), labels, weights, 2).fit(0.5)
    np.testing.assert_allclose(head.logits(features)[:, 1], machine.decision_function(scaled), atol=0.01)


def test_a_class_without_a_row_comes_last():
    features, labels = _rings(k=3)
    weights = (labels != 1).astype("float32")
    logits = SvmPath(standardise(features), labels, weights, 4).fit(1.0).logits(features)
    assert set(logits.argmax(axis=1)) == {0, 2}
    np.testing.assert_array_equal(logits[:, [1, 3]], -1)
    np.testing.assert_allclose(logits[:, 0], -logits[:, 2], atol=1e-5)
    three = SvmPath(standardise(features), labels, _ones(labels), 4).fit(1.0).logits(features)
    assert set(three.argmax(axis=1)) == {0, 1, 2}
    np.testing.assert_array_equal(three[:, 3], -1)


def test_one_path_is_as_many_machines():
    features, labels = _rings(k=3)
    data, weights = standardise(features), _ones(labels)
    path = SvmPath(data, labels, weights, 3)
    for C in (0.1, 10.0):
        one, other = path.fit(C), SvmPath(data, labels, weights, 3).fit(C)
        assert one.coef.tobytes() == other.coef.tobytes()
        assert one.support.tobytes() == other.support.tobytes()


def test_gamma_is_that_which_is_given_or_one_over_the_variance():
    features, labels = _rings()
    data, weights = standardise(features), _ones(labels)
    assert SvmPath(data, labels, weights, 2, gamma=0.25).fit(1.0).gamma == 0.25
    assert SvmPath(data, labels, weights, 2).fit(1.0).gamma == pytest.approx(0.5, rel=1e-3)
    constant = standardise(np.ones((4, 3), "float32"))
    assert SvmPath(constant, np.array([0, 0, 1, 1]), np.ones(4, "float32"), 2).fit(1.0).gamma == pytest.approx(1 / 3)


def test_one_class_is_too_few():
    features, labels = _rings()
    with pytest.raises(DataError, match="at least two classes"):
        SvmPath(standardise(features), labels, (labels == 0).astype("float32"), 2).fit(1.0)


def _arrays(d, s, k, seed):
    random = np.random.default_rng(seed)
    shapes = (d,), (d,), (s, d), (s, k), (k,)
    return [np.abs(random.standard_normal(shape, "float32")) + 0.1 for shape in shapes]


@settings(max_examples=60, deadline=None)
@given(
    seed=st.integers(0, 999),
    d=st.integers(1, 30),
    s=st.integers(1, 40),
    k=st.integers(1, 6),
    n=st.integers(0, 50),
    block=st.integers(1, 100),
    gamma=st.floats(1e-3, 2),
)
def test_logits_are_the_formula_in_blocks_of_any_size(seed, d, s, k, n, block, gamma):
    mean, scale, support, coef, bias = _arrays(d, s, k, seed)
    features = np.random.default_rng(seed).standard_normal((n, d), "float32")
    head = KernelHead("svm", mean, scale, support, coef, bias, gamma)
    z = (features.astype("f8") - mean) / scale
    distances = ((z[:, None] - support) ** 2).sum(axis=2)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(kernel, "BLOCK_NUMBERS", block)
        logits = head.logits(features)
    assert logits.dtype == np.float32
    np.testing.assert_allclose(logits, np.exp(-gamma * distances) @ coef + bias, rtol=2e-3, atol=2e-3)


def test_a_support_vector_itself_is_at_distance_0():
    random = np.random.default_rng(0)
    support = (random.standard_normal((50, 300)) * 1000).astype("float32")
    zero, one = np.zeros(300, "float32"), np.ones(300, "float32")
    head = KernelHead("svm", zero, one, support, np.ones((50, 1), "float32"), np.zeros(1, "float32"), gamma=1e-9)
    assert (head.logits(support) <= 50).all()


@pytest.mark.parametrize("wrong", range(5))
def test_arrays_that_do_not_fit_are_refused(wrong):
    arrays = _arrays(3, 4, 2, 0)
    arrays[wrong] = arrays[wrong][..., :-1]
    with pytest.raises(DataError, match="must be mean"):
        KernelHead("svm", *arrays, 1.0)
    arrays[wrong] = np.array(1, "float32")
    with pytest.raises(DataError, match="must be mean"):
        KernelHead("svm", *arrays, 1.0)


@pytest.mark.parametrize("gamma", [0.0, -1.0, float("nan")])
def test_gamma_must_be_above_0(gamma):
    with pytest.raises(DataError, match="gamma must be above 0"):
        KernelHead("svm", *_arrays(3, 4, 2, 0), gamma)
