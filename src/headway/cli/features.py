"""``headway features``."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from headway.cli.console import Output, common
from headway.cli.options import (
    FEATURES,
    PATH,
    cached,
    check_page,
    features_file,
    max_bad,
    no_pictures_option,
    reads_data,
    report_option,
    setting,
    takes_backbone,
)
from headway.cli.plots import close_plots, open_plots, plots_option
from headway.recipe import Recipe

if TYPE_CHECKING:
    from headway.dataset import Dataset

EPILOG = """\b
Examples:
  headway features photos/                           how many features are bad, and why
  headway features photos/ -o analysis               each one in a table
  headway features photos/ --plots plots             what was found, drawn
  headway features photos/ --plots plots --map tsne  pictures with similar features side by side
  headway features photos/ --report features.html    a page to show, with a map of the pictures
  headway features features.parquet                  features that `headway embed` wrote
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
@report_option
@no_pictures_option
@max_bad
@cached
@common
def command(
    data: tuple[Path, ...],
    read_data: Callable[..., Dataset],
    target: Path | None,
    page: Path | None,
    no_pictures: bool,
    plots: Path | None,
    map_method: Any,
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

    recipe = Recipe(**{field: value for field, value in given.items() if value is not None})
    check_map(map_method)
    check_page(page)
    if target is not None:
        prepare_folder(target)
    drawn = open_plots(plots, "features")
    with output.progress() as progress:
        found = study(
            features_file(data) or read_data(progress),
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
