"""``headway embed``."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import click

from headway.cli.console import Output, common
from headway.cli.fit import choice
from headway.cli.options import max_bad, reads_data
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
@click.option(
    "-o", "--output", "target", type=click.Path(path_type=Path), metavar="FILE", help="A Parquet file to write."
)
@click.option(
    "--backbone", default=Recipe().backbone, show_default=True, metavar="NAME", help="See `headway backbones`."
)
@choice("resize", "How a picture becomes a square.")
@choice("precision", "Arithmetic of the network; auto takes bf16 where the processor has it.")
@max_bad
@common
def command(
    data: Path,
    read_data: Callable[[], Dataset],
    target: Path | None,
    backbone: str,
    resize: str,
    precision: str,
    max_bad: float,
    output: Output,
    cache: Path | None,
) -> None:
    """Compute the features of the pictures in DATA, keep them, and write them to a file on request."""
    from headway.backbones import find
    from headway.embedding import embed, write_parquet
    from headway.store import Store

    recipe = Recipe(backbone=backbone, resize=resize, precision=precision)  # type: ignore[arg-type]
    info = find(backbone)
    dataset = read_data()
    with Store.open(cache) as store, output.progress() as progress:
        table = embed(
            dataset,
            info,
            resize=recipe.resize,
            precision=None if recipe.precision == "auto" else recipe.precision,
            outputs=info.stored,
            store=store,
            max_bad=max_bad,
            progress=progress,
        )
        if target is not None:
            write_parquet(target, dataset, table)
    report = {
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
        return
    output.say(dataset.source)
    rate = f" at {table.images_per_s:,.0f} a second" if table.images_per_s else ""
    output.say(f"{table.computed:,} pictures computed{rate}, {table.cached:,} known")
    for bad in table.quarantined:
        output.note(f"could not be read: {bad.path}: {bad.reason}")
    if target is not None:
        output.say(f"Saved {target} ({target.stat().st_size / 1e6:.1f} MB)")
