"""``headway evaluate``."""

from __future__ import annotations

import shlex
from collections.abc import Callable
from itertools import takewhile
from pathlib import Path
from typing import TYPE_CHECKING

import click

from headway.cli.console import Output, common
from headway.cli.options import (
    PATH,
    cached,
    check_order,
    check_page,
    is_model,
    max_bad,
    no_pictures_option,
    predictions_option,
    reads_data,
    report_option,
)
from headway.cli.pages import check_markdown, markdown_option, write_markdown
from headway.cli.plots import close_plots, open_plots, plots_option
from headway.errors import UserError
from headway.predictions import check_predictions_target, open_predictions
from headway.rendering import pages
from headway.rendering import scores as rendering

if TYPE_CHECKING:
    from headway.dataset import Dataset
    from headway.evaluation import Evaluation

EPILOG = """\b
Examples:
  headway evaluate model.onnx test/               one folder per class, matched by name
  headway evaluate model.onnx labels.csv --json
  headway evaluate model.onnx test/ --predictions each.csv   what was predicted for each picture
  headway evaluate model.onnx test/ --report test.html       a page to show
  headway evaluate model.onnx test/ --plots plots   confusion matrix, reliability and coverage as SVG and PNG
  headway evaluate model.onnx test/ --markdown result.md   the result as a page of Markdown, too
  headway evaluate model.onnx others/ --skip-unknown   without classes that the model does not know
  headway evaluate old.onnx new.onnx test/        which of two models is better, by a paired test
"""


@click.command("evaluate", epilog=EPILOG)
@click.argument("model", type=PATH)
@reads_data
@click.option("--skip-unknown", is_flag=True, help="Go on without pictures of classes that the model does not know.")
@predictions_option
@report_option
@no_pictures_option
@plots_option
@markdown_option
@max_bad
@cached
@common
def command(
    model: Path,
    data: tuple[Path, ...],
    read_data: Callable[..., Dataset],
    skip_unknown: bool,
    predictions: Path | None,
    page: Path | None,
    no_pictures: bool,
    plots: Path | None,
    markdown: Path | None,
    max_bad: float,
    output: Output,
    cache: Path | None,
) -> None:
    """Score MODEL on the labelled pictures of DATA; where DATA has a test split, on that.

    Classes are matched by name, or as they were named when the model was fitted. A class that DATA lacks is fine; one
    that the model does not know is an error, or is left out and counted. Two models before DATA are scored on the same
    pictures and compared.
    """
    from headway.evaluation import evaluate_pair, evaluate_within
    from headway.model import load
    from headway.session import Session

    first, *rest = data
    _check_arguments(model, data)
    check_markdown(markdown)
    if is_model(first):
        if predictions is not None:
            raise UserError("--predictions writes those of one model: leave the other out")
        if page is not None:
            raise UserError("--report is about one model: leave the other out")
        if plots is not None:
            raise UserError("--plots draws the scores of one model: leave the other out")
        models = load(model), load(first)
        with output.progress() as progress:
            pair = evaluate_pair(
                *models,
                read_data(progress, rest),
                skip_unknown=skip_unknown,
                cache=cache,
                max_bad=max_bad,
                progress=progress,
            )
        if markdown is not None:
            write_markdown(markdown, pages.page("Evaluation", pages.pair(pair)))
        output.result(pair, rendering.pair(pair))
        output.wrote(markdown)
        return
    if predictions is not None:
        check_predictions_target(predictions)
    check_page(page)
    drawn = open_plots(plots, "evaluate")
    fitted = load(model)
    with output.progress() as progress:
        images = read_data(progress)
        with Session.open(cache, max_bad=max_bad, progress=progress) as session:
            evaluation = evaluate_within(session, fitted, images, skip_unknown=skip_unknown)
            progress.finish()
            if predictions is not None:
                _write(evaluation, predictions)
            if markdown is not None:
                write_markdown(markdown, pages.page("Evaluation", pages.evaluation(evaluation.report)))
            if drawn is not None:
                from headway.drawing import figures

                drawn.write(figures.evaluation(evaluation.report))
            output.result(evaluation.report, rendering.evaluation(evaluation.report, output.width))
            output.wrote(predictions, markdown)
            close_plots(drawn, output)
            if page is not None:
                from headway.reporting import evaluation_page, of_evaluation

                has_pictures = not no_pictures
                output.page(
                    page,
                    lambda: evaluation_page(evaluation.report, of_evaluation(evaluation, has_pictures=has_pictures)),
                )


def _check_arguments(model: Path, data: tuple[Path, ...]) -> None:
    """Refuse models and data in another order or number than MODEL [MODEL] DATA…, and show the right call."""
    check_order("evaluate", model, data)
    if not is_model(model):
        return
    models = [str(model), *takewhile(is_model, map(str, data))]
    rest = [str(path) for path in data[len(models) - 1 :]]
    if len(models) > 2:
        call = shlex.join([*models[:2], *(rest or ["DATA"])])
        raise UserError(f"at most two models are compared, not {len(models)}: headway evaluate {call}")
    if not rest:
        raise UserError(f"DATA is missing: headway evaluate {shlex.join(models)} DATA")
    if misplaced := [path for path in rest if is_model(path)]:
        raise UserError(
            "the models come first: headway evaluate "
            + shlex.join([*models, *misplaced, *(path for path in rest if not is_model(path))])
        )


def _write(evaluation: Evaluation, path: Path) -> None:
    with open_predictions(path, evaluation.report.classes) as rows:
        for result in evaluation.results():
            rows.write(result)
