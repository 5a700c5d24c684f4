"""``headway predict``."""

from __future__ import annotations

import codecs
import gc
import io
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING

import click

from headway.bars import printable
from headway.cli.console import Output, common, json_text
from headway.cli.options import PATH, check_order
from headway.errors import DataError, RunError, UserError

if TYPE_CHECKING:
    from headway.facts.predictions import PictureResult
    from headway.model import Model, Prediction

EPILOG = """\b
Examples:
  headway predict model.onnx picture.jpg
  headway predict model.onnx holiday/ --csv > holiday.csv
  find . -name '*.jpg' | headway predict model.onnx - --json
"""

_FIRST = 64  # pictures whose range of values is looked at

_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig", "surrogateescape"),
    (codecs.BOM_UTF16_LE, "utf-16", "replace"),
    (codecs.BOM_UTF16_BE, "utf-16", "replace"),
)


@click.command("predict", epilog=EPILOG)
@click.argument("model", type=PATH)
@click.argument("paths", nargs=-1, metavar="PATH...")
@click.option("--top", type=click.IntRange(1), metavar="N", help="How many classes to name on a line.  [default: 3]")
@click.option("--csv", "as_csv", is_flag=True, help="Print comma-separated values.")
@common
def command(model: Path, paths: tuple[str, ...], top: int | None, as_csv: bool, output: Output) -> None:
    """Classify the pictures in PATH…: files, folders, or - for a list of paths on standard input, one a line.

    --json prints one object a line and --csv one row, with the probability of every class (of more than 100, the five
    highest), as each picture is done. A picture that cannot be read is named on standard error, and in these rows, with
    the reason; the others go on, and the exit code is 1.
    """
    if as_csv and output.as_json:
        raise UserError("choose one of --json and --csv")
    if top is not None and (as_csv or output.as_json):
        raise UserError("--top is for lines that people read: --json and --csv have every class, leave it out")
    check_order("predict", model, paths)
    with _no_garbage():
        from headway.model import load

        fitted = load(model, ahead=True)
    if fitted.is_handmade and (caveat := fitted.caveat(fitted.backbone())) is not None:
        output.note(caveat)
    bad = done = 0
    first: list[str] = []
    for path, reason in _print(fitted, _expand(paths), top or 3, as_csv, output.as_json):
        done += 1
        if done <= _FIRST:
            first.append(path)
        if reason is not None:
            bad += 1
            output.complain(f"{path}: {reason}")
    _note_other_range(fitted, first, output)
    if not done:
        raise DataError("there is nothing to predict on: name pictures, folders, or - for a list on standard input")
    if bad:
        raise RunError(f"{bad:,} of {done:,} pictures could not be read")


@contextmanager
def _no_garbage() -> Iterator[None]:
    """Keep Python from looking for garbage among what is imported; what there is then, it never looks at again."""
    gc.disable()
    try:
        yield
    finally:
        gc.freeze()
        gc.enable()


def _note_other_range(model: Model, pictures: list[str], output: Output) -> None:
    """Say it where pictures of more than 8 bits use other values than the model was fitted for."""
    from headway.images.depth import range_of
    from headway.ranges import are_alike
    from headway.rendering.data import other_range

    if model.reading.decoding == "keras":  # which knows no range
        return
    own = range_of(pictures, model.bands)
    if own is not None and not are_alike(own, model.reading.value_range):
        output.note(other_range(own, model.reading.value_range, model.name))


def _expand(paths: tuple[str, ...]) -> Iterator[str]:
    """Return the pictures, having looked at all arguments; standard input is read as it comes."""
    from headway.dataset import unlabelled

    parts: list[Iterable[str]] = [_standard_input() if path == "-" else unlabelled([path]) for path in paths]
    return chain.from_iterable(parts)


def _standard_input() -> Iterator[str]:
    """Yield the names, without the mark of its encoding that Windows PowerShell writes in front of a list."""
    if isinstance(sys.stdin, io.TextIOWrapper) and isinstance(sys.stdin.buffer, io.BufferedReader):
        start = sys.stdin.buffer.peek(3)
        for mark, encoding, errors in _MARKS:
            if start.startswith(mark):
                sys.stdin.reconfigure(encoding=encoding, errors=errors)
    yield from (name for line in sys.stdin if (name := line.rstrip("\r\n")))


def _print(
    model: Model, paths: Iterator[str], top: int, as_csv: bool, as_json: bool
) -> Iterator[tuple[str, str | None]]:
    """Print pictures as they are done; yield the path of each, and why it could not be read."""
    from headway.types import Quarantined

    if not as_csv and not as_json:
        for outcome in model.stream(paths, top=top):
            if isinstance(outcome, Quarantined):
                yield outcome.path, outcome.reason
            else:
                _print_line(outcome)
                yield outcome.name, None
        return
    from headway.predictions import PREDICTED, CsvRows

    write = CsvRows(sys.stdout, model.classes, PREDICTED, ["reason"]).write if as_csv else _print_json
    for result in model.results(paths):
        write(result)
        yield result.path, result.reason


def _print_json(result: PictureResult) -> None:
    from headway.facts.predictions import PredictionLine

    sys.stdout.write(json_text(vars(PredictionLine(**vars(result)))) + "\n")


def _print_line(prediction: Prediction) -> None:
    # Not by rich, which takes longer to import than a picture to classify.
    others = ", ".join(f"{label} {probability:.2f}" for label, probability in prediction.top[1:])
    line = f"{prediction.probability:.3f}  {prediction.label}  {prediction.name}"
    sys.stdout.write(printable(f"{line}  (then {others})" if others else line) + "\n")
