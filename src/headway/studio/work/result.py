"""How good a model is, as the page shows it: of a fit, or of a model's file alone."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np

from headway.calibration import Calibration, softmax
from headway.evaluation import Scored, score
from headway.facts.results import Changed, ClassResult, EarlierResult, Guess, Result
from headway.rendering import studio as wording
from headway.rendering.fit import doubts

if TYPE_CHECKING:
    from collections.abc import Mapping

    from headway.facts.fit import FitReport
    from headway.facts.results import TrainingRecord
    from headway.facts.scores import CrossValidation, Scores
    from headway.fitting import Fitted
    from headway.types import FloatArray, IntArray


@dataclass(frozen=True, eq=False)
class _HeldOut:
    """The pictures of a fit with what was predicted of each by a classifier that had not seen it."""

    rows: IntArray
    logits: FloatArray
    covers_all: bool  # whether each was held out in a cross-validation

    @classmethod
    def of(cls, fitted: Fitted) -> _HeldOut:
        """Take what was held out, and the test pictures where they were not."""
        test, held_out = fitted.division.parts.test, fitted.held_out
        if held_out is None:
            return cls(test, fitted.test_logits, False)
        others = ~np.isin(test, held_out.rows)
        rows = np.concatenate([held_out.rows, test[others]])
        logits = np.concatenate([held_out.logits, fitted.test_logits[others]])
        return cls(rows, logits, held_out.is_cross_validated and not others.any())


def guesses_of(fitted: Fitted, name: Callable[[str], str | None]) -> tuple[Guess, ...]:
    """Return what was predicted of each picture; ``name`` is what the project calls a path, None for another one."""
    held_out, data = _HeldOut.of(fitted), fitted.division.data
    probabilities = softmax(held_out.logits)
    best = probabilities.argmax(axis=1)
    told = []
    for row, label, probability in zip(held_out.rows.tolist(), best.tolist(), probabilities.max(axis=1), strict=True):
        if (file := name(data.name(row))) is not None:
            is_right = label == int(data.labels[row])
            told.append(Guess(file, data.classes[label], round(float(probability), 6), is_right))
    return tuple(told)


def result_of(
    fitted: Fitted, guesses: Sequence[Guess], before: TrainingRecord | None, *, seconds: float, warnings: Sequence[str]
) -> Result:
    """Return how good a model is, by its cross-validation where all pictures took part in it, else by its test."""
    report, held_out = fitted.report, _HeldOut.of(fitted)
    labels = fitted.division.labels[held_out.rows]
    images = Scored(names=fitted.division.data.names(held_out.rows))
    calibrated = Calibration.identity()  # they are calibrated
    scores = score(held_out.logits, labels, calibrated, report.classes, fitted.division.majority, images)
    cells = Counter(zip(labels.tolist(), held_out.logits.argmax(axis=1).tolist(), strict=True))
    return _result(
        report,
        scores,
        report.cross_validation if held_out.covers_all else None,
        cells,
        before=before,
        guesses=guesses,
        seconds=seconds,
        model_bytes=len(fitted.model.content),
        learned_from=len(fitted.division.development_rows),
        warnings=warnings,
    )


def result_of_file(report: FitReport, model_bytes: int) -> Result | None:
    """Return what a model's file says of itself; None where it was not tested."""
    scores = report.test
    if scores is None:
        return None
    cells = {(cell.true, cell.predicted): cell.count for cell in scores.confusion}
    learned_from = report.data.division.train + report.data.division.validation
    return _result(report, scores, None, cells, model_bytes=model_bytes, learned_from=learned_from)


def _result(
    report: FitReport,
    scores: Scores,
    cross_validation: CrossValidation | None,
    cells: Mapping[tuple[int, int], int],
    *,
    before: TrainingRecord | None = None,
    guesses: Sequence[Guess] = (),
    seconds: float = 0.0,
    model_bytes: int,
    learned_from: int,
    warnings: Sequence[str] = (),
) -> Result:
    said = cross_validation or report.test or scores
    how: Literal["cross-validation", "test"] = "test" if cross_validation is None else "cross-validation"
    places = range(len(report.classes))
    return Result(
        accuracy=said.accuracy,
        low=said.low,
        high=said.high,
        n=said.n,
        how=how,
        baseline=scores.majority_accuracy,
        macro_f1=scores.macro_f1,
        calibration_error=said.ece,
        sentences=wording.sentences(report, cells, cross_validated=cross_validation is not None),
        doubts=tuple(dict.fromkeys([*warnings, *doubts(report)])),
        advice=tuple(wording.advice(report, scores)),
        classes=report.classes,
        confusion=tuple(tuple(cells.get((true, predicted), 0) for predicted in places) for true in places),
        per_class=tuple(
            ClassResult(one.name, one.support, one.recall, one.precision, one.f1) for one in scores.per_class
        ),
        previous=None if before is None else _earlier(before.result),
        changed=() if before is None else _changed(before.guesses, guesses),
        seconds=round(seconds, 1),
        model_bytes=model_bytes,
        learned_from=learned_from,
    )


def _earlier(result: Result) -> EarlierResult:
    return EarlierResult(result.accuracy, result.low, result.high, result.n)


def _changed(before: Sequence[Guess], now: Sequence[Guess]) -> tuple[Changed, ...]:
    was_right = {one.file: one.is_right for one in before}
    return tuple(
        Changed(one.file, was_right[one.file], one.is_right)
        for one in now
        if was_right.get(one.file, one.is_right) != one.is_right
    )
