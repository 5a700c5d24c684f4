"""Read pictures and labels from wherever they are."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from headway.dataset.classnames import ClassNames
from headway.dataset.core import Dataset
from headway.dataset.folder import read_folder
from headway.dataset.memory import read_list
from headway.dataset.names import natural_key
from headway.dataset.table import Columns, read_frame, read_table
from headway.dataset.walk import TABLE_SUFFIXES, suffix, walk
from headway.errors import DataError
from headway.images import SUFFIXES


def read(
    source: Any,
    labels: Iterable[Any] | None = None,
    *,
    label_pattern: str | None = None,
    class_names: ClassNames | None = None,
    path_column: str | None = None,
    label_column: str | None = None,
    split_column: str | None = None,
    group_column: str | None = None,
) -> Dataset:
    r"""Read pictures and their labels; what was found is said in `Dataset.source`.

    Parameters
    ----------
    source : path, DataFrame, or list
        A folder; a CSV, TSV or Parquet file; a DataFrame of pandas or polars; a list of paths, PIL images, arrays or
        bytes; or an array (n, height, width, channels).
    labels : iterable, optional
        For a list: one name or number per picture.
    label_pattern : str, optional
        For a folder: a regular expression that finds the label in the path of each picture, relative to the folder and
        with ``/`` between its parts. Its group ``label``, or else its first, is the label.
    class_names : path, sequence of str or mapping, optional
        Names for classes that are numbers or codes: a file of lines such as ``0 bread`` or of names alone, a JSON file,
        or the like in Python.
    path_column, label_column, split_column, group_column : str, optional
        For a table or a DataFrame: which columns hold what, where their names are not usual ones.

    Returns
    -------
    Dataset

    Raises
    ------
    DataError
        In one line, what is wrong with the data and what to do.
    MissingExtraError
        For Parquet without ``headway[parquet]``.

    Examples
    --------
    >>> import tempfile, pathlib
    >>> root = pathlib.Path(tempfile.mkdtemp())
    >>> for name in ("cat/1.jpg", "cat/2.JPG", "dog/1.png"):
    ...     (root / name).parent.mkdir(exist_ok=True)
    ...     _ = (root / name).write_bytes(b"")
    >>> read(root).source
    'folder per class: 3 pictures in 2 classes'
    >>> read(root, label_pattern=r"/(\d)\.").counts()
    {'1': 2, '2': 1}
    """
    columns = Columns(path_column, label_column, split_column, group_column)
    is_path = isinstance(source, (str, os.PathLike))
    is_frame = not is_path and hasattr(source, "columns") and hasattr(source, "__getitem__")
    if labels is not None and (is_path or is_frame):
        raise DataError("labels go with a list of pictures: a folder or a table brings its own")
    if label_pattern is not None and not (is_path and Path(source).is_dir()):
        if is_path:
            _existing(source)
        raise DataError(
            "a label_pattern (--label-pattern) goes with a folder of pictures: this source names its labels itself"
        )
    if is_frame:
        return read_frame(source, columns, class_names)
    if not is_path:
        if columns.any():
            raise DataError("names of columns go with a table or a DataFrame, not with a list of pictures")
        return read_list(source, labels, class_names)
    path = _existing(source)
    if Path(path).is_dir():
        return read_folder(path, label_pattern, class_names, columns)
    if suffix(os.path.basename(path)) in TABLE_SUFFIXES:
        return read_table(path, columns, class_names)
    raise _wrong_file(path)


def unlabelled(paths: str | os.PathLike[str] | Iterable[str | os.PathLike[str]]) -> list[str]:
    """Expand files and folders into pictures, for prediction.

    Parameters
    ----------
    paths : path or iterable of paths
        Files are taken as they are, whatever their ending; folders give all pictures below them in natural order.

    Returns
    -------
    list of str

    Raises
    ------
    DataError
        When there is nothing, a path does not exist, or a folder holds no picture.

    Examples
    --------
    >>> unlabelled([])
    Traceback (most recent call last):
    headway.errors.DataError: there is nothing to predict on: give pictures or folders of pictures
    """
    given = [paths] if isinstance(paths, (str, os.PathLike)) else list(paths)
    if not given:
        raise DataError("there is nothing to predict on: give pictures or folders of pictures")
    found: list[str] = []
    for item in given:
        path = _existing(item)
        if Path(path).is_dir():
            tree = walk(path)
            if not tree.count():
                raise tree.no_pictures()
            found += sorted(
                (os.path.join(folder.path, name) for folder in tree.folders for name in folder.pictures),
                key=natural_key,
            )
        else:
            found.append(path)
    return found


def _existing(path: str | os.PathLike[str]) -> str:
    text = os.fsdecode(path)
    try:
        found = bool(text) and Path(text).exists()
    except (OSError, ValueError) as error:  # ValueError for a NUL byte
        raise DataError(f"{text!r} cannot be looked at: {getattr(error, 'strerror', None) or error}") from error
    if not found:
        link = " (it is a broken link)" if text and Path(text).is_symlink() else ""
        raise DataError(
            f"there is no such file or folder: {text!r}{link}; check its spelling: "
            f"relative paths start from {os.path.abspath(os.curdir)!r}"
        )
    return text


def _wrong_file(path: str) -> DataError:
    ending = suffix(os.path.basename(path))
    expected = "a folder of pictures, or a CSV, TSV or Parquet file, is needed"
    if ending in SUFFIXES:
        return DataError(f"{expected}, and {path!r} is a single picture: give the folder that holds the class folders")
    if ending in (".zip", ".tar", ".gz", ".tgz", ".bz2", ".xz", ".7z", ".rar", ".zst"):
        return DataError(f"{expected}, and {path!r} is an archive: unpack it and give the folder")
    return DataError(f"{expected}, and {path!r} is neither")
