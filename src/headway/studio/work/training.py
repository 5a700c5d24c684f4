"""A training: the model, its report, and the predictions as files of the project."""

from __future__ import annotations

import os
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from headway._version import __version__
from headway.errors import DataError
from headway.facts.results import TrainingRecord
from headway.rendering.studio import too_few
from headway.studio.work.collection import digest, files_by_path
from headway.studio.work.models import sha256
from headway.studio.work.records import write_record
from headway.studio.work.result import guesses_of, result_of

if TYPE_CHECKING:
    from headway.fitting import Fitted
    from headway.recipe import Recipe
    from headway.session import Session
    from headway.studio.work.collection import Pictures
    from headway.studio.work.jobs import Watch
    from headway.studio.work.models import ModelFile

MODEL, REPORT, PREDICTIONS, RECORD = "model.onnx", "report.html", "predictions.csv", "result.json"


def check_enough(project: Pictures) -> None:
    """Refuse pictures that are too few to learn from, with a line that says how many are needed."""
    counts = Counter(entry.label for entry in project.entries() if entry.label is not None and not entry.left_out)
    if (lack := too_few(counts)) is not None:
        raise DataError(lack)


@dataclass(frozen=True)
class Trainer:
    """Trains on a project, and keeps its files.

    Parameters
    ----------
    project : Project
    recipe : Recipe
        What to do.
    model : ModelFile
        Where the model goes.
    publish : callable
        Told what is known of a model, before that is in its file.
    """

    project: Pictures
    recipe: Recipe
    model: ModelFile
    publish: Callable[[TrainingRecord], None]

    def train(self, session: Session, watch: Watch, before: TrainingRecord | None) -> None:
        """Train, write the files, and publish the result; then add to model and report what is not needed for that.

        The score is that of ``headway fit``. The case of transfer learning, the learning curve and the page with
        pictures follow, as work that makes way for the next training.
        """
        from headway.fitting import fit_in_steps

        begun = time.monotonic()
        check_enough(self.project)
        data, names = digest(self.project), files_by_path(self.project)
        steps = fit_in_steps(session, self.project.dataset(), self.recipe)
        fitted = next(steps)
        guesses = guesses_of(fitted, lambda path: names.get(os.path.abspath(path)))
        record = TrainingRecord(
            headway=__version__,
            models=(sha256(fitted.model.content),),
            data=data,
            has_report=False,
            result=result_of(fitted, guesses, before, seconds=time.monotonic() - begun, warnings=watch.warnings),
            guesses=guesses,
        )
        self.publish(record)
        self.model.save(fitted.model)
        self._write(record)
        write_predictions(self.project.folder / PREDICTIONS, fitted)
        watch.turn_over("the report")
        fitted.model.warm_up()
        watch.advance(0)
        self._finish(next(steps), record, watch)

    def finish(self, session: Session, watch: Watch, record: TrainingRecord) -> None:
        """Do what a training left to do that was stopped after its result was there."""
        from headway.fitting import fit_recipe

        self._finish(fit_recipe(session, self.project.dataset(), self.recipe), record, watch)

    def _finish(self, fitted: Fitted, record: TrainingRecord, watch: Watch) -> None:
        fuller = sha256(fitted.model.content)
        record = replace(record, models=(*record.models, fuller))
        self.publish(record)
        self._write(record)
        self.model.save(fitted.model)
        write_report_page(self.project.folder / REPORT, fitted, watch)
        record = replace(record, models=(fuller,), has_report=True)
        self._write(record)
        self.publish(record)

    def _write(self, record: TrainingRecord) -> None:
        write_record(self.project.folder / RECORD, record)


def write_predictions(path: Path, fitted: Fitted) -> None:
    """Write what was predicted of each picture, as ``headway fit --predictions`` does."""
    from headway.predictions import open_predictions

    with open_predictions(path, fitted.report.classes) as rows:
        for result in fitted.results():
            rows.write(result)


def write_report_page(path: Path, fitted: Fitted, watch: Watch) -> None:
    """Write the report, as ``headway fit`` does."""
    from headway.reporting import fit_page, of_fit, write_report

    pictures = of_fit(fitted)
    watch.advance(0)
    page = fit_page(replace(fitted.report, model=MODEL), pictures)
    watch.advance(0)
    write_report(page, path)
