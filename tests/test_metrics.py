import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats
from scipy.stats import binomtest
from sklearn import metrics as peer
from sklearn.calibration import calibration_curve

from headway import metrics
from headway.errors import DataError


@st.composite
def predictions(draw):
    """Labels, probabilities and the number of classes; some classes may be absent from the labels."""
    k, n, seed = draw(st.integers(2, 7)), draw(st.integers(1, 40)), draw(st.integers(0, 100_000))
    random = np.random.default_rng(seed)
    present = random.permutation(k)[: draw(st.integers(1, k))]
    return random.choice(present, n), random.dirichlet(np.full(k, 0.5), n) + 1e-12, k


def test_a_loss_of_nothing_has_no_sign():
    assert str(metrics.log_loss(np.array([0]), np.array([[0.0, -9.0]]))) == "0.0"


@settings(max_examples=100, deadline=None)
@given(predictions())
@pytest.mark.filterwarnings("ignore:y_pred contains classes not in y_true", "ignore:A single label was found")
def test_class_scores_are_those_of_scikit_learn(case):
    labels, probabilities, k = case
    predicted = probabilities.argmax(axis=1)
    everything = np.arange(k)
    assert metrics.accuracy(labels, predicted) == pytest.approx(peer.accuracy_score(labels, predicted))
    expected = peer.precision_recall_fscore_support(labels, predicted, labels=everything, zero_division=0)
    for ours, theirs in zip(metrics.per_class(labels, predicted, k), expected, strict=True):
        np.testing.assert_allclose(ours, theirs)
    assert metrics.balanced_accuracy(labels, predicted, k) == pytest.approx(
        peer.balanced_accuracy_score(labels, predicted)
    )
    present = np.unique(labels)
    expected_f1 = peer.f1_score(labels, predicted, labels=present, average="macro", zero_division=0)
    assert metrics.macro_f1(labels, predicted, k) == pytest.approx(expected_f1)


@settings(max_examples=100, deadline=None)
@given(predictions())
def test_probability_scores_are_those_of_scikit_learn(case):
    labels, probabilities, k = case
    probabilities = probabilities / probabilities.sum(axis=1, keepdims=True)
    everything = np.arange(k)
    assert metrics.log_loss(labels, np.log(probabilities)) == pytest.approx(
        peer.log_loss(labels, probabilities, labels=everything)
    )
    assert metrics.brier(labels, probabilities) == pytest.approx(
        peer.brier_score_loss(labels, probabilities, labels=everything, scale_by_half=False)
        if k > 2
        else 2 * np.mean((probabilities[:, 1] - labels) ** 2)
    )
    if k > 2:
        for top in range(1, k):
            expected = peer.top_k_accuracy_score(labels, probabilities, k=top, labels=everything)
            assert metrics.top_k_accuracy(labels, probabilities, top) == pytest.approx(expected)


@settings(max_examples=100)
@given(st.integers(1, 500).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))))
def test_wilson_is_that_of_scipy(case):
    right, n = case
    expected = binomtest(right, n).proportion_ci(method="wilson")
    assert metrics.wilson(right, n) == pytest.approx((expected.low, expected.high), abs=1e-9)


def test_wilson_of_newcombe_1998():
    # Statistics in Medicine 17, table I, method 3: 81 of 263, 15 of 148, 0 of 20, 1 of 29.
    for (right, n), expected in {
        (81, 263): (0.2553, 0.3662),
        (15, 148): (0.0624, 0.1605),
        (0, 20): (0.0, 0.1611),
        (1, 29): (0.0061, 0.1718),
    }.items():
        assert metrics.wilson(right, n) == pytest.approx(expected, abs=5e-5)


def test_calibration_error_by_hand():
    # Bin (0.6, 0.667]: 2 rows, confidence 0.65, half right; bin (0.933, 1]: 2 rows, confidence 0.95, all right.
    probabilities = np.array([[0.65, 0.35], [0.35, 0.65], [0.95, 0.05], [0.05, 0.95]])
    assert metrics.calibration_error(metrics.top(np.array([0, 0, 0, 1]), probabilities)) == pytest.approx(
        0.5 * 0.15 + 0.5 * 0.05
    )


@settings(max_examples=50)
@given(predictions())
def test_calibration_error_is_that_of_a_plain_loop(case):
    labels, probabilities, _ = case
    confidence, right = probabilities.max(axis=1), probabilities.argmax(axis=1) == labels
    expected = 0.0
    for low, high in zip(np.linspace(0, 1, 16)[:-1], np.linspace(0, 1, 16)[1:], strict=True):
        inside = (confidence > low) & (confidence <= high)
        if inside.any():
            expected += inside.mean() * abs(right[inside].mean() - confidence[inside].mean())
    expected += sum(abs(right[confidence > 1] - confidence[confidence > 1])) / len(labels)
    assert metrics.calibration_error(metrics.top(labels, probabilities)) == pytest.approx(expected, abs=1e-9)


@settings(max_examples=50)
@given(predictions())
def test_reliability_is_the_calibration_curve_of_scikit_learn(case):
    labels, probabilities, _ = case
    probabilities = probabilities / probabilities.sum(axis=1, keepdims=True)
    confidence, right = probabilities.max(axis=1), probabilities.argmax(axis=1) == labels
    bins = metrics.reliability(metrics.top(labels, probabilities))
    edges = np.histogram_bin_edges([], 15, (0, 1))
    assert bins.n.tolist() == np.histogram(-confidence, -edges[::-1])[0][::-1].tolist()
    accuracy, mean = calibration_curve(right, np.minimum(confidence, 1), n_bins=15)
    np.testing.assert_allclose(bins.confidence[bins.n > 0], mean)
    np.testing.assert_allclose(bins.accuracy[bins.n > 0], accuracy)
    gaps = bins.n @ np.abs(bins.confidence - bins.accuracy) / len(labels)
    assert metrics.calibration_error(metrics.top(labels, probabilities)) == pytest.approx(gaps, abs=1e-12)


@settings(max_examples=100)
@given(predictions(), st.integers(1, 50), st.booleans())
def test_coverage_counts_the_rows_that_are_sure_enough(case, most, rounded):
    labels, probabilities, _ = case
    if rounded:  # so that several are equally sure
        probabilities = probabilities.round(1)
    confidence, right = probabilities.max(axis=1), probabilities.argmax(axis=1) == labels
    found = metrics.coverage(metrics.top(labels, probabilities), most)
    assert 1 <= len(found.threshold) <= most
    assert found.coverage[-1] == 1 and (np.diff(found.coverage) > 0).all() and (np.diff(found.threshold) < 0).all()
    if len(np.unique(confidence)) <= most:
        assert found.threshold.tolist() == np.unique(confidence)[::-1].tolist()
    for share, accuracy, threshold in zip(*found, strict=True):
        assert share == pytest.approx((confidence >= threshold).mean())
        assert accuracy == pytest.approx(right[confidence >= threshold].mean())


def test_many_rows_are_covered_in_even_steps():
    sure = np.linspace(0.5, 1, 1003)
    found = metrics.coverage(metrics.top(np.zeros(1003, int), np.stack([sure, 1 - sure], axis=1)))
    assert len(found.coverage) == 50
    np.testing.assert_allclose(found.coverage, np.arange(1, 51) / 50, atol=1 / 1003)


def test_equal_scores_do_not_make_every_row_right():
    assert metrics.top_k_accuracy(np.arange(10), np.zeros((10, 10)), 5) == 0.5


def test_nothing_to_score_is_refused():
    with pytest.raises(DataError):
        metrics.accuracy(np.array([], dtype=int), np.array([], dtype=int))
    with pytest.raises(DataError):
        metrics.brier(np.array([0]), np.ones((2, 2)) / 2)
    with pytest.raises(DataError):
        metrics.wilson(3, 2)


@given(st.integers(0, 200), st.integers(0, 200))
def test_mcnemar_is_the_binomial_test_on_the_pairs_that_differ(first, second):
    exact, mid_p = metrics.mcnemar(first, second)
    n = first + second
    expected = binomtest(first, n).pvalue if n else 1.0
    assert exact == pytest.approx(expected)
    # As in statsmodels' and Fagerland's formula: the exact p-value less the probability of what was seen.
    less = stats.binom.pmf(min(first, second), n, 0.5)
    assert mid_p == pytest.approx(expected - less if first != second else 1.0)
    assert mid_p <= exact
    assert metrics.mcnemar(second, first) == (exact, mid_p)


def test_mcnemar_gives_published_values():
    """Airway hyper-responsiveness before and after stem cell transplantation (Fagerland et al. 2013): 0.070 and 0.039."""
    assert [round(p, 3) for p in metrics.mcnemar(1, 7)] == [0.070, 0.039]


@pytest.mark.parametrize("k", [2, 5, 10])
def test_corrected_t_is_the_t_test_with_a_larger_variance(k):
    random = np.random.default_rng(k)
    differences = random.normal(0.01, 0.02, k)
    share = 1 / (k - 1)
    statistic = differences.mean() / np.sqrt((1 / k + share) * differences.var(ddof=1))
    assert metrics.corrected_t(differences, share) == pytest.approx(2 * stats.t.sf(abs(statistic), k - 1))
    # Without the correction it is the usual one.
    assert metrics.corrected_t(differences, 1e-12) == pytest.approx(stats.ttest_1samp(differences, 0).pvalue, rel=1e-4)


def test_corrected_t_finds_fewer_differences_that_are_none():
    """On scores that correlate as it assumes, it errs in 5 % of the draws, and the usual test far more often."""
    random = np.random.default_rng(0)
    k, share = 5, 1 / 4
    # Nadeau and Bengio's assumption: folds correlate by n_test / (n_test + n_train) = 1/5.
    common = random.normal(0, np.sqrt(1 / 5), (4_000, 1))
    scores = common + random.normal(0, np.sqrt(4 / 5), (4_000, k))
    corrected = np.mean([metrics.corrected_t(row, share) < 0.05 for row in scores])
    usual = np.mean(stats.ttest_1samp(scores, 0, axis=1).pvalue < 0.05)
    assert 0.035 < corrected < 0.065
    assert usual > 0.1


def test_corrected_t_at_the_edges():
    assert metrics.corrected_t(np.zeros(5), 0.25) == 1
    assert metrics.corrected_t(np.full(5, 0.01), 0.25) == 0
    for wrong in (np.zeros(1), np.zeros(0)):
        with pytest.raises(DataError, match="at least 2"):
            metrics.corrected_t(wrong, 0.25)
    with pytest.raises(DataError):
        metrics.corrected_t(np.zeros(5), 0)
    with pytest.raises(DataError, match="at least 0, got -1 and 3"):
        metrics.mcnemar(-1, 3)


def test_a_perfect_log_loss_has_no_sign():
    assert f"{metrics.log_loss(np.array([0]), np.zeros((1, 2))):.3f}" == "0.000"
