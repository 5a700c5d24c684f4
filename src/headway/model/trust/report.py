"""The facts in a model's metadata."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from headway.backbones.bounds.values import MAX_INPUT_SIZE, quoted
from headway.errors import DataError, ModelError
from headway.facts.codec import parse
from headway.facts.fit import FitReport
from headway.ranges import is_range
from headway.types import is_bands

_LONGEST = 200
_LONGEST_TEXT = 10_000
_SPELLINGS = 100  # of one class: several folders may write its number in as many ways


def check_report(metadata: Mapping[str, Any]) -> FitReport:
    """Return the facts of a fit from a file that is not trusted.

    Raises
    ------
    ModelError
        With the entry that is missing, of a wrong type or out of range.
    """
    try:
        report = parse(FitReport, metadata)
    except DataError as error:
        raise ModelError(f"its metadata is not that of a fit: {_shown(str(error))}") from None
    classes, size = report.classes, report.input.size
    if len(set(classes)) != len(classes) or "" in classes:
        raise ModelError("its class names are not different from each other, or one is empty")
    if not 1 <= size <= MAX_INPUT_SIZE:
        raise ModelError(f"its pictures of {str(size)[:20]} pixels are not within 1 to {MAX_INPUT_SIZE}")
    if not is_bands(report.input.bands):
        raise ModelError("its bands are not one number, or three, of a picture's")
    if not is_range(report.input.value_range):
        raise ModelError("its range of values is not two numbers, the lower first")
    if set(report.data.counts) != set(classes):
        raise ModelError("its counts of pictures are not of its classes")
    if report.data.majority not in classes:
        raise ModelError(f"its most frequent class {quoted(report.data.majority)} is not one of its classes")
    if not set(report.data.class_names.values()) <= set(classes):
        raise ModelError("its names of classes in the data lead to others than its classes")
    if report.test is not None:
        if not 0 <= report.test.accuracy <= 1:
            raise ModelError("its test accuracy is not within 0 to 1")
        places = (place for cell in report.test.confusion for place in (cell.true, cell.predicted))
        if not all(0 <= place < len(classes) for place in places):
            raise ModelError("its confusion matrix has cells of classes that it does not know")
    _check_sizes(report)
    return report.to_publish()  # what a file never holds is not believed, either


def _check_sizes(report: FitReport) -> None:
    """Refuse lists and texts that are longer than a fit makes them: somebody would have to read them."""
    training = report.training
    epochs, rates = (0, 0) if training is None else (len(training.history), len(training.abandoned_rates))
    validated = report.cross_validation
    left_out = report.head.left_out
    lists = {
        "head.left_out": (0 if left_out is None else len(left_out.features + left_out.heads), 100),
        "data.overlaps": (len(report.data.overlaps), 4),
        "data.skipped": (len(report.data.skipped), 100),
        "data.class_names": (len(report.data.class_names), _SPELLINGS * len(report.classes)),
        "recipe": (len(report.recipe), 100),
        "head.candidates": (len(report.head.candidates), 10_000),
        "training.history": (epochs, 20_000),
        "training.abandoned_rates": (rates, 10),
        "cross_validation.by_fold": (0 if validated is None else len(validated.by_fold), 100),
        "test.per_class": (0 if report.test is None else len(report.test.per_class), len(report.classes)),
    }
    for name, (length, most) in lists.items():
        if length > most:
            raise ModelError(f"its metadata headway.{name} has {length:,} entries, and at most {most:,} are read")
    settings = [text for value in report.recipe.values() for text in (value if isinstance(value, tuple) else [value])]
    own = (report.headway, report.backbone.name, report.backbone.licence, report.head.kind, report.input.decoding)
    data = (*report.data.skipped, *report.data.class_names)
    if any(len(str(text)) > _LONGEST_TEXT for text in (*own, *settings, *data)):
        raise ModelError(f"its metadata holds a text of more than {_LONGEST_TEXT:,} characters")


def _shown(message: str) -> str:
    """Return msgspec's message with the name of the entry, and as much as fits a line of what the file holds."""
    what, at, place = message.replace("`$.", "`headway.").replace("`$`", "`headway`").rpartition(" - at ")
    shown = what if len(what) <= _LONGEST else f"{what[:_LONGEST]}…"
    return "".join(c if c.isprintable() else "?" for c in f"{shown}{at}{place[:_LONGEST]}")
