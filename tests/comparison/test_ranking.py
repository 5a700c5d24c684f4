from dataclasses import replace

import numpy as np
import pytest
from scipy import stats

from headway.comparison.outcome import FoldPredictions, Outcome
from headway.comparison.ranking import Judged, Ran, mcnemar_on_test, rank, t_test_on_folds
from headway.facts.codec import parse, plain
from headway.facts.comparison import Row
from headway.rendering.comparison import p_value
from tests.comparison.making import named, outcome

LABELS = np.arange(500) % 2
TEST = LABELS[:100]
IMAGES = Judged(LABELS, np.arange(100), np.ones(500, bool))


def made(*arrays: np.ndarray) -> FoldPredictions:
    return FoldPredictions(*(tuple(array.tolist()) for array in arrays))


def table(outcomes: dict[str, Outcome]) -> dict[str, Row]:
    """The rows of these outcomes, the best first."""
    rows = rank([Ran(named(name), one, 2.0) for name, one in outcomes.items()], IMAGES)
    return {row.name: row for row in rows}


def folds(wrong: int, seed: int = 0) -> FoldPredictions:
    predicted = LABELS.copy()
    rows = np.random.default_rng(seed).permutation(500)[:wrong]
    predicted[rows] = 1 - predicted[rows]
    return made(np.arange(500), np.arange(500) // 2 % 5, predicted)


def test_the_best_on_the_test_split_comes_first_and_log_loss_decides_between_equals() -> None:
    outcomes = {
        "a": outcome(TEST, 20),
        "b": outcome(TEST, 10, log_loss=0.4),
        "c": outcome(TEST, 10, log_loss=0.3),
    }
    rows = list(table(outcomes).values())
    assert [row.name for row in rows] == ["c", "b", "a"]
    assert [row.verdict for row in rows] == ["best", "level", "worse"]
    assert rows[0].p is None
    assert [p_value(row.p) for row in rows] == ["", "p = 1", "p < 0.001"]
    assert rows[2].points == pytest.approx(10)
    assert rows[2].right == 80
    assert rows[0].seconds == 12, "features and fit"


def test_the_p_value_on_the_test_split_is_mcnemars_mid_p() -> None:
    first, second = outcome(TEST, 10, seed=1), outcome(TEST, 25, seed=2)
    a, b = (np.asarray(one.predicted) == TEST for one in (first, second))
    n, fewer = int((a != b).sum()), int((b & ~a).sum())
    expected = stats.binomtest(fewer, n).pvalue - stats.binom.pmf(fewer, n, 0.5)
    assert mcnemar_on_test(first, second, IMAGES) == pytest.approx(expected)


def test_the_p_value_on_folds_is_the_corrected_t_test() -> None:
    first, second = outcome(TEST, 10, folds=folds(50, 1)), outcome(TEST, 10, folds=folds(90, 2))
    a, b = (np.asarray(one.folds.predicted) == LABELS for one in (first, second))
    fold = np.asarray(first.folds.fold)
    differences = [a[fold == k].mean() - b[fold == k].mean() for k in range(5)]
    # The usual t-test knows a variance of s²/k; Nadeau and Bengio's is s² (1/k + n_test/n_train).
    plain = stats.ttest_1samp(differences, 0)
    statistic = plain.statistic * np.sqrt((1 / 5) / (1 / 5 + 100 / 400))
    compared = t_test_on_folds(first, second, IMAGES)
    assert compared is not None
    assert compared[0] == pytest.approx(0.08)
    assert compared[1] == pytest.approx(2 * stats.t.sf(abs(statistic), 4))


def test_folds_decide_where_both_have_them() -> None:
    best, other, trained = outcome(TEST, 8, folds=folds(20)), outcome(TEST, 9, folds=folds(150, 3)), outcome(TEST, 9)
    rows = table({"best": best, "other": other, "trained": trained})
    assert rows["other"].p == rows["other"].p_folds
    assert rows["other"].verdict == "worse"
    assert rows["trained"].p_folds is None
    assert rows["trained"].verdict == "level"


def test_what_leads_on_the_folds_is_not_worse() -> None:
    lucky, better = outcome(TEST, 8, folds=folds(150, 3)), outcome(TEST, 9, folds=folds(20))
    row = table({"lucky": lucky, "better": better})["better"]
    assert row.p is not None
    assert row.p < 0.05
    assert row.verdict == "level"


def test_other_folds_are_not_compared() -> None:
    one = folds(20)
    other = FoldPredictions(one.rows, one.fold[::-1], one.predicted)
    assert t_test_on_folds(outcome(TEST, 8, folds=one), outcome(TEST, 8, folds=other), IMAGES) is None
    assert t_test_on_folds(outcome(TEST, 8, folds=one), outcome(TEST, 8), IMAGES) is None


def test_an_outcome_survives_being_written_down() -> None:
    for one in (outcome(TEST, 8, folds=folds(20)), outcome(TEST, 8)):
        assert parse(Outcome, plain(one)) == one


def test_copies_are_compared_once() -> None:
    copied = np.tile(TEST, 5)
    once = Judged(copied, np.arange(500), np.arange(500) < 100)
    first, second = outcome(TEST, 10, seed=1), outcome(TEST, 25, seed=2)
    repeated = [replace(one, predicted=one.predicted * 5) for one in (first, second)]
    assert mcnemar_on_test(*repeated, once) == mcnemar_on_test(first, second, IMAGES)
    every = Judged(copied, np.arange(500), np.ones(500, bool))
    assert mcnemar_on_test(*repeated, every) < mcnemar_on_test(first, second, IMAGES)
    some = [outcome(TEST, 8, folds=folds(wrong, wrong)) for wrong in (20, 60)]
    odd = replace(IMAGES, counts=np.arange(500) // 10 % 2 == 0)
    kept = np.flatnonzero(odd.counts)
    fewer = [
        replace(one, folds=made(kept, np.array(one.folds.fold)[kept], np.array(one.folds.predicted)[kept]))
        for one in some
        if one.folds is not None
    ]
    assert t_test_on_folds(some[0], some[1], odd) == t_test_on_folds(fewer[0], fewer[1], IMAGES)


def test_a_published_recipe_that_counts_more_images_is_not_ahead_by_their_number() -> None:
    own = outcome(TEST[:80], 8)
    published = outcome(TEST, 15)
    assert published.test.right > own.test.right
    own = replace(own, predicted=outcome(TEST, 8).predicted)
    assert list(table({"published": published, "own": own})) == ["own", "published"]
