"""``headway embed``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from headway.changes import MOST_COPIES
from headway.cli.console import Output, common
from headway.cli.options import (
    PLACE,
    DataReader,
    cached,
    commas,
    given_options,
    max_bad,
    reads_data,
    setting,
    takes_backbone,
)
from headway.cli.sharding import Sharding
from headway.errors import UserError
from headway.facts.documents import EmbedReport
from headway.recipe import Recipe
from headway.rendering import fit as rendering
from headway.rendering import shards as shards_rendering
from headway.rendering.words import megabytes

if TYPE_CHECKING:
    from headway.embedding import Copies

EPILOG = """\b
Examples:
  headway embed photos/                          compute and store, so that what follows is quick
  headway embed photos/ -o features.parquet      and write them: pip install 'headway[parquet]'
  headway embed photos/ --features flat -o features.npy   the last map, flattened, with tables beside it
  headway embed food-11/ --recipe food11-vgg16-logistic -o features.npy   as a published experiment has them
  headway embed photos/ --augment rotate=40,hflip --copies 5 -o features.parquet   with changed copies to learn from
  headway embed photos/ -o features/             many files: what was computed stays, and is not computed again
  headway embed s3://bucket/shards -o s3://bucket/features   tar files of WebDataset: pip install 'headway[cloud]'
  headway embed photos.csv -o features/ --engine ray --address auto   on a cluster: pip install 'headway[ray]'
"""


@click.command("embed", epilog=EPILOG)
@reads_data
@click.option(
    "-o", "--output", "target", type=PLACE, metavar="FILE|DEST/",
    help="A file to write, ending in .parquet, .npy or .npz; or, ending in a slash, a folder or an address of object "
    "storage for a data set of many files, which is completed where it is there already (docs/scale.md).",
)  # fmt: skip
@click.option(
    "--engine",
    type=click.Choice(["local", "ray"]),
    help="What computes a data set of many files: this process, or a cluster.  [default: local]",
)
@click.option("--address", metavar="ADDRESS", help="Of the Ray cluster; otherwise one is started on this machine.")
@click.option(
    "--shard-rows",
    metavar="N",
    type=click.IntRange(min=1),
    help="Pictures in a file of the data set; otherwise as many as have about 80 MB of features.",
)
@click.option(
    "--recipe",
    "named",
    metavar="NAME|FILE",
    help="What to begin with: `headway recipes`, or a TOML file.",
)
@takes_backbone
@setting(
    "features",
    "last|depths|flat|all|NAME",
    "Of the last layer, of several depths (as auto), the last map "
    "flattened, all that there are, or one layer, such as block4.",
)
@click.option(
    "--augment",
    metavar="CHANGE,…",
    callback=commas,
    help="Random changes of copies of the training pictures, e.g. rotate=40,zoom,hflip. Needs --copies.",
)
@click.option(
    "--copies",
    metavar="N",
    type=click.IntRange(1, MOST_COPIES),
    help="How many changed copies of each training picture to write, too; heads learn from them.",
)
@max_bad
@cached
@common
def command(
    data: tuple[Path, ...],
    read_data: DataReader,
    target: str | None,
    engine: str | None,
    address: str | None,
    shard_rows: int | None,
    named: str | None,
    augment: tuple[str, ...] | None,
    copies: int | None,
    offline: bool,
    max_bad: float,
    output: Output,
    cache: Path | None,
    **given: Any,
) -> None:
    """Compute the features of the pictures in DATA, store them, and write them to a file on request.

    With -o DEST/ they go into a folder of many files instead, or into object storage, which DATA may be in, too.
    """
    from headway import recipes
    from headway.embedding import check_features_target, open_features, outputs_to_write, rows_to_write, write_features
    from headway.session import Session

    chosen = recipes.read(named) if named is not None else recipes.NamedRecipe("default", Recipe())
    sharding = Sharding(target, engine, address, shard_rows)
    if sharding.is_wanted(data):
        if augment is not None or copies is not None:
            raise UserError(
                "changed copies go into a single file: leave out --augment and --copies, or name a file with -o"
            )
        with output.progress() as progress, chosen.locating_errors(given_options(click.get_current_context())):
            recipe = chosen.with_options(given, progress.note)
            with Session.open(cache, offline=offline, max_bad=max_bad, progress=progress) as session:
                shards_report = sharding.run(session, data, read_data, recipe, chosen.reading)
        output.summary(shards_report, shards_rendering.embedded(shards_report))
        return
    file = None if target is None else Path(target)
    changed = _copies(augment, copies, file)
    if file is not None:
        check_features_target(file)
    with output.progress() as progress, chosen.locating_errors(given_options(click.get_current_context())):
        recipe = chosen.with_options(given, progress.note)
        if recipe.scratch != "none":
            raise UserError(f"the recipe {named} trains a network of its own, and has no features to compute")
        dataset = read_data(progress, labels_needed=False, **chosen.reading)
        with Session.open(cache, offline=offline, max_bad=max_bad, progress=progress) as session:
            opened = open_features(
                session,
                dataset,
                recipe,
                outputs=lambda info: info.outputs_to_store(outputs_to_write(info, recipe.features)),
            )
            table, info = opened.table, opened.backbone
            one_colour = table.of_one_colour(dataset)
            rows, features = rows_to_write(session, opened, recipe, changed)
            if file is not None:
                files = write_features(file, rows, features)
    report = EmbedReport(
        source=dataset.source,
        n=len(table.rows),
        skipped=dict(dataset.skipped),
        quarantined=tuple(table.quarantined),
        backbone=info.name,
        precision=table.precision,
        dims=dict(features.dims),
        computed=table.computed,
        cached=table.cached,
        images_per_s=table.images_per_s,
        copies=len(features) - len(table),
        file=None if file is None else str(file),
        one_colour=one_colour,
        value_range=table.reading.value_range,
    )
    output.summary(report, rendering.embedded(report))
    if file is not None and not output.quiet:
        for written in files:
            output.say(f"Saved {written} ({megabytes(written.stat().st_size)})")


def _copies(changes: tuple[str, ...] | None, count: int | None, target: Path | None) -> Copies | None:
    """Return how copies are made, where any are asked for."""
    if changes is None and count is None:
        return None
    if changes is None:
        raise UserError("--copies needs --augment, which says how the copies are changed, such as rotate=40,hflip")
    if count is None:
        raise UserError("--augment needs --copies, how many changed copies there are of each picture, such as 5")
    if target is None:
        raise UserError("changed copies are for a file, from which heads learn: name it with -o FILE")
    from headway.training import changed_copies

    return changed_copies(changes, count)
