"""The learning curve, measured and continued, drawn."""

from __future__ import annotations

from headway.drawing.curve import learning_curve
from headway.drawing.figures import forecast
from headway.facts.forecast import CurvePoint, Forecast, LearningCurve
from tests.drawing.looking import is_whole, texts

POINTS = (CurvePoint(80, 0.6, 0.03), CurvePoint(160, 0.7, 0.02), CurvePoint(640, 0.75, 0.02))
NOW = Forecast(1, 800, 0.76, 0.73, 0.79, 0.0)
TWICE = Forecast(2, 1_600, 0.8, 0.76, 0.84, 0.04)


def test_each_point_of_the_learning_curve_has_its_accuracy():
    figure = learning_curve([CurvePoint(50, 0.7), CurvePoint(100, 0.8), CurvePoint(200, 1.0)])
    assert {"50", "100", "200", "70.0 %", "80.0 %", "100.0 %"} <= texts(figure)
    assert figure.get_label() == "Learning curve: 70.0 % with 50 pictures, 100.0 % with 200"
    assert is_whole(figure)


def test_the_learning_curve_ends_where_all_are_right():
    figure = learning_curve([CurvePoint(50, 1.0), CurvePoint(100, 1.0)])
    assert figure.axes[0].get_ylim()[1] == 1
    assert is_whole(figure)


def test_a_forecast_is_a_band_that_begins_at_the_pictures_there_are():
    figure = learning_curve(POINTS, (NOW, TWICE))
    assert {"measured", "forecast", "95 % interval", "800", "1,600", "80.0 %"} <= texts(figure)
    assert figure.get_label().endswith("75.0 % with 640; forecast: 76.0 % to 84.0 % with 1,600")
    [band] = figure.axes[0].collections
    low, high = band.get_paths()[0].get_extents().intervaly
    assert (low, high) == (NOW.low, TWICE.high)
    assert is_whole(figure)


def test_what_was_not_measured_is_not_drawn():
    assert forecast(LearningCurve(pictures=20, doubt="few")) == {}
    drawings = forecast(LearningCurve(pictures=800, points=POINTS, now=NOW, forecasts=(TWICE,)))
    assert list(drawings) == ["learning-curve"]
    assert "95 % interval" in texts(drawings["learning-curve"].draw(()))
