"""The last step of a ladder: a network that is fine-tuned, beside the best head on frozen ones."""

from __future__ import annotations

import importlib.util
import time
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from headway.backbones import pixels
from headway.budget import Budget, OutOfTimeError, PrefixedProgress
from headway.calibration import log_softmax
from headway.embedding.timing import measure_rate, rate_of_all
from headway.errors import HeadwayError
from headway.facts.budget import Step
from headway.fitting import trained
from headway.fitting.reserve import TIMED
from headway.metrics import accuracy
from headway.recipe import FieldError
from headway.rendering import budget as wording

if TYPE_CHECKING:
    from headway.backbones import BackboneInfo
    from headway.fitting.outcome import Job, TrainedClassifier
    from headway.recipe import Recipe
    from headway.search import SearchResult
    from headway.types import FloatArray, IntArray

# Passes of each image through the frozen network that training its last block takes, at most (benchmarks/ladder.py).
_PASSES = 15


def tuned_recipe(recipe: Recipe, backbone: BackboneInfo) -> Recipe | None:
    """Return the recipe that trains the last block, too; None where that contradicts what was asked for."""
    if backbone.parts or backbone.name == pixels.NAME:
        return None
    try:
        return replace(recipe, finetune="last-block")
    except FieldError:
        return None


def fine_tune(job: Job, recipe: Recipe, budget: Budget, frozen: SearchResult) -> tuple[TrainedClassifier | None, Step]:
    """Fine-tune if there is time; return the classifier if it beats a frozen one beyond chance, and what it took.

    Both are judged on the validation part, the frozen one by its predictions out of fold; the difference must exceed
    one standard error.
    """
    backbone, begin = job.backbone, time.perf_counter()
    assert backbone is not None
    step = Step("fine-tuning", backbone.name, backbone.input_size, recipe.tta, "not-installed")
    if importlib.util.find_spec("torch") is None:
        return None, step
    progress = PrefixedProgress(job.session.progress)
    progress.prefix = wording.prefix("fine-tuning")
    limited = replace(job, recipe=recipe, session=replace(job.session, progress=progress))
    data = job.division.data
    rate = min(measure_rate(limited.session, data.pictures, backbone, recipe, TIMED), rate_of_all(job.table))
    step = replace(step, expected_s=_PASSES * len(data) / rate, left_s=budget.left, outcome="no-time")
    classifier = None
    if (step.expected_s or 0.0) <= budget.left:
        try:
            with progress.stopping(budget, gives_up=True):
                classifier, step = _train(limited, backbone, frozen, step)
        except OutOfTimeError as stop:
            step = replace(step, outcome="stopped")
            if stop.expected is not None:
                step = replace(step, outcome="no-time", expected_s=stop.expected, left_s=budget.left)
        except HeadwayError as error:
            progress.note(str(error))
            step = replace(step, outcome="failed")
        step = replace(step, seconds=time.perf_counter() - begin)
    job.session.progress.note(wording.taken(step))
    return classifier, step


def _train(job: Job, backbone: BackboneInfo, frozen: SearchResult, step: Step) -> tuple[TrainedClassifier | None, Step]:
    tuned, frequencies_loss = trained.fine_tune(job, backbone)
    name = f"{backbone.name} fine-tuned ({tuned.part})"
    classifier = trained.finish(job, tuned, name, backbone.parameters, frequencies_loss)
    held_out, division = classifier.held_out, job.division
    assert held_out is not None
    labels = division.labels[held_out.rows]
    losses = _losses(held_out.logits, labels)
    step = replace(
        step,
        outcome="no-better",
        accuracy=accuracy(labels, held_out.logits.argmax(axis=1)),
        log_loss=float(losses.mean()),
    )
    # Rows of the search are those of the development images, in their order.
    place = {row: at for at, row in enumerate(division.development_rows[frozen.rows].tolist())}
    known = np.array([place.get(row, -1) for row in held_out.rows.tolist()])
    others = frozen.calibration.logits(frozen.logits)[known[known >= 0]]
    gains = _losses(others, labels[known >= 0]) - losses[known >= 0]
    error = gains.std(ddof=1) / np.sqrt(len(gains)) if len(gains) > 1 else np.inf
    return (classifier if tuned.best and gains.mean() > error else None), step


def _losses(logits: FloatArray, labels: IntArray) -> FloatArray:
    """Return the log-loss of each image, of logits that are calibrated."""
    return -log_softmax(logits)[np.arange(len(labels)), labels]
