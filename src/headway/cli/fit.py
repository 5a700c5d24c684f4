"""``headway fit``."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from headway.cli import summary
from headway.cli.console import Output, common
from headway.cli.options import PATH, cached, max_bad, reads_data
from headway.recipe import CHOICES, Recipe

if TYPE_CHECKING:
    from headway.dataset import Dataset

_DEFAULT = Recipe()

EPILOG = """\b
Examples:
  headway fit photos/                             one folder per class; the model becomes photos.onnx
  headway fit photos/ -o flowers.onnx --json      the whole report as one JSON document
  headway fit labels.csv --group-column patient   paths and labels in a table
  headway fit flat/ --label-pattern '^([a-z]+)'   labels in file names
  headway fit features.parquet                    from what `headway embed` wrote
"""


def choice(name: str, help_text: str) -> Callable[..., Any]:
    """Return an option for a choice of the recipe; the recipe checks it, and suggests when it is misspelt."""
    option: Callable[..., Any] = click.option(
        f"--{name.replace('_', '-')}",
        default=getattr(_DEFAULT, name),
        show_default=True,
        metavar="|".join(CHOICES[name]),
        help=help_text,
    )
    return option


@click.command("fit", epilog=EPILOG)
@reads_data
@click.option("-o", "--output", "target", type=PATH, metavar="MODEL", help="Where to save the model.")
@click.option(
    "--backbone", default=_DEFAULT.backbone, show_default=True, metavar="NAME", help="See `headway backbones`."
)
@choice("resize", "How a picture becomes a square.")
@choice("precision", "Arithmetic of the network; auto takes bf16 where the processor has it.")
@choice("features", "Features of the last layer, of several depths, or what cross-validates better.")
@choice("head", "The classifier, or what cross-validates best.")
@choice("class_weight", "balanced makes every class count the same.")
@click.option("--test-fraction", type=float, default=_DEFAULT.test_fraction, show_default=True, metavar="FRACTION",
              help="Part held back for the test, where the data has no test split.")  # fmt: skip
@click.option("--folds", type=int, default=_DEFAULT.folds, show_default=True, metavar="N", help="For cross-validation.")
@click.option(
    "--seed", type=int, default=_DEFAULT.seed, show_default=True, metavar="N", help="The same seed, the same model."
)
@max_bad
@cached
@common
def command(
    data: Path,
    read_data: Callable[[], Dataset],
    target: Path | None,
    max_bad: float,
    output: Output,
    cache: Path | None,
    **recipe: Any,
) -> None:
    """Train a classifier on labelled pictures, evaluate it, and save it as an ONNX file.

    DATA is a folder with a folder per class, split folders (train, test, …), a folder of files with labels in their
    names, a CSV, TSV or Parquet table, or what `headway embed` wrote.
    """
    from headway import fitting, model
    from headway.embedding import is_features_file

    wanted = Recipe(**recipe)
    path = target if target is not None else Path(f"{data.resolve().stem or 'model'}.onnx")
    model.check_target(path)
    with output.progress() as progress:
        source = data if is_features_file(data) else read_data()
        fitted = fitting.fit(source, wanted, cache=cache, max_bad=max_bad, progress=progress)
    fitted.save(path)
    report = {**fitted.report, "model": str(path)}
    if output.as_json:
        output.document(report)
    elif not output.quiet:
        summary.fitted(report, output)
        output.say(f"Next: headway predict {summary.quoted(path)} PICTURES")
