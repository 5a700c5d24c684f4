"""``headway fit``."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from headway.cli import saving
from headway.cli.console import Output, common
from headway.cli.options import (
    PATH,
    DataReader,
    cached,
    check_page,
    given_options,
    max_bad,
    no_pictures_option,
    predictions_option,
    reads_data,
    split_from_option,
    splits_data,
    takes_backbone,
    trains_head,
    trains_network,
)
from headway.cli.pages import check_markdown, markdown_option
from headway.cli.plots import of_pictures, open_plots, plots_option
from headway.recipe import Recipe

EPILOG = """\b
Examples:
  headway fit photos/                             one folder per class; the model becomes photos.onnx
  headway fit photos.zip                          an archive of such a folder, unpacked into the cache
  headway fit old/ new/ -o both.onnx              several folders or tables as one
  headway fit photos/ -o flowers.onnx --json      the whole report as one JSON document
  headway fit photos/ --report result.html        the page to show, not as photos.html; --no-report for none
  headway fit photos/ --no-pictures               neither pictures nor the names of their files in it
  headway fit photos/ --predictions each.csv      what was predicted for each picture
  headway fit photos/ --plots plots               classes, samples, confusion matrix, … as SVG and PNG
  headway fit photos/ --markdown fit.md           the result as a page of Markdown, too
  headway fit photos/ --budget 10m                the best model that ten minutes can find
  headway fit photos/ --split-from old.onnx       on the pictures that another model was tested on
  headway fit photos/ --test-fraction 0           learn from all pictures; the score is cross-validated
  headway fit labels.csv --group-column patient   paths and labels in a table
  headway fit flat/ --label-pattern '^([a-z]+)'   labels in file names
  headway fit features.parquet                    from what `headway embed` wrote
  headway fit features/                           the same of many files: in passes over them, if they are large
  headway fit photos/ --backbone resnet50         another network: pip install 'headway[torch]'
  headway fit photos/ --select anova --balance weights   fewer features; every class counts the same
  headway fit photos/ --finetune last-block --tta   train the network's last block, too; average mirrored views
  headway fit photos/ --finetune auto --tta       the same, each only where it pays
  headway fit photos/ --scratch --augment rotate=40,hflip   train a small network from random weights
  headway fit food-11/ --recipe food11-vgg16-logistic   a published experiment: `headway recipes`
"""


@click.command("fit", epilog=EPILOG)
@reads_data
@click.option("-o", "--output", "target", type=PATH, metavar="MODEL", help="Where to save the model.")
@click.option("--recipe", "named", metavar="NAME|FILE", help="What to begin with: `headway recipes`, or a TOML file.")
@takes_backbone
@trains_head
@trains_network
@splits_data
@split_from_option
@click.option(
    "--budget",
    metavar="TIME",
    help="Time to find a better model in, such as 10m, 90s or 2h: further networks, "
    "mirrored views, larger pictures and fine-tuning, as far as they fit.",
)
@click.option("--allow-download", is_flag=True, help="With --budget: networks may be downloaded.")
@predictions_option
@markdown_option
@click.option("--report", "page", type=PATH, metavar="FILE",
              help="Where to write the result as a page to show; otherwise beside the model, as .html.")  # fmt: skip
@click.option("--no-report", is_flag=True, help="Write no such page.")
@no_pictures_option
@plots_option
@max_bad
@cached
@common
def command(
    data: tuple[Path, ...],
    read_data: DataReader,
    target: Path | None,
    named: str | None,
    split_from: Path | None,
    budget: str | None,
    allow_download: bool,
    offline: bool,
    predictions: Path | None,
    markdown: Path | None,
    page: Path | None,
    no_report: bool,
    no_pictures: bool,
    plots: Path | None,
    max_bad: float,
    output: Output,
    cache: Path | None,
    **given: Any,
) -> None:
    """Train a classifier on labelled pictures, evaluate it, and save it as an ONNX file.

    DATA is a folder with a folder per class, split folders (train, test, …), a folder of files with labels in their
    names, an archive (.zip, .tar, …) of one of these, a table (CSV, TSV, JSON lines, Excel, Parquet), or what `headway
    embed` wrote. Several folders, archives and tables are read as one.
    """
    from headway import fitting, model, recipes
    from headway.budget import parse_duration
    from headway.dataset.pictures import archive_stem
    from headway.predictions import check_predictions_target
    from headway.session import Session
    from headway.shards import check_named

    limit = None if budget is None else parse_duration(budget)
    chosen = recipes.read(named) if named is not None else recipes.NamedRecipe("default", Recipe())
    place = Path(str(data[0]).rstrip("/")).resolve()  # the last part of an address, too
    stem = archive_stem(place) or place.stem if len(data) == 1 else ""
    path = target if target is not None else Path(f"{stem or 'model'}.onnx")
    model.check_target(path)
    if predictions is not None:
        check_predictions_target(predictions)
    check_markdown(markdown)
    page = _page(path, page, no_report)
    drawn = open_plots(plots, "fit")
    options = given_options(click.get_current_context())
    with output.progress() as progress, chosen.locating_errors(options):
        recipe = chosen.with_options(given, progress.note)
        ladder = fitting.ladder_of(limit, options, allow_download=allow_download)
        source = read_data.features() or read_data(progress, **chosen.reading)
        if "backbone" in options and recipe.backbone == Recipe().backbone and isinstance(source, Path):
            check_named(source, recipe.backbone)
        with Session.open(cache, offline=offline, max_bad=max_bad, progress=progress) as session:
            if drawn is not None and not isinstance(source, Path):
                drawn.write(of_pictures(session, source, recipe))  # to be looked at while a network trains
            fitted = fitting.fit_recipe(session, source, recipe, split_from, ladder=ladder)
            progress.finish()
            saving.save(
                fitted,
                path,
                output,
                predictions=predictions,
                markdown=markdown,
                plots=drawn,
                page=page,
                has_pictures=not no_pictures,
            )
    if not output.quiet:
        output.say(f"Next: headway predict {saving.quoted(path)} PICTURES")


def _page(model: Path, given: Path | None, no_report: bool) -> Path | None:
    """Return where the report is written; refuse a place where it cannot be."""
    from headway.errors import UserError

    if no_report:
        if given is not None:
            raise UserError("--report and --no-report cannot both be given: leave one out")
        return None
    page = given or model.with_suffix(".html")
    check_page(page)
    return page
