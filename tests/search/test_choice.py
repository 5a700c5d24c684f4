import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from headway.search.choice import C_GRID, Choice, choose, row_losses


def _logits(labels, strength, seed, k=3):
    random = np.random.default_rng(seed)
    return (random.standard_normal((len(labels), k)) + strength * np.eye(k)[labels]).astype("float32")


def test_grid_has_two_values_a_decade():
    assert C_GRID[0] == 1e-4
    assert C_GRID[-1] == 100
    np.testing.assert_allclose(np.diff(np.log10(C_GRID)), 0.5, atol=1e-3)


def test_clearly_better_wins_and_equal_gives_way_to_the_simpler():
    labels = np.random.default_rng(0).integers(0, 3, 500)
    weak, strong = _logits(labels, 0.5, 1), _logits(labels, 2, 2)
    ones = np.ones((1, 500), "float32")
    costs = [row_losses(logits, labels, ones[0]) for logits in (weak, strong, strong)]
    assert choose(costs, ones).candidate.tolist() == [1]
    assert choose(costs[::-1], ones).candidate.tolist() == [0]


@settings(max_examples=30, deadline=None)
@given(seed=st.integers(0, 10_000))
def test_same_as_the_rule_written_as_a_loop(seed):
    random = np.random.default_rng(seed)
    labels = random.integers(0, 3, 40)
    costs = [row_losses(_logits(labels, 0.3 * i, seed + i), labels, np.ones(40, "float32")) for i in range(4)]
    bags = np.stack([np.bincount(random.integers(0, 40, 40), minlength=40) for _ in range(5)]).astype("float32")
    found = choose(costs, bags)
    for bag, candidate, temperature in zip(bags, found.candidate, found.temperature, strict=True):
        drawn = np.repeat(np.arange(40), bag.astype(int))
        reached = np.array([cost.by_temperature[:, drawn].mean(axis=1).min() for cost in costs])
        best = reached.argmin()
        for simpler, cost in enumerate(costs):
            difference = (cost.calibrated - costs[best].calibrated)[drawn]
            n = len(np.unique(drawn))
            if reached[simpler] - reached[best] <= difference.std() / np.sqrt(n - 1) + 1e-6:
                assert candidate == simpler
                means = costs[simpler].by_temperature[:, drawn].mean(axis=1)
                assert means[temperature] <= means.min() + 1e-6  # at the ends of the range several are the same
                break


def test_losses_hold_the_fitted_temperature_inside_the_grid():
    labels = np.random.default_rng(0).integers(0, 3, 200)
    logits = _logits(labels, 1, 0) * 5
    cost = row_losses(logits, labels, np.ones(200, "float32"))
    expected = -cost.calibration.log_probabilities(logits)[np.arange(200), labels]
    np.testing.assert_allclose(cost.calibrated, expected, rtol=1e-5)
    means = cost.by_temperature.mean(axis=1)
    assert 0 < means.argmin() < len(means) - 1
    assert means.min() < cost.calibrated.mean() * 1.01


def test_a_choice_reads_well():
    assert str(Choice("mlp", "depths")) == "mlp on depths"
