"""``headway evaluate``."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import click

from headway.cli import summary
from headway.cli.console import Output, common
from headway.cli.options import PATH, cached, max_bad, reads_data

if TYPE_CHECKING:
    from headway.dataset import Dataset

EPILOG = """\b
Examples:
  headway evaluate model.onnx test/               one folder per class, matched by name
  headway evaluate model.onnx labels.csv --json
"""


@click.command("evaluate", epilog=EPILOG)
@click.argument("model", type=PATH)
@reads_data
@max_bad
@cached
@common
def command(
    model: Path,
    data: Path,
    read_data: Callable[[], Dataset],
    max_bad: float,
    output: Output,
    cache: Path | None,
) -> None:
    """Score MODEL on the labelled pictures of DATA; where DATA has a test split, on that.

    Classes are matched by name. A class that DATA lacks is fine; one that the model does not know is an error.
    """
    from headway.evaluation import evaluate
    from headway.model import load

    fitted = load(model)
    with output.progress() as progress:
        scores = evaluate(fitted, read_data(), cache=cache, max_bad=max_bad, progress=progress)
    numbers = asdict(scores)
    if output.as_json:
        output.document({"model": str(model), "data": str(data), **numbers})
        return
    if scores.seen_in_training:
        seen = f"{scores.seen_in_training:,} of these {scores.n:,} pictures"
        output.say(f"Warning: the model learnt from {seen}: the scores are too good")
    summary.scores(None, numbers, output)
    summary.per_class(scores.per_class, output)
    for bad in scores.quarantined:
        output.note(f"could not be read: {bad.path}: {bad.reason}")
