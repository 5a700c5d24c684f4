"""``headway split``."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import click

from headway.cli.console import Output, common
from headway.cli.options import PATH, cached, features_file, max_bad, numbers, reads_data, split_from_option
from headway.errors import UserError

if TYPE_CHECKING:
    from headway.dataset import Dataset

EPILOG = """\b
Examples:
  headway split photos/ -o data                          data/train, data/validation, data/test: 80, 10 and 10 %
  headway split photos/ -o data --parts 80,0,20          no validation part
  headway split photos/ -o data --rename                 cat_0001.jpg, cat_0002.jpg, ...
  headway split photos/ -o data --link                   hard links, which take no space, rather than copies
  headway split photos/ -o split.csv                     a table with a row for each picture; nothing is copied
  headway split photos/ -o more --split-from model.onnx  what a model learned from and was tested on stays so
"""


@click.command("split", epilog=EPILOG)
@reads_data
@click.option("-o", "--output", "target", type=PATH, metavar="FOLDER|FILE.csv", required=True,
              help="A new folder for the pictures, or a table for their paths.")  # fmt: skip
@click.option("--parts", metavar="N,N,N", default="80,10,10", show_default=True, callback=numbers,
              help="Shares of training, validation and test; 0 for none.")  # fmt: skip
@click.option("--link", is_flag=True, help="Link the files rather than copy them.")
@click.option("--rename", is_flag=True, help="Call the files after their class: cat_0001.jpg.")
@split_from_option
@click.option("--seed", type=int, metavar="N", default=0, show_default=True, help="The same seed, the same parts.")
@max_bad
@cached
@common
def command(
    data: tuple[Path, ...],
    read_data: Callable[..., Dataset],
    target: Path,
    parts: tuple[float, ...],
    link: bool,
    rename: bool,
    split_from: Path | None,
    seed: int,
    max_bad: float,
    output: Output,
    cache: Path | None,
) -> None:
    """Divide labelled pictures into training, validation and test, by class.

    Each picture goes by its content and the seed: another name changes nothing, and a picture more or less moves at
    most one other of its class from part to part. Groups and identical files stay together.
    """
    from headway import splitting
    from headway.rendering import split as rendering

    if (features := features_file(data)) is not None:
        raise UserError(f"{features} holds features: give the pictures")
    splitting.check_target(target, link=link, rename=rename)
    with output.progress() as progress:
        report = splitting.split(
            read_data(progress),
            target,
            parts=parts,
            link=link,
            rename=rename,
            split_from=split_from,
            seed=seed,
            cache=cache,
            max_bad=max_bad,
            progress=progress,
        )
    output.summary(report, rendering.split(report))
