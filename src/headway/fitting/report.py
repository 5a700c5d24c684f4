"""The facts of a fit, from what its steps hand on."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from headway._version import __version__
from headway.backbones.hub.address import PREFIX as HUB
from headway.evaluation import count_repeats
from headway.facts.bounds import LeftOut
from headway.facts.data import Data
from headway.facts.fit import Backbone, Features, FitReport, Head, Input, Selection
from headway.facts.scores import CrossValidation, FoldScores, PartScores
from headway.facts.training import Training, Trial
from headway.images import POLICIES

_MOST_CONTRADICTIONS = 20

if TYPE_CHECKING:
    from headway.backbones import BackboneInfo
    from headway.dataset import Dataset
    from headway.embedding import FeatureTable
    from headway.facts.scores import Scores
    from headway.facts.transfer import Case
    from headway.fitting.checking import Worth
    from headway.fitting.division import Division
    from headway.fitting.outcome import Job, Tested, TrainedClassifier
    from headway.heads import Course, DenseHead
    from headway.preparation import Transform
    from headway.recipe import Recipe
    from headway.search import SearchResult
    from headway.training import FineTunedNetwork, TrainedNetwork
    from headway.types import IntArray


def fit_report(
    dataset: Dataset,
    job: Job,
    classifier: TrainedClassifier,
    tested: Tested | None,
    case: Case | None,
    worth: Worth,
) -> FitReport:
    """Return everything that a fit found out, but the time that it took."""
    backbone, read = classifier.backbone, job.table.reading
    return FitReport(
        headway=__version__,
        classes=job.division.data.classes,
        recipe=job.recipe.to_dict(),
        data=_data(dataset, job.division, job.table, job.recipe),
        input=Input(backbone.input_size, job.table.resize, POLICIES[read.decoding], read.bands, read.value_range),
        backbone=Backbone(
            backbone.name,
            backbone.kind,
            backbone.sha256,
            backbone.licence,
            backbone.parameters,
            backbone.source if backbone.source.startswith(HUB) else "",
        ),
        features=classifier.features,
        head=classifier.learned,
        training=classifier.training,
        trial=classifier.trial,
        cross_validation=classifier.cross_validation,
        test=None if tested is None else tested.scores,
        test_calibration=None if tested is None else tested.calibration,
        case=case,
        findings=worth.findings,
        forecast=worth.forecast,
        alternatives=worth.alternatives,
        before_refit=None if tested is None else tested.before_refit,
        last_epoch=None if tested is None else tested.last_epoch,
        binary=None if tested is None else tested.binary,
        budget=classifier.budget,
    )


def _data(dataset: Dataset, division: Division, table: FeatureTable, recipe: Recipe) -> Data:
    return Data(
        source=dataset.source,
        n=len(division.data),
        counts=division.data.counts(),
        majority=division.data.classes[division.majority],
        skipped=dict(dataset.skipped),
        unreadable=len(table.quarantined),
        quarantined=tuple(table.quarantined),
        division=division.parts.division,
        imbalance=division.imbalance(recipe),
        overlaps=division.overlaps,
        fingerprint=fingerprint(division),
        contradicting=len(division.contradictions),
        contradictions=division.contradictions[:_MOST_CONTRADICTIONS],
        class_names=dict(dataset.class_names),
        one_colour=division.one_colour,
        repeated=len(division.data) - len(np.unique(division.contents)),
        by_part=division.counts(),
    )


def fingerprint(division: Division) -> str:
    """Return a SHA-256 over the contents and labels of the images, whatever their names and order."""
    names = [name.encode(errors="surrogateescape") for name in division.data.classes]
    labelled = sorted(digest + names[label] for digest, label in zip(division.hashes, division.labels, strict=True))
    return hashlib.sha256(b"\n".join(labelled)).hexdigest()


def features(
    table: FeatureTable, backbone: BackboneInfo, name: str, outputs: Sequence[str], transform: Transform, method: str
) -> Features:
    """Return which features the head reads, which a selection removed, and what it cost to compute them."""
    words = {vocabulary.first: len(vocabulary.words) for vocabulary in transform.vocabularies}
    starts = np.cumsum([0, *(backbone.dims[output] for output in outputs)]).tolist()
    widths = {output: words.get(start, backbone.dims[output]) for output, start in zip(outputs, starts, strict=False)}
    columns, total = transform.columns, sum(widths.values())
    selection = None
    if columns is not None:
        chosen = np.bincount(np.searchsorted(np.cumsum(list(widths.values())), columns, side="right"),
                             minlength=len(widths))  # fmt: skip
        removed = {output: width - int(n) for (output, width), n in zip(widths.items(), chosen, strict=True)}
        selection = Selection(method, total, len(columns), removed)
    return Features(
        name=name,
        outputs=tuple(outputs),
        dim=total if columns is None else len(columns),
        words=tuple(words.values()),
        selection=selection,
        precision=table.precision,
        computed=table.computed,
        cached=table.cached,
        images_per_s=table.images_per_s,
    )


def head(result: SearchResult, left_out: LeftOut | None) -> Head:
    """Return which head was chosen, and from what."""
    choice = result.choice
    solver = choice.solver[0] if choice.solver else ""
    return Head(
        choice.head, choice.C, result.calibration.temperature, result.candidates, solver, result.checked.fact, left_out
    )


def cross_validation(result: SearchResult, labels: IntArray, contents: IntArray, groups: IntArray) -> CrossValidation:
    """Return how the whole procedure scores on images that it did not see.

    ``labels`` are those of all rows of the search, ``contents`` and ``groups`` their numbers.
    """
    score, rows, folds = result.score, result.rows, int(result.fold.max()) + 1
    right, shares = result.predicted == labels[rows], result.shares
    each = [result.fold == fold for fold in range(folds)] if folds > 1 else []
    count = len(np.unique(groups[rows]))
    return CrossValidation(
        folds=folds,
        n=round(float(shares.sum())),
        accuracy=score.accuracy,
        low=score.low,
        high=score.high,
        std=score.std,
        log_loss=score.log_loss,
        ece=result.ece,
        by_fold=tuple(
            FoldScores(round(float(shares[one].sum())), float(np.average(right[one], weights=shares[one])))
            for one in each
        ),
        repeats=count_repeats(right, contents[rows], as_one=bool(shares.min() < 1)),
        groups=count if count < len(rows) else None,
    )


def training(
    network: TrainedNetwork, parameters: int, scores: Scores, recipe: Recipe, frequencies_loss: float | None = None
) -> Training:
    """Return how a network's training went, and how it does on the validation part that chose the epoch."""
    # What its parts took beyond what this run did in all, runs did that it goes on from.
    parts = sum(seconds for part, seconds in network.seconds.items() if part != "total")
    own = 0 if recipe.scratch != "none" else network.head.n_parameters  # a small network's own include its head
    return Training(
        part=network.part,
        parameters=parameters + own,
        trained_parameters=network.trained_parameters,
        epochs=len(network.history) - 1,
        best=network.best,
        augment=recipe.augment,
        tta=recipe.tta,
        history=network.history,
        validation=PartScores.of(scores),
        earlier_s=max(0.0, parts - network.seconds["total"]),
        expected=network.expected,
        frequencies_loss=frequencies_loss,
    )


def published_training(head: DenseHead, backbone: BackboneInfo, course: Course) -> Training:
    """Return how the training of a published network's head went, on the validation rows that chose its epoch."""
    own = head.n_parameters
    return Training(
        part=f"{head.kind} head",
        parameters=backbone.parameters + own,
        trained_parameters=own,
        epochs=len(course.history),
        best=course.best,
        augment=(),
        tta=False,
        history=course.history,
        validation=None,
        frequencies_loss=course.frequencies_loss,
        abandoned_rates=course.abandoned_rates,
    )


def trial(network: FineTunedNetwork) -> Trial:
    """Return how fine-tuning did beside the frozen network, and which of the two becomes the model."""
    return Trial(
        part=network.part,
        log_loss=network.log_loss,
        frozen_log_loss=network.frozen_log_loss,
        improved=network.best > 0,
        chosen="fine-tuned" if network.beats_frozen else "frozen",
        given_up_after=network.history[-1].number if network.gave_up else 0,
    )
