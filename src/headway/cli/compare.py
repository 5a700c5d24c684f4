"""``headway compare``."""

from __future__ import annotations

import shlex
from collections.abc import Callable
from contextlib import ExitStack
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from headway.cli.console import Output, common
from headway.cli.options import (
    DataReader,
    cached,
    check_page,
    commas,
    given_options,
    max_bad,
    reading_options,
    reads_data,
    report_option,
    takes_bands,
    takes_network,
    takes_value_range,
)
from headway.cli.pages import check_markdown, markdown_option, write_markdown
from headway.cli.plots import close_plots, open_plots, plots_option
from headway.errors import UserError
from headway.recipe import Recipe

if TYPE_CHECKING:
    from headway.dataset import Dataset
    from headway.recipes import NamedRecipe

_DEFAULT = Recipe()
_MAX_BAD = 0.1  # the default of `max_bad`
_FILE = "FILE"
_ONE_TABLE_FROM = 118  # columns of a terminal; below, there are two

EPILOG = """\b
Examples:
  headway compare photos/                                the whole list; finished recipes are stored
  headway compare photos/ --markdown comparison.md       the table as a page of Markdown, too
  headway compare photos/ --report comparison.html       a page to show
  headway compare photos/ --plots plots                  the ranking, and what more pictures bring, drawn
  headway compare photos/ --budget 10m                   as many as there is time for, networks first
  headway compare photos/ --descriptors                  hand-made descriptors, chosen by trial and error
  headway compare photos/ --only colour,depths           these only
  headway compare photos/ --skip finetune-all,scratch    all but these
  headway compare photos/ --backbone resnet50            another network for those that name none
  headway compare features/                              the pictures of a feature data set, or a sample of many
  headway compare photos/ --recipe mine.toml             one more: only that one is run
  headway compare flowers/ --recipe flowers-vgg16-finetune   a published experiment beside them: `headway recipes`

\b
The list: frozen-centroid, frozen-logistic, frozen-mlp, frozen-svm, frozen-dense100, frozen-dense256, depths,
selected, majority, colour, finetune-last-block, scratch, finetune-all, handmade. Networks are trained
with PyTorch: pip install 'headway[torch]'; hand-made descriptors need pip install 'headway[handmade]'. Recipes
that need what is not installed are left out.
"""


def _names(ctx: click.Context, param: click.Parameter, values: tuple[str, ...]) -> tuple[str, ...]:
    """Read names from repeated options and from lists with commas."""
    return tuple(name for value in values for name in commas(ctx, param, value) or ())


@click.command("compare", epilog=EPILOG)
@reads_data
@markdown_option
@plots_option
@click.option("--recipe", "added", multiple=True, metavar="NAME|FILE",
              help="A recipe to add, shipped (`headway recipes`) or in a TOML file; may be repeated.")  # fmt: skip
@click.option("--only", multiple=True, callback=_names, metavar="NAME,…", help="Of the list, run these only.")
@click.option("--skip", multiple=True, callback=_names, metavar="NAME,…", help="Leave these recipes out.")
@click.option(
    "--descriptors",
    is_flag=True,
    help="Compare hand-made descriptors instead: each alone, all, and those that forward selection chooses.",
)
@click.option("--budget", metavar="TIME", help="Take no longer in total, and stop what does: 90s, 10m, 2h.")
@click.option("--test-fraction", type=float, metavar="FRACTION", default=_DEFAULT.test_fraction, show_default=True,
              help="Fraction held back for the test, where the data has no test split.")  # fmt: skip
@click.option(
    "--folds", type=int, metavar="N", default=_DEFAULT.folds, show_default=True, help="Folds of the cross-validation."
)
@click.option("--seed", type=int, metavar="N", default=_DEFAULT.seed, show_default=True,
              help="The same seed, the same splits.")  # fmt: skip
@takes_network
@takes_bands
@takes_value_range
@report_option
@click.option("--offline", is_flag=True, help="Leave out recipes whose weights would have to be downloaded.")
@max_bad
@cached
@common
def command(
    data: tuple[Path, ...],
    read_data: DataReader,
    markdown: Path | None,
    plots: Path | None,
    added: tuple[str, ...],
    only: tuple[str, ...],
    skip: tuple[str, ...],
    descriptors: bool,
    budget: str | None,
    test_fraction: float,
    folds: int,
    seed: int,
    backbone: str | None,
    weights: str | None,
    image_size: int | None,
    bands: tuple[int, ...] | None,
    value_range: str | None,
    page: Path | None,
    offline: bool,
    max_bad: float,
    output: Output,
    cache: Path | None,
) -> None:
    """Compare ways to transfer on the pictures of DATA: the same splits and folds for all, one table.

    From always naming the largest class to training the whole network: what each reaches, with intervals, what it
    costs, and which are not distinguishable from the best. It ends with advice. Ctrl-C prints the table so far; the
    same command continues.
    """
    from headway.budget import parse_duration
    from headway.comparison import DEFAULT, compare
    from headway.comparison.descriptors import DESCRIPTORS
    from headway.comparison.methods import choose
    from headway.recipes import read
    from headway.rendering.comparison import comparison as blocks

    shards = read_data.feature_dataset("a comparison")
    own = [read(name) for name in added]
    recipes = (*(DESCRIPTORS if descriptors else DEFAULT), *own)
    only = (*only, *(recipe.name for recipe in own)) if only else ()
    choose(recipes, only, skip)  # mistakes in the command are reported before hours of work
    limit = None if budget is None else parse_duration(budget)
    check_markdown(markdown)
    check_page(page)
    drawn = open_plots(plots, "compare")
    reading = _reading(own)
    with output.progress() as progress:
        comparison = compare(
            shards or _read(partial(read_data, progress), own, reading),
            recipes,
            only=only,
            skip=skip,
            descriptors=descriptors,
            budget=limit,
            backbone=backbone or _DEFAULT.backbone,
            weights=weights or _DEFAULT.weights,
            image_size=image_size or _DEFAULT.image_size,
            test_fraction=test_fraction,
            folds=folds,
            seed=seed,
            bands=bands or (),
            value_range=value_range or _DEFAULT.value_range,
            cache=cache,
            offline=offline,
            max_bad=max_bad,
            progress=progress,
        )
    shell_data, unsaved_names = _typed(data, reading, max_bad)
    comparison = comparison.with_data(shell_data)
    try:
        if markdown is not None:
            write_markdown(markdown, comparison.to_markdown())
        if drawn is not None:
            from headway.drawing import figures

            drawn.write(figures.comparison(comparison.report))
    finally:  # it is shown even where it cannot be written
        if output.as_json:
            output.document(comparison.to_dict())
        else:
            output.show(blocks(comparison.report, wide=output.width >= _ONE_TABLE_FROM))
            if unsaved_names and not output.quiet:
                output.say(f"{_FILE}: the names of the classes, which stand in a recipe; save them, one per line")
    output.wrote(markdown)
    close_plots(drawn, output)
    if page is not None:
        from headway.reporting import comparison_page

        output.page(page, partial(comparison_page, comparison))
    if comparison.interrupted:
        raise KeyboardInterrupt


def _reading(recipes: list[NamedRecipe]) -> dict[str, Any]:
    """Return how the data are read, for all recipes, as the added ones say."""
    reading: dict[str, Any] = {}
    for recipe in recipes:
        for key, value in recipe.reading.items():
            if reading.setdefault(key, value) != value:
                raise UserError(
                    f"recipes to compare must read the same data, and {recipe.name} has another {key}: leave one out"
                )
    return reading


def _read(read_data: Callable[..., Dataset], recipes: list[NamedRecipe], reading: dict[str, Any]) -> Dataset:
    """Read the data; where they do not fit what a recipe says of them, name the recipe."""
    given = given_options(click.get_current_context())
    with ExitStack() as stack:
        for recipe in recipes:
            stack.enter_context(recipe.locating_errors(given))
        try:
            return read_data(**reading)
        except UserError as error:
            if error.field in given:
                raise
            for recipe in recipes:
                if error.field in recipe.reading and not recipe.file:
                    raise UserError(f"--recipe {recipe.name} does not fit the data: {error}") from error
            raise


def _typed(data: tuple[Path, ...], reading: dict[str, Any], max_bad: float) -> tuple[str, bool]:
    """Return DATA and the options that say how it is read, for a command line.

    Names of classes that stand in a recipe are not a file yet: `_FILE` stands for it, and the second value is True.
    """
    options = reading_options(reading, click.get_current_context().params)
    words = [*map(str, data), *options.words()]
    if max_bad != _MAX_BAD:
        words += ["--max-bad", str(max_bad)]
    return shlex.join(words), not isinstance(options.class_names, str | Path | None)
