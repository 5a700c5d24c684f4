import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.feature_selection import SelectFdr, SelectKBest, VarianceThreshold, f_classif

from headway.preparation.select import select


def _problem(n=200, d=30, k=3, seed=0):
    """The first three features say something about the class."""
    random = np.random.default_rng(seed)
    labels = random.permutation(np.arange(n) % k)
    features = random.standard_normal((n, d))
    features[:, :3] += np.eye(k, 3)[labels] * 2
    return features.astype("float32"), labels


def _select(features, labels, how, count=0, rows=None):
    rows = np.arange(len(labels)) if rows is None else rows
    return select(features, labels, rows, labels.max() + 1, how, count, 0)


@pytest.mark.parametrize("how", ["mutual-info", "anova", "l1"])
def test_what_says_something_is_kept(how):
    features, labels = _problem()
    assert _select(features, labels, how, 3).tolist() == [0, 1, 2]
    kept = _select(features, labels, how)
    assert {0, 1, 2} <= set(kept.tolist())
    assert len(kept) < 15


@pytest.mark.parametrize("count", [0, 1, 7, 30])
def test_anova_is_scikit_learns(count):
    features, labels = _problem(d=300)
    features[:, 5] = 1
    peer = SelectKBest(f_classif, k=count) if count else SelectFdr(f_classif, alpha=0.05)
    with np.errstate(all="ignore"), pytest.warns(UserWarning, match="constant"):
        peer.fit(features, labels)
    expected = peer.get_support(indices=True)
    assert _select(features, labels, "anova", count).tolist() == expected.tolist()


def test_mutual_information_finds_what_means_do_not_show():
    random = np.random.default_rng(0)
    labels = np.arange(400) % 2
    features = random.standard_normal((400, 20)).astype("float32")
    features[:, 7] *= 1 + 4 * labels
    assert 7 in _select(features, labels, "mutual-info")
    assert 7 not in _select(features, labels, "anova")


def test_false_discoveries_are_as_rare_as_promised():
    random = np.random.default_rng(1)
    labels = np.arange(300) % 3
    features = random.standard_normal((300, 2000)).astype("float32")
    features[:, :100] += labels[:, None]
    for how in ("anova", "mutual-info"):
        kept = _select(features, labels, how)
        assert len(kept) >= 100
        assert (kept >= 100).mean() < 0.1


def test_std_leaves_out_what_hardly_varies():
    random = np.random.default_rng(0)
    features = (random.standard_normal((50, 600)) * random.uniform(0.5, 2, 600)).astype("float32")
    features[:, [3, 400]] *= 1e-3
    features[:, 500] = 7
    labels = np.arange(50) % 2
    kept = _select(features, labels, "std")
    assert np.setdiff1d(np.arange(600), kept).tolist() == [3, 400, 500]
    threshold = (0.01 * np.median(np.delete(features.std(axis=0), 500))) ** 2
    assert kept.tolist() == VarianceThreshold(threshold).fit(features).get_support(indices=True).tolist()
    ten = np.sort(np.argsort(-features.var(axis=0))[:10])
    assert _select(features, labels, "std", 10).tolist() == ten.tolist()


@settings(max_examples=20, deadline=None)
@given(seed=st.integers(0, 10_000), d=st.integers(1, 30))
def test_correlation_is_the_rule_written_as_a_loop(seed, d):
    random = np.random.default_rng(seed)
    features = random.standard_normal((25, 3)) @ random.standard_normal((3, d)) + 0.2 * random.standard_normal((25, d))
    features[:, random.integers(0, d)] = 3
    features = features.astype("float32")
    kept, largest = [], []
    for column in range(d):
        own = features[:, column].astype("float64")
        constant = own.std() == 0
        worst = max((abs(np.corrcoef(own, features[:, one])[0, 1]) for one in kept), default=0) if not constant else 1
        largest.append(worst)
        if worst <= 0.95:
            kept.append(column)
    if all(abs(one - 0.95) > 1e-4 for one in largest):
        expected = kept or [0]
        assert _select(features, np.arange(25) % 2, "correlation").tolist() == expected


def test_the_sparse_regression_is_scikit_learns(monkeypatch):
    from sklearn.linear_model import LogisticRegression

    from headway.preparation import sparse

    monkeypatch.setattr(sparse, "TOLERANCE", 1e-3)
    features, labels = _problem(n=150, d=120)
    labels[:40] = 0
    scaled = ((features - features.mean(axis=0)) / features.std(axis=0)).astype("float32")
    solved = []
    monkeypatch.setattr(
        sparse, "solve", lambda *given, solve=sparse.solve: solved.append((solve(*given), given[-1])) or solved[-1][0]
    )
    _, used = sparse.score_sparse(features.copy(), labels, 3, 0)
    (coef, _), penalty = solved[-1]
    peer = LogisticRegression(C=1 / (penalty * 150), l1_ratio=1, solver="saga", tol=1e-6, max_iter=5000)
    expected = peer.fit(scaled, labels).coef_
    ours = np.zeros_like(expected)
    ours[:, used] = coef[:, (coef != 0).any(axis=0)]
    np.testing.assert_allclose(ours, expected, atol=3e-3)
    assert 3 < used.sum() < 60
    assert (used == (np.abs(expected) > 1e-4).any(axis=0)).mean() > 0.95
