"""A model on labelled images, and two models on the same ones."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from headway.dataset import Dataset, read_within
from headway.embedding import embed_images, range_beside
from headway.errors import DataError, ModelError
from headway.evaluation.matching import Matched, match
from headway.evaluation.predictions import Predictions, unreadable
from headway.evaluation.scoring import Scored, score
from headway.facts.documents import EvaluationReport, PairedTest, PairReport
from headway.metrics import mcnemar
from headway.model import Model
from headway.predictions import to_frame
from headway.rendering import pages
from headway.rendering import scores as rendering
from headway.rendering.html import html
from headway.session import Session
from headway.splits import TEST, TRAIN, merge_groups

if TYPE_CHECKING:
    from headway.embedding import FeatureTable
    from headway.facts.predictions import PictureResult
    from headway.facts.scores import Scores
    from headway.types import IntArray, Progress


@dataclass(frozen=True, eq=False, repr=False)
class Evaluation:
    """How a model does on labelled images.

    Parameters
    ----------
    report : EvaluationReport
        What ``headway evaluate --json`` prints.
    predictions : Predictions
        Image by image, without those that could not be read.
    rows : int64 array (n,)
        Which images of the data set these are.
    model : Model
        What predicted them.
    dataset : Dataset
        The images; its classes are those of the model.
    table : FeatureTable
        Their features, which can be read as long as the session is open.
    unreadable : tuple of PictureResult
        Those that could not be read.
    """

    report: EvaluationReport
    predictions: Predictions
    rows: IntArray = field(repr=False)
    model: Model = field(repr=False)
    dataset: Dataset = field(repr=False)
    table: FeatureTable = field(repr=False)
    unreadable: tuple[PictureResult, ...] = ()

    @property
    def scores(self) -> Scores:
        """All scores."""
        return self.report.scores

    @property
    def accuracy(self) -> float:
        """How many of the images are predicted rightly, from 0 to 1."""
        return self.scores.accuracy

    def results(self) -> Iterator[PictureResult]:
        """Yield a row for each image; those that could not be read come last, with the reason."""
        yield from self.predictions
        yield from self.unreadable

    def to_frame(self) -> Any:
        """Return `results` as a pandas DataFrame, with the columns of the file that ``--predictions`` writes.

        Raises
        ------
        MissingExtraError
            Where pandas is not installed.
        """
        return to_frame(self.results(), self.report.classes)

    def confusion_matrix(self) -> IntArray:
        """Return the images by true class (row) and predicted class (column), int64 (classes, classes)."""
        matrix = np.zeros((len(self.report.classes),) * 2, np.int64)
        for cell in self.scores.confusion:
            matrix[cell.true, cell.predicted] = cell.count
        return matrix

    def __repr__(self) -> str:
        scores = self.scores
        interval = rendering.interval(scores.low, scores.high)
        seen = f", {scores.seen_in_training:,} of them seen in training" if scores.seen_in_training else ""
        return f"<headway.Evaluation: accuracy {scores.accuracy:.3f} ({interval}) on {scores.n:,} images{seen}>"

    def _repr_html_(self) -> str:
        return html(pages.evaluation(self.report))


def evaluate(
    model: Model,
    data: Dataset | str | Path | Sequence[str | Path],
    *,
    skip_unknown: bool = False,
    cache: str | Path | None = None,
    max_bad: float = 0.1,
    progress: Progress | None = None,
) -> Evaluation:
    """Score a model on labelled images; where they have a test split, on that.

    Parameters
    ----------
    model : Model
        Fitted or loaded.
    data : Dataset or path, or list of paths
        Labelled images, from `headway.read`, or what that takes. Their classes are matched by name with those of the
        model, or by what the model's fit was told that they are called; some may be missing.
    skip_unknown : bool
        Whether to leave out images of classes that the model does not know, rather than to raise an error; the report
        counts them.
    cache : path, optional
        Folder of the feature store, if it is not the usual one.
    max_bad : float
        Largest part of the images that may be unreadable, from 0 to 1.
    progress : Progress, optional
        Told what goes on.

    Returns
    -------
    Evaluation

    Raises
    ------
    DataError
        When a class is unknown to the model, an image has no label, or there is nothing to score.

    Examples
    --------
    >>> import headway
    >>> model = headway.fit(headway.demo.pictures(), headway.Recipe(backbone="tiny"))
    >>> evaluation = headway.evaluate(model, headway.demo.pictures())
    >>> evaluation.scores.n, evaluation.confusion_matrix().shape
    (240, (8, 8))
    """
    with Session.open(cache, max_bad=max_bad, progress=progress) as session:
        return evaluate_within(session, model, data, skip_unknown=skip_unknown)


def evaluate_within(
    session: Session, model: Model, data: Dataset | str | Path | Sequence[str | Path], *, skip_unknown: bool = False
) -> Evaluation:
    """Do what `evaluate` does in a session that stays open."""
    _check_model(model)
    [matched] = match([model], _scored(session, data), skip_unknown=skip_unknown)
    return _evaluate(session, model, matched)


def evaluate_pair(
    first: Model,
    second: Model,
    data: Dataset | str | Path | Sequence[str | Path],
    *,
    skip_unknown: bool = False,
    cache: str | Path | None = None,
    max_bad: float = 0.1,
    progress: Progress | None = None,
) -> PairReport:
    """Score two models on the same labelled images, and test whether one is better.

    Parameters
    ----------
    first, second : Model
        To compare.
    data, cache, max_bad, progress
        As for `evaluate`.
    skip_unknown : bool
        Whether to leave out images of classes that one of the models does not know; otherwise both must know all.

    Returns
    -------
    PairReport

    Raises
    ------
    DataError
        When a class is unknown to one of the models, an image has no label, or there is nothing to score.

    Examples
    --------
    >>> import headway
    >>> models = [headway.fit(headway.demo.pictures(), backbone="tiny", head=head) for head in ("centroid", "logistic")]
    >>> evaluate_pair(*models, headway.demo.pictures()).paired.n
    240
    """
    models = first, second
    for model in models:
        _check_model(model)
    with Session.open(cache, max_bad=max_bad, progress=progress) as session:
        matched = match(models, _scored(session, data), skip_unknown=skip_unknown)
        one, other = (_evaluate(session, model, own) for model, own in zip(models, matched, strict=True))
    if not np.array_equal(one.rows, other.rows):
        raise DataError("both models must read the same pictures, and some could be read for one of them only")
    right = [each.predictions.probabilities.argmax(axis=1) == each.predictions.labels for each in (one, other)]
    # Labels are positions in each model's own classes, so what is compared is whether they are right.
    only_first, only_second = int((right[0] & ~right[1]).sum()), int((right[1] & ~right[0]).sum())
    test = PairedTest(len(one.rows), only_first, only_second, mcnemar(only_first, only_second).mid_p)
    return PairReport(models=(one.report, other.report), paired=test)


def _check_model(model: object) -> None:
    if not isinstance(model, Model):
        raise ModelError(
            f"the model comes first, and must be a headway.Model, not {type(model).__name__}: headway.load reads one"
        )


def _scored(session: Session, data: Dataset | str | Path | Sequence[str | Path]) -> Dataset:
    """Return the images to score: the test split, where there is one."""
    dataset = read_within(session, data)
    if dataset.given is not None and (dataset.given == TEST).any():
        return dataset.subset(dataset.given == TEST)
    return dataset


def _evaluate(session: Session, model: Model, matched: Matched) -> Evaluation:
    dataset = matched.dataset
    backbone = model.backbone(session.cache)
    if (caveat := model.caveat(backbone)) is not None:
        session.progress.note(caveat)
    outputs = model.features if set(model.features) <= set(backbone.dims) else tuple(backbone.dims)
    table = embed_images(
        session,
        dataset,
        backbone,
        resize=model.resize,
        reading=model.reading,
        precision=model.precision,
        outputs=backbone.outputs_to_store(outputs),
    )
    logits = model.logits(table.read(names=outputs))
    labels = dataset.labels[table.rows]
    names = dataset.names(table.rows)
    seen = model.has_learned(table.hashes)
    contents = merge_groups(table.hashes, None)
    groups = None if dataset.groups is None else dataset.groups[table.rows]
    report = EvaluationReport(
        model=model.name,
        source=dataset.source,
        classes=model.classes,
        class_names=matched.class_names,
        unknown=matched.unknown,
        scores=score(
            logits,
            labels,
            model.calibration,
            model.classes,
            model.classes.index(model.report.data.majority),
            Scored(names, contents, merge_groups(table.hashes, groups), seen),
        ),
        quarantined=tuple(table.quarantined),
        value_range=table.reading.value_range,
        suggested_range=range_beside(session, dataset, table),
    )
    for caveat in rendering.caveats(report):
        session.progress.warn(caveat)
    given = dataset.given
    split = None if given is None else np.where(given < 0, TRAIN, given)
    predictions = Predictions(
        source="test",
        paths=names,
        labels=labels,
        probabilities=model.calibration.probabilities(logits),
        classes=model.classes,
        seen_in_training=seen,
        split=None if split is None else split[table.rows],
    )
    bad = tuple(unreadable(table.quarantined, dataset, table.rows, split))
    return Evaluation(report, predictions, table.rows, model, dataset, table, bad)
