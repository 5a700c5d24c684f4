"""``headway cache``."""

from __future__ import annotations

import math
from dataclasses import asdict
from pathlib import Path

import click

from headway.cli.console import Output, common
from headway.cli.options import cached
from headway.errors import UserError

EPILOG = """\b
Examples:
  headway cache                      what is kept, and how large it is
  headway cache --prune 30           forget what was not used for 30 days
  headway cache --clear              forget everything
"""


@click.command("cache", epilog=EPILOG)
@click.option(
    "--prune", "days", type=click.FloatRange(0), metavar="DAYS", help="Forget features not used for DAYS days."
)
@click.option("--clear", is_flag=True, help="Forget all features, what networks are trained from, and comparisons.")
@cached
@common
def command(days: float | None, clear: bool, output: Output, cache: Path | None) -> None:
    """Show the features that are kept between runs, and prune them. What is forgotten is computed again when needed.

    What networks are trained from are maps of their frozen part, and the state of runs that did not end. Of comparisons
    the recipes that ran are kept.
    """
    from headway.comparison import kept
    from headway.store import Store
    from headway.training import checkpoint, maps

    if days is not None and math.isnan(days):
        raise UserError("--prune takes a number of days")
    with Store.open(cache, create=False) as store:
        removed = 0
        if clear or days is not None:
            removed = store.prune(everything=clear, older_than=days)
        spaces = store.summary()
        path, size = store.path, store.size()
    if clear:
        maps.prune(cache, 0)
        for run in checkpoint.kept(cache):
            run.unlink(missing_ok=True)
        kept.clear(cache)
    others = {
        "maps": (str(maps.folder(cache)), maps.size(cache)),
        "training": (str(checkpoint.folder(cache)), sum(run.stat().st_size for run in checkpoint.kept(cache))),
        "compare": (str(kept.folder(cache)), sum(file.stat().st_size for file in kept.files(cache))),
    }
    if output.as_json:
        content = [asdict(space) for space in spaces]
        sizes = {name: {"path": folder, "bytes": taken} for name, (folder, taken) in others.items()}
        output.document({"path": str(path), "bytes": size, "removed": removed, "spaces": content, **sizes})
        return
    if clear or days is not None:
        output.say(f"Forgot the features of {removed:,} pictures")
    output.say(f"{path}: {size / 1e6:,.1f} MB")
    for folder, taken in others.values():
        if taken:
            output.say(f"{folder}: {taken / 1e6:,.1f} MB")
    if spaces:
        rows = [
            [*_described(space.space), space.last_used, f"{space.features:,}", f"{space.bytes / 1e6:,.1f}"]
            for space in spaces
        ]
        output.table(["backbone", "resize", "precision", "last used", "pictures", "MB"], rows, left=4)


def _described(space: str) -> list[str]:
    """Return what a person wants to know of a space: backbone, resize policy and precision."""
    backbone, _, rest = space.partition(":")
    parts = rest.split("/")
    return [backbone, parts[2], parts[4]] if len(parts) > 4 else [space, "", ""]
