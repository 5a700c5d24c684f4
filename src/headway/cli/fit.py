"""``headway fit``."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from headway.cli import summary
from headway.cli.console import Output, common
from headway.cli.options import (
    PATH,
    borrows,
    cached,
    given_options,
    learns_head,
    max_bad,
    reads_data,
    tests,
    trains_network,
)
from headway.recipe import Recipe

if TYPE_CHECKING:
    from headway.dataset import Dataset

EPILOG = """\b
Examples:
  headway fit photos/                             one folder per class; the model becomes photos.onnx
  headway fit photos/ -o flowers.onnx --json      the whole report as one JSON document
  headway fit labels.csv --group-column patient   paths and labels in a table
  headway fit flat/ --label-pattern '^([a-z]+)'   labels in file names
  headway fit features.parquet                    from what `headway embed` wrote
  headway fit photos/ --backbone resnet50         another network: pip install 'headway[torch]'
  headway fit photos/ --select anova --balance weights   fewer features; every class counts the same
  headway fit photos/ --finetune last-block --tta   train the network's last block, too; average mirrored views
  headway fit photos/ --scratch --augment rotate=40,hflip   train a small network from random weights
  headway fit food-11/ --recipe food11-vgg16-logistic   a published experiment: `headway recipes`
"""


@click.command("fit", epilog=EPILOG)
@reads_data
@click.option("-o", "--output", "target", type=PATH, metavar="MODEL", help="Where to save the model.")
@click.option("--recipe", "named", metavar="NAME|FILE", help="What to begin with: `headway recipes`, or a TOML file.")
@borrows
@learns_head
@trains_network
@tests
@click.option("--samples", type=PATH, metavar="FILE", help="A PNG of pictures as --augment changes them.")
@click.option("--curves", type=PATH, metavar="FILE", help="A PNG of learning curves: pip install 'headway[plots]'.")
@max_bad
@cached
@common
def command(
    data: Path,
    read_data: Callable[..., Dataset],
    target: Path | None,
    named: str | None,
    offline: bool,
    samples: Path | None,
    curves: Path | None,
    max_bad: float,
    output: Output,
    cache: Path | None,
    **given: Any,
) -> None:
    """Train a classifier on labelled pictures, evaluate it, and save it as an ONNX file.

    DATA is a folder with a folder per class, split folders (train, test, …), a folder of files with labels in their
    names, a CSV, TSV or Parquet table, or what `headway embed` wrote.
    """
    from headway import fitting, model, recipes
    from headway.embedding import is_features_file

    chosen = recipes.read(named) if named is not None else recipes.NamedRecipe("default", Recipe())
    path = target if target is not None else Path(f"{data.resolve().stem or 'model'}.onnx")
    model.check_target(path)
    with output.progress() as progress, chosen.answering(given_options(click.get_current_context())):
        recipe = replace(chosen.recipe, **{field: value for field, value in given.items() if value is not None})
        _check_pictures(recipe, samples, curves)
        source = data if is_features_file(data) else read_data(**chosen.reading)
        if samples is not None and not isinstance(source, Path):
            from headway.training import save_samples

            save_samples(source, recipe.augment, samples, resize=recipe.resize, seed=recipe.seed)
        fitted = fitting.fit(source, recipe, cache=cache, offline=offline, max_bad=max_bad, progress=progress)
    summary.save(fitted, path, output, curves)
    if not output.quiet:
        output.say(f"Next: headway predict {summary.quoted(path)} PICTURES")


def _check_pictures(recipe: Recipe, samples: Path | None, curves: Path | None) -> None:
    """Refuse, before hours of work, plots that cannot be made."""
    from headway.errors import UserError
    from headway.places import check_output

    for path, option in ((samples, "--samples"), (curves, "--curves")):
        if path is None:
            continue
        if path.suffix.lower() != ".png":
            raise UserError(f"{option} writes a PNG, and {path} does not end in .png")
        check_output(path, option=option, sign=b"Software\0Headway")
    if samples is not None and samples == curves:
        raise UserError(f"--samples and --curves cannot both be {samples}: give one of them another name")
    if samples is not None and not recipe.augment:
        raise UserError("--samples shows what --augment does, and there is none: --augment rotate=40,hflip")
    trains = recipe.finetune != "none" or recipe.scratch != "none" or recipe.head.startswith("dense")
    if curves is not None and not trains:
        raise UserError(
            "--curves shows a network's training, and none is trained: --finetune, --scratch, --head dense100"
        )
    if curves is not None:
        from headway.optional import import_optional

        import_optional("matplotlib", "plots")
