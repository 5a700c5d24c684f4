"""What `fit` and `demo` do once a model is there: save it, print the report, and write it as a page."""

from __future__ import annotations

import shlex
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from headway.cli.pages import write_markdown
from headway.cli.plots import close_plots
from headway.rendering import advice, pages
from headway.rendering import fit as rendering

if TYPE_CHECKING:
    from headway.cli.console import Output
    from headway.drawing.folder import PlotFolder
    from headway.fitting import Fitted


def save(
    fitted: Fitted,
    path: Path,
    output: Output,
    *,
    predictions: Path | None = None,
    markdown: Path | None = None,
    plots: PlotFolder | None = None,
    page: Path | None = None,
    has_pictures: bool = True,
) -> None:
    """Save what was fitted, then print the report: what may have taken hours is told even where it cannot be kept.

    The session must be open for the ``page``, whose map needs features. It comes last: without it the model is there.
    """
    report = replace(fitted.report, model=str(path))
    saved = False
    try:
        fitted.model.save(path)
        saved = True
        if predictions is not None:
            from headway.predictions import open_predictions

            with open_predictions(predictions, report.classes) as rows:
                for result in fitted.results():
                    rows.write(result)
        if markdown is not None:
            write_markdown(markdown, pages.page("Fit", pages.fit(report)))
        if plots is not None:
            from headway.drawing import figures

            plots.write(figures.fit(report))
    finally:
        output.summary(report, rendering.fit(report, output.width))
        if saved and not output.quiet:
            seconds = (report.seconds or {}).get("total", 0.0)
            output.say(rendering.saved(str(path), path.stat().st_size, seconds))
    output.wrote(predictions, markdown)
    close_plots(plots, output)
    if page is not None:
        from headway.reporting import fit_page, of_fit

        output.page(page, lambda: fit_page(report, of_fit(fitted, has_pictures=has_pictures)))
    if not output.quiet:
        output.show(advice.blocks(report, quoted(path)))


def quoted(path: Path) -> str:
    """Return a path as it can be pasted into a shell."""
    return shlex.quote(str(path))
