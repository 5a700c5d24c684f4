"""``headway audit``."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import click

from headway.cli.console import Output, common
from headway.cli.options import (
    PATH,
    DataReader,
    cached,
    check_page,
    commas,
    max_bad,
    no_pictures_option,
    reads_unfixed_data,
    report_option,
    takes_backbone,
)
from headway.recipe import Recipe
from headway.recipes import NamedRecipe

EPILOG = """\b
Examples:
  headway audit photos/                       every check
  headway audit photos/ --only copies,labels  families of checks, or single ones by name or number
  headway audit photos/ --skip blurred
  headway audit photos/ --strict              exit with 1 where there is a severe finding or a warning
  headway audit photos/ --fixes fixes.csv     write proposals to edit, for headway fit photos/ --fixes fixes.csv
  headway audit features/                     the pictures of a feature data set, or a sample where they are many
  headway audit photos/ --json                everything that was found, as one JSON document
  headway audit photos/ --report audit.html   a page with the pictures
"""


@click.command("audit", epilog=EPILOG)
@reads_unfixed_data
@click.option("--only", metavar="CHECK,…", callback=commas, help="Make these checks only: names, numbers or families.")
@click.option("--skip", metavar="CHECK,…", callback=commas, help="Leave these checks out.")
@click.option("--fixes", "listed", type=PATH, metavar="FILE.csv",
              help="A list of proposals to edit: what it decides is done, and new proposals are added.")  # fmt: skip
@click.option("--strict", is_flag=True, help="Exit with 1 where there is a severe finding or a warning.")
@takes_backbone
@click.option("--seed", type=int, metavar="N", help="Of whatever is drawn at random.  [default: 0]")
@report_option
@no_pictures_option
@max_bad
@cached
@common
def command(
    data: tuple[Path, ...],
    read_data: DataReader,
    only: tuple[str, ...] | None,
    skip: tuple[str, ...] | None,
    listed: Path | None,
    strict: bool,
    offline: bool,
    page: Path | None,
    no_pictures: bool,
    max_bad: float,
    output: Output,
    cache: Path | None,
    **given: Any,
) -> None:
    """Check pictures before anything is built on them: files, copies, labels, balance, and fitness for the job.

    Each finding says what was found, how bad that is, which pictures it is about, and what to do. No file is changed.
    The checks, and how reliable each is: docs/audit.md.
    """
    from headway.auditing import audit, check_fixes_target
    from headway.rendering import findings as rendering

    shards = read_data.feature_dataset("an audit")
    if listed is not None:
        check_fixes_target(listed)
    check_page(page)
    with output.progress() as progress:
        recipe = NamedRecipe("default", Recipe()).with_options(given, progress.note)
        found = audit(
            shards or read_data(progress, labels_needed=False, fixes=listed if listed and listed.exists() else None),
            recipe,
            only=only or (),
            skip=skip or (),
            cache=cache,
            offline=offline,
            max_bad=max_bad,
            progress=progress,
        )
        report = found.report if listed is None else replace(found.report, fixes=found.write_fixes(listed))
    output.result(report, rendering.audit(report))
    if page is not None:
        from headway.reporting import audit_page, of_audit

        output.page(page, lambda: audit_page(report, of_audit(found, has_pictures=not no_pictures)))
    if strict and any(one.severity != "note" for one in found.report.findings):
        click.get_current_context().exit(1)
