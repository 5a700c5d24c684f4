"""``headway predict``."""

from __future__ import annotations

import csv
import sys
from collections.abc import Generator, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

import click

from headway.cli.console import Output, common, json_text, printable
from headway.cli.options import PATH
from headway.errors import DataError, UserError

if TYPE_CHECKING:
    from headway.model import Prediction

    Writer: TypeAlias = Generator[None, Prediction, None]

EPILOG = """\b
Examples:
  headway predict model.onnx picture.jpg
  headway predict model.onnx holiday/ --csv > holiday.csv
  find . -name '*.jpg' | headway predict model.onnx - --json
"""


@click.command("predict", epilog=EPILOG)
@click.argument("model", type=PATH)
@click.argument("paths", nargs=-1, metavar="PATH...")
@click.option(
    "--top", type=click.IntRange(1), default=3, show_default=True, metavar="N", help="How many classes to name."
)
@click.option("--csv", "as_csv", is_flag=True, help="Print comma-separated values.")
@common
def command(model: Path, paths: tuple[str, ...], top: int, as_csv: bool, output: Output) -> None:
    """Classify the pictures in PATH…: files, folders, or - for a list of paths on standard input, one a line.

    --json prints one object a line, as each picture is done. A picture that cannot be read is named on standard error
    with the reason; the others go on, and the exit code is 1.
    """
    from headway.errors import RunError
    from headway.model import load
    from headway.types import Quarantined

    if as_csv and output.as_json:
        raise UserError("choose one of --json and --csv")
    fitted = load(model)
    write = _json_lines() if output.as_json else _csv_lines(min(top, len(fitted.classes))) if as_csv else _plain_lines()
    if fitted.is_handmade and (caveat := fitted.caveat(fitted.backbone())) is not None:
        output.note(caveat)
    next(write)
    bad = done = 0
    for outcome in fitted.stream(_expand(paths), top=top):
        done += 1
        if isinstance(outcome, Quarantined):
            bad += 1
            output.messages.print(printable(f"{outcome.path}: {outcome.reason}"))
        else:
            write.send(outcome)
    write.close()
    if not done:
        raise DataError("there is nothing to predict on: name pictures, folders, or - for a list on standard input")
    if bad:
        raise RunError(f"{bad:,} of {done:,} pictures could not be read")


def _expand(paths: tuple[str, ...]) -> Iterator[str]:
    from headway.dataset import unlabelled

    for path in paths:
        if path == "-":
            for line in sys.stdin:
                if name := line.rstrip("\r\n"):
                    yield name
        else:
            yield from unlabelled([path])


# Writers: generators that are sent predictions and print them as they come.


def _json_lines() -> Writer:
    while True:
        prediction = yield
        line = {
            "path": prediction.name,
            "class": prediction.label,
            "probability": prediction.probability,
            "top": [{"class": label, "probability": probability} for label, probability in prediction.top],
        }
        sys.stdout.write(json_text(line) + "\n")


def _csv_lines(top: int) -> Writer:
    writer = csv.writer(sys.stdout, lineterminator="\n")
    writer.writerow(
        ["path", *(column for rank in range(1, top + 1) for column in (f"class{rank}", f"probability{rank}"))]
    )
    while True:
        prediction = yield
        writer.writerow([prediction.name, *(cell for label, p in prediction.top for cell in (label, f"{p:.6f}"))])


def _plain_lines() -> Writer:
    # Not by rich, which takes longer to import than a picture to classify.
    while True:
        prediction = yield
        others = ", ".join(f"{label} {probability:.2f}" for label, probability in prediction.top[1:])
        line = f"{prediction.probability:.3f}  {prediction.label}  {prediction.name}"
        sys.stdout.write(printable(f"{line}  (then {others})" if others else line) + "\n")
