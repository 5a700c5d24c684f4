"""What follows from a project and from what was found of its pictures."""

from __future__ import annotations

from collections import Counter, defaultdict
from functools import cached_property
from typing import TYPE_CHECKING

from headway.studio.work.collection import FIXES, LABELS, digest
from headway.studio.work.finding import describe, propose

if TYPE_CHECKING:
    from headway.facts.studio import ProjectFinding, Proposal
    from headway.studio.work.collection import Pictures
    from headway.studio.work.preparing import Findings, Prepared


class View:
    """A project at one moment; everything is computed when it is first asked for.

    Parameters
    ----------
    project : Project
        At the moment.
    revision : int
        Which one that is.
    prepared : Prepared
    findings : Findings
        What is known of the pictures.
    """

    def __init__(self, project: Pictures, revision: int, prepared: Prepared, findings: Findings) -> None:
        self._project = project
        self._of = (revision, prepared, findings)
        self._prepared, self._findings = prepared, findings
        self._entries = tuple(entry for entry in project.entries() if not entry.left_out)

    def is_of(self, revision: int, prepared: Prepared, findings: Findings) -> bool:
        """Say whether nothing has changed."""
        return self._of == (revision, prepared, findings)

    @cached_property
    def files(self) -> dict[str, None]:
        """The pictures that are not left out."""
        return dict.fromkeys(entry.file for entry in self._entries)

    @cached_property
    def labelled(self) -> frozenset[str]:
        """Those with a label."""
        return frozenset(entry.file for entry in self._entries if entry.label is not None)

    @cached_property
    def unlabelled(self) -> tuple[str, ...]:
        """Those without one."""
        return tuple(entry.file for entry in self._entries if entry.label is None)

    @cached_property
    def counts(self) -> dict[str, int]:
        """How many pictures each class has."""
        return dict(Counter(entry.label for entry in self._entries if entry.label is not None))

    @cached_property
    def digest(self) -> str:
        """What stands for the labels."""
        return digest(self._project)

    @cached_property
    def copies(self) -> int:
        """How many pictures have the very same content as one before them."""
        return self._prepared.copies(tuple(self.files))

    @cached_property
    def proposals(self) -> tuple[Proposal, ...]:
        """What checks propose that is not decided yet."""
        folder = self._project.folder.absolute()
        return propose(self._findings, folder / LABELS, folder / FIXES, self.files)

    @cached_property
    def findings(self) -> tuple[ProjectFinding, ...]:
        """What checks found, the severe first."""
        return describe(self._findings, self.proposals, self.files)

    @cached_property
    def codes(self) -> dict[str, tuple[str, ...]]:
        """The checks that found something of each picture."""
        codes: defaultdict[str, list[str]] = defaultdict(list)
        for one in self.findings:
            for file in self._findings.pictures(one.code):
                codes[file].append(one.code)
        return {file: tuple(found) for file, found in codes.items()}
