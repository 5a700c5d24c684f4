import numpy as np
import pytest

from headway.metrics import wilson
from headway.search.bootstrap import bootstrap_score
from headway.search.choice import choose, row_losses


def test_noise_scores_chance_where_the_naive_best_is_optimistic():
    random = np.random.default_rng(0)
    labels = np.arange(100) % 2
    ones = np.ones(100, "float32")
    costs = [row_losses(random.standard_normal((100, 2)).astype("float32"), labels, ones) for _ in range(200)]
    naive = max(cost.correct.mean() for cost in costs)
    honest = bootstrap_score(costs, ones, seed=0)
    assert naive > 0.6
    assert honest.accuracy == pytest.approx(0.5, abs=0.06)
    assert honest.low < 0.5 < honest.high


def test_one_clear_winner_keeps_its_accuracy():
    random = np.random.default_rng(0)
    labels = random.integers(0, 3, 1000)
    ones = np.ones(1000, "float32")
    costs = [
        row_losses((random.standard_normal((1000, 3)) + s * np.eye(3)[labels]).astype("float32"), labels, ones)
        for s in (0, 1, 3)
    ]
    honest = bootstrap_score(costs, ones, seed=0)
    chosen = costs[int(choose(costs, ones[None]).candidate[0])]
    right = chosen.correct.mean()
    assert honest.accuracy == pytest.approx(right, abs=0.005)
    assert honest.log_loss == pytest.approx(chosen.calibrated.mean(), abs=0.02)
    # Out of bag are 36.8 % of the rows.
    assert honest.std == pytest.approx(np.sqrt(right * (1 - right) / 368) * np.sqrt(1 - 0.368), rel=0.25)
    assert honest.low < right < honest.high


def test_same_seed_same_scores():
    labels = np.arange(30) % 2
    ones = np.ones(30, "float32")
    cost = row_losses(np.random.default_rng(0).standard_normal((30, 2)).astype("float32"), labels, ones)
    assert bootstrap_score([cost], ones, 3) == bootstrap_score([cost], ones, 3) != bootstrap_score([cost], ones, 4)


def test_one_row_is_never_out_of_bag():
    cost = row_losses(np.array([[1.0, 0]], "float32"), np.array([0]), np.ones(1, "float32"))
    honest = bootstrap_score([cost], np.ones(1, "float32"), 0)
    assert (honest.accuracy, honest.n_bags) == (1.0, 0)
    assert (honest.low, honest.high) == pytest.approx(wilson(1, 1))


@pytest.mark.parametrize("right", [0, 8])
def test_the_interval_of_few_pictures_does_not_collapse(right: int):
    labels = np.arange(8) % 2
    logits = 9 * np.eye(2, dtype="float32")[labels if right else 1 - labels]
    ones = np.ones(8, "float32")
    honest = bootstrap_score([row_losses(logits, labels, ones)], ones, 0)
    assert (honest.accuracy, honest.std) == (right / 8, 0)
    assert (honest.low, honest.high) == pytest.approx(wilson(right, 8))


@pytest.mark.parametrize("copies", [3, 7, 11, 49])
def test_where_all_are_right_copies_make_neither_more_than_1_nor_a_narrower_interval(copies: int):
    labels = np.arange(300) % 2
    groups = np.arange(300) // (2 * copies)  # of two contents each
    contents = np.unique(np.stack([groups, labels]), axis=1, return_inverse=True)[1].ravel()
    shares = (1 / np.bincount(contents)[contents]).astype("float32")
    cost = row_losses(9 * np.eye(2, dtype="float32")[labels], labels, shares)
    honest = bootstrap_score([cost], shares, 0, shares=shares, groups=groups)
    assert (honest.accuracy, honest.std, honest.high) == (1, 0, 1)
    n = int(groups.max()) + 1
    assert honest.low == pytest.approx(wilson(n, n).low)
