"""How a public data set is written down for tests: its files, and what a careful reader makes of them."""

from __future__ import annotations

import itertools
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from textwrap import dedent
from typing import Any


@dataclass(frozen=True)
class Public:
    """A data set as it is unpacked, with a few files.

    Parameters
    ----------
    name : str
    files : str
        A path, or a pattern of paths, a line; see `expand`. One that ends in a colon is a table, of the indented lines
        below it. Names of folders, files and columns are those of the data set.
    classes : str
        The right classes, with bars between them; empty where there are none to be read.
    counts : int or mapping of str to int
        Its pictures, or those of each split.
    asks : str
        What the question must say, where the right reading is one of several.
    refused : str
        What the error must say.
    options : mapping
        Arguments of `headway.read` that the error names, and that lead to the right reading.
    groups : int or None
        How many groups there are.
    """

    name: str
    files: str
    classes: str = ""
    counts: int | Mapping[str, int] = 0
    asks: str = ""
    refused: str = ""
    options: Mapping[str, Any] = field(default_factory=dict)
    groups: int | None = None

    def contents(self) -> dict[str, str]:
        """Return the content of each file by its path; only tables have one."""
        found: dict[str, str] = {}
        table = ""
        for line in dedent(self.files).strip().splitlines():
            for name in expand(line.strip()):
                if line.startswith(" "):
                    found[table] += f"{name}\n"
                else:
                    table = name.removesuffix(":")
                    found[table] = ""
        return found


def expand(pattern: str) -> list[str]:
    """Return what a pattern stands for: braces hold choices or a range, and ``$1`` is what the first braces chose.

    Braces of JSON are no pattern.

    >>> expand("{cat,dog}/$1.{1-2}.jpg")
    ['cat/cat.1.jpg', 'cat/cat.2.jpg', 'dog/dog.1.jpg', 'dog/dog.2.jpg']
    """
    pieces = re.split(r'\{([^{}"]*)\}', pattern)
    names = []
    for chosen in itertools.product(*map(_choices, pieces[1::2])):
        name = "".join(itertools.chain(*itertools.zip_longest(pieces[::2], chosen, fillvalue="")))
        names.append(re.sub(r"\$(\d)", lambda match, chosen=chosen: chosen[int(match[1]) - 1], name))
    return names


def _choices(text: str) -> list[str]:
    if numbers := re.fullmatch(r"(\d+)-(\d+)", text):
        return [str(number) for number in range(int(numbers[1]), int(numbers[2]) + 1)]
    return text.split(",")
