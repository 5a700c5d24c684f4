"""Which drawings a document has, by the name of their file."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING

from headway.drawing import comparison as comparing
from headway.drawing import curve, data, pictures, scores, training
from headway.drawing.confusion import confusion
from headway.drawing.depths import accuracy_by_depth
from headway.drawing.saving import Drawing
from headway.facts.comparison import ComparisonReport
from headway.facts.depths import DepthsReport
from headway.facts.documents import EvaluationReport, ReadReport
from headway.facts.fit import FitReport
from headway.facts.forecast import LearningCurve
from headway.facts.scores import Scores

if TYPE_CHECKING:
    from headway.types import UInt8Array


def samples(classes: Sequence[str], found: Mapping[int, Sequence[UInt8Array]]) -> dict[str, Drawing]:
    """Return the drawing of a few pictures of each class, by position among the classes, if there are any."""
    return {"samples": Drawing(partial(pictures.samples, pictures=found), classes)} if found else {}


def read(report: ReadReport) -> dict[str, Drawing]:
    """Return what can be drawn of a data set."""
    return _classes(report.counts)


def fit(report: FitReport) -> dict[str, Drawing]:
    """Return what can be drawn of a fit."""
    drawings = _classes(report.data.by_part)
    if report.training is not None and report.training.history:
        history, best = report.training.history, report.training.best
        drawings["curves"] = Drawing(lambda _: training.curves(history, best))
    if report.forecast is not None:
        drawings |= forecast(report.forecast)
    return drawings | _scores(report.classes, report.test)


def evaluation(report: EvaluationReport) -> dict[str, Drawing]:
    """Return what can be drawn of an evaluation."""
    return _scores(report.classes, report.scores)


def comparison(report: ComparisonReport) -> dict[str, Drawing]:
    """Return what can be drawn of a comparison."""
    drawings = {}
    if report.rows:
        drawings["ranking"] = Drawing(lambda _: comparing.ranking(report.rows))
    if report.case is not None and len(report.case.curve) > 1:
        points = report.case.curve
        drawings["learning-curve"] = Drawing(lambda _: curve.learning_curve(points))
    return drawings


def forecast(found: LearningCurve) -> dict[str, Drawing]:
    """Return the drawing of a learning curve that is continued, if anything was measured."""
    if found.now is None:
        return {}
    ahead = (found.now, *found.forecasts)
    return {"learning-curve": Drawing(lambda _: curve.learning_curve(found.points, ahead))}


def depths(report: DepthsReport) -> dict[str, Drawing]:
    """Return what can be drawn of the depths of a network."""
    return {"depths": Drawing(lambda _: accuracy_by_depth(report))}


def _classes(by_part: Mapping[str, Mapping[str, int]]) -> dict[str, Drawing]:
    classes = list(next(iter(by_part.values()), ()))
    return {"classes": Drawing(partial(data.class_distribution, by_part=by_part), classes)} if classes else {}


def _scores(classes: Sequence[str], found: Scores | None) -> dict[str, Drawing]:
    if found is None:
        return {}
    drawings = {"confusion": Drawing(partial(confusion, cells=found.confusion), classes)}
    if (reliability := found.reliability) is not None:
        drawings["reliability"] = Drawing(lambda _: scores.reliability(reliability, found.ece_uncalibrated, found.ece))
        drawings["coverage"] = Drawing(lambda _: scores.coverage(found.coverage))
    return drawings
