"""``headway read``."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import click

from headway.cli.console import Output, common
from headway.cli.options import features_file, reads_data
from headway.errors import UserError

if TYPE_CHECKING:
    from headway.dataset import Dataset

EPILOG = """\b
Examples:
  headway read photos/                            classes, splits, what was guessed and skipped
  headway read photos/ --include color            only the folder color
  headway read photos/ --no-splits                train and test are no splits
  headway read labels.csv --label-column breed    a table
"""


@click.command("read", epilog=EPILOG)
@reads_data
@common
def command(data: tuple[Any, ...], read_data: Callable[..., Dataset], output: Output) -> None:
    """Show how DATA is understood, without computing any features.

    That is its layout, its classes with their pictures by split, groups, columns, a few files with their labels, what
    was skipped and why, exact copies, files under two labels, and what to type where a guess is wrong. All other
    commands that take DATA read it in the same way, with the same options.
    """
    from headway.dataset.report import describe
    from headway.rendering import reading

    if (features := features_file(data)) is not None:
        raise UserError(f"{features} holds features, which were read before: give the pictures")
    report = describe(read_data())
    output.result(report, reading.read(report))
