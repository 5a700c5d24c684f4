"""What more pictures bring, in words."""

from __future__ import annotations

from dataclasses import replace

from headway.facts.forecast import ClassGain, CurvePoint, Forecast, LearningCurve
from headway.rendering.forecast import advice, lines, sentences

CURVE = LearningCurve(
    pictures=800,
    points=(CurvePoint(320, 0.7, 0.03), CurvePoint(640, 0.75, 0.02)),
    now=Forecast(1, 800, 0.76, 0.73, 0.79, 0.0),
    forecasts=(Forecast(2, 1_600, 0.8, 0.76, 0.84, 0.04), Forecast(4, 3_200, 0.83, 0.78, 0.88, 0.07)),
    classes=(ClassGain("fruit", 91, 0.017, 0.006),),
)


def test_each_forecast_is_said_with_its_interval_and_the_class_that_helps_most():
    assert [line.text for line in lines(CURVE)] == [
        "Accuracy by pictures learned from: 70.0 % with 320, 75.0 % with 640",
        "- with twice the pictures (1,600), accuracy is expected to be 76.0 to 84.0 % (now 73.0 to 79.0 %): "
        "about 4.0 points more than now",
        "- with four times the pictures (3,200), accuracy is expected to be 78.0 to 88.0 % (now 73.0 to 79.0 %): "
        "about 7.0 points more than now",
        "- more pictures of 'fruit' help most: the second half of the 91 pictures of 'fruit' has brought 1.7 points",
    ]


def test_what_cannot_be_told_is_said_with_the_reason():
    few = LearningCurve(pictures=20, doubt="few")
    assert [*sentences(few)] == ["what more pictures would bring cannot be told: there are too few of them"]
    nothing = LearningCurve(pictures=800, points=CURVE.points, doubt="chance")
    assert [line.text for line in lines(nothing)][1] == (
        "- what more pictures would bring cannot be told: the pictures that there are teach hardly more than which class "
        "is the most frequent"
    )
    part = replace(CURVE, forecasts=CURVE.forecasts[:1], classes=(), doubt="noise")
    assert [*sentences(part)][1:] == [
        "what more than twice the pictures would bring cannot be told: chance moves the measured accuracies too much"
    ]
    none = replace(CURVE, forecasts=(), classes=(), doubt="shapes")
    assert [*sentences(none)] == [
        "what more pictures would bring cannot be told: curves that fit what was measured equally well go on too "
        "differently"
    ]


def test_pictures_are_advised_only_where_they_are_worth_it():
    told = advice(CURVE)
    assert told is not None
    assert told.startswith("with twice the pictures")
    assert told.endswith("has brought 1.7 points")
    assert "fruit" not in (advice(replace(CURVE, classes=())) or "")
    flat = replace(CURVE, forecasts=(replace(CURVE.forecasts[0], gain=0.001),), classes=())
    assert advice(flat) is None
    assert next(sentences(flat)).endswith("hardly more than now")
    assert advice(LearningCurve(pictures=20, doubt="few")) is None
