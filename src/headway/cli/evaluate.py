"""``headway evaluate``."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import click

from headway.cli.console import Output, common
from headway.cli.fit import per_class
from headway.cli.options import max_bad, reads_data

if TYPE_CHECKING:
    from headway.dataset import Dataset

EPILOG = """\b
Examples:
  headway evaluate model.onnx test/               one folder per class, matched by name
  headway evaluate model.onnx labels.csv --json
"""


@click.command("evaluate", epilog=EPILOG)
@click.argument("model", type=click.Path(path_type=Path))
@reads_data
@max_bad
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
    output.say(f"{scores.right:,} of {scores.n:,} right")
    columns = ["accuracy", "95 % interval", "balanced", "macro F1", "log-loss", "calibration error", "largest class"]
    values = (scores.balanced_accuracy, scores.macro_f1, scores.log_loss, scores.ece, scores.majority_accuracy)
    interval = f"{scores.low:.3f} to {scores.high:.3f}"
    output.table("", columns, [[f"{scores.accuracy:.3f}", interval, *(f"{value:.3f}" for value in values)]], left=0)
    per_class(numbers, output)
    if scores.quarantined:
        output.note(f"{len(scores.quarantined):,} pictures could not be read, the first: {scores.quarantined[0]}")
