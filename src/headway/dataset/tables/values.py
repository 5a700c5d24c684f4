"""What the values of a table's column look like."""

from __future__ import annotations

import os
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from headway.dataset.memory import as_text, is_label
from headway.dataset.names import TRAIN, split_codes
from headway.dataset.walk import suffix
from headway.images import SUFFIXES

LONGEST_NAME = 200
_NUMBER = re.compile(r"[-+]?([0-9]+([.,][0-9]*)?|[.,][0-9]+)([eE][-+]?[0-9]{1,3})?")
_WHOLE = re.compile(r"[-+]?[0-9]+([.,]0*)?")
_DATE = re.compile(r"([0-9]{4}[-/.][0-9]{1,2}[-/.][0-9]{1,2}|[0-9]{1,2}[-/.][0-9]{1,2}[-/.][0-9]{4})([ T].*)?")
_TRUTH = {"true": True, "false": False, "yes": True, "no": False, "1": True, "0": False, "1.0": True, "0.0": False}


def plain(name: str) -> str:
    """Return a name in small letters and without anything but letters and digits.

    Examples
    --------
    >>> plain("Image_Path")
    'imagepath'
    """
    return "".join(character for character in name.casefold() if character.isalnum())


def truth(text: str) -> bool | None:
    """Return what a word or number says, True or False, or None where it says neither.

    Examples
    --------
    >>> truth("TRUE"), truth("no"), truth("maybe")
    (True, False, None)
    """
    return _TRUTH.get(text.casefold())


def is_address(text: str) -> bool:
    """Return whether a value is an address on the network."""
    return "://" in text[:20]


def is_text(value: object) -> bool:
    """Return whether a value is a name or a number, or is missing; the bytes of a file are not."""
    return is_label(value) and not (isinstance(value, bytes) and len(value) > LONGEST_NAME)


@dataclass(frozen=True, eq=False)
class Column:
    """A column of a table, and some of its values, or all."""

    name: str
    values: Sequence[Any]

    @cached_property
    def plain(self) -> str:
        """The name in small letters, without anything but letters and digits."""
        return plain(self.name)

    @cached_property
    def texts(self) -> list[str]:
        """The values as text; what is neither a name nor a number is empty."""
        return [as_text(value) if is_text(value) else "" for value in self.values]

    @cached_property
    def counts(self) -> Counter[str]:
        """How often each value occurs, without empty ones."""
        counts = Counter(self.texts)
        counts.pop("", None)
        return counts

    @property
    def filled(self) -> int:
        """The number of values that are not empty."""
        return self.counts.total()

    @cached_property
    def holds_pictures(self) -> bool:
        """Whether the values are pictures, or at least no texts, numbers or lists."""
        first = next((value for value in self.values if value is not None), None)
        return first is not None and not is_text(first) and not isinstance(first, (list, tuple))

    @cached_property
    def ends_as_pictures(self) -> bool:
        """Whether most values end as the names of pictures do, and are no addresses."""
        files = sum(suffix(text) in SUFFIXES and not is_address(text) for text in self.texts)
        return files > 0.5 * len(self.texts)

    @cached_property
    def is_numeric(self) -> bool:
        """Whether all values are numbers."""
        return bool(self.counts) and all(_NUMBER.fullmatch(text) for text in self.counts)

    @cached_property
    def has_fractions(self) -> bool:
        """Whether the values are numbers, and one of them is no whole number."""
        return self.is_numeric and not all(_WHOLE.fullmatch(text) for text in self.counts)

    @cached_property
    def is_boolean(self) -> bool:
        """Whether the values say true or false, and both occur."""
        return {truth(text) for text in self.counts} == {True, False} and "" not in self.texts

    @cached_property
    def names_splits(self) -> bool:
        """Whether all values are words for splits, training among them."""
        codes = split_codes(self.counts) if len(self.counts) < 10 else {}
        return len(codes) == len(self.counts) > 1 and TRAIN in codes.values()

    @cached_property
    def is_categorical(self) -> bool:
        """Whether there are few values in comparison with the rows, most of them several times, as labels are."""
        counts = self.counts
        if not 2 <= len(counts) <= self.filled / 2 or self.filled < 0.8 * len(self.texts):
            return False
        repeated = sum(count for count in counts.values() if count > 1)
        return repeated >= 0.8 * self.filled and not (self.has_fractions or any(map(_is_no_name, counts)))

    def matches(self, other: Column) -> bool:
        """Return whether each value goes with one value of the other column, as a name does with its number.

        Examples
        --------
        >>> Column("id", [1, 2, 1]).matches(Column("name", ["a", "b", "a"]))
        True
        """
        return len(set(zip(self.texts, other.texts, strict=True))) == len(set(self.texts)) == len(set(other.texts))


def _is_no_name(text: str) -> bool:
    """Return whether a value is a date, a file, an address or prose rather than the name of a class."""
    return (
        len(text) > LONGEST_NAME
        or suffix(os.path.basename(text)) in SUFFIXES
        or is_address(text)
        or bool(_DATE.fullmatch(text))
    )
