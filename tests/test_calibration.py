import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import minimize_scalar
from scipy.special import log_softmax as scipy_log_softmax

from headway.calibration import HIGHEST, LOWEST, fit_temperature, log_softmax, softmax
from headway.errors import DataError


def test_softmax_is_that_of_scipy_and_does_not_overflow():
    logits = np.array([[1e4, -1e4, 0], [1.0, 2, 3]])
    np.testing.assert_allclose(log_softmax(logits, 2.0), scipy_log_softmax(logits / 2, axis=1))
    np.testing.assert_allclose(softmax(logits).sum(axis=1), 1)


@settings(max_examples=50, deadline=None)
@given(seed=st.integers(0, 100_000), k=st.integers(2, 8), spread=st.floats(0.05, 30), weighted=st.booleans())
def test_same_minimum_as_scipy(seed, k, spread, weighted):
    random = np.random.default_rng(seed)
    labels = random.integers(0, k, 60)
    logits = (random.standard_normal((60, k)) + 0.8 * np.eye(k)[labels]) * spread
    weights = random.uniform(0.1, 3, 60) if weighted else np.ones(60)

    def loss(log_inverse):
        log_probabilities = scipy_log_softmax(logits * np.exp(log_inverse), axis=1)
        targets = 60 / 61 * np.eye(k)[labels] + 1 / 61 / k
        return -(weights @ (targets * log_probabilities).sum(axis=1))

    found = fit_temperature(logits, labels, weights if weighted else None)
    best = minimize_scalar(loss, bounds=(np.log(1 / HIGHEST), np.log(1 / LOWEST)), method="bounded")
    assert loss(-np.log(found)) <= best.fun + 1e-6 * abs(best.fun)


def test_logits_that_were_scaled_give_the_scale_back():
    random = np.random.default_rng(0)
    logits = random.standard_normal((20_000, 3)) * 2
    labels = (random.random((20_000, 1)) > softmax(logits).cumsum(axis=1)).sum(axis=1)
    assert fit_temperature(logits * 3, labels) == pytest.approx(3, rel=0.03)


def test_few_perfect_predictions_are_not_taken_for_certainty():
    labels = np.array([0, 1, 2, 0])
    few = softmax(np.eye(3)[labels], fit_temperature(np.eye(3)[labels], labels)).max()
    assert few == pytest.approx(1 - 1 / 5 * 2 / 3)
    labels = np.repeat(labels, 1000)
    assert softmax(np.eye(3)[labels], fit_temperature(np.eye(3)[labels], labels)).max() > 0.9998


def test_useless_predictions_end_at_the_bound():
    labels = np.array([0, 1, 2, 0])
    assert fit_temperature(-np.eye(3)[labels], labels) == HIGHEST
    assert fit_temperature(np.zeros((4, 3)), labels) == HIGHEST


def test_not_finite_or_empty_is_refused():
    with pytest.raises(DataError):
        fit_temperature(np.array([[np.nan, 1.0]]), np.array([0]))
    with pytest.raises(DataError):
        fit_temperature(np.empty((0, 2)), np.array([], dtype=int))
