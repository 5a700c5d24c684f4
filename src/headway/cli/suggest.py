"""``headway suggest``."""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import TYPE_CHECKING

import click

from headway.cli.console import Output, common
from headway.cli.options import PATH, cached, check_order, is_model, max_bad
from headway.errors import UserError

if TYPE_CHECKING:
    from headway.model import Model

EPILOG = """\b
Examples:
  headway suggest unlabelled/ -n 50                          no model yet: what stands for all of them
  headway suggest model.onnx unlabelled/ -n 50               what the model is least certain of
  headway suggest model.onnx unlabelled/ -n 50 -o next.csv   a table with a column to fill in
  headway suggest model.onnx unlabelled/ -n 50 -o next/      a folder of links to sort
"""


@click.command("suggest", epilog=EPILOG)
@click.argument("paths", type=PATH, nargs=-1, required=True, metavar="[MODEL] PICTURES...")
@click.option("-n", "count", type=click.IntRange(1), metavar="N", default=50, show_default=True,
              help="How many to suggest.")  # fmt: skip
@click.option("-o", "--output", "target", type=PATH, metavar="FOLDER|FILE.csv",
              help="A new folder of links, named by rank, or a table; otherwise they are printed.")  # fmt: skip
@click.option("--seed", type=int, metavar="N", default=0, show_default=True, help="Of the clusters.")
@max_bad
@cached
@common
def command(
    paths: tuple[Path, ...],
    count: int,
    target: Path | None,
    seed: int,
    max_bad: float,
    output: Output,
    cache: Path | None,
) -> None:
    """Choose which pictures without labels to label next: PICTURES are files or folders.

    With MODEL, those that it is least certain of, and that are unlike each other; without, those that together stand
    for all. Copies, and what MODEL learned from or was tested on, are left out. Nothing is moved or changed.
    """
    from headway.rendering import suggest as rendering
    from headway.suggesting import suggest

    model, pictures = _divide(paths)
    with output.progress() as progress:
        found = suggest(
            pictures, count, model=model, target=target, seed=seed, cache=cache, max_bad=max_bad, progress=progress
        )
    show = output.result if target is None else output.summary
    show(found.report, rendering.suggest(found.report))


def _divide(paths: tuple[Path, ...]) -> tuple[Model | None, tuple[Path, ...]]:
    """Return the model, where there is one, and the pictures."""
    from headway.model import load

    first, *others = paths
    check_order("suggest", first, others)
    if not is_model(first):
        return None, paths
    if second := next(filter(is_model, others), None):
        raise UserError(f"one model says what is uncertain, and {second} is another: leave one of them out")
    if not others:
        raise UserError(f"pictures are needed, too: headway suggest {shlex.quote(str(first))} PICTURES")
    return load(first), tuple(others)
