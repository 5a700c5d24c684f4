"""What the data is worth to a fit: what checks may look at, and which images are near copies of what was learned from.

Identical images are on one side of Headway's own splits. Near copies, such as a picture saved again at another quality,
may be on both; the scores say how many these are, and how the others score.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from headway.calibration import Calibration, softmax
from headway.checks import Context, OutOfFold, run_checks, select_checks
from headway.embedding import squares_of
from headway.evaluation import score_part
from headway.facts.bounds import LeftOut
from headway.forecast import USUAL_C, learning_curve
from headway.search import MOST_CHECKED

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from headway.facts.alternatives import Alternative
    from headway.facts.audit import Finding
    from headway.facts.fit import Head
    from headway.facts.forecast import LearningCurve
    from headway.fitting.division import Division
    from headway.fitting.outcome import HeldOut, Job, TrainedClassifier
    from headway.types import IntArray

ESSENTIAL = ("near-copies", "contradicting-copies", "copies-across-splits", "wrong-labels", "outliers", "shift")
"""The checks that a fit makes, too."""
MOST_NAMED = 20  # images of a finding


class Worth(NamedTuple):
    """What the data of a fit is worth: what checks found, what more of it would bring, and another way to transfer."""

    findings: tuple[Finding, ...]
    forecast: LearningCurve | None
    alternatives: tuple[Alternative, ...]


def context_of(job: Job, classifier: TrainedClassifier) -> Context | None:
    """Return what checks may look at; None without features of a network's last layer, or without the images."""
    division, table, backbone = job.division, job.table, job.backbone
    if backbone is None or backbone.kind != "network" or division.data.source.layout == "features":
        return None
    last = backbone.feature_sets["last"]
    if not set(last) <= set(table.dims) or division.data.copies is not None:
        return None
    return Context(
        data=division.data,
        hashes=division.hashes,
        features=table.read(names=last),
        facts=table.images(),
        part=division.part_of_row if division.is_given else None,
        predictions=_predictions(division, classifier),
        reading=table.reading,
        known_squares=squares_of(job.session, division.data, division.hashes, table.reading),
        memory=job.session.store,
        seed=job.recipe.seed,
        progress=job.session.progress,
    )


def _predictions(division: Division, classifier: TrainedClassifier) -> OutOfFold | None:
    """Return what classifiers that had not seen the images predict: out of fold, and for the test images as tested.

    None with so many classes that checks, which look at all pairs of them, would take gigabytes.
    """
    if division.n_classes > MOST_CHECKED:
        return None
    test, held_out = division.parts.test, classifier.held_out
    logits = dict(zip(test.tolist(), classifier.calibration.logits(classifier.test_logits), strict=True))
    if held_out is not None:
        logits |= dict(zip(held_out.rows.tolist(), held_out.logits, strict=True))
    rows = np.array(sorted(logits), np.int64)
    own = np.stack([logits[row] for row in rows.tolist()]) if len(rows) else np.empty((0, division.n_classes))
    return OutOfFold(rows, softmax(own.astype(np.float32)))


class Kin:
    """Which images are near copies of which, by their contents: a near copy of one file is one of all its copies.

    Parameters
    ----------
    division : Division
    pairs : int64 array (p, 2)
        Images that are near copies of each other, though not identical.
    """

    def __init__(self, division: Division, pairs: IntArray) -> None:
        self._contents = division.contents
        near = self._contents[pairs].reshape(-1, 2)
        self._near: dict[int, set[int]] = {}
        for one, other in near.tolist():
            self._near.setdefault(one, set()).add(other)
            self._near.setdefault(other, set()).add(one)

    def among(self, rows: IntArray, learned: IntArray) -> NDArray[np.bool_]:
        """Say which of ``rows`` are near copies of one of ``learned``, and not identical to one."""
        known = set(self._contents[learned].tolist())
        own = self._contents[rows].tolist()
        return np.array([bool(self._near.get(one, set()) & known) and one not in known for one in own], np.bool_)

    def across_folds(self, held_out: HeldOut, scope: IntArray) -> NDArray[np.bool_]:
        """Say which held-out images are near copies of one that was learned from in their fold."""
        near = np.zeros(len(held_out.rows), np.bool_)
        if held_out.fold is None:
            return self.among(held_out.rows, np.setdiff1d(scope, held_out.rows))
        for fold in np.unique(held_out.fold).tolist():
            inside = held_out.fold == fold
            near[inside] = self.among(held_out.rows[inside], np.setdiff1d(scope, held_out.rows[inside]))
        return near


def findings(job: Job, context: Context | None) -> tuple[Finding, ...]:
    """Make the checks that cost little beside a fit, and return what they found; ``headway audit`` makes all."""
    if context is None:
        return ()
    with job.clock("checks"):
        found = run_checks(context, select_checks(only=ESSENTIAL), most=MOST_NAMED).findings
    return tuple(finding for finding in found if not _is_known(finding, job.division))


def _is_known(finding: Finding, division: Division) -> bool:
    """Say whether a finding is about identical files only, which the division has warned of by then."""
    evidence = finding.evidence
    if finding.check == "copies-across-splits":
        return evidence["near"] == 0
    identical = finding.check == "contradicting-copies" and evidence["kind"] == "identical"
    return identical and evidence["sets"] == len(division.contradictions)


def forecast(job: Job, classifier: TrainedClassifier, context: Context | None) -> LearningCurve | None:
    """Measure what fewer images would have given, and forecast what more would give."""
    if context is None:
        return None
    division = job.division
    with job.clock("forecast"):
        return learning_curve(
            context.features,
            division.labels,
            division.hashes,
            context.related,  # copies of what was learned from say nothing of pictures to come
            classes=division.data.classes,
            C=_penalty(classifier.learned),
            seed=job.recipe.seed,
            progress=job.session.progress,
        )


def _penalty(head: Head) -> float:
    """Return the C of the logistic head that cross-validated best on the last layer, or a usual one."""
    tried = [one for one in head.candidates if one.kind == "logistic" and one.features == "last" and one.C is not None]
    best = min(tried, key=lambda one: one.log_loss, default=None)
    return USUAL_C if best is None or best.C is None else best.C


def with_unchecked(classifier: TrainedClassifier, context: Context | None) -> TrainedClassifier:
    """Note with a classifier that checks which rest on its predictions are left out, as there are so many classes."""
    if context is None or context.n_classes <= MOST_CHECKED:
        return classifier
    learned = classifier.learned
    left_out = replace(learned.left_out or LeftOut(context.n_classes), checks=True)
    return replace(classifier, learned=replace(learned, left_out=left_out))


def find_kin(job: Job, context: Context | None) -> Kin:
    """Find near copies among the images of a fit."""
    if context is None:
        return Kin(job.division, np.empty((0, 2), np.int64))
    with job.clock("checks"):
        return Kin(job.division, context.near_copies.pairs)


def with_unseen(job: Job, classifier: TrainedClassifier, kin: Kin) -> TrainedClassifier:
    """Add to a cross-validation its scores on the images that are not near copies of what was learned from."""
    division, held_out, scored = job.division, classifier.held_out, classifier.cross_validation
    if held_out is None or scored is None:
        return classifier
    is_over_all = len(np.intersect1d(held_out.rows, division.parts.test)) > 0
    near = kin.across_folds(held_out, np.arange(len(division.labels)) if is_over_all else division.development_rows)
    if not near.any():
        return classifier
    rows = np.flatnonzero(~near)
    if division.counts_as_one(job.recipe):
        pairs = np.stack([division.contents[held_out.rows[rows]], division.labels[held_out.rows[rows]]])
        rows = rows[np.unique(pairs, axis=1, return_index=True)[1]]
    unseen = score_part(
        held_out.logits,
        division.labels[held_out.rows],
        Calibration.identity(),  # they are calibrated
        division.data.classes,
        division.majority,
        division.groups[held_out.rows],
        rows,
    )
    return replace(classifier, cross_validation=replace(scored, near_training=int(near.sum()), unseen=unseen))
