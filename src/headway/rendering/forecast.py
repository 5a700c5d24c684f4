"""The learning curve in words: what was measured, what more pictures should bring, and of which class."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from headway.rendering.blocks import Line
from headway.rendering.words import percent, percent_range, plural, some

if TYPE_CHECKING:
    from headway.facts.forecast import Forecast, LearningCurve

_TIMES = {2: "twice", 4: "four times"}
_WORTH = 0.005  # of accuracy: less is no reason to collect pictures
_MOST_CLASSES = 3

_WHY_NOT = {
    "few": "there are too few of them",
    "classes": "with so many classes it would take too long to measure what fewer have brought",
    "chance": "the pictures that there are teach hardly more than which class is the most frequent",
    "noise": "chance moves the measured accuracies too much",
    "shapes": "curves that fit what was measured equally well go on too differently",
}


def lines(curve: LearningCurve) -> Iterator[Line]:
    """Yield what was measured, what is forecast, and what helps most."""
    if curve.points:
        steps = ", ".join(f"{percent(point.accuracy)} with {point.pictures:,}" for point in curve.points)
        yield Line(f"Accuracy by pictures learned from: {steps}")
    for sentence in sentences(curve):
        yield Line(f"- {sentence}")


def sentences(curve: LearningCurve) -> Iterator[str]:
    """Yield sentences, without full stops, about more pictures."""
    if curve.now is not None:
        for forecast in curve.forecasts:
            yield _expected(forecast, curve.now)
    if curve.doubt is not None:
        wanted = "more pictures" if not curve.forecasts else f"more than {_times(curve.forecasts[-1])} the pictures"
        yield f"what {wanted} would bring cannot be told: {_WHY_NOT[curve.doubt]}"
    if curve.classes:
        yield _classes(curve)


def advice(curve: LearningCurve) -> str | None:
    """Say what more pictures should bring, and of which class; None where it is too little, or cannot be told."""
    if curve.now is None or not curve.forecasts or curve.forecasts[0].gain < _WORTH:
        return None
    first = _expected(curve.forecasts[0], curve.now)
    return f"{first}; {_classes(curve)}" if curve.classes else first


def _expected(forecast: Forecast, now: Forecast) -> str:
    points = 100 * forecast.gain
    gain = f"about {points:.1f} points more than now" if forecast.gain >= _WORTH else "hardly more than now"
    return (
        f"with {_times(forecast)} the pictures ({forecast.pictures:,}), accuracy is expected to be "
        f"{percent_range(forecast.low, forecast.high)} (now {percent_range(now.low, now.high)}): {gain}"
    )


def _times(forecast: Forecast) -> str:
    return _TIMES.get(forecast.factor, f"{forecast.factor} times")


def _classes(curve: LearningCurve) -> str:
    best = curve.classes[0]
    names = some([one.name for one in curve.classes[:_MOST_CLASSES]])
    return (
        f"more pictures of {names} help most: the second half of the {plural(best.pictures, 'picture')} of "
        f"{some([best.name])} has brought {100 * best.gain:.1f} points"
    )
