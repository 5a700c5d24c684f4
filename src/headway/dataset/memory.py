"""Images and labels handed over from Python."""

from __future__ import annotations

import datetime
import os
from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence, Set
from decimal import Decimal
from enum import Enum
from numbers import Real
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from headway.dataset.classnames import ClassNames
from headway.dataset.core import Dataset, NamedClasses, count_splits, name_classes
from headway.dataset.names import SPLIT_NAMES, plural, split_codes
from headway.dataset.walk import NEEDS_PICTURES, suffix
from headway.errors import DataError
from headway.facts.data import Source
from headway.images import SUFFIXES
from headway.images.source import is_missing, is_stream, read_once

_ONE = {"labels": "label", "groups": "group", "split": "split"}
_Key = TypeVar("_Key", bound=Hashable)


def read_list(
    source: object,
    labels: Iterable[Any] | None,
    groups: Iterable[Any] | None,
    split: Iterable[Any] | None,
    class_names: ClassNames | None,
) -> Dataset:
    """Take a list of paths, PIL images, arrays or bytes in the order given, with what is known of each."""
    pictures = as_pictures(source)
    if not pictures:
        raise DataError("the list of pictures is empty")
    check_files(pictures, lambda index: f" (picture {index} of the list)", os.curdir)
    named = NamedClasses(np.full(len(pictures), -1, dtype=np.int64), (), {})
    if labels is not None:
        named = name_classes(*as_codes(_label_texts(labels, pictures)), class_names)
    given = None if split is None else _split_codes(split, pictures)
    group_numbers, group_names = number_groups(None if groups is None else _group_keys(groups, pictures))
    return Dataset(
        pictures,
        named.labels,
        named.classes,
        given if given is not None and given.any() else None,
        group_numbers,
        Source(
            "list",
            None,
            len(pictures),
            len(named.classes),
            splits=count_splits(given),
            splits_from=None if given is None else "argument",
            groups_from=None if group_numbers is None else "argument",
        ),
        group_names=group_names,
        class_names=named.class_names,
    )


def as_pictures(source: object) -> list[Any]:
    """Return images as a list, paths as text; of an array, its images along the first axis."""
    if isinstance(source, Image.Image):
        raise DataError("a list of pictures is needed, and this is a single one: put it into a list")
    if isinstance(source, np.ndarray) and source.dtype != object:
        if source.ndim == 4:
            return list(source)
        if source.ndim != 1 or source.dtype.kind not in "US":
            raise DataError(
                f"an array of pictures must have the shape (n, height, width, channels), not {source.shape}: "
                "put a single picture into a list, and give grey ones a last axis of length 1"
            )
        source = source.tolist()
    if (
        not isinstance(source, Iterable)
        or isinstance(source, (bytes, bytearray, memoryview, Mapping, Set))
        or is_stream(source)
    ):
        raise DataError(
            f"a folder, a table or a list of pictures is needed, not {type(source).__name__}: give a path or a list"
        )
    return [_picture(item, index) for index, item in enumerate(source)]


def _picture(item: object, index: int) -> Any:
    if isinstance(item, (str, os.PathLike)):
        return os.fsdecode(item)
    item = read_once(item)
    if isinstance(item, (bytes, Image.Image)) or (isinstance(item, np.ndarray) and item.ndim in (2, 3)):
        return item
    if is_missing(item):
        raise DataError(
            f"every picture must be there, and picture {index} is missing ({item}): leave it and its label out"
        )
    what = f"an array of shape {item.shape}" if isinstance(item, np.ndarray) else type(item).__name__
    raise DataError(
        "a picture must be a path, a PIL image, the bytes of a file, an open binary file, or an array "
        f"(height, width[, channels]); picture {index} is {what}"
    )


def _values(given: Any, what: str, pictures: Sequence[Any]) -> list[Any]:
    """Return what was given for each picture as a list."""
    if hasattr(given, "columns"):
        raise DataError(f"{what} must be a list, and this is a DataFrame: give one of its columns")
    if isinstance(given, (str, bytes, Mapping, Set)) or not isinstance(given, Iterable):
        raise DataError(f"{what} must be a list with one {_ONE[what]} per picture, not {type(given).__name__}")
    values = given.tolist() if isinstance(given, np.ndarray) else list(given)
    if len(values) != len(pictures):
        raise DataError(
            f"there must be one {_ONE[what]} per picture: got {len(values):,} for {plural(len(pictures), 'picture')}"
        )
    return values


def _label_texts(labels: Iterable[Any], pictures: Sequence[Any]) -> list[str]:
    values = _values(labels, "labels", pictures)
    for index, value in enumerate(values):
        if not is_label(value):
            raise DataError(f"each label must be one name or number; that of picture {index} is {type(value).__name__}")
    texts = [as_text(value) for value in values]
    if "" in texts:
        raise DataError(
            f"every picture needs a label, and that of picture {texts.index('')} is empty: "
            "leave out such pictures, or give no labels at all"
        )
    _check_agreement(pictures, "labels", texts)
    return texts


def _split_codes(split: Iterable[Any], pictures: Sequence[Any]) -> NDArray[np.int8]:
    values = _values(split, "split", pictures)
    texts = [as_text(value) if is_label(value) else type(value).__name__ for value in values]
    codes = split_codes(set(texts))
    for index, text in enumerate(texts):
        if text not in codes:
            raise DataError(f"split must say train, validation or test for each picture; picture {index} has {text!r}")
    _check_agreement(pictures, "split", [SPLIT_NAMES[codes[text]] for text in texts])
    return np.array([codes[text] for text in texts], dtype=np.int8)


def _group_keys(groups: Iterable[Any], pictures: Sequence[Any]) -> list[Hashable]:
    keys: list[Hashable] = []
    for index, value in enumerate(_values(groups, "groups", pictures)):
        key = as_text(value) if is_label(value) else value
        try:
            hash(key)
        except TypeError:
            kind = type(value).__name__
            raise DataError(f"each group must be a name or a number; that of picture {index} is {kind}") from None
        keys.append(key)
    _check_agreement(pictures, "groups", keys)
    return keys


def number_groups(keys: Sequence[Hashable] | None) -> tuple[NDArray[np.int64] | None, list[str]]:
    """Return the number of each key's group, in order of appearance, and the names of the groups.

    A picture with an empty key is a group of its own, without a name.

    Examples
    --------
    >>> number_groups(["p", "", "p", ""])
    (array([0, 1, 0, 2]), ['p', '', ''])
    """
    if keys is None:
        return None, []
    groups, names = as_codes([_Nameless() if key == "" else key for key in keys])
    return groups, ["" if isinstance(name, _Nameless) else str(name) for name in names]


class _Nameless:
    """The key of a picture that is a group of its own."""


def is_label(value: object) -> bool:
    """Return whether a value is a name or a number, or is missing."""
    if isinstance(value, np.generic):
        value = value.item()
    # Decimal is a Number, but no Real.
    return is_missing(value) or isinstance(value, (str, bytes, os.PathLike, Real, Decimal, Enum, datetime.date))


def _check_agreement(pictures: Sequence[Any], what: str, values: Sequence[Hashable]) -> None:
    first: dict[str, int] = {}
    for index, picture in enumerate(pictures):
        if isinstance(picture, str):
            before = first.setdefault(picture, index)
            if values[before] != values[index]:
                raise DataError(
                    f"{what} of one file must agree: {picture!r} is {values[before]!r} as picture {before} and "
                    f"{values[index]!r} as picture {index}: keep it once, with the right {_ONE[what]}"
                )


def as_text(value: object) -> str:
    """Return a label, path or group as text; empty for None, NaN and pandas' NA, and "3" for 3.0.

    Examples
    --------
    >>> as_text(" cat "), as_text(3.0), as_text(float("nan"))
    ('cat', '3', '')
    """
    if isinstance(value, str):
        return value.strip()
    if isinstance(value, np.generic):
        value = value.item()
    if is_missing(value):
        return ""
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    if isinstance(value, (bytes, os.PathLike)):
        return os.fsdecode(value)
    try:
        return str(value).strip()
    except ValueError as error:  # a whole number of thousands of digits
        raise DataError(f"each label must be a name or a number of reasonable length: {error}") from error


def as_codes(keys: Sequence[_Key]) -> tuple[NDArray[np.int64], list[_Key]]:
    """Return for each key its index among the distinct ones, and these in order of appearance."""
    numbers: dict[_Key, int] = {}
    codes = np.array([numbers.setdefault(key, len(numbers)) for key in keys], dtype=np.int64)
    return codes, list(numbers)


def check_files(pictures: Sequence[Any], where: Callable[[int], str], base: str) -> None:
    """Refuse files that are not there, and lists without a single image by their endings.

    Only paths are looked at. For the message, ``where`` says where the picture of an index is named, and ``base`` is
    what relative paths start from.
    """
    files = [(index, path) for index, path in enumerate(pictures) if isinstance(path, str)]
    # A million Path objects would be slow.
    missing = [(index, path) for index, path in files if not os.path.isfile(path)]  # noqa: PTH113
    if missing:
        index, path = missing[0]
        raise DataError(
            f"{len(missing):,} of {plural(len(files), 'file')} {'is' if len(missing) == 1 else 'are'} not there, "
            f"the first is {path!r}{where(index)}: relative paths start from {os.path.abspath(base)!r}"
        )
    check_endings([path for _, path in files])


def check_endings(files: Sequence[str]) -> None:
    """Refuse a list of files without a single image by their endings."""
    endings = {suffix(os.path.basename(path)) for path in files}
    # Files without an ending may well be pictures.
    if files and "" not in endings and not endings & SUFFIXES:
        found = ", ".join(sorted(endings)[:4])
        raise DataError(f"{NEEDS_PICTURES}, and all {plural(len(files), 'file')} are something else: {found}")
