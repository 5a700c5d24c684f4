"""What is computed of a project, for a page: asked from any thread, done in one."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from headway.errors import HeadwayError
from headway.facts.results import MethodTable, Result, TrainingRecord
from headway.facts.studio import (
    Job,
    JobKind,
    KnownFeatures,
    ModelFacts,
    Neighbour,
    ProjectFinding,
    Proposal,
    Tried,
    Wanted,
)
from headway.recipe import Recipe
from headway.rendering.studio import unreadable
from headway.session import Session
from headway.studio.work import asking
from headway.studio.work.announcing import Announcer
from headway.studio.work.collection import Pictures, path_of
from headway.studio.work.comparing import COMPARISON, compare_methods
from headway.studio.work.jobs import QUIET, Jobs, StopJobError, Watch
from headway.studio.work.models import ModelFile
from headway.studio.work.preparing import NOTHING, Findings, check, look
from headway.studio.work.records import read_record
from headway.studio.work.refusals import NotReadyError
from headway.studio.work.result import result_of_file
from headway.studio.work.training import MODEL, RECORD, REPORT, Trainer
from headway.studio.work.view import View

if TYPE_CHECKING:
    from headway.facts.results import Guess


class Workshop:
    """Everything that the page of a project has computed.

    Any thread may call any method; none waits for a job. What is found out is replaced as a whole when it is found.

    Parameters
    ----------
    project : Project
        The pictures and labels.
    cache : path, optional
        Folder of the feature store, if it is not the usual one.
    recipe : Recipe, optional
        How to train; by default as ``headway fit`` does.
    quiet : float
        Seconds after the last change until the pictures are prepared.
    """

    def __init__(
        self, project: Pictures, *, cache: Path | None = None, recipe: Recipe | None = None, quiet: float = QUIET
    ) -> None:
        self._project = project
        self._cache = cache
        self._recipe = recipe or Recipe()
        self._model = ModelFile(project.folder / MODEL)
        self._trainer = Trainer(project, self._recipe, self._model, self._publish)
        record = read_record(project.folder / RECORD, TrainingRecord)
        self._records = [] if record is None else [record]
        self._table = read_record(project.folder / COMPARISON, MethodTable)
        self._prepared = NOTHING
        self._findings = Findings()
        self._view: View | None = None
        self._announcer = Announcer()
        self._jobs = Jobs(self._run, self._announcer.announce, quiet=quiet)
        self.touch()
        threading.Thread(target=self._warm_up, name="headway-warm-up", daemon=True).start()

    def close(self) -> None:
        """Stop what goes on, and end all threads."""
        self._jobs.close()
        self._announcer.close()

    def on_change(self, callback: Callable[[], None]) -> None:
        """Call ``callback`` in another thread when a job, a result or findings have changed; not too often."""
        self._announcer.listen(callback)

    # -- jobs

    @property
    def job(self) -> Job | None:
        """What goes on, or went on last."""
        return self._jobs.job

    @property
    def asked(self) -> Job | None:
        """The training or comparison that was asked for last, whatever goes on since then: why it failed is in it."""
        return self._jobs.asked

    def start(self, kind: JobKind) -> Job:
        """Begin to train or to compare.

        Raises
        ------
        BusyError
            When one of both goes on already.
        """
        return self._jobs.start(kind)

    def stop(self) -> None:
        """Stop what goes on at its next step; what was computed is not computed again."""
        self._jobs.stop()

    def touch(self) -> None:
        """Say that pictures or labels have changed."""
        self._jobs.touch()

    def _run(self, kind: JobKind, watch: Watch) -> str | None:
        if kind == "compare":
            table, was_stopped = compare_methods(self._project, self._recipe, watch, cache=self._cache)
            self._table = table
            if was_stopped:
                raise StopJobError
            return None
        with Session.open(self._cache, offline=True, max_bad=1.0, progress=watch) as session:
            if kind == "prepare":
                self._prepare(session, watch)
            else:
                self._trainer.train(session, watch, self._known_record())
        return None

    def _prepare(self, session: Session, watch: Watch) -> None:
        self._prepared = look(session, self._project, self._recipe)
        self._announcer.announce()
        findings = check(session, self._project, self._recipe, watch)
        if findings is None:  # the next preparation is due already
            return
        self._findings = findings
        record = self._known_record()
        if record is not None and not record.has_report and record.data == self._now.digest:
            self._trainer.finish(session, watch, record)

    def _publish(self, record: TrainingRecord) -> None:
        """Take in what a training found out of a model, which is about to become that of the project."""
        earlier = [one for one in self._records if not set(one.models) & set(record.models)]
        self._records = [*earlier[-1:], record]
        self._announcer.announce()

    def _warm_up(self) -> None:
        """Load the model, so that the first picture that is tried need not wait for it."""
        try:
            self._model.open().model.warm_up()
        except HeadwayError:  # whoever asks for it is told
            return
        self._announcer.announce()

    # -- what is known of the pictures

    @property
    def features_known(self) -> KnownFeatures:
        """How many pictures are ready to be learned from."""
        files, job = self._now.files, self.job
        known = sum(file in self._prepared.neighbours for file in files)
        if job is not None and job.state == "running" and job.stage == "features":
            known = min(len(files), known + job.done)
        return KnownFeatures(known, len(files))

    @property
    def copies(self) -> int:
        """How many pictures have the very same content as another one."""
        return self._now.copies

    def findings(self) -> tuple[ProjectFinding, ...]:
        """Return what the quick checks found, the severe first."""
        return self._now.findings

    def finding_pictures(self, code: str) -> tuple[str, ...]:
        """Return the pictures that a check found something of, the worst first."""
        shown = self._now.files
        return tuple(file for file in self._findings.pictures(code) if file in shown)

    @property
    def finding_codes(self) -> Mapping[str, tuple[str, ...]]:
        """The checks that found something of each picture."""
        return self._now.codes

    def proposals(self, code: str) -> tuple[Proposal, ...]:
        """Return what a check proposes that is not decided yet."""
        return tuple(one for one in self._now.proposals if one.finding == code)

    @property
    def problems(self) -> tuple[str, ...]:
        """What keeps pictures from being used."""
        found = self._prepared.unreadable
        files = {path_of(self._project, file): file for file in self._now.files}
        named = [(files[one.path], one.reason) for one in found if one.path in files]
        return (unreadable(len(named), *named[0]),) if named else ()

    @property
    def _now(self) -> View:
        """What follows from the project and the findings as they are now; the same until one of them changes."""
        view, of = self._view, (self._project.revision, self._prepared, self._findings)
        if view is None or not view.is_of(*of):
            view = self._view = View(self._project, *of)
        return view

    # -- the model

    def model(self) -> ModelFacts | None:
        """Return what is to be known of the model; None where there is none, or it cannot be read."""
        try:
            opened = self._model.open()
        except HeadwayError:
            return None
        result, record, report = self.result(), self._known_record(), opened.model.report
        if record is not None:
            is_stale = record.data != self._now.digest
        else:  # it was put there by somebody: how many pictures of each class it is made of tells something
            is_stale = {name: n for name, n in report.data.counts.items() if n} != self._now.counts
        return ModelFacts(
            accuracy=None if result is None else result.accuracy,
            low=None if result is None else result.low,
            high=None if result is None else result.high,
            tested_on=0 if result is None else result.n,
            is_stale=is_stale,
            classes=opened.model.classes,
            made=opened.made,
        )

    def result(self) -> Result | None:
        """Return how good the model is, with what is known of the training before; None where nothing is known."""
        if (record := self._known_record()) is not None:
            return record.result
        try:
            opened = self._model.open()
        except HeadwayError:
            return None
        return result_of_file(opened.model.report, opened.stamp.size)

    @property
    def predictions(self) -> Mapping[str, Guess]:
        """What was predicted of each picture when it was held out; nothing by a model that somebody else put there."""
        record = self._known_record()
        return {} if record is None else {one.file: one for one in record.guesses}

    def report(self) -> Path | None:
        """Return the file of the report; None where there is none of this model (yet)."""
        record, path = self._known_record(), self._project.folder / REPORT
        return path if record is not None and record.has_report and path.is_file() else None

    def _known_record(self) -> TrainingRecord | None:
        """Return the record of the last training, if the model is still the one that it made."""
        try:
            of = self._model.open().sha256
        except HeadwayError:
            return None
        return next((record for record in self._records if of in record.models), None)

    def comparison(self) -> MethodTable | None:
        """Return the methods that were compared last."""
        return self._table

    # -- questions

    def similar(self, file: str, n: int = 12) -> tuple[Neighbour, ...]:
        """Return the pictures that look most like one of the project, itself left out.

        Raises
        ------
        NotReadyError
            When its features are not known yet.
        """
        neighbours = self._prepared.neighbours
        if file not in neighbours:
            raise NotReadyError("the picture has not been looked at yet: try again in a moment")
        return neighbours.like(file, n, self._now.files)

    def suggest(self, n: int = 20) -> tuple[Wanted, ...]:
        """Return the pictures without a label that are most useful to label next, of those whose features are known.

        Raises
        ------
        NotReadyError
            When no features are known yet.
        """
        pool = [file for file in self._now.unlabelled if file in self._prepared.neighbours]
        if not pool and self._now.unlabelled:
            raise NotReadyError("the pictures have not been looked at yet: try again in a moment")
        try:
            model = self._model.open().model
        except HeadwayError:
            model = None
        return asking.suggest(self._project, pool, n, model, self._prepared.backbone, cache=self._cache)

    def try_(self, content: bytes, name: str, n: int = 6) -> Tried:
        """Say what the model takes a picture for, as ``headway predict`` does, and which pictures it looks like.

        Raises
        ------
        NoModelError
            When there is no model.
        PictureError
            When it is no picture.
        """
        model = self._model.open().model
        return asking.try_picture(model, content, name, n, self._prepared, self._now.labelled)
