"""The report of a fit: what ``headway fit`` prints and ``headway info`` repeats."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from headway.facts.training import has_learnt
from headway.rendering import bounds, budget, findings, reading, scores, transfer
from headway.rendering import data as wording
from headway.rendering.blocks import Block, Caution, Line, table
from headway.rendering.words import megabytes, plural

if TYPE_CHECKING:
    from headway.facts.data import Data
    from headway.facts.documents import EmbedReport, ModelReport
    from headway.facts.fit import CalibrationCheck, Candidate, Features, FitReport, Head
    from headway.facts.streaming import Streamed
    from headway.facts.training import Training, Trial

# A test of few pictures is a second look: what it finds by chance must not count.
_CLEARLY = 1.5


def fit(report: FitReport, width: int | None = None) -> Iterator[Block]:
    """Yield what was done, and how good the result is, for a terminal of so many columns, or for any page."""
    if report.data.source is not None:
        yield from reading.source(report.data.source)
    yield from _data(report.data, str(report.recipe.get("balance", "none")))
    known = "" if report.features.computed is None else f", {counted(report.features)}"
    yield Line(f"Features: {report.backbone.name} ({report.features.precision}){known}")
    settable = report.data.source is not None and report.data.source.layout != "features"
    yield from reading.value_range(report.input.value_range, settable=settable)
    yield from transfer.conditions(report)
    yield from learned(report)
    yield from evaluated(report, width)
    for doubt in doubts(report):
        yield Caution(doubt)
    yield Line()
    if report.findings:
        yield from findings.beside_a_fit(report.findings)
        yield Line()
    if report.test is not None:
        yield from scores.mistakes(report.test.mistakes)


def _data(data: Data, balance: str) -> Iterator[Block]:
    if data.class_names:
        yield Line(f"Class names: {wording.class_names(data.class_names)}")
    yield Line(f"Split: {wording.division(data.division)}")
    if data.repeated:
        yield Line(f"Copies: {wording.repeated(data)}")
    for overlap in data.overlaps:
        yield Caution(wording.overlap(overlap))
    folder = "" if data.source is None else data.source.name or ""
    if data.contradictions:
        yield Caution(wording.contradictions(data.contradicting, data.contradictions, folder))
    if data.one_colour is not None:
        yield Caution(wording.one_colour(data.one_colour, folder))
    if data.imbalance is not None:
        yield Caution(wording.imbalance(data.imbalance))
    if balance != "none":
        yield Line(f"Balance: {balance}")
    if data.skipped:
        yield Line(f"Skipped: {wording.skipped(data.skipped)}")
    yield from scores.quarantined(data.quarantined)


def learned(report: FitReport) -> Iterator[Block]:
    """Yield what was learned on the features."""
    yield Line(f"Head: {head(report)}")
    if report.head.left_out is not None:
        yield Line(bounds.left_out(report.head.left_out))
    if report.head.streamed is not None:
        yield Line(streamed(report.head.streamed))
    if report.head.calibration is not None and report.head.calibration.kind != "temperature":
        yield Line(recalibrated(report.head.calibration))
    if report.head.solver and had_choice(report.head):
        yield from _grid(report.head)
    if (selection := report.features.selection) is not None:
        kept = f"{selection.selected:,} of {selection.total:,} features"
        yield Line(f"Selection by {selection.method} kept {kept}")
    if report.training is not None:
        tunes = report.trial is not None and report.trial.chosen == "fine-tuned"
        yield from _training(report.training, mirrors_were_tried=tunes and bool(report.recipe.get("tta")))
    if report.budget is not None:
        yield from budget.budget(report.budget)
    if report.trial is not None:
        verdict = trial(report.trial)
        yield Line(f"{verdict[0].upper()}{verdict[1:]}")


def head(report: FitReport) -> str:
    """Say what the head is and what it reads."""
    learned, features = report.head, report.features
    is_dense = learned.kind == "finetuned" and report.recipe.get("head") == "dense256"
    kind = "finetuned dense256" if is_dense else learned.kind
    penalty = "" if learned.C is None else f", C = {learned.C:g}"
    solver = f", {learned.solver}" if learned.solver else ""
    return f"{kind} on {features.name} ({features.dim:,} features){penalty}{solver}"


def recalibrated(check: CalibrationCheck) -> str:
    """Say which calibration took the place of a temperature, and what it mended.

    Examples
    --------
    >>> from headway.facts.fit import CalibrationCheck
    >>> recalibrated(CalibrationCheck("platt", 2000, 0.021, 0.034, 0.22, 0.4, 0.6))
    "Calibration: Platt's, for each class; one temperature left probabilities off by 0.220, and these are by 0.021"
    """
    name = {"vector": "vector scaling", "platt": "Platt's, for each class"}.get(check.kind, check.kind)
    before = f"one temperature left probabilities off by {check.error_before:.3f}"
    return f"Calibration: {name}; {before}, and these are by {check.error:.3f}"


def uncalibrated(report: FitReport) -> str | None:
    """Say that probabilities are not to be believed."""
    check, test = report.head.calibration, report.test_calibration
    if test is not None and test.is_doubtful and test.error > _CLEARLY * (test.limit or 0.0):
        check = test
    if check is None or not check.is_doubtful:
        return None
    return (
        f"probabilities are not to be believed: on {plural(check.n, 'picture')} that were not learned from they are "
        f"off by {check.error:.3f} on average, of which chance explains up to {check.limit:.3f}; "
        "take another head (--head), or trust their order only"
    )


def streams(fact: Streamed) -> str:
    """Say, before it begins, that a head learns from more features than memory holds, and what is left out.

    Examples
    --------
    >>> from headway.facts.streaming import Streamed
    >>> streams(Streamed(5_120_000_000, 4_294_967_296, 96_000, ("mlp",), ("depths",))).partition("; ")[2]
    'left out are head mlp, features depths, the learning curve and the checks of the data'
    """
    what = [*(f"head {name}" for name in fact.heads), *(f"features {name}" for name in fact.features)]
    return (
        f"the features take {megabytes(fact.bytes)}, and {megabytes(fact.bound)} are held in memory: they are read in "
        f"passes; left out are {', '.join([*what, 'the learning curve'])} and the checks of the data"
    )


def streamed(fact: Streamed) -> str:
    """Say how a head learned from more features than memory holds.

    Examples
    --------
    >>> from headway.facts.streaming import Streamed
    >>> streamed(Streamed(5_120_000_000, 4_294_967_296, 96_000, passes=31, on_disk=True))[:75]
    'Learned in passes over 5,120.0 MB of features (31 for logistic regression),'
    """
    passes = f" ({fact.passes} for logistic regression)" if fact.passes else ""
    tried = [*(f"head {name}" for name in fact.heads), *(f"features {name}" for name in fact.features)]
    return (
        f"Learned in passes over {megabytes(fact.bytes)} of features{passes}, chosen by "
        f"{plural(fact.watched, 'picture')} of the validation part{'; not tried: ' if tried else ''}{', '.join(tried)}"
    )


def had_choice(learned: Head) -> bool:
    """Say whether a head was chosen from several: one that stands alone is no table."""
    return len(learned.candidates) > 1 or any(len(one.solver) > 1 for one in learned.candidates)


def _grid(learned: Head) -> Iterator[Block]:
    """Yield what a published grid search tried."""
    rows = [[f"{one.C:g}", solvers(one), f"{one.accuracy:.4f}"] for one in learned.candidates]
    yield table(["C", "solver", "accuracy"], rows, left=2)


def solvers(candidate: Candidate) -> str:
    """Name the solvers of a published grid search that predict the same."""
    return ", ".join(candidate.solver)


def counted(features: Features | EmbedReport) -> str:
    """Say how many pictures were computed, and how many were known."""
    rate = f" ({features.images_per_s:,.0f} a second)" if features.images_per_s else ""
    return f"{features.computed or 0:,} pictures computed{rate}, {features.cached or 0:,} known"


def embedded(report: EmbedReport) -> Iterator[Block]:
    """Yield what ``headway embed`` computed."""
    yield from reading.source(report.source)
    yield Line(counted(report))
    yield from reading.value_range(report.value_range, settable=True)
    if report.copies:
        yield Line(
            f"With {plural(report.copies, 'changed copy', 'changed copies')} of training pictures, to learn from"
        )
    if report.one_colour is not None:
        yield Caution(wording.one_colour(report.one_colour, report.source.name or ""))
    if report.skipped:
        yield Line(f"Skipped: {wording.skipped(report.skipped)}")
    yield from scores.quarantined(report.quarantined)


def _training(training: Training, *, mirrors_were_tried: bool) -> Iterator[Block]:
    share = f"{training.trained_parameters:,} of {training.parameters:,} parameters"
    best = f", best {training.best}" if training.best < training.epochs else ""
    if not training.best:
        best = ", no epoch was better than the start; the network is unchanged"
    yield Line(f"Trained: {training.part}, {share}, {plural(training.epochs, 'epoch')}{best}")
    if training.abandoned_rates:
        rates = " and ".join(f"{rate:g}" for rate in training.abandoned_rates)
        yield Line(f"Nothing was learnt at a learning rate of {rates}; this is the best of all that were tried")
    if training.augment:
        yield Line(f"Augmented: {', '.join(training.augment)}")
    if training.tta:
        yield Line("Features are averaged over mirrored views (tta)")
    elif mirrors_were_tried:
        yield Line("Mirrored views were tried and are not averaged (tta): on the validation pictures they did not pay")


def doubts(report: FitReport) -> Iterator[str]:
    """Yield what a fit may be doubted for."""
    for doubt in (astray(report), learnt_nothing(report), uncalibrated(report)):
        if doubt is not None:
            yield doubt


def learnt_nothing(report: FitReport) -> str | None:
    """Say that a head knows no more than how frequent the classes are, as its validation loss shows."""
    training = report.training
    if training is None or has_learnt(training.history, training.frequencies_loss):
        return None
    least = min(epoch.validation_loss for epoch in training.history if epoch.validation_loss is not None)
    tried = "lower rates than it did no better: try other features (--features) or another head (--head)"
    if training.best == training.epochs:
        tried = "it was still falling: take more epochs (--epochs)"
    elif not training.abandoned_rates:
        tried = "without learning_rate and optimizer in the recipe, lower rates are tried"
    return (
        f"the head learnt nothing: its validation loss must be 1 % below the {training.frequencies_loss:.3f} of always "
        f"answering how frequent the classes are, and is {least:.3f} at a learning rate of "
        f"{training.history[-1].learning_rate:g}; {tried}"
    )


def astray(report: FitReport) -> str | None:
    """Say that a network's training went astray, where its probabilities are far worse than those of guessing."""
    if report.training is None or len(report.classes) < 2:
        return None
    found = [scored.log_loss for scored in (report.cross_validation, report.training.validation, report.test) if scored]
    guessing = math.log(len(report.classes))
    # Up to twice as much, it may be chance: a few test pictures.
    if not found or max(found) <= 2 * guessing:
        return None
    rate = report.recipe.get("learning_rate") or 0.0
    lower = f"a lower rate than {rate:g}" if rate else "a low rate"
    return (
        f"training went astray: a log-loss of {max(found):,.3g} is far worse than the {guessing:.3g} of guessing; "
        f"try {lower} (--learning-rate)"
    )


def trial(tried: Trial) -> str:
    """Say how fine-tuning did beside the frozen network, and which of the two is the model."""
    losses = f"log-loss {tried.log_loss:.3f} against {tried.frozen_log_loss:.3f} of the frozen network"
    found = f"{losses} on the validation part"
    if not tried.improved:
        found = "no epoch was better than the start"
    given_up = tried.given_up_after
    how = f" and given up after {plural(given_up, 'epoch')}, when it would stay behind" if given_up else ""
    return f"fine-tuning was tried{how}: {found}; the {tried.chosen} network is kept"


def saved(path: str, size: int, seconds: float) -> str:
    """Say where a model is."""
    return f"Saved {path} ({megabytes(size)}) after {seconds:.1f} s"


def accuracy(report: FitReport) -> str:
    """Say how good a classifier is, in a few words."""
    if report.test is not None:
        return f"test accuracy {report.test.accuracy:.3f}"
    if report.cross_validation is not None:
        return f"cross-validated accuracy {report.cross_validation.accuracy:.3f}"
    return "not tested"


def model(info: ModelReport, width: int | None = None) -> Iterator[Block]:
    """Yield what a model's file says of itself: ``headway info``, on a terminal of so many columns, or on any page."""
    yield from specifications(info)
    yield from training_data(info.report)
    yield from evaluated(info.report, width)
    yield Line()
    yield recipe(info.report)


def specifications(info: ModelReport) -> Iterator[Block]:
    """Yield what a model is made of, and what it takes and gives."""
    report = info.report
    licence = report.backbone.licence or "licence not known"
    yield Line(f"{info.model}: {megabytes(info.bytes)}, format {info.format}, made by Headway {report.headway}")
    yield Line(f"Backbone: {report.backbone.name} ({report.features.precision}), {licence}")
    yield from learned(report)
    check = report.head.calibration
    if check is None or check.kind == "temperature":
        yield Line(f"Calibration: temperature {report.head.temperature:.3f}")
    size, resize = report.input.size, report.input.resize
    of_bands = f", bands {', '.join(map(str, report.input.bands))}" if report.input.bands else ""
    yield Line(f"Pictures: {size} x {size} pixels, {resize}{of_bands}, decoding policy {report.input.decoding}")
    yield from reading.value_range(report.input.value_range)
    for what, tensors in (("Input", info.inputs), ("Output", info.outputs)):
        for tensor in tensors:
            yield Line(f"{what}: {tensor.name}, {tensor.dtype} ({', '.join(map(str, tensor.shape))})")


def training_data(report: FitReport) -> Iterator[Block]:
    """Yield what a model learned from, without paths."""
    yield from _data(report.data, str(report.recipe.get("balance", "none")))
    yield from transfer.conditions(report)
    if report.data.unreadable:
        yield Line(f"Could not be read: {report.data.unreadable:,}")
    yield Line(f"Data: {report.data.n:,} pictures, fingerprint {report.data.fingerprint}")
    yield table(["class", "pictures"], [[name, f"{report.data.counts[name]:,}"] for name in report.classes])


def evaluated(report: FitReport, width: int | None = None) -> Iterator[Block]:
    """Yield the scores of a model, by class too, and what is taken for what."""
    validation = None if report.training is None else report.training.validation
    yield from scores.scores(report.cross_validation, validation, report.test)
    yield from beside(report)
    if report.test is not None:
        yield from scores.per_class(report.classes, report.test.per_class)
        yield from scores.confusion(report.classes, report.test.confusion, width)


def beside(report: FitReport) -> Iterator[Block]:
    """Yield further figures of the test pictures: before the last learning, and as Keras reports them."""
    if (earlier := report.before_refit) is not None:
        yield Line(
            f"Test accuracy before learning on the validation pictures, too: {earlier.accuracy:.3f} "
            f"({earlier.right:,} right)"
        )
    if (last := report.last_epoch) is not None:
        yield Line(
            f"Test accuracy after the last epoch, which was not the best: {last.accuracy:.3f} ({last.right:,} right)"
        )
    if (binary := report.binary) is not None:
        yield Line(
            f"Binary accuracy, as Keras reports it: {binary.accuracy:.3f} at a loss of {binary.loss:.3f}; "
            f"saying no to every class is {binary.no_accuracy:.3f} at {binary.no_loss:.3f}"
        )


def recipe(report: FitReport) -> Line:
    """Return everything that was asked for and is not as if nothing was."""
    # Empty is as if nothing was asked for, but where that is a choice.
    chosen = {
        name: value
        for name, value in report.recipe.items()
        if value not in ("", 0, False, (), "none") or name in ("refit", "test_fraction")
    }
    return Line("Recipe: " + ", ".join(f"{name} = {_shown(value)}" for name, value in chosen.items()))


def fields_left_out(recipe: str, fields: Iterable[str]) -> str:
    """Say which fields of a named recipe gave way to options.

    Examples
    --------
    >>> fields_left_out("fruits-mobilenet-dense", ["optimizer"])
    'optimizer of the recipe fruits-mobilenet-dense left out: not possible with these options'
    """
    return f"{', '.join(fields)} of the recipe {recipe} left out: not possible with these options"


def _shown(value: object) -> str:
    return ", ".join(map(str, value)) if isinstance(value, tuple) else str(value)
