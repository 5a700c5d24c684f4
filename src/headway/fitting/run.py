"""The main job, in the order in which it is done: open, divide, train, test, compose."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from headway import recalibration
from headway.backbones import pixels
from headway.clock import Clock
from headway.dataset import Dataset, check_trainable, read_within
from headway.embedding import choose_reading, read_hashes
from headway.errors import UserError
from headway.evaluation import Scored, binary_scores, score
from headway.evaluation.predictions import unreadable
from headway.evaluation.scoring import content_shares
from headway.facts.scores import PartScores
from headway.fitting import checking, frozen, refusals, report, streamed, trained
from headway.fitting.alternatives import find_alternatives
from headway.fitting.case import measure_case
from headway.fitting.division import divide
from headway.fitting.ladder import Climb, Ladder, ladder_of
from headway.fitting.opening import open_job_features
from headway.fitting.outcome import Fitted, Job, Tested, TrainedClassifier
from headway.fitting.reserve import foresee
from headway.model import build
from headway.recipe import Recipe, Settings
from headway.rendering.findings import alarms
from headway.rendering.fit import doubts
from headway.session import Session
from headway.shards import holds_features
from headway.splits import TEST, TRAIN, VALIDATION
from headway.splitting import keep_split

if TYPE_CHECKING:
    from typing import Unpack

    from headway.budget import Budget
    from headway.checks import Context
    from headway.facts.fit import CalibrationCheck
    from headway.facts.forecast import LearningCurve
    from headway.facts.predictions import PictureResult
    from headway.facts.transfer import Case
    from headway.model import Model
    from headway.types import FloatArray, Progress


def fit(
    data: Dataset | str | Path | Sequence[str | Path],
    recipe: Recipe | None = None,
    *,
    split_from: str | Path | None = None,
    cache: str | Path | None = None,
    offline: bool = False,
    max_bad: float = 0.1,
    progress: Progress | None = None,
    budget: float | None = None,
    allow_download: bool = False,
    **settings: Unpack[Settings],
) -> Model:
    """Train a classifier and evaluate it.

    Parameters
    ----------
    data : Dataset or path, or list of paths
        Labelled pictures, from `headway.read`; what that takes; or a file that ``headway embed`` wrote.
    recipe : Recipe, optional
        What to do; by default what the measurements favour.
    split_from : path, optional
        A model, or a folder or table with splits: pictures that are in there stay in their part, where ``data`` has no
        split of its own.
    cache : path, optional
        Folder of the feature store, if it is not the usual one.
    offline : bool
        Whether to fail rather than to download weights that the recipe needs.
    max_bad : float
        Largest part of the pictures that may be unreadable, from 0 to 1.
    progress : Progress, optional
        Told what goes on; `headway.progress` makes a bar.
    budget : float, optional
        Seconds: another network, mirrored views and larger pictures are tried, too, as far as they fit into these, and
        what cross-validates best is the model. Settings that are given stay as they are.
    allow_download : bool
        Whether a budget may download another network.
    **settings
        Fields of `Recipe`, in place of the recipe's own: ``head="svm", backbone="resnet50"``.

    Returns
    -------
    Model
        Its ``report`` says what was done and how good the result is.

    Raises
    ------
    DataError
        When the pictures or labels do not allow it.
    UserError
        When the recipe or a setting is wrong.

    Warns
    -----
    HeadwayWarning
        Of what makes the scores doubtful, where no ``progress`` is told of it.

    Examples
    --------
    >>> import headway
    >>> model = headway.fit(headway.demo.pictures(), backbone="tiny", head="centroid")
    >>> model.report.data.n, model.report.head.kind
    (240, 'centroid')
    """
    chosen = _recipe(recipe, settings)
    ladder = ladder_of(budget, settings, allow_download=allow_download)
    with Session.open(cache, offline=offline, max_bad=max_bad, progress=progress) as session:
        return fit_recipe(session, data, chosen, split_from, ladder=ladder).model


def _recipe(recipe: Recipe | None, settings: Settings) -> Recipe:
    if recipe is not None and not isinstance(recipe, Recipe):
        raise UserError(
            f"a recipe must be a headway.Recipe, not {type(recipe).__name__}: a setting is given by its name, "
            "head='svm', and labels with their pictures, headway.read(pictures, labels)"
        )
    return (recipe or Recipe()).with_settings(settings)


def fit_recipe(
    session: Session,
    data: Dataset | str | Path | Sequence[str | Path],
    recipe: Recipe,
    split_from: str | Path | None = None,
    *,
    with_case: bool = True,
    ladder: Ladder | None = None,
) -> Fitted:
    """Do what `fit` does, and return the predictions that the scores are made of, too.

    ``with_case`` measures which case of transfer learning it is, and checks the data; a comparison does the former once
    for all of its recipes. ``ladder`` says what may be tried beyond the recipe, and for how long.
    """
    scored = _score(session, data, recipe, split_from, with_case=with_case, ladder=ladder)
    return scored.complete() if with_case else scored.fitted()


def fit_in_steps(
    session: Session, data: Dataset | str | Path | Sequence[str | Path], recipe: Recipe
) -> Iterator[Fitted]:
    """Do what `fit_recipe` does, and yield the fit twice: as soon as it is scored, and when all is known of it.

    What comes later is in the report only: the case of transfer learning, and what more pictures would bring.
    """
    scored = _score(session, data, recipe)
    yield scored.fitted()
    yield scored.complete()


@dataclass(frozen=True, eq=False)
class _ScoredFit:
    """A classifier that was tested, and all that it was made of."""

    dataset: Dataset
    job: Job
    classifier: TrainedClassifier  # its logits of the test images are let go
    test_logits: FloatArray  # (t, classes), calibrated
    tested: Tested | None
    context: Context | None
    worth: checking.Worth  # without the learning curve

    def complete(self) -> Fitted:
        """Find out what is left to know, and return the fit with it."""
        case = _case(self.job)
        return self.fitted(case, checking.forecast(self.job, self.classifier, self.context))

    def fitted(self, case: Case | None = None, forecast: LearningCurve | None = None) -> Fitted:
        """Return the fit with what is known of it, and warn of what makes it doubtful."""
        job, classifier = self.job, self.classifier
        worth = self.worth._replace(forecast=forecast)
        model = _compose(self.dataset, job, classifier, self.tested, case, worth)
        for warning in (*doubts(model.report), *alarms(worth.findings)):
            job.session.progress.warn(warning)
        unreadable = _unreadable(self.dataset, job)
        return Fitted(model, job.division, self.test_logits, classifier.held_out, unreadable, job.table)


def _score(
    session: Session,
    data: Dataset | str | Path | Sequence[str | Path],
    recipe: Recipe,
    split_from: str | Path | None = None,
    *,
    with_case: bool = True,
    ladder: Ladder | None = None,
) -> _ScoredFit:
    """Train and test what a recipe asks for; ``with_case`` looks for near copies and faults of the data, too."""
    clock = Clock()
    if ladder is not None:
        ladder.check(recipe)
        if holds_features(data):
            raise UserError(f"{data} holds features, and a budget is for computing more of them: give the pictures")
    if split_from is not None:
        with clock("data"):
            data = _keep_split(session, data, recipe, split_from)
    budget = None if ladder is None else ladder.budget
    dataset, job = _open(session, data, recipe, clock, with_case=with_case, budget=budget)
    classifier = _train(job) if ladder is None else Climb(job, ladder).train()
    if classifier.recipe is not None:
        job = replace(job, recipe=classifier.recipe)
    context = checking.context_of(job, classifier) if with_case else None
    classifier = checking.with_unchecked(classifier, context)
    kin = checking.find_kin(job, context)
    classifier = checking.with_unseen(job, classifier, kin)
    tested = _test(job, classifier, kin)
    found = checking.findings(job, context)
    alternatives = find_alternatives(job, classifier, tested) if with_case else ()
    logits = classifier.calibration.overwrite(classifier.test_logits)
    classifier = replace(classifier, test_logits=logits[:0])
    return _ScoredFit(dataset, job, classifier, logits, tested, context, checking.Worth(found, None, alternatives))


def _keep_split(
    session: Session, data: Dataset | str | Path | Sequence[str | Path], recipe: Recipe, older: str | Path
) -> Dataset:
    """Return the data with the parts of an older division."""
    if holds_features(data):
        raise UserError(f"{data} holds features, which bring their split: give the pictures, or leave --split-from out")
    dataset = read_within(session, data)
    return keep_split(session, dataset, older, test_fraction=recipe.test_fraction, seed=recipe.seed)


def _unreadable(dataset: Dataset, job: Job) -> tuple[PictureResult, ...]:
    split, division = None, job.division
    if dataset.given is not None and division.is_given:
        split = np.where(dataset.given < 0, TRAIN, dataset.given)
        if division.parts.division.kind == "validation-as-test":
            split = np.where(split == VALIDATION, TEST, split)
    return tuple(unreadable(job.table.quarantined, dataset, job.table.rows, split))


def _open(
    session: Session,
    data: Dataset | str | Path | Sequence[str | Path],
    recipe: Recipe,
    clock: Clock,
    *,
    with_case: bool,
    budget: Budget | None,
) -> tuple[Dataset, Job]:
    """Read the images, compute what the recipe needs of them, and divide them."""

    def check(dataset: Dataset) -> None:
        check_trainable(dataset)
        if budget is not None:
            foresee(session, recipe, budget, dataset)

    if recipe.trains_network and holds_features(data):
        raise UserError(f"{data} holds features, and training a network needs the pictures: give their folder")
    backbone = None
    if recipe.scratch != "none":
        with clock("data"):
            dataset = read_within(session, data)
            check_trainable(dataset)
        with clock("features"):
            compute = partial(read_hashes, session, dataset, resize=recipe.resize)
            table = choose_reading(session, dataset, recipe, compute)
    else:
        opened = open_job_features(session, data, recipe, clock, check, with_case=with_case)
        dataset, table, backbone = opened.dataset, opened.table, opened.backbone
        if dataset.source.layout == "features":  # the file says how they were made
            refusals.check_settings(recipe, table)
            recipe = replace(
                recipe,
                backbone=table.backbone,
                features=opened.features,
                resize=table.resize,
                precision=table.precision,
            )
    recipe = recipe.with_reading(table.reading)
    return dataset, Job(session, recipe, backbone, table, divide(dataset, table, recipe, session.progress), clock)


def _train(job: Job) -> TrainedClassifier:
    """Train what the recipe asks for."""
    recipe, backbone = job.recipe, job.backbone
    if backbone is None:
        network = trained.train_from_scratch(job)
        return trained.finish(job, network, f"{recipe.scratch} from scratch", network.parameters)
    if job.table.streams:
        return streamed.train(job, backbone)
    if recipe.finetune == "none":
        return frozen.train(job, backbone)
    tuned, frequencies_loss = trained.fine_tune(job, backbone)
    trial = report.trial(tuned) if recipe.finetune == "auto" else None
    if trial is not None and trial.chosen == "frozen":
        classifier = frozen.train(replace(job, recipe=trained.without_training(recipe)), backbone)
    else:
        name = f"{backbone.name} fine-tuned ({tuned.part})"
        classifier = trained.finish(job, tuned, name, backbone.parameters, frequencies_loss)
    return replace(classifier, trial=trial)


def _test(job: Job, classifier: TrainedClassifier, kin: checking.Kin) -> Tested | None:
    """Score what was trained on the test images, where there are any."""
    division = job.division
    if not len(division.parts.test):
        return None
    labels = division.labels[division.parts.test]
    score_logits = partial(
        score,
        labels=labels,
        calibration=classifier.calibration,
        classes=division.data.classes,
        majority=division.majority,
    )
    test = division.parts.test
    images = Scored(
        contents=division.contents[test],
        groups=division.groups[test],
        seen=division.seen_in_training,
        near=kin.among(test, division.development_rows),
        as_one=division.counts_as_one(job.recipe),
    )
    with job.clock("test"):
        earlier, last = classifier.earlier_test_logits, classifier.last_test_logits
        # Where a trial chose the frozen network, its head was not trained by the recipe's loss.
        binary = job.recipe.loss == "binary-cross-entropy" and classifier.training is not None
        return Tested(
            scores=score_logits(classifier.test_logits, images=replace(images, names=division.data.names(test))),
            calibration=_check_probabilities(job, classifier),
            before_refit=None if earlier is None else PartScores.of(score_logits(earlier, images=images)),
            last_epoch=None if last is None else PartScores.of(score_logits(last, images=images)),
            binary=binary_scores(classifier.test_logits, labels) if binary else None,
        )


def _check_probabilities(job: Job, classifier: TrainedClassifier) -> CalibrationCheck:
    """Find out whether probabilities of the test images can be believed; nothing is changed by it."""
    division, test = job.division, job.division.parts.test
    labels, contents, groups = (each[test] for each in (division.labels, division.contents, division.groups))
    shares = content_shares(contents).astype(np.float32) if division.counts_as_one(job.recipe) else None
    logits = classifier.test_logits
    rows = recalibration.Predictions.of(logits, labels, shares=shares, contents=contents, groups=groups)
    return recalibration.check(rows, classifier.calibration, None, seed=job.recipe.seed).fact


def _case(job: Job) -> Case | None:
    """Measure which case of transfer learning it is; without a network, as with hand-made descriptors, it is none."""
    if job.backbone is not None and (job.backbone.kind == "descriptor" or job.backbone.name == pixels.NAME):
        return None
    with job.clock("case"):
        return measure_case(job.division, job.table, job.recipe, job.session.progress)


def _compose(
    dataset: Dataset,
    job: Job,
    classifier: TrainedClassifier,
    tested: Tested | None,
    case: Case | None,
    worth: checking.Worth,
) -> Model:
    """Join backbone, head, calibration and facts into a model."""
    with job.clock("compose"):
        facts = report.fit_report(dataset, job, classifier, tested, case, worth)
        division = job.division
        model = build(
            classifier.backbone,
            classifier.network,
            classifier.outputs,
            classifier.head,
            classifier.calibration,
            transform=classifier.transform,
            report=facts,
            learned_from=[division.hashes[row] for row in division.development_rows.tolist()],
            tested_on=[division.hashes[row] for row in division.parts.test.tolist()],
        )
    return replace(model, report=replace(facts, seconds=job.clock.seconds()))
