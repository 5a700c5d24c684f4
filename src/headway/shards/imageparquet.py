"""Shards that are Parquet files with the bytes of pictures in a column, as Hugging Face's data sets have them."""

from __future__ import annotations

import json
from collections.abc import Generator, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from headway.dataset.names import plural, some
from headway.dataset.parquetfile import MOST_BYTES, check_metadata, check_unfolded
from headway.errors import DataError, PictureError
from headway.optional import import_optional
from headway.shards.records import NO_SPLIT, Record, SourceFile, Unreadable, in_memory, label_of, stream

if TYPE_CHECKING:
    from headway.shards.place import Place, Stored

_LABELS = ("label", "labels", "class", "cls", "class_name", "category", "target", "fine_label")
_BATCH = 32  # rows that are decoded at once, at most


def rows_at_once(largest: int) -> int:
    """Return how many rows of a piece of so many bytes are decoded at once: each may be as large as all that it holds.

    Examples
    --------
    >>> rows_at_once(1 << 20), rows_at_once(100 << 20), rows_at_once(1 << 40)
    (32, 2, 1)
    """
    return max(1, min(_BATCH, MOST_BYTES // max(1, largest)))


@dataclass(frozen=True)
class ParquetRows(SourceFile):
    """Some pieces of a Parquet file.

    Parameters
    ----------
    picture : str
        Column of the pictures' bytes.
    label : str or None
        Column of the labels.
    classes : tuple of str
        Names of the labels, where these are numbers and the file has names for them.
    groups : tuple of int
        The row groups.
    first : int
        Number of the first row.
    rows : int
    split : int
    """

    picture: str
    label: str | None
    classes: tuple[str, ...]
    groups: tuple[int, ...]
    first: int
    rows: int
    split: int = NO_SPLIT

    @property
    def pictures(self) -> int:
        """How many rows there are."""
        return self.rows

    def listing(self) -> Iterator[str]:
        """Yield one line."""
        yield (
            f"parquet {self.title!r} {self.size}:{self.stamp} {self.picture!r} {self.label!r} {self.classes!r} "
            f"{self.groups} {self.split}"
        )

    def records(self) -> Generator[Record]:
        """Yield the pictures."""
        arrow = import_optional("pyarrow", "parquet")
        parquet = import_optional("pyarrow.parquet", "parquet")
        columns = [self.picture, *([] if self.label is None else [self.label])]
        row, held = self.first, 0
        try:
            with self.place.open(self.name) as raw, parquet.ParquetFile(raw, buffer_size=1 << 20) as file:
                check_metadata(file.metadata, self.size)
                largest = max((file.metadata.row_group(group).total_byte_size for group in self.groups), default=0)
                for batch in file.iter_batches(rows_at_once(largest), row_groups=list(self.groups), columns=columns):
                    held += batch.nbytes
                    check_unfolded(self.size, held=held)
                    labels = [None] * len(batch) if self.label is None else batch.column(self.label).to_pylist()
                    for value, label in zip(batch.column(self.picture).to_pylist(), labels, strict=True):
                        yield self._record(value, label, row)
                        row += 1
        except FileNotFoundError:
            raise DataError(f"{self.title} is not there any more: run the same again") from None
        except (arrow.ArrowException, LookupError, ValueError, TypeError, OSError) as error:
            raise damaged(self.title, error) from error

    def _record(self, value: Any, label: Any, row: int) -> Record:
        content = value.get("bytes") if isinstance(value, dict) else value
        path = value.get("path") if isinstance(value, dict) else None
        name = f"{self.title}/{path or f'row {row}'}"
        picture = in_memory(content) if content else stream(Unreadable("no bytes in this row"))
        try:
            return Record(name, picture, self._class(label), self.split)
        except PictureError as error:
            return Record(name, stream(Unreadable(str(error))), None, self.split)

    def _class(self, label: Any) -> str | None:
        if label is None or (isinstance(label, int) and self.classes and not 0 <= label < len(self.classes)):
            return None  # Hugging Face has -1 where there is none
        if isinstance(label, int) and self.classes:
            label = self.classes[label]
        return label_of(str(label))


@dataclass(frozen=True)
class ParquetReading:
    """How Parquet files with pictures are read: their columns, the names of labels, and whether that was guessed."""

    picture: str
    label: str | None
    classes: tuple[str, ...]
    guessed: bool


def damaged(title: str, error: BaseException) -> DataError:
    """Return the error for a Parquet file that cannot be read."""
    reason = " ".join(str(error).partition("\n")[0].split())[:150]
    return DataError(f"{title} must be a whole Parquet file with pictures, and is not: {reason}; get it again")


def find_reading(place: Place, file: Stored, picture: str | None, label: str | None) -> ParquetReading | None:
    """Find the columns of pictures and labels; None where no column holds the bytes of pictures."""
    schema = _metadata(place, file).schema.to_arrow_schema()
    title = place.address(file.name)
    fields = {field.name: field for field in schema}
    pictures = [name for name, field in fields.items() if _holds_bytes(field.type)]
    if picture is None and len(pictures) > 1:
        raise DataError(
            f"one column of {title} must hold the pictures, and {some(pictures)} may: name it with --path-column"
        )
    if picture is not None and picture not in pictures:
        if picture in fields:
            return None
        raise DataError(f"{title} has no column {picture!r}; it has {some(list(fields))}")
    if not pictures:
        return None
    if label is not None and label not in fields:
        raise DataError(f"{title} has no column {label!r}; it has {some(list(fields))}")
    candidates = [name for name in fields if name.lower() in _LABELS and _holds_labels(fields[name].type)]
    if label is None and len(candidates) > 1:
        raise DataError(
            f"one column of {title} must hold the labels, and {some(candidates)} may: name it with --label-column"
        )
    chosen = label or next(iter(candidates), None)
    if chosen is not None and not _holds_labels(fields[chosen].type):
        raise DataError(
            f"column {chosen!r} of {title} must hold names or whole numbers, and is of type {fields[chosen].type}"
        )
    return ParquetReading(picture or pictures[0], chosen, _class_names(schema, chosen), guessed=label is None)


def _metadata(place: Place, file: Stored) -> Any:
    arrow = import_optional("pyarrow", "parquet")
    parquet = import_optional("pyarrow.parquet", "parquet")
    try:
        with place.open(file.name) as raw:
            metadata = parquet.read_metadata(raw)
            check_metadata(metadata, file.size)
            return metadata
    except (arrow.ArrowException, ValueError, OSError) as error:
        raise damaged(place.address(file.name), error) from error


def _holds_bytes(kind: Any) -> bool:
    arrow = import_optional("pyarrow", "parquet")
    if arrow.types.is_struct(kind):
        return any(field.name == "bytes" and _holds_bytes(field.type) for field in kind)
    return bool(arrow.types.is_binary(kind) or arrow.types.is_large_binary(kind))


def _holds_labels(kind: Any) -> bool:
    types = import_optional("pyarrow", "parquet").types
    kind = kind.value_type if types.is_dictionary(kind) else kind
    return bool(
        types.is_integer(kind) or types.is_string(kind) or types.is_large_string(kind) or types.is_boolean(kind)
    )


def _class_names(schema: Any, label: str | None) -> tuple[str, ...]:
    """Return the names that Hugging Face writes into the schema."""
    try:
        features = json.loads((schema.metadata or {})[b"huggingface"])["info"]["features"]
        names = features[label]["names"]
    except (KeyError, ValueError, TypeError, RecursionError):
        return ()
    fine = isinstance(names, list) and all(isinstance(name, str) and name for name in names)
    return tuple(names) if fine and len(set(names)) == len(names) else ()


def cut_file(place: Place, file: Stored, reading: ParquetReading, rows: int, split: int) -> list[ParquetRows]:
    """Cut a file between its row groups, into pieces of some rows where these allow it."""
    metadata = _metadata(place, file)
    pieces: list[ParquetRows] = []
    groups: list[int] = []
    first = held = 0
    for number in range(metadata.num_row_groups):
        groups.append(number)
        held += metadata.row_group(number).num_rows
        if held >= rows or number == metadata.num_row_groups - 1:
            pieces.append(
                ParquetRows(
                    place, file.name, file.size, file.stamp, reading.picture, reading.label, reading.classes,
                    tuple(groups), first, held, split,
                )
            )  # fmt: skip
            first, held, groups = first + held, 0, []
    return pieces


def parquet_source(count: int, pictures: int, where: str, reading: ParquetReading) -> str:
    """Say in one line what is read."""
    labels = "no labels" if reading.label is None else f"labels from column {reading.label!r}"
    counts = f"{plural(pictures, 'picture')} in {plural(count, 'file')}"
    return f"Parquet {where}: {counts}, column {reading.picture!r}, {labels}"


def parquet_notes(reading: ParquetReading) -> Sequence[str]:
    """Say what was guessed, and how to decline it."""
    if not reading.guessed or reading.label is None:
        return ()
    return (f"Labels are taken from column {reading.label!r}; another is named with --label-column",)
