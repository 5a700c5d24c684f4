"""What is done with pictures before anybody asks for it: their features, and the checks that are quick."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from functools import cached_property, partial
from typing import TYPE_CHECKING

import numpy as np

from headway.auditing import audit_within
from headway.embedding import open_features
from headway.fitting.frozen import outputs_to_compute
from headway.studio.work.collection import Collection, collect, files_by_path
from headway.studio.work.neighbours import Neighbours

if TYPE_CHECKING:
    from collections.abc import Sequence

    from headway.backbones import BackboneInfo
    from headway.embedding import OpenedFeatures
    from headway.facts.audit import Finding
    from headway.recipe import Recipe
    from headway.session import Session
    from headway.studio.work.collection import Pictures
    from headway.studio.work.jobs import Watch
    from headway.types import Quarantined

QUICK = (
    "wrong-ending",
    "extreme-size",
    "blank",
    "blurred",
    "dark-or-bright",
    "few-values",
    "animated",
    "copies",
    "labels",
    "small-classes",
    "unequal-classes",
)
"""The checks that are made whenever pictures change: not those that take seconds of their own."""


@dataclass(frozen=True, eq=False)
class Prepared:
    """What is known of the pictures of a project.

    Parameters
    ----------
    neighbours : Neighbours
        The pictures whose features are known.
    contents : tuple of bytes
        SHA-256 of each of these.
    unreadable : tuple of Quarantined
        The others.
    backbone : BackboneInfo or None
        What the features come from; None where there are none.
    """

    neighbours: Neighbours
    contents: tuple[bytes, ...]
    unreadable: tuple[Quarantined, ...] = ()
    backbone: BackboneInfo | None = None

    def copies(self, files: Sequence[str]) -> int:
        """Return how many of some pictures have the very same content as one before them."""
        known = [content for file in files if (content := self._content.get(file)) is not None]
        return len(known) - len(set(known))

    @cached_property
    def _content(self) -> dict[str, bytes]:
        return dict(zip(self.neighbours.files, self.contents, strict=True))


NOTHING = Prepared(Neighbours((), np.empty((0, 1), np.float32)), ())


@dataclass(frozen=True, eq=False)
class Findings:
    """What checks found, with all pictures, by the names that these have in the project.

    Parameters
    ----------
    found : tuple of Finding
        The severe ones first; files are paths.
    files : mapping of str to str
        The name in the project of each path.
    """

    found: tuple[Finding, ...] = ()
    files: dict[str, str] = field(default_factory=dict)

    @cached_property
    def by_check(self) -> dict[str, tuple[Finding, ...]]:
        """The findings of each check, in the same order."""
        groups: defaultdict[str, list[Finding]] = defaultdict(list)
        for one in self.found:
            groups[one.check].append(one)
        return {check: tuple(found) for check, found in groups.items()}

    def pictures(self, check: str) -> tuple[str, ...]:
        """Return the pictures that a check found something of, the worst first."""
        paths = (one.file for finding in self.by_check.get(check, ()) for one in finding.pictures)
        return tuple(dict.fromkeys(self.files[path] for path in paths if path in self.files))


def look(session: Session, project: Pictures, recipe: Recipe) -> Prepared:
    """Compute what is missing of the features of all pictures, and return them."""
    collection = collect(project)
    if not collection.files:
        return NOTHING
    opened = open_features(
        session,
        collection.dataset,
        recipe,
        outputs=partial(outputs_to_compute, recipe=recipe),
        with_squares=True,
    )
    return _prepared(collection, opened)


def _prepared(collection: Collection, opened: OpenedFeatures) -> Prepared:
    table = opened.table
    files = tuple(collection.files[row] for row in table.rows.tolist())
    features = table.read(names=opened.backbone.feature_sets["last"])
    return Prepared(Neighbours(files, features), tuple(table.hashes), tuple(table.quarantined), opened.backbone)


def check(session: Session, project: Pictures, recipe: Recipe, watch: Watch) -> Findings | None:
    """Make the quick checks; None where the pictures have changed meanwhile."""
    collection = collect(project)
    if not collection.files:
        return Findings()
    if watch.is_outdated:
        return None
    found = audit_within(session, collection.dataset, recipe, only=QUICK, most=None).findings
    return Findings(found, files_by_path(project))
