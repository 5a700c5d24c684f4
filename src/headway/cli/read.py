"""``headway read``."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from headway.cli.console import Output, common
from headway.cli.options import cached, features_file, reads_data
from headway.cli.plots import close_plots, of_pictures, open_plots, plots_option
from headway.errors import UserError
from headway.recipe import Recipe

if TYPE_CHECKING:
    from headway.dataset import Dataset

EPILOG = """\b
Examples:
  headway read photos/                            classes, splits, what was guessed and skipped
  headway read photos/ --include color            only the folder color
  headway read photos/ --no-splits                train and test are no splits
  headway read photos.zip                         an archive, unpacked into the cache
  headway read labels.csv --label-column breed    a table
  headway read photos/ --plots plots              pictures of each class: how many, and what they look like
"""


@click.command("read", epilog=EPILOG)
@reads_data
@plots_option
@cached
@common
def command(
    data: tuple[Any, ...], read_data: Callable[..., Dataset], plots: Path | None, output: Output, cache: Path | None
) -> None:
    """Show how DATA is understood, without computing any features.

    That is its layout, its classes with their pictures by split, groups, columns, a few files with their labels, what
    was skipped and why, exact copies, files under two labels, and what to type where a guess is wrong. All other
    commands that take DATA read it in the same way, with the same options.
    """
    from headway.dataset.report import describe
    from headway.rendering import reading

    if (features := features_file(data)) is not None:
        raise UserError(f"{features} holds features, which were read before: give the pictures")
    drawn = open_plots(plots, "read")
    with output.progress() as progress:
        dataset = read_data(progress)
        report = describe(dataset)
        if drawn is not None:
            from headway.drawing import figures

            drawn.write(figures.read(report) | of_pictures(dataset, Recipe()))
    output.result(report, reading.read(report))
    close_plots(drawn, output)
