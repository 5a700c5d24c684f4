"""``headway embed``."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from headway.cli import summary
from headway.cli.console import Output, common
from headway.cli.options import PATH, borrows, cached, max_bad, reads_data
from headway.recipe import Recipe

if TYPE_CHECKING:
    from headway.dataset import Dataset

EPILOG = """\b
Examples:
  headway embed photos/                          compute and keep, so that what follows is quick
  headway embed photos/ -o features.parquet      and write them: pip install 'headway[parquet]'
"""


@click.command("embed", epilog=EPILOG)
@reads_data
@click.option("-o", "--output", "target", type=PATH, metavar="FILE", help="A Parquet file to write.")
@borrows
@max_bad
@cached
@common
def command(
    data: Path,
    read_data: Callable[[], Dataset],
    target: Path | None,
    offline: bool,
    max_bad: float,
    output: Output,
    cache: Path | None,
    **given: Any,
) -> None:
    """Compute the features of the pictures in DATA, keep them, and write them to a file on request."""
    from headway.backbones import obtain
    from headway.embedding import check_features_target, embed, write_parquet
    from headway.store import Store

    recipe = Recipe(**{field: value for field, value in given.items() if value is not None})
    if target is not None:
        check_features_target(target)
    dataset = read_data()
    with Store.open(cache) as store, output.progress() as progress:
        info = obtain(
            recipe.backbone,
            weights=recipe.weights,
            image_size=recipe.image_size,
            offline=offline,
            cache=cache,
            progress=progress,
        )
        table = embed(
            dataset,
            info,
            resize=recipe.resize,
            precision=recipe.precision,
            device=recipe.device,
            store=store,
            max_bad=max_bad,
            progress=progress,
        )
        if target is not None:
            write_parquet(target, dataset, table)
    report: dict[str, Any] = {
        "data": {
            "source": dataset.source,
            "n": len(table.rows),
            "skipped": dict(dataset.skipped),
            "quarantined": [{"path": bad.path, "reason": bad.reason} for bad in table.quarantined],
        },
        "features": {
            "backbone": info.name,
            "precision": table.precision,
            "dims": dict(table.dims),
            "computed": table.computed,
            "cached": table.cached,
            "images_per_s": table.images_per_s,
        },
        "file": str(target) if target is not None else None,
    }
    if output.as_json:
        output.document(report)
    if output.as_json or output.quiet:
        return
    output.say(dataset.source)
    output.say(summary.counted(report["features"]))
    for bad in table.quarantined:
        output.note(f"could not be read: {bad.path}: {bad.reason}")
    if target is not None:
        output.say(f"Saved {target} ({target.stat().st_size / 1e6:.1f} MB)")
