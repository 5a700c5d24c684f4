"""Forecasts from measured curves, of which the truth is known."""

from __future__ import annotations

import numpy as np
import pytest

from headway.forecast import extrapolation as module
from headway.forecast.extrapolation import covariance_of, draw_accuracies, extrapolate, fit_lines
from headway.forecast.families import FAMILIES
from tests.forecast.making import measured

SIZES = (100, 200, 400, 800)
UNITS = np.arange(2_000)
LEVELS = (0.025, 0.5, 0.975)


def forecast(found, number):
    return found.quantiles(found.accuracy[:, :, number], LEVELS)


def curve(kind, n):
    n = np.asarray(n, float)
    return {
        "vanishing": 1 - 1.2 * n**-0.3,
        "logistic": 1 / (1 + 6 * n**-0.4),
        "saturating": 0.8 - 25 * n**-1.2,
        "flat": 0 * n + 0.7,
    }[kind]


@pytest.mark.parametrize("kind", ["vanishing", "logistic", "saturating", "flat"])
def test_the_truth_of_a_known_curve_is_within_the_interval(kind):
    numbers = [1_000, 2_000, 4_000]
    inside = 0
    for seed in range(6):
        found = extrapolate(measured(SIZES, curve(kind, SIZES), seed=seed), UNITS, numbers)
        for place, true in enumerate(curve(kind, numbers)):
            low, _, high = forecast(found, place)
            inside += low <= true <= high
    assert inside >= 15  # of 18


@pytest.mark.parametrize(
    "accuracies", [(0.5, 0.6, 0.7, 0.8), (0.9, 0.97, 0.99, 1.0), (0.6, 0.5, 0.55, 0.5), (1.0, 1.0, 1.0, 1.0)]
)
def test_forecasts_rise_and_are_at_most_one(accuracies):
    found = extrapolate(measured(SIZES, accuracies), UNITS, [800, 1_600, 3_200, 10**9])
    assert np.isfinite(found.accuracy).all()
    assert (np.diff(found.accuracy, axis=2) >= -1e-12).all()
    assert found.accuracy.max() <= 1
    assert found.weights.sum() == pytest.approx(1)


def test_a_flat_curve_promises_nothing():
    found = extrapolate(measured(SIZES, curve("flat", SIZES)), UNITS, [800, 3_200])
    (gain,) = found.quantiles(found.accuracy[:, :, 1] - found.accuracy[:, :, 0], (0.5,))
    assert gain < 0.01


def test_a_power_law_without_an_end_promises_too_much_of_a_curve_that_ends_and_this_does_not():
    alone = [family for family in FAMILIES if family.name == "vanishing"]
    too_much = {"all": 0, "power law": 0}
    true = float(curve("saturating", 3_200))
    for seed in range(6):
        data = measured(SIZES, curve("saturating", SIZES), seed=seed)
        too_much["all"] += forecast(extrapolate(data, UNITS, [3_200]), 0)[0] > true
        too_much["power law"] += forecast(extrapolate(data, UNITS, [3_200], families=alone), 0)[0] > true
    assert too_much["all"] <= 1
    assert too_much["power law"] >= 5


def test_groups_that_are_right_and_wrong_together_widen_the_interval():
    n = 400
    hard = np.repeat(np.random.default_rng(0).random(n // 10), 10)
    data = measured(SIZES, (0.5, 0.6, 0.7, 0.75), n=n)
    data = type(data)(data.pictures, np.stack([hard < value for value in (0.5, 0.6, 0.7, 0.75)]), data.rows, data.fold)
    single, grouped = (draw_accuracies(data, units, 0).std(axis=0) for units in (np.arange(n), np.arange(n) // 10))
    assert (grouped > 2 * single).all()


def test_lines_are_those_of_least_squares():
    random = np.random.default_rng(0)
    falling = np.array([3.0, 2.0, 1.0, 0.0])
    values = 0.9 - 0.1 * falling + 0.01 * random.standard_normal((5, 4))
    roots = random.standard_normal((4, 9))
    precision = np.linalg.inv(covariance_of(random.standard_normal((50, 4)) @ (roots @ roots.T)))
    lines, misfit = fit_lines(values, falling, precision, np.inf)
    root = np.linalg.cholesky(precision).T
    for row, line, least in zip(values, lines, misfit, strict=True):
        expected, rest, *_ = np.linalg.lstsq(root @ np.stack([np.ones(4), -falling], axis=1), root @ row, rcond=None)
        assert line == pytest.approx(expected)
        assert least == pytest.approx(rest[0])


def test_a_usual_slope_counts_as_one_value_more():
    falling, values = np.array([2.0, 1.0, 0.5, 0.0]), np.array([[0.5, 0.6, 0.66, 0.7], [0.4, 0.6, 0.7, 0.8]])
    usual, spread = np.array([0.2, 0.05]), 0.03
    lines, misfit = fit_lines(values, falling, np.eye(4) / 0.02**2, np.inf, usual, spread)
    design = np.vstack([np.stack([np.ones(4), -falling], axis=1) / 0.02, [0, 1 / spread]])
    for row, slope, line, least in zip(values, usual, lines, misfit, strict=True):
        expected, rest, *_ = np.linalg.lstsq(design, np.append(row / 0.02, slope / spread), rcond=None)
        assert line == pytest.approx(expected)
        assert least == pytest.approx(rest[0])
    ended, _ = fit_lines(values, falling, np.eye(4) / 0.02**2, 0.65, usual, spread)
    assert ended[:, 0] == pytest.approx([0.65, 0.65])
    slopes = ((0.65 - values) @ falling / 0.02**2 + usual / spread**2) / (falling @ falling / 0.02**2 + spread**-2)
    assert ended[:, 1] == pytest.approx(slopes)


def test_what_is_known_of_slopes_narrows_the_interval_where_few_pictures_tell_little(monkeypatch):
    few = measured((12, 24, 48, 96), (0.4, 0.5, 0.6, 0.7), n=120)

    def width():
        low, _, high = forecast(extrapolate(few, np.arange(120), [480]), 0)
        return high - low

    informed = width()
    monkeypatch.setattr(module, "POWERS", ((1.0, 0.25, 10.0),))
    assert informed < 0.95 * width()


def test_a_line_does_not_fall_nor_end_above_the_ceiling():
    falling = np.array([1.0, 0.5, 0.25, 0.125])
    lines, _ = fit_lines(np.array([[0.9, 0.8, 0.7, 0.6], [0.2, 0.6, 0.9, 1.0]]), falling, np.eye(4), 1.0)
    assert lines[0].tolist() == pytest.approx([0.75, 0])
    assert lines[1, 0] == 1
    assert lines[1, 1] > 0
