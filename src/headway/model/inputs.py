"""What `Model.predict` takes for pictures, and what to do instead of the usual mistakes."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import numpy as np

from headway.errors import DataError
from headway.images import SUFFIXES
from headway.images.source import is_stream

if TYPE_CHECKING:
    from headway.types import Picture

_ROWS = 20  # of a column that are looked at


def as_pictures(pictures: Any) -> Iterable[Picture]:
    """Return one or several pictures as several.

    Raises
    ------
    DataError
        When they are a table, a folder, a model, or nothing that could be a picture.

    Examples
    --------
    >>> as_pictures("a.png"), as_pictures(np.array(["a.png", "b.png"]))
    (['a.png'], ['a.png', 'b.png'])
    """
    if isinstance(pictures, Mapping) or hasattr(pictures, "columns"):
        raise DataError(f"pictures must be a list, not a table: {_column_to_pass(pictures)}")
    if hasattr(pictures, "pictures") and hasattr(pictures, "labels"):  # known by these, as it takes long to import
        raise DataError("pictures must be a list, not a data set: model.predict(dataset.pictures)")
    if isinstance(pictures, str | os.PathLike):
        _check_single(os.fsdecode(pictures))
    if isinstance(pictures, np.ndarray) and pictures.dtype.kind in "UO":
        return cast("Iterable[Picture]", pictures.reshape(-1).tolist())
    if _is_picture(pictures):
        return [pictures]
    if not isinstance(pictures, Iterable):
        kind = type(pictures).__name__
        raise DataError(f"pictures must be paths, bytes, open files, PIL images or arrays, one or several, not {kind}")
    return pictures


def _is_picture(value: object) -> bool:
    from PIL import Image

    if isinstance(value, np.ndarray):
        return value.ndim <= 3
    return isinstance(value, str | os.PathLike | bytes | bytearray | memoryview | Image.Image) or is_stream(value)


def _check_single(path: str) -> None:
    """Refuse a path that is not of a picture, and say what was meant."""
    if path.lower().endswith(".onnx"):
        raise DataError(f"{path} is a model, not a picture: headway.load({path!r}).predict(pictures)")
    if os.path.isdir(path):  # noqa: PTH112
        raise DataError(
            f"{path} is a folder, not a picture: model.predict(headway.read({path!r}).pictures), "
            f"or in a shell: headway predict MODEL {path}"
        )


def _column_to_pass(table: Any) -> str:
    """Return the call with the column of a table that looks like paths."""
    names = list(table if isinstance(table, Mapping) else table.columns)
    for name in names:
        column = table[name]
        if not isinstance(column, Iterable):
            continue
        values = [value for value in islice(column, _ROWS) if isinstance(value, str | os.PathLike)]
        if any(Path(value).suffix.lower() in SUFFIXES for value in values):
            return f"model.predict(table[{name!r}])"
    columns = ", ".join(repr(name) for name in names[:8]) + (" …" if len(names) > 8 else "")
    return f"pass the column that holds the paths, of {columns}" if names else "it has no column"
