"""``headway embed``."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from headway.cli.console import Output, common
from headway.cli.options import PATH, cached, max_bad, reads_data, takes_backbone
from headway.facts.documents import EmbedReport
from headway.recipe import Recipe
from headway.rendering import fit as rendering
from headway.rendering.words import megabytes

if TYPE_CHECKING:
    from headway.dataset import Dataset

EPILOG = """\b
Examples:
  headway embed photos/                          compute and store, so that what follows is quick
  headway embed photos/ -o features.parquet      and write them: pip install 'headway[parquet]'
"""


@click.command("embed", epilog=EPILOG)
@reads_data
@click.option("-o", "--output", "target", type=PATH, metavar="FILE", help="A Parquet file to write.")
@takes_backbone
@max_bad
@cached
@common
def command(
    data: tuple[Path, ...],
    read_data: Callable[..., Dataset],
    target: Path | None,
    offline: bool,
    max_bad: float,
    output: Output,
    cache: Path | None,
    **given: Any,
) -> None:
    """Compute the features of the pictures in DATA, store them, and write them to a file on request."""
    from headway.embedding import check_features_target, open_features, write_parquet
    from headway.session import Session

    recipe = Recipe(**{field: value for field, value in given.items() if value is not None})
    if target is not None:
        check_features_target(target)
    with output.progress() as progress:
        dataset = read_data(progress, labels_needed=False)
        with Session.open(cache, offline=offline, max_bad=max_bad, progress=progress) as session:
            opened = open_features(session, dataset, recipe)
            table, info = opened.table, opened.backbone
            one_colour = table.of_one_colour(dataset)
            if target is not None:
                write_parquet(target, dataset, table)
    report = EmbedReport(
        source=dataset.source,
        n=len(table.rows),
        skipped=dict(dataset.skipped),
        quarantined=tuple(table.quarantined),
        backbone=info.name,
        precision=table.precision,
        dims=dict(table.dims),
        computed=table.computed,
        cached=table.cached,
        images_per_s=table.images_per_s,
        file=None if target is None else str(target),
        one_colour=one_colour,
        value_range=table.reading.value_range,
    )
    output.summary(report, rendering.embedded(report))
    if target is not None and not output.quiet:
        output.say(f"Saved {target} ({megabytes(target.stat().st_size)})")
