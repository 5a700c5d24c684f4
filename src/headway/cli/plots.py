"""``--plots``: what a command found, drawn into a folder."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from headway.cli.console import hush_matplotlib
from headway.cli.options import PATH
from headway.recipe import Recipe
from headway.rendering.words import plural

if TYPE_CHECKING:
    from headway.cli.console import Output
    from headway.dataset import Dataset
    from headway.drawing import Drawing
    from headway.drawing.folder import PlotFolder
    from headway.session import Session

_SCORES = ("confusion", "reliability", "coverage")
NAMES = {
    "read": ("classes", "samples"),
    "fit": ("classes", "samples", "augmented", "curves", *_SCORES),
    "evaluate": _SCORES,
    "compare": ("ranking", "learning-curve"),
    "features": ("spread", "correlation", "information", "rank", "best", "worst", "map"),
    "features --depths": ("depths",),
}
"""What each command may draw: the names of the files without suffix. Here, so that they cost no import."""

plots_option = click.option("--plots", type=PATH, metavar="FOLDER", help="Where to write plots, each as SVG and PNG.")


def open_plots(folder: Path | None, command: str) -> PlotFolder | None:
    """Prepare a folder for what a command draws, or refuse it before any work is done; None where none is asked for."""
    if folder is None:
        return None
    from headway.drawing.folder import PlotFolder

    hush_matplotlib()
    return PlotFolder(folder, NAMES[command])


def of_pictures(session: Session, dataset: Dataset, recipe: Recipe) -> dict[str, Drawing]:
    """Return drawings of pictures of each class, and of these as the recipe augments them."""
    from headway.dataset.samples import by_class
    from headway.drawing import figures
    from headway.embedding import find_reading

    reading = find_reading(session, dataset, recipe)
    drawings = figures.samples(
        dataset.classes, by_class(dataset, resize=recipe.resize, reading=reading, seed=recipe.seed)
    )
    if recipe.augment:
        from headway.training import draw_augmented

        drawings["augmented"] = draw_augmented(
            dataset, recipe.augment, resize=recipe.resize, reading=reading, seed=recipe.seed
        )
    return drawings


def close_plots(plots: PlotFolder | None, output: Output) -> None:
    """Remove what is out of date, and say how many were written."""
    if plots is None:
        return
    plots.close()
    output.wrote(f"{plural(len(plots.drawn), 'plot')} to {plots.path}")
