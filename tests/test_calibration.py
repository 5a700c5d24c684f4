import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import minimize_scalar
from scipy.special import log_softmax as scipy_log_softmax

from headway.calibration import HIGHEST, LOWEST, Calibration, fit_calibration, log_softmax, softmax
from headway.errors import DataError


def test_softmax_is_that_of_scipy_and_does_not_overflow():
    logits = np.array([[1e4, -1e4, 0], [1.0, 2, 3]])
    np.testing.assert_allclose(log_softmax(logits, 2.0), scipy_log_softmax(logits / 2, axis=1))
    np.testing.assert_allclose(softmax(logits).sum(axis=1), 1)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_a_calibration_divides_by_its_temperature_and_keeps_the_dtype(dtype):
    raw = np.random.default_rng(0).normal(0, 20, (30, 4)).astype(dtype)
    calibration = Calibration(1.7)
    for found, expected in (
        (calibration.logits(raw), raw / 1.7),
        (calibration.log_probabilities(raw), scipy_log_softmax(raw / 1.7, axis=1)),
        (calibration.probabilities(raw), np.exp(scipy_log_softmax(raw / 1.7, axis=1))),
    ):
        assert found.dtype == dtype
        np.testing.assert_allclose(found, expected, rtol=1e-5, atol=1e-5)
    assert Calibration.identity().logits(raw).tobytes() == raw.tobytes()


@pytest.mark.parametrize("temperature", [0.0, -1.0, float("nan"), float("inf")])
def test_a_temperature_must_be_above_0_and_finite(temperature):
    with pytest.raises(DataError, match="above 0 and finite"):
        Calibration(temperature)


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

    found = fit_calibration(logits, labels, weights if weighted else None).temperature
    best = minimize_scalar(loss, bounds=(np.log(1 / HIGHEST), np.log(1 / LOWEST)), method="bounded")
    assert loss(-np.log(found)) <= best.fun + 1e-6 * abs(best.fun)


def test_logits_that_were_scaled_give_the_scale_back():
    random = np.random.default_rng(0)
    logits = random.standard_normal((20_000, 3)) * 2
    labels = (random.random((20_000, 1)) > softmax(logits).cumsum(axis=1)).sum(axis=1)
    assert fit_calibration(logits * 3, labels).temperature == pytest.approx(3, rel=0.03)


def test_few_perfect_predictions_are_not_taken_for_certainty():
    labels = np.array([0, 1, 2, 0])
    few = fit_calibration(np.eye(3)[labels], labels).probabilities(np.eye(3)[labels]).max()
    assert few == pytest.approx(1 - 1 / 5 * 2 / 3)
    labels = np.repeat(labels, 1000)
    assert fit_calibration(np.eye(3)[labels], labels).probabilities(np.eye(3)[labels]).max() > 0.9998


def test_useless_predictions_end_at_the_bound():
    labels = np.array([0, 1, 2, 0])
    assert fit_calibration(-np.eye(3)[labels], labels) == Calibration(HIGHEST)
    assert fit_calibration(np.zeros((4, 3)), labels) == Calibration(HIGHEST)


def test_not_finite_or_empty_is_refused():
    with pytest.raises(DataError):
        fit_calibration(np.array([[np.nan, 1.0]]), np.array([0]))
    with pytest.raises(DataError):
        fit_calibration(np.empty((0, 2)), np.array([], dtype=int))
