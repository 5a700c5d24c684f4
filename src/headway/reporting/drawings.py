"""Drawings, with what is said of them; matplotlib is loaded when the first is made."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from headway.rendering import report as wording
from headway.reporting.naming import shortened
from headway.reporting.parts import Drawing, Part

if TYPE_CHECKING:
    from headway.facts.comparison import Row
    from headway.facts.data import Data
    from headway.facts.depths import DepthsReport
    from headway.facts.forecast import CurvePoint, LearningCurve
    from headway.facts.scores import Scores
    from headway.facts.training import Training

_LONGEST = 200  # characters of a name; it takes far fewer to fill a drawing


def trust(scores: Scores) -> Iterator[Part]:
    """Yield reliability, and accuracy against coverage; nothing of models that an older Headway saved."""
    from headway.drawing import inline
    from headway.drawing import scores as drawing

    if scores.reliability is not None:
        figure = drawing.reliability(scores.reliability, scores.ece_uncalibrated, scores.ece)
        yield Drawing(inline(figure), wording.RELIABILITY)
    if scores.coverage:
        yield Drawing(inline(drawing.coverage(scores.coverage)), wording.COVERAGE)


def class_distribution(data: Data) -> Iterator[Part]:
    """Yield the pictures of each class by part; nothing of models that an older Headway saved."""
    from headway.drawing import inline
    from headway.drawing.data import class_distribution as draw

    if data.by_part:
        names = [shortened(name, _LONGEST) for name in data.counts]
        yield Drawing(inline(draw(names, data.by_part)), wording.CLASS_DISTRIBUTION)


def curves(training: Training) -> Iterator[Part]:
    """Yield the curves of a training."""
    from headway.drawing import inline
    from headway.drawing.training import curves as draw

    yield Drawing(inline(draw(training.history, training.best)), wording.CURVES)


def ranking(rows: Sequence[Row]) -> Iterator[Part]:
    """Yield the recipes of a comparison by their accuracy."""
    from headway.drawing import inline
    from headway.drawing.comparison import ranking as draw

    yield Drawing(inline(draw(rows)), wording.RANKING)


def accuracy_by_depth(report: DepthsReport) -> Iterator[Part]:
    """Yield the accuracy of a head on each depth of a network."""
    from headway.drawing import inline
    from headway.drawing.depths import accuracy_by_depth as draw

    yield Drawing(inline(draw(report)), wording.DEPTHS)


def learning_curve(points: Sequence[CurvePoint]) -> Iterator[Part]:
    """Yield the accuracy by the number of training pictures."""
    from headway.drawing import inline
    from headway.drawing.curve import learning_curve as draw

    yield Drawing(inline(draw(points)), wording.LEARNING_CURVE)


def forecast(curve: LearningCurve) -> Iterator[Part]:
    """Yield the learning curve and its forecast; nothing where nothing was measured."""
    from headway.drawing import inline
    from headway.drawing.curve import learning_curve as draw

    if curve.now is not None:
        yield Drawing(inline(draw(curve.points, (curve.now, *curve.forecasts))), wording.FORECAST)
