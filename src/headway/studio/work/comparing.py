"""A comparison of methods, within the time that somebody waits in front of a page."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from headway._version import __version__
from headway.facts.results import ComparedMethod, MethodTable
from headway.rendering import studio as wording
from headway.studio.work.collection import digest
from headway.studio.work.records import write_record
from headway.studio.work.training import check_enough

if TYPE_CHECKING:
    from headway.facts.comparison import ComparisonReport
    from headway.recipe import Recipe
    from headway.studio.work.collection import Pictures
    from headway.studio.work.jobs import Watch

COMPARISON = "comparison.json"
BUDGET = 60.0  # seconds


def compare_methods(
    project: Pictures, recipe: Recipe, watch: Watch, *, cache: Path | None, budget: float = BUDGET
) -> tuple[MethodTable, bool]:
    """Compare methods, and write the table; say also whether it was stopped before all had their turn."""
    from headway.comparison import compare

    check_enough(project)
    data = digest(project)
    found = compare(
        project.dataset(),
        budget=budget,
        backbone=recipe.backbone,
        seed=recipe.seed,
        cache=cache,
        offline=True,
        max_bad=1.0,
        progress=watch,
    )
    table = _table(found.report, data)
    write_record(project.folder / COMPARISON, table)
    return table, found.interrupted


def _table(report: ComparisonReport, data: str) -> MethodTable:
    rows = tuple(
        ComparedMethod(
            row.name, row.title, row.accuracy, row.low, row.high, round(row.seconds, 2), row.verdict != "worse"
        )
        for row in report.rows
    )
    return MethodTable(headway=__version__, data=data, rows=rows, text=tuple(wording.compared(report)))
