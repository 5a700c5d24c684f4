"""``headway features``."""

from __future__ import annotations

import shlex
from dataclasses import replace
from pathlib import Path
from typing import Any

import click

from headway.cli.console import Output, common
from headway.cli.options import (
    FEATURES,
    PATH,
    DataReader,
    cached,
    check_page,
    max_bad,
    no_pictures_option,
    reading_options,
    reads_data,
    report_option,
    setting,
    takes_backbone,
)
from headway.cli.plots import close_plots, open_plots, plots_option
from headway.errors import UserError
from headway.recipe import Recipe

EPILOG = """\b
Examples:
  headway features photos/                           how many features are bad, and why
  headway features photos/ -o analysis               each one in a table
  headway features photos/ --plots plots             what was found, drawn
  headway features photos/ --plots plots --map tsne  pictures with similar features side by side
  headway features photos/ --report features.html    a page to show, with a map of the pictures
  headway features unsorted/ --map tsne              pictures without labels, too: nothing on classes
  headway features features.parquet                  features that `headway embed` wrote
  headway features photos/ --depths --plots plots    accuracy by depth: which layers serve these pictures
"""


@click.command("features", epilog=EPILOG)
@reads_data
@click.option("-o", "--output", "target", type=PATH, metavar="FOLDER",
              help="Where to write features.csv and map.csv.")  # fmt: skip
@plots_option
@takes_backbone
@setting("features", FEATURES, "Of the last layer, of several depths (as auto), the last map flattened, or one layer.")
@click.option("--map", "map_method", metavar="pca|tsne|umap", default="pca", show_default=True,
              help="How the pictures are mapped to two dimensions; umap: pip install 'headway[umap]'.")  # fmt: skip
@click.option("--depths", is_flag=True,
              help="Learn a head on each depth instead, and compare them: from general to specific.")  # fmt: skip
@report_option
@no_pictures_option
@max_bad
@cached
@common
def command(
    data: tuple[Path, ...],
    read_data: DataReader,
    target: Path | None,
    page: Path | None,
    no_pictures: bool,
    plots: Path | None,
    map_method: Any,
    depths: bool,
    offline: bool,
    max_bad: float,
    output: Output,
    cache: Path | None,
    **given: Any,
) -> None:
    """Show which features are useful, and which near-constant, redundant, or without information about the class."""
    from headway.analysis.folder import prepare_folder, write_analysis
    from headway.analysis.maps import check_map
    from headway.analysis.study import study
    from headway.rendering.analysis import analysis, cautions
    from headway.shards import is_feature_dataset

    recipe = Recipe(**{field: value for field, value in given.items() if value is not None})
    features = read_data.features()
    if is_feature_dataset(features):
        raise UserError(f"{features} is a data set of many files, and one can be studied: give one, or pictures")
    check_map(map_method)
    check_page(page)
    if depths:
        _check_alone(recipe, target, map_method)
        options: dict[str, Any] = {"cache": cache, "offline": offline, "max_bad": max_bad}
        _show_depths(data, read_data, recipe, plots, page, output, options)
        return
    if target is not None:
        prepare_folder(target)
    drawn = open_plots(plots, "features")
    with output.progress() as progress:
        found = study(
            features or read_data(progress, labels_needed=False),
            recipe,
            map_method=map_method,
            cache=cache,
            offline=offline,
            max_bad=max_bad,
            progress=progress,
        )
        files = write_analysis(found, target) if target is not None else []
        if drawn is not None:
            from headway.analysis import figures

            drawn.write(figures.draw(found))
    report = found.facts(files)
    output.result(report, analysis(report))
    if not output.as_json:
        for caution in cautions(report):
            output.note(caution)
    close_plots(drawn, output)
    if page is not None:
        from headway.reporting import features_page, of_study

        output.page(page, lambda: features_page(report, of_study(found, has_pictures=not no_pictures)))


def _check_alone(recipe: Recipe, target: Path | None, map_method: str) -> None:
    """Refuse options that say something about the analysis which ``--depths`` takes the place of."""
    for option, is_given in (
        ("--features", recipe.features != Recipe().features),
        ("--output", target is not None),
        ("--map", map_method != "pca"),
    ):
        if is_given:
            raise UserError(f"--depths compares all depths and writes no tables: leave {option} out")


def _show_depths(
    data: tuple[Path, ...],
    read_data: DataReader,
    recipe: Recipe,
    plots: Path | None,
    page: Path | None,
    output: Output,
    options: dict[str, Any],
) -> None:
    """Compare the depths of a network, and show accuracy by depth."""
    from headway.comparison.depths import compare_depths
    from headway.comparison.methods import fit_command
    from headway.rendering import depths as rendering

    drawn = open_plots(plots, "features --depths")
    with output.progress() as progress:
        report = compare_depths(read_data.features() or read_data(progress), recipe, progress=progress, **options)
        if drawn is not None:
            from headway.drawing import figures

            drawn.write(figures.depths(report))
    words = [*map(str, data), *reading_options({}, click.get_current_context().params).words()]
    chosen = replace(recipe, features=report.earlier if report.ahead else "last")
    output.result(report, rendering.depths(report, fit_command(chosen, shlex.join(words))))
    close_plots(drawn, output)
    if page is not None:
        from headway.reporting import depths_page

        output.page(page, lambda: depths_page(report))
