"""The whole of ``headway audit``: read, compute features, predict out of fold, check."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from headway._version import __version__
from headway.auditing.predicting import predict_out_of_fold
from headway.auditing.proposing import write_proposals
from headway.checks import Context, run_checks, select_checks
from headway.checks.running import MOST_PICTURES
from headway.clock import Clock
from headway.dataset import Dataset
from headway.embedding import is_features_file, open_features, squares_of
from headway.errors import DataError, UserError
from headway.facts.audit import AuditReport
from headway.forecast import USUAL_C, learning_curve
from headway.rendering import findings as rendering
from headway.rendering.html import html
from headway.session import Session
from headway.shards import is_feature_dataset, pictures_of

if TYPE_CHECKING:
    from headway.facts.audit import Finding
    from headway.facts.fixes import Proposals
    from headway.facts.forecast import LearningCurve
    from headway.recipe import Recipe
    from headway.types import Progress


@dataclass(frozen=True, eq=False, repr=False)
class Audit:
    """What was found out about a data set.

    Parameters
    ----------
    report : AuditReport
        What ``headway audit --json`` prints.
    context : Context
        What the checks looked at.
    findings : tuple of Finding
        Those of the report, with all their pictures.
    """

    report: AuditReport
    context: Context = field(repr=False)
    findings: tuple[Finding, ...] = ()

    def __repr__(self) -> str:
        counts = [sum(one.severity == severity for one in self.report.findings) for severity in ("severe", "warning")]
        return f"<headway.Audit: {self.report.n:,} images, {counts[0]} severe findings, {counts[1]} warnings>"

    def _repr_html_(self) -> str:
        return html(rendering.audit(self.report))

    def write_fixes(self, path: str | Path) -> Proposals:
        """Write what is proposed of pictures into a list for a person to edit, or add it to one.

        Rows that are there stay as they are, and what they decide of a finding about a picture is not proposed again.
        ``headway.read(…, fixes=path)`` does what is decided.

        Parameters
        ----------
        path : path
            A ``.csv`` file; ``docs/audit.md`` describes its columns.

        Returns
        -------
        Proposals
            How many there are.

        Raises
        ------
        OutputError
            When the place cannot be written to.
        DataError
            When what is there is no list of fixes.

        Examples
        --------
        >>> import headway, pathlib, tempfile
        >>> found = headway.audit(headway.demo.pictures(), headway.Recipe(backbone="tiny"), only=["files"])
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     found.write_fixes(pathlib.Path(folder) / "fixes.csv").new
        0
        """
        return write_proposals(Path(path), self.findings, self.report.source)


def audit(
    data: Dataset | str | Path | Sequence[str | Path],
    recipe: Recipe | None = None,
    *,
    only: Sequence[str] = (),
    skip: Sequence[str] = (),
    cache: str | Path | None = None,
    offline: bool = False,
    max_bad: float = 0.1,
    progress: Progress | None = None,
) -> Audit:
    """Check a data set before anything is built on it: files, copies, labels, balance, and whether it fits the job.

    Nothing is changed. What each check finds, and how well it does, is in ``docs/audit.md``.

    Parameters
    ----------
    data : Dataset or path, or list of paths
        Pictures, from `headway.read`, or what that takes. Without labels, fewer checks can be made.
    recipe : Recipe, optional
        Which network's features, how pictures are read, and the seed; the rest does not matter here.
    only, skip : sequence of str
        Checks to make, or not to make: names (``"near-copies"``), numbers (``"203"``) or families (``"copies"``).
    cache : path, optional
        Folder of the feature store, if it is not the usual one.
    offline : bool
        Whether to fail rather than to download weights.
    max_bad : float
        Largest part of the pictures that may be unreadable, from 0 to 1.
    progress : Progress, optional
        Told what goes on.

    Returns
    -------
    Audit

    Raises
    ------
    DataError
        When there are no pictures, or too many cannot be read.
    UserError
        When the recipe or the name of a check is wrong, or ``data`` is a file of features.

    Examples
    --------
    >>> import headway
    >>> found = headway.audit(headway.demo.pictures(), headway.Recipe(backbone="tiny"), only=["files"])
    >>> found.report.n, found.report.checked[:1]
    (240, ('wrong-ending',))
    """
    from headway.recipe import Recipe

    with Session.open(cache, offline=offline, max_bad=max_bad, progress=progress) as session:
        return audit_within(session, data, recipe or Recipe(), only=only, skip=skip)


def audit_within(
    session: Session,
    data: Dataset | str | Path | Sequence[str | Path],
    recipe: Recipe,
    *,
    only: Sequence[str] = (),
    skip: Sequence[str] = (),
    most: int | None = MOST_PICTURES,
) -> Audit:
    """Do what `audit` does in a session that stays open; ``most`` is how many images of each finding are reported."""
    checks = select_checks(only, skip)
    if is_features_file(data):
        raise UserError(f"{data} holds features, and an audit looks at pictures: give their folder")
    clock = Clock()
    with clock("audit"):
        if isinstance(data, str | Path) and is_feature_dataset(data):
            data = pictures_of(session, data)
        opened = open_features(
            session,
            data,
            recipe,
            check=_check,
            outputs=lambda backbone: backbone.outputs_to_store(backbone.feature_sets["last"]),
            with_squares=True,
        )
        dataset, table = opened.dataset, opened.table
        readable = dataset if len(table.rows) == len(dataset) else dataset.subset(table.rows)
        features = table.read(names=opened.backbone.feature_sets["last"])
        predicted = predict_out_of_fold(readable, table.hashes, features, recipe, session.progress)
        context = Context(
            data=readable,
            hashes=table.hashes,
            features=features,
            facts=table.images(),
            part=None if readable.given is None else np.maximum(readable.given, 0).astype(np.int64),
            predictions=predicted.predictions,
            reading=table.reading,
            known_squares=squares_of(session, readable, table.hashes, table.reading),
            memory=session.store,
            seed=recipe.seed,
            progress=session.progress,
        )
        checked = run_checks(context, checks, most=None)
        curve = None if only else _forecast(context, recipe, any(check.family == "copies" for check in checks))
    unchecked = {one.check for one in checked.unchecked}
    report = AuditReport(
        headway=__version__,
        source=dataset.source,
        n=len(readable),
        counts=readable.counts(),
        backbone=opened.backbone.name,
        accuracy=None if context.predictions is None else context.predictions.accuracy(readable.labels),
        left_out=predicted.left_out,
        findings=tuple(replace(finding, pictures=finding.pictures[:most]) for finding in checked.findings),
        checked=tuple(check.name for check in checks if check.name not in unchecked),
        unchecked=checked.unchecked,
        quarantined=tuple(table.quarantined),
        forecast=curve,
        seconds=clock.seconds()["total"],
    )
    return Audit(report, context, checked.findings)


def _forecast(context: Context, recipe: Recipe, knows_copies: bool) -> LearningCurve | None:
    """Measure what fewer pictures give, and forecast what more would; None without predictions.

    Copies of what was learned from say nothing of pictures to come, so near ones are kept on one side, where they were
    searched for.
    """
    if context.predictions is None:
        return None
    labelled = np.flatnonzero(context.labels >= 0)
    groups = context.related if knows_copies else context.data.groups
    return learning_curve(
        context.features[labelled],
        context.labels[labelled],
        [context.hashes[row] for row in labelled.tolist()],
        None if groups is None else groups[labelled],
        classes=context.data.classes,
        C=USUAL_C,
        seed=recipe.seed,
        progress=context.progress,
    )


def _check(dataset: Dataset) -> None:
    if not len(dataset):
        raise DataError("there are no pictures to look at")
