import numpy as np
import pytest
from scipy import stats

from headway.comparison.outcome import Folds, Outcome
from headway.comparison.ranking import on_folds, on_test, rank
from tests.comparison.making import named, outcome, row

LABELS = np.arange(500) % 2
TEST = LABELS[:100]


def folds(wrong: int, seed: int = 0) -> Folds:
    predicted = LABELS.copy()
    rows = np.random.default_rng(seed).permutation(500)[:wrong]
    predicted[rows] = 1 - predicted[rows]
    return Folds(np.arange(500), np.arange(500) // 2 % 5, predicted)


def test_the_best_on_the_test_split_comes_first_and_log_loss_decides_between_equals() -> None:
    finished = [
        (named("a"), outcome(TEST, 20)),
        (named("b"), outcome(TEST, 10, log_loss=0.4)),
        (named("c"), outcome(TEST, 10, log_loss=0.3)),
    ]
    rows = rank(finished, LABELS, TEST)
    assert [row.name for row in rows] == ["c", "b", "a"]
    assert [row.verdict for row in rows] == ["best", "not distinguishable", "worse"]
    assert rows[0].p is None
    assert [row.p_text for row in rows] == ["", "p = 1", "p < 0.001"]
    assert rows[2].points == pytest.approx(10)
    assert rows[2].right == 80


def test_the_p_value_on_the_test_split_is_mcnemars_mid_p() -> None:
    first, second = outcome(TEST, 10, seed=1), outcome(TEST, 25, seed=2)
    a, b = first.predicted == TEST, second.predicted == TEST
    n, fewer = int((a != b).sum()), int((b & ~a).sum())
    expected = stats.binomtest(fewer, n).pvalue - stats.binom.pmf(fewer, n, 0.5)
    assert on_test(first, second, TEST) == pytest.approx(expected)


def test_the_p_value_on_folds_is_the_corrected_t_test() -> None:
    first, second = outcome(TEST, 10, folds=folds(50, 1)), outcome(TEST, 10, folds=folds(90, 2))
    truth = LABELS
    differences = [
        (first.folds.predicted[first.folds.fold == k] == truth[first.folds.fold == k]).mean()
        - (second.folds.predicted[second.folds.fold == k] == truth[second.folds.fold == k]).mean()
        for k in range(5)
    ]
    # The usual t-test knows a variance of s²/k; Nadeau and Bengio's is s² (1/k + n_test/n_train).
    plain = stats.ttest_1samp(differences, 0)
    statistic = plain.statistic * np.sqrt((1 / 5) / (1 / 5 + 100 / 400))
    compared = on_folds(first, second, LABELS)
    assert compared is not None
    assert compared[0] == pytest.approx(0.08)
    assert compared[1] == pytest.approx(2 * stats.t.sf(abs(statistic), 4))


def test_folds_decide_where_both_have_them() -> None:
    best, other, trained = outcome(TEST, 8, folds=folds(20)), outcome(TEST, 9, folds=folds(150, 3)), outcome(TEST, 9)
    rows = {
        r.name: r
        for r in rank([(named("best"), best), (named("other"), other), (named("trained"), trained)], LABELS, TEST)
    }
    assert rows["other"].p == rows["other"].p_folds
    assert rows["other"].verdict == "worse"
    assert rows["trained"].p_folds is None
    assert rows["trained"].verdict == "not distinguishable"


def test_what_leads_on_the_folds_is_not_worse() -> None:
    lucky, better = outcome(TEST, 8, folds=folds(150, 3)), outcome(TEST, 9, folds=folds(20))
    rows = rank([(named("lucky"), lucky), (named("better"), better)], LABELS, TEST)
    assert rows[1].p is not None
    assert rows[1].p < 0.05
    assert rows[1].verdict == "not distinguishable"


def test_other_folds_are_not_compared() -> None:
    one = folds(20)
    other = Folds(one.rows, one.fold[::-1].copy(), one.predicted)
    assert on_folds(outcome(TEST, 8, folds=one), outcome(TEST, 8, folds=other), LABELS) is None
    assert on_folds(outcome(TEST, 8, folds=one), outcome(TEST, 8), LABELS) is None


def test_an_outcome_survives_being_written_down() -> None:
    import json

    for one in (outcome(TEST, 8, folds=folds(20)), outcome(TEST, 8)):
        again = Outcome.from_dict(json.loads(json.dumps(one.to_dict())))
        assert again.to_dict() == one.to_dict()
        assert again.predicted.dtype == np.int64


def test_tiny_p_values_are_not_spelt_out() -> None:
    assert row("a", 0.5, 1, 1e-12).p_text == "p < 0.001"
