"""Pictures and labels handed over from Python."""

from __future__ import annotations

import datetime
import os
from collections.abc import Callable, Iterable, Mapping, Sequence, Set
from decimal import Decimal
from enum import Enum
from numbers import Real
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from headway.dataset.classnames import ClassNames, new_names
from headway.dataset.core import Dataset, describe, name_classes
from headway.dataset.names import plural
from headway.dataset.walk import NEEDS_PICTURES, suffix
from headway.errors import DataError
from headway.images import SUFFIXES

_EMPTY = ("NAType", "NaTType")  # of pandas, which need not be installed


def read_list(source: object, labels: Iterable[Any] | None, class_names: ClassNames | None) -> Dataset:
    """Take a list of paths, PIL images, arrays or bytes, with or without labels.

    Parameters
    ----------
    source : iterable, or ndarray of shape (n, height, width[, channels])
    labels : iterable, optional
        One per picture: names, or numbers.
    class_names : path, sequence or mapping, optional

    Returns
    -------
    Dataset
        In the order given.

    Raises
    ------
    DataError
    """
    pictures = as_pictures(source)
    if not pictures:
        raise DataError("the list of pictures is empty")
    check_files(pictures, lambda index: f" (picture {index} of the list)", os.curdir)
    if labels is None:
        empty = np.full(len(pictures), -1, dtype=np.int64)
        return Dataset(pictures, empty, (), source=f"list: {describe(len(pictures), ())}")
    texts = _label_texts(labels, len(pictures))
    _agree(pictures, texts)
    codes, names = as_codes(texts)
    numbers, classes = name_classes(codes, names, new_names(names, class_names))
    return Dataset(pictures, numbers, classes, source=f"list: {describe(len(pictures), classes)}")


def as_pictures(source: object) -> list[Any]:
    """Return pictures as a list, paths as text.

    Parameters
    ----------
    source : iterable of Picture, or ndarray of shape (n, height, width, channels)

    Returns
    -------
    list of Picture

    Raises
    ------
    DataError
        When it is something else.
    """
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
    if not isinstance(source, Iterable) or isinstance(source, (bytes, Mapping, Set)):
        raise DataError(
            f"a folder, a table or a list of pictures is needed, not {type(source).__name__}: give a path or a list"
        )
    return [_picture(item, index) for index, item in enumerate(source)]


def _picture(item: object, index: int) -> Any:
    if isinstance(item, (str, os.PathLike)):
        return os.fsdecode(item)
    if isinstance(item, (bytes, Image.Image)) or (isinstance(item, np.ndarray) and item.ndim in (2, 3)):
        return item
    what = f"an array of shape {item.shape}" if isinstance(item, np.ndarray) else type(item).__name__
    raise DataError(
        f"a picture must be a path, a PIL image, the bytes of a file, or an array (height, width[, channels]); "
        f"picture {index} is {what}"
    )


def _label_texts(labels: Iterable[Any], expected: int) -> list[str]:
    if isinstance(labels, (str, bytes, Mapping, Set)) or not isinstance(labels, Iterable):
        raise DataError(f"labels must be a list with one label per picture, not {type(labels).__name__}")
    values = labels.tolist() if isinstance(labels, np.ndarray) else list(labels)
    if len(values) != expected:
        raise DataError(f"there must be one label per picture: got {len(values):,} for {plural(expected, 'picture')}")
    for index, value in enumerate(values):
        if not _is_label(value):
            raise DataError(f"each label must be one name or number; that of picture {index} is {type(value).__name__}")
    texts = [as_text(value) for value in values]
    if "" in texts:
        raise DataError(
            f"every picture needs a label, and that of picture {texts.index('')} is empty: "
            "leave out such pictures, or give no labels at all"
        )
    return texts


def _is_label(value: object) -> bool:
    if isinstance(value, np.generic):
        value = value.item()
    # Decimal is a Number, but no Real.
    return (
        value is None
        or isinstance(value, (str, bytes, os.PathLike, Real, Decimal, Enum, datetime.date))
        or type(value).__name__ in _EMPTY
    )


def _agree(pictures: Sequence[Any], texts: Sequence[str]) -> None:
    first: dict[str, int] = {}
    for index, picture in enumerate(pictures):
        if isinstance(picture, str):
            before = first.setdefault(picture, index)
            if texts[before] != texts[index]:
                raise DataError(
                    f"labels of one file must agree: {picture!r} is {texts[before]!r} as picture {before} and "
                    f"{texts[index]!r} as picture {index}: keep it once, with the right label"
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
    if value is None or type(value).__name__ in _EMPTY:
        return ""
    if isinstance(value, (Real, Decimal)) and value != value:
        return ""
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    if isinstance(value, (bytes, os.PathLike)):
        return os.fsdecode(value)
    try:
        return str(value).strip()
    except ValueError as error:  # a whole number of thousands of digits
        raise DataError(f"each label must be a name or a number of reasonable length: {error}") from error


def as_codes(texts: Sequence[str]) -> tuple[NDArray[np.int64], list[str]]:
    """Return the distinct texts, and for each text its index among them."""
    numbers: dict[str, int] = {}
    codes = np.array([numbers.setdefault(text, len(numbers)) for text in texts], dtype=np.int64)
    return codes, list(numbers)


def check_files(pictures: Sequence[Any], where: Callable[[int], str], base: str) -> None:
    """Refuse files that are not there, and lists without a single picture by their endings.

    Parameters
    ----------
    pictures : sequence of Picture
        Only paths are looked at.
    where : callable
        Index → where that picture is named, for the message.
    base : str
        What relative paths start from, for the message.

    Raises
    ------
    DataError
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
    endings = {suffix(os.path.basename(path)) for _, path in files}
    # Files without an ending may well be pictures.
    if files and "" not in endings and not endings & SUFFIXES:
        found = ", ".join(sorted(endings)[:4])
        raise DataError(f"{NEEDS_PICTURES}, and all {plural(len(files), 'file')} are something else: {found}")
