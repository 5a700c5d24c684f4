"""From what a command hands on to the pictures of its report; the store must be open, since a map needs features."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from headway.calibration import by_rows, softmax
from headway.reporting.naming import Names
from headway.reporting.pictures import MOST_SUSPECTS, Pictures, with_map, with_thumbnails

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from headway.analysis.study import Study
    from headway.auditing import Audit
    from headway.dataset import Dataset
    from headway.embedding import FeatureTable
    from headway.evaluation import Evaluation
    from headway.facts.audit import Finding
    from headway.fitting import Fitted
    from headway.model import Model
    from headway.types import FloatArray, IntArray

_NOTHING = np.empty(0, np.int64), np.empty(0, np.float32)  # predicted
_MOST_FEATURES = 20_000  # of a picture: more are flattened maps


def of_fit(fitted: Fitted, *, has_pictures: bool = True) -> Pictures:
    """Gather the pictures of a fit: the test images first; where there are none, those that were held out."""
    division, held_out = fitted.division, fitted.held_out
    test = division.parts.test
    known, logits = test, [fitted.test_logits]
    if held_out is not None:
        others = ~np.isin(held_out.rows, test)
        known = np.concatenate([test, held_out.rows[others]])
        logits.append(held_out.logits if others.all() else held_out.logits[others])
    rows = np.concatenate([known, np.setdiff1d(np.arange(len(division.data)), known)])
    top = [np.concatenate(both) for both in zip(*(by_rows(_top, some) for some in logits), strict=True)]
    pictures = _pictures(division.data, rows, top, len(test) or len(known), has_pictures)
    pictures = replace(pictures, suspects=_suspects(fitted.report.findings, division.data, rows))
    if fitted.table is not None:
        read = _reader(fitted.table, fitted.model, rows)
        pictures = _with_map(pictures, read, len(known), lambda chosen: softmax(np.concatenate(logits)[chosen]))
    resize, reading = fitted.model.resize, fitted.model.reading
    return with_thumbnails(pictures, division.data, rows, resize=resize, reading=reading) if has_pictures else pictures


def of_audit(audit: Audit, *, has_pictures: bool = True) -> Pictures:
    """Gather the pictures that were checked, those that could be predicted first."""
    context, predictions = audit.context, audit.context.predictions
    rows = np.arange(len(context), dtype=np.int64)
    top: Sequence[NDArray[Any]] = _NOTHING
    if predictions is not None:
        rows = np.concatenate([predictions.rows, np.setdiff1d(rows, predictions.rows)])
        top = _of_probabilities(predictions.probabilities)
    pictures = _pictures(context.data, rows, top, len(top[0]), has_pictures)
    pictures = replace(pictures, suspects=_suspects(audit.report.findings, context.data, rows))
    pictures = with_map(pictures, len(rows), lambda chosen: context.features[rows[chosen]])
    if not has_pictures:
        return pictures
    return with_thumbnails(pictures, context.data, rows, resize="squash", reading=context.reading)


def of_evaluation(evaluation: Evaluation, *, has_pictures: bool = True) -> Pictures:
    """Gather the pictures that a model was scored on."""
    dataset, rows, probabilities = evaluation.dataset, evaluation.rows, evaluation.predictions.probabilities
    pictures = _pictures(dataset, rows, _of_probabilities(probabilities), len(rows), has_pictures)
    model = evaluation.model
    read = _reader(evaluation.table, model, np.arange(len(rows)))
    pictures = _with_map(pictures, read, len(rows), lambda chosen: probabilities[chosen])
    if not has_pictures:
        return pictures
    return with_thumbnails(pictures, dataset, rows, resize=model.resize, reading=model.reading)


def of_study(study: Study, *, has_pictures: bool = True) -> Pictures:
    """Gather the pictures whose features were analysed; nothing is predicted of them."""
    table, rows = study.table, study.rows
    pictures = _pictures(study.dataset, rows, _NOTHING, 0, has_pictures)
    pictures = with_map(pictures, len(rows), lambda chosen: study.features[chosen])
    if not has_pictures:
        return pictures
    return with_thumbnails(pictures, study.dataset, rows, resize=table.resize, reading=table.reading)


def _top(logits: FloatArray) -> tuple[NDArray[Any], ...]:
    """Return the most probable class of each row, and its probability."""
    return _of_probabilities(softmax(logits))


def _of_probabilities(probabilities: FloatArray) -> tuple[NDArray[Any], ...]:
    return probabilities.argmax(axis=1), probabilities.max(axis=1)


def _pictures(
    dataset: Dataset, rows: IntArray, top: Sequence[NDArray[Any]], scored: int, has_pictures: bool
) -> Pictures:
    """Return the pictures at ``rows`` (n,) of a data set; of the first of them ``top`` says what was predicted."""
    names = Names(dataset.source)
    predicted = np.full(len(rows), -1, np.int64)
    probability = np.zeros(len(rows), np.float32)
    predicted[: len(top[0])], probability[: len(top[1])] = top
    return Pictures(
        classes=dataset.classes,
        true=dataset.labels[rows],
        predicted=predicted,
        probability=probability,
        scored=scored,
        name=(lambda position: names(dataset.name(int(rows[position])))) if has_pictures else (lambda _: ""),
        has_names=has_pictures,
    )


def _suspects(findings: Sequence[Finding], dataset: Dataset, rows: IntArray) -> tuple[tuple[int, ...], ...]:
    """Return the positions of the first images of each finding."""
    shown = [[suspect.file for suspect in finding.pictures[:MOST_SUSPECTS]] for finding in findings]
    wanted = {file for files in shown for file in files}
    positions = {}
    for position, row in enumerate(rows.tolist() if wanted else ()):
        if (name := dataset.name(row)) in wanted:
            positions[name] = position
    return tuple(tuple(positions[file] for file in files) for files in shown)


def _reader(table: FeatureTable, model: Model, rows: IntArray) -> Callable[[IntArray], FloatArray] | None:
    """Return what reads the head's features of pictures at positions of ``rows``; None where there are none for a map.

    They are as the head reads them: a bag of local descriptors has as many numbers as it has points, NaN for the rest.
    """
    width = sum(table.dims.get(output, _MOST_FEATURES + 1) for output in model.features)
    if not 0 < width <= _MOST_FEATURES:
        return None
    return lambda chosen: model.transform.apply(table.read(rows[chosen], model.features))


def _with_map(
    pictures: Pictures,
    read: Callable[[IntArray], FloatArray] | None,
    known: int,
    probabilities: Callable[[IntArray], FloatArray],
) -> Pictures:
    """Add a map by features, or where there are none by what was predicted of the first pictures."""
    if read is not None:
        return with_map(pictures, len(pictures), read)
    return with_map(pictures, known, lambda chosen: np.log(probabilities(chosen) + 1e-6))
