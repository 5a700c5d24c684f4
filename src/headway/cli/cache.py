"""``headway cache``."""

from __future__ import annotations

import math
from pathlib import Path

import click

from headway.cli.console import Output, common
from headway.cli.options import cached
from headway.errors import UserError
from headway.rendering import catalogue

EPILOG = """\b
Examples:
  headway cache                      what is stored, and how large it is
  headway cache --prune 30           delete what was not used for 30 days
  headway cache --clear              delete everything but networks
  headway cache --networks           delete networks that were downloaded or converted
"""


@click.command("cache", epilog=EPILOG)
@click.option(
    "--prune", "days", type=click.FloatRange(0), metavar="DAYS", help="Delete features not used for DAYS days."
)
@click.option("--clear", is_flag=True, help="Delete all of it, except networks.")
@click.option("--networks", is_flag=True, help="Delete the networks that were downloaded or converted.")
@cached
@common
def command(days: float | None, clear: bool, networks: bool, output: Output, cache: Path | None) -> None:
    """Show what is stored between runs, or delete it. Whatever is deleted is computed again when it is needed.

    Besides features these are, for networks that are trained, maps of their frozen part and the states of runs that did
    not end; of comparisons, the recipes that ran; archives of pictures, unpacked; and networks, downloaded from
    the Hugging Face hub or converted. A network that was made of a PyTorch module can only be made again by
    whoever has that.
    """
    from headway.backbones.converted import AREA as CONVERTED
    from headway.backbones.hub.repository import AREA as HUB
    from headway.dataset.archives.archive import AREA as ARCHIVES
    from headway.facts.catalogue import Area, CacheReport
    from headway.fitting.cache import AREA as COMPARISONS
    from headway.store import Store
    from headway.training import checkpoint, maps

    areas = (maps.AREA, checkpoint.AREA, COMPARISONS, ARCHIVES)
    kept = HUB, CONVERTED
    if days is not None and math.isnan(days):
        raise UserError("--prune takes a number of days")
    with Store.open(cache, create=False) as store:
        removed = 0
        if clear or days is not None:
            removed = store.prune(everything=clear, older_than=days)
        for area in (*(areas if clear else ()), *(kept if networks else ())):
            area.clear(cache)
        report = CacheReport(
            path=str(store.path),
            bytes=store.size(),
            removed=removed,
            spaces=tuple(store.summary()),
            areas={area.name: Area(str(area.folder(cache)), area.size(cache)) for area in (*areas, *kept)},
        )
    output.result(report, catalogue.cache(report))
