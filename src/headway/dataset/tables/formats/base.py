"""What every format of table gives, and how the formats of text are read line by line."""

from __future__ import annotations

import random
from array import array
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass
from typing import IO, Any, TypeAlias

from headway.dataset.names import plural
from headway.errors import DataError

MAX_LINE = 2**20
MAX_COLUMNS = 10_000
MOST_SAMPLED_CELLS = 1_000_000

Where: TypeAlias = Callable[[int], str]
Fetch: TypeAlias = Callable[[Sequence[str]], tuple[list[Sequence[Any]], Where]]
Rows: TypeAlias = Callable[[], Iterator[tuple[int, Sequence[Any]]]]


@dataclass(frozen=True)
class TableFile:
    """A table whose header is read; ``title`` is what to call it in messages.

    ``fetch`` takes names of columns and returns their values, and a function that says where a row stands ("line 7").
    ``sample`` returns the values of every column in some rows, the same for all: every row of a small table, and of a
    large one rows from all over it.
    """

    title: str
    header: list[str]
    fetch: Fetch
    sample: Callable[[], list[Sequence[Any]]]


def table_of_rows(title: str, header: list[str], rows: Rows, word: str) -> TableFile:
    """Return the table of a format that is read row by row; ``word`` is what it calls a row."""
    check_columns(title, header)

    def fetch(names: Sequence[str]) -> tuple[list[Sequence[Any]], Where]:
        positions = [header.index(name) for name in names]
        columns: list[list[Any]] = [[] for _ in names]
        numbers = array("q")
        shared: dict[Any, Any] = {}
        for number, row in rows():
            numbers.append(number)
            for column, position in zip(columns, positions, strict=True):
                value = row[position]
                if isinstance(value, str):
                    # Rows share one copy of each label.
                    value = shared.setdefault(value, value) if len(shared) < 10_000 else shared.get(value, value)
                column.append(value)
        return list(columns), lambda row: f"{word} {numbers[row]:,}"

    def sample() -> list[Sequence[Any]]:
        most = sample_size(len(header))
        chance = random.Random(0)
        chosen: list[Sequence[Any]] = []
        for count, (_, row) in enumerate(rows(), start=1):
            if count <= most:
                chosen.append(row)
            elif (place := int(chance.random() * count)) < most:
                chosen[place] = row
        return [[row[position] for row in chosen] for position in range(len(header))]

    return TableFile(title, header, fetch, sample)


def check_columns(title: str, header: Collection[str]) -> None:
    """Refuse more columns than any list of pictures has."""
    if len(header) > MAX_COLUMNS:
        raise DataError(f"{title} is not a list of pictures: it has over {plural(MAX_COLUMNS, 'column')}")


def sample_size(columns: int) -> int:
    """Return how many rows are looked at to tell what the columns hold."""
    return max(100, min(10_000, MOST_SAMPLED_CELLS // max(1, columns)))


def sampled_rows(total: int, columns: int) -> list[int]:
    """Return the rows that are looked at, of a format whose rows can be chosen."""
    most = sample_size(columns)
    return list(range(total)) if total <= most else sorted(random.Random(0).sample(range(total), most))


def text_lines(handle: IO[str], title: str) -> Iterator[str]:
    """Yield the lines; refuse what is not text."""
    number = 0
    try:
        while line := handle.readline(MAX_LINE):
            number += 1
            if "\0" in line:
                raise DataError(f"{title} must be text, and line {number:,} holds binary data")
            if len(line) == MAX_LINE:
                raise DataError(f"{title} is not a list of pictures: line {number:,} has over {MAX_LINE:,} characters")
            yield line
    except UnicodeError as error:
        raise DataError(
            f"{title} must be UTF-8 text, and is not from about line {number + 1:,} on: "
            "save it as UTF-8 (in Excel, 'CSV UTF-8')"
        ) from error


def first_line(error: BaseException) -> str:
    """Return the first line of what another library says."""
    return str(error).partition("\n")[0]
