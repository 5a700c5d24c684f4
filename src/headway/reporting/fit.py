"""The report of a fit."""

from __future__ import annotations

import ntpath
import shlex
from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from headway.recipe import Recipe
from headway.recipes import write
from headway.rendering import advice as advice_wording
from headway.rendering import data as data_wording
from headway.rendering import fit as fit_wording
from headway.rendering import reading, transfer
from headway.rendering import report as wording
from headway.rendering import scores as score_wording
from headway.rendering import verdict as judging
from headway.rendering.blocks import Caution, Heading, Line
from headway.rendering.usage import usage
from headway.reporting import drawings, findings, shared
from headway.reporting.naming import Names, without_folders
from headway.reporting.parts import Page, Pairs, Part, Points, Section, Snippet, Sortable

if TYPE_CHECKING:
    from headway.facts.data import Data
    from headway.facts.fit import Candidate, FitReport
    from headway.facts.scores import CrossValidation, PartScores, Scores
    from headway.reporting.pictures import Pictures


def fit_page(report: FitReport, pictures: Pictures | None = None) -> Page:
    """Return the report of a fit; without ``pictures`` there is no map, and cells of the matrix lead nowhere."""
    model = ntpath.basename(report.model or "model.onnx")
    sections = tuple(_sections(report, pictures, model))
    counts = shared.cells(report.test, pictures)
    return shared.page(
        model, wording.CLASSIFIER, report.headway, sections, pictures, classes=report.classes, counts=counts
    )


def _sections(report: FitReport, pictures: Pictures | None, model: str) -> Iterator[Section]:
    counts, test = report.data.counts, report.test
    majority = test.majority_accuracy if test else counts[report.data.majority] / max(report.data.n, 1)
    cells = shared.cells(test, pictures)
    good, trusted, wrong = judging.verdict(report)
    if test is None and cells:
        wrong = judging.wrong_when_held_out(report.classes, cells)
    yield shared.verdict((good, trusted, wrong), _measured(report), majority)
    if advice := advice_wording.advice(report, shlex.quote(model)):
        yield Section("next", "What to do next", (Points(advice),))
    yield Section("scores", "Scores", tuple(_scores(report)))
    yield shared.wrong(report.classes, cells, pictures)
    yield shared.mistakes(test, pictures)
    if test is not None:
        yield shared.per_class(test, dict(counts))
        yield from shared.trust(test)
    yield from findings.section(report.findings, pictures)
    yield from shared.more_pictures(report.forecast)
    yield Section("pictures", "Pictures", tuple(_data(report, pictures)))
    if pictures is not None:
        yield shared.the_map(pictures)
    yield Section("training", "Training", tuple(_training(report)))
    if fit_wording.had_choice(report.head) or report.trial is not None:
        yield Section("tried", "What was tried", tuple(_tried(report)))
    snippets = (Snippet(one.title, one.language, one.text) for one in usage(model, report))
    yield Section("use", "How to use it", tuple(snippets))
    yield Section("repeat", "How to repeat it", tuple(_repeat(report)))


def _measured(report: FitReport) -> Scores | CrossValidation | PartScores | None:
    validation = None if report.training is None else report.training.validation
    return report.test or report.cross_validation or validation


def _scores(report: FitReport) -> Iterator[Part]:
    if _measured(report) is None:
        yield Line(wording.NO_SCORES)
        return
    validation = None if report.training is None else report.training.validation
    yield from score_wording.scores(report.cross_validation, validation, report.test)
    yield from fit_wording.beside(report)
    if report.test is None:
        yield Line(wording.NO_TEST)
    for doubt in fit_wording.doubts(report):
        yield Caution(doubt)
    yield Line(wording.SCORES)
    if report.cross_validation is not None and fit_wording.had_choice(report.head):
        yield Line(wording.CORRECTED)


def _data(report: FitReport, pictures: Pictures | None) -> Iterator[Part]:
    data = report.data
    if data.source is not None:
        yield from reading.source(without_folders(data.source))
    yield from reading.value_range(report.input.value_range)
    yield Line(f"Split: {data_wording.division(data.division)}")
    yield from drawings.class_distribution(data)
    if pictures is not None:
        yield from shared.samples(pictures, dict(data.counts))
    for overlap in data.overlaps:
        yield Caution(data_wording.overlap(overlap))
    if data.imbalance is not None:
        yield Caution(data_wording.imbalance(data.imbalance))
    yield Heading(wording.SET_ASIDE)
    if set_aside := tuple(wording.set_aside(data)):
        yield Pairs(set_aside)
    else:
        yield Line(wording.NOTHING_SET_ASIDE)
    if pictures is not None and pictures.has_names:
        yield from _set_aside(data)
    yield from shared.unreadable(data.quarantined, Names(data.source), pictures)


def _set_aside(data: Data) -> Iterator[Part]:
    """Yield the names of the pictures that were set aside, the first of each kind."""
    name = Names(data.source)
    if data.contradictions:
        named = [replace(one, files=tuple(map(name, one.files))) for one in data.contradictions]
        yield Caution(data_wording.contradictions(data.contradicting, named))
    if data.one_colour is not None:
        yield Caution(data_wording.one_colour(replace(data.one_colour, files=tuple(map(name, data.one_colour.files)))))


def _training(report: FitReport) -> Iterator[Part]:
    yield from transfer.conditions(report)
    yield from fit_wording.learned(report)
    if report.training is None:
        yield Line(wording.NO_CURVES)
    else:
        yield from drawings.curves(report.training)


def _tried(report: FitReport) -> Iterator[Part]:
    if fit_wording.had_choice(report.head):
        yield Line(wording.GRID if report.head.solver else wording.CANDIDATES)
        rows = [
            (
                one.kind,
                one.features,
                ", ".join(filter(None, ["" if one.C is None else f"{one.C:g}", fit_wording.solvers(one)])),
                f"{one.accuracy:.3f}",
                f"{one.log_loss:.3f}",
                "chosen" if _is_chosen(one, report) else "",
            )
            for one in sorted(report.head.candidates, key=lambda one: one.log_loss)
        ]
        yield Sortable("Heads that were tried", ("head", "features", "C", "accuracy", "log-loss", ""), tuple(rows), 2)
    if report.trial is not None:
        yield Line(f"{fit_wording.trial(report.trial).capitalize()}.")


def _is_chosen(candidate: Candidate, report: FitReport) -> bool:
    """Say whether a head that was tried is the one in the model."""
    head = report.head
    same_kind = candidate.kind == head.kind and candidate.features == report.features.name
    return same_kind and candidate.C == head.C and candidate.solver[:1] == ((head.solver,) if head.solver else ())


def _repeat(report: FitReport) -> Iterator[Part]:
    yield Pairs(tuple(wording.repeat(report)))
    if report.budget is not None:
        yield Line(wording.BUDGET_REPEATED)
    settings: dict[str, Any] = dict(report.to_publish().recipe)
    text = write(Recipe(**settings)).strip()
    yield Snippet("The recipe, as a file for --recipe", "toml", text or wording.DEFAULT_RECIPE)
    yield Snippet("The command", "sh", wording.fit_again(bool(text)))
