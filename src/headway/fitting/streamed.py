"""A head on features that are more than memory is to hold: they are read in passes, and only sums are kept of them.

What is asked of the data is the same as in `headway.fitting.frozen`: a head is chosen on images that it did not learn
from, calibrated on these, fitted to all development images, and tested once. The one part that is held out takes the
place of the cross-validation.
"""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from headway import backbones
from headway.errors import UserError, blaming
from headway.facts.streaming import Streamed
from headway.fitting import report
from headway.fitting.frozen import feature_sets
from headway.fitting.outcome import HeldOut, Job, TrainedClassifier
from headway.fitting.spool import Spool, open_spool
from headway.heads import sums_of
from headway.preparation import Transform, class_weights
from headway.rendering.fit import streams
from headway.search.streamed import STREAMED_HEADS, StreamedRows, StreamedSearch, streamed_kinds
from headway.shards import reading
from headway.stopping import stoppable

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from headway.backbones import BackboneInfo
    from headway.heads import DenseHead, Sums
    from headway.heads.sums import Rows
    from headway.recipe import Recipe
    from headway.types import FloatArray, IntArray

_MOST_LOGITS = 20_000_000  # of images that are held out, for each candidate: 80 MB


def train(job: Job, backbone: BackboneInfo) -> TrainedClassifier:
    """Choose a head, fit it to the development images, and predict the test images, in passes over the features."""
    division, recipe, clock, progress = job.division, job.recipe, job.clock, job.session.progress
    sets = feature_sets(backbone, recipe)
    features = next(iter(sets))
    names = sets[features]
    check(recipe, backbone, names)
    width = sum(backbone.dims[name] for name in names)
    kinds = streamed_kinds(recipe.head, division.n_classes, width)
    train_rows, validation = division.training_and_validation(recipe)
    watched = _some(validation, _MOST_LOGITS // division.n_classes, recipe.seed)
    fact = Streamed(
        bytes=4 * len(job.table) * width,
        bound=reading.memory_bound(),
        heads=() if recipe.head != "auto" else ("mlp", *(kind for kind in STREAMED_HEADS if kind not in kinds)),
        features=tuple(name for name in sets if name != features),
        watched=len(watched),
    )
    progress.note(streams(fact))
    development = np.concatenate([train_rows, watched, np.setdiff1d(validation, watched)])
    order = np.concatenate([development, division.parts.test])
    with ExitStack() as stack:
        stack.enter_context(stoppable(progress))
        with clock("features"):
            spool = stack.enter_context(open_spool(job.table, names, order, job.session.cache, progress))
        parts = _Parts(spool, division.labels[order], division.n_classes, recipe.balance == "weights")
        search = StreamedSearch(features, kinds, recipe.C)
        with clock("search"):
            learned = parts.rows(0, len(train_rows))
            held_out = np.arange(len(train_rows)), np.arange(len(train_rows), len(train_rows) + len(watched))
            rows = order[: held_out[1][-1] + 1]
            result = search.choose(
                learned,
                lambda head: parts.logits(head, held_out[1]),
                division.labels[rows],
                held_out,
                **division.ties(rows, recipe),
                balanced=recipe.balance == "weights",
                seed=recipe.seed,
                progress=progress,
            )
        with clock("refit"):
            if recipe.refit and len(development) > len(train_rows):
                learned = parts.rows(0, len(development), learned.sums)
            head = search.fit(result.choice, learned, progress)
        with clock("test"):
            test_logits = parts.logits(head, np.arange(len(development), len(order)))
    transform = Transform.identity()
    return TrainedClassifier(
        backbone=backbone,
        network=None if backbone.kind == "descriptor" else backbones.read(backbone, job.session.cache),
        outputs=names,
        precision=job.table.precision,
        transform=transform,
        head=head,
        calibration=result.calibration,
        test_logits=test_logits,
        features=report.features(job.table, backbone, features, names, transform, recipe.select),
        learned=replace(
            report.head(result, None), streamed=replace(fact, passes=search.passes, on_disk=spool.is_on_disk)
        ),
        cross_validation=report.cross_validation(
            result, division.labels[rows], division.contents[rows], division.groups[rows]
        ),
        held_out=HeldOut(rows[result.rows], result.calibrated, result.fold),
    )


def check(recipe: Recipe, backbone: BackboneInfo, names: tuple[str, ...]) -> None:
    """Refuse what is not done in passes."""
    why = "is not done in passes over the features, which are more than memory is to hold"
    for option, wrong in (
        ("head", not streamed_kinds(recipe.head, 2, 1)),
        ("select", recipe.select != "none"),
        ("balance", recipe.balance not in ("none", "weights")),
        ("solver", bool(recipe.solver)),
    ):
        if wrong:
            with blaming(option):
                raise UserError(f"{getattr(recipe, option)} {why}: leave {option} out, or take fewer pictures")
    if any(name in backbone.local for name in names):
        raise UserError(f"a vocabulary of {backbone.name} {why}: take fewer pictures, or other features")


def _some(rows: IntArray, most: int, seed: int) -> IntArray:
    """Return some rows, drawn at random where there are more."""
    if len(rows) <= most:
        return rows
    return np.sort(np.random.default_rng(seed).choice(rows, most, replace=False))


@dataclass(frozen=True, eq=False)
class _Parts:
    """Rows of a spool with their labels (n,), as heads are fitted to them and predict them."""

    spool: Spool
    labels: IntArray
    n_classes: int
    balanced: bool

    def rows(self, start: int, stop: int, before: Sums | None = None) -> StreamedRows:
        """Return some rows to learn from; ``before`` are the sums over the first of them, if these are known."""
        weights = np.zeros(len(self.labels), np.float32)
        weights[start:stop] = class_weights(self.labels[start:stop], self.n_classes) if self.balanced else 1

        def read(first: int = start) -> Iterator[Rows]:
            for places, features in self.spool.blocks(first, stop):
                yield features, self.labels[places], weights[places]

        if before is not None and not self.balanced:
            return StreamedRows(read, before + sums_of(read(start + before.n), before.centre, self.n_classes))
        return StreamedRows(read, sums_of(read(), self._centre(start, stop), self.n_classes))

    def logits(self, head: DenseHead, places: IntArray) -> FloatArray:
        """Return the logits of a head for places that follow each other."""
        logits = np.empty((len(places), self.n_classes), np.float32)
        if len(places):
            first = int(places[0])
            for own, features in self.spool.blocks(first, int(places[-1]) + 1):
                logits[own - first] = head.logits(features)
        return logits

    def _centre(self, start: int, stop: int) -> NDArray[np.float64]:
        """Return the mean of the first rows, which is about that of all."""
        first = next(self.spool.blocks(start, stop))
        centre: NDArray[np.float64] = first.features.mean(axis=0, dtype=np.float64)
        return centre
