"""Results picture by picture as files: one row for each, written as they come.

========================  ==========================================================================================
column                    content
========================  ==========================================================================================
path … probability        as in `headway.facts.predictions.PictureResult`
p:CLASS                   the probability of each class, where there are at most 100
class1, probability1 …    else the five most probable classes, the highest first
seen_in_training, reason  as above
========================  ==========================================================================================

In CSV, names that a terminal or a spreadsheet would carry out are made harmless (`headway.cells`).
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, Protocol, TextIO

from headway.cells import path_cell, text_cell
from headway.errors import OutputError
from headway.facts.predictions import SCHEMA, PictureResult
from headway.optional import import_optional
from headway.places import check_output, replacing

if TYPE_CHECKING:
    from headway.types import FloatArray

MAX_CLASSES = 100  # of more, rows hold the most probable only
TOP = 5
PREDICTED = ("path", "predicted_class", "probability")
_BEFORE = ("path", "source", "split", "fold", "true_class", "predicted_class", "probability")
_AFTER = ("seen_in_training", "reason")
BATCH_ROWS = 2_000
_KEY = b"headway.predictions"


def class_probabilities(classes: Sequence[str], probabilities: FloatArray) -> tuple[tuple[str, float], ...]:
    """Return what a row holds of the probabilities (k,) of a picture.

    Examples
    --------
    >>> import numpy as np
    >>> class_probabilities(["cat", "dog"], np.array([0.25, 0.75], np.float32))
    (('cat', 0.25), ('dog', 0.75))
    """
    chosen = range(len(classes)) if len(classes) <= MAX_CLASSES else (-probabilities).argsort(kind="stable")[:TOP]
    return tuple((classes[i], float(probabilities[i])) for i in chosen)


class RowWriter(Protocol):
    """Whatever takes rows."""

    def write(self, row: PictureResult) -> None:
        """Take one."""


class CsvRows:
    """Writes rows as comma-separated values, each at once.

    Parameters
    ----------
    file : text file
        Where to.
    classes : sequence of str
        Of the model, in its order.
    before, after : sequence of str
        The columns beside those of the classes.

    Examples
    --------
    >>> import sys
    >>> rows = CsvRows(sys.stdout, ["cat", "dog"], PREDICTED, ["reason"])
    path,predicted_class,probability,p:cat,p:dog,reason
    >>> rows.write(PictureResult("a.png", "predict", None, None, None, "dog", 0.75, (("cat", 0.25), ("dog", 0.75))))
    a.png,dog,0.75,0.25,0.75,
    """

    def __init__(
        self, file: TextIO, classes: Sequence[str], before: Sequence[str] = _BEFORE, after: Sequence[str] = _AFTER
    ) -> None:
        self._writer = csv.writer(file, lineterminator="\n")
        self._before, self._after = before, after
        self._class_columns = _class_columns(classes)
        self._writer.writerow([*before, *map(text_cell, self._class_columns), *after])

    def write(self, row: PictureResult) -> None:
        """Write a row."""
        cells = [path_cell(row.path) if name == "path" else _cell(getattr(row, name)) for name in self._before]
        cells += map(_cell, _class_cells(row, len(self._class_columns)))
        cells += [_cell(getattr(row, name)) for name in self._after]
        self._writer.writerow(cells)


def _cell(value: object) -> object:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, str):
        return text_cell(value)
    return f"{value:.6g}" if isinstance(value, float) else value


def _class_columns(classes: Sequence[str]) -> list[str]:
    if len(classes) <= MAX_CLASSES:
        return [f"p:{name}" for name in classes]
    return [column for rank in range(1, TOP + 1) for column in (f"class{rank}", f"probability{rank}")]


def _class_cells(row: PictureResult, columns: int) -> list[str | float | None]:
    """Return the cells of the columns of `_class_columns`."""
    pairs = row.probabilities
    if not pairs:  # an unreadable picture
        return [None] * columns
    return [p for _, p in pairs] if len(pairs) == columns else [cell for pair in pairs for cell in pair]


class _ParquetRows:
    """Writes rows as Parquet, in batches."""

    def __init__(self, file: IO[bytes], classes: Sequence[str]) -> None:
        self._arrow = arrow = import_optional("pyarrow", "parquet")
        self._class_columns = _class_columns(classes)
        texts = {"path", "source", "split", "true_class", "predicted_class", "reason"}
        types = {"fold": arrow.int32(), "seen_in_training": arrow.bool_(), **dict.fromkeys(texts, arrow.string())}
        types |= {name: arrow.string() for name in self._class_columns if name.startswith("class")}
        names = [*_BEFORE, *self._class_columns, *_AFTER]
        schema = arrow.schema([(name, types.get(name, arrow.float32())) for name in names])
        self._schema = schema.with_metadata({_KEY: json.dumps({"schema": SCHEMA}).encode()})
        parquet = import_optional("pyarrow.parquet", "parquet")
        self._writer = parquet.ParquetWriter(file, self._schema, compression="zstd")
        self._rows: list[list[Any]] = []

    def write(self, row: PictureResult) -> None:
        cells = _cells(row, len(self._class_columns))
        # A name on disk need not be text; Parquet's strings are.
        cells[0] = row.path.encode("utf-8", "backslashreplace").decode()
        self._rows.append(cells)
        if len(self._rows) == BATCH_ROWS:
            self._flush()

    def _flush(self) -> None:
        columns = zip(*self._rows, strict=True)
        arrays = [self._arrow.array(cells, field.type) for cells, field in zip(columns, self._schema, strict=True)]
        self._writer.write_batch(self._arrow.record_batch(arrays, schema=self._schema))
        self._rows = []

    def close(self) -> None:
        if self._rows:
            self._flush()
        self._writer.close()


def to_frame(rows: Iterable[PictureResult], classes: Sequence[str]) -> Any:
    """Return rows as a pandas DataFrame with the columns of the files; None is what is not known.

    Raises
    ------
    MissingExtraError
        When pandas is not installed.
    """
    pandas = import_optional("pandas", "pandas")
    class_columns = _class_columns(classes)
    columns = [*_BEFORE, *class_columns, *_AFTER]
    return pandas.DataFrame([_cells(row, len(class_columns)) for row in rows], columns=columns)


def _cells(row: PictureResult, class_columns: int) -> list[Any]:
    """Return the cells of all columns of a row."""
    before, after = ([getattr(row, name) for name in names] for names in (_BEFORE, _AFTER))
    return [*before, *_class_cells(row, class_columns), *after]


@contextmanager
def open_predictions(path: Path, classes: Sequence[str], *, option: str = "--predictions") -> Iterator[RowWriter]:
    """Write rows to a ``.csv`` or ``.parquet`` file, which appears whole at the end of the body, or not at all.

    Parameters
    ----------
    path : Path
        Where to; see `check_predictions_target`.
    classes : sequence of str
        Of the model, in its order.
    option : str
        What the place was named with.

    Yields
    ------
    RowWriter

    Raises
    ------
    OutputError
        When the place cannot be written to, or holds something else.
    MissingExtraError
        When pyarrow, which Parquet needs, is not installed.
    """
    check_predictions_target(path, option=option)
    with replacing(path, option=option) as file:
        if path.suffix.lower() == ".csv":
            text = io.TextIOWrapper(file, "utf-8", "backslashreplace", newline="", write_through=True)
            try:
                yield CsvRows(text, classes)
            finally:
                text.detach()  # flushes it, and leaves the file open
        else:
            rows = _ParquetRows(file, classes)
            try:
                yield rows
            finally:
                rows.close()


def check_predictions_target(path: Path, *, option: str = "--predictions") -> None:
    """Refuse a place to which `open_predictions` would not write, before the work is done.

    Parameters
    ----------
    path : Path
        Where to write.
    option : str
        What the place was named with.

    Raises
    ------
    OutputError
        When it does not end in ``.csv`` or ``.parquet``, cannot be written to, or holds a file of another kind.
    MissingExtraError
        When pyarrow, which Parquet needs, is not installed.

    Examples
    --------
    >>> check_predictions_target(Path("mistakes.xlsx"))
    Traceback (most recent call last):
    headway.errors.OutputError: mistakes.xlsx must end in .csv or .parquet; give another place with --predictions
    """
    match path.suffix.lower():
        case ".csv":
            check_output(path, option=option, sign=",".join(_BEFORE).encode())
        case ".parquet":
            import_optional("pyarrow.parquet", "parquet")
            check_output(path, option=option, sign=_is_ours)
        case _:
            raise OutputError(f"{path} must end in .csv or .parquet; give another place with {option}")


def _is_ours(path: Path) -> bool:
    arrow = import_optional("pyarrow", "parquet")
    parquet = import_optional("pyarrow.parquet", "parquet")
    try:
        return _KEY in (parquet.read_schema(path).metadata or {})
    except (arrow.ArrowException, OSError):
        return False
