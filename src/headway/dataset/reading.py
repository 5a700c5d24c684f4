"""Read images and labels from wherever they are."""

from __future__ import annotations

import os
import shlex
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from headway.dataset.archives import archive
from headway.dataset.archives.archive import Unpacker
from headway.dataset.classnames import ClassNames
from headway.dataset.core import Dataset
from headway.dataset.fixes import apply_fixes
from headway.dataset.folders.folder import read_folder
from headway.dataset.grouping import with_groups
from headway.dataset.memory import read_list
from headway.dataset.options import Columns, ReadingOptions
from headway.dataset.pictures import MODEL_SUFFIX, archive_stem, existing
from headway.dataset.several import check_not_splits, join
from headway.dataset.tables.table import read_frame, read_table
from headway.dataset.walk import TABLE_SUFFIXES, suffix
from headway.errors import DataError
from headway.images import SUFFIXES
from headway.session import Session, checked_progress

if TYPE_CHECKING:
    from headway.facts.data import Unpacked
    from headway.types import Progress


def read(
    source: Any,
    labels: Iterable[Any] | None = None,
    *,
    groups: Iterable[Any] | Literal[False] | None = None,
    split: Iterable[Any] | Literal[False] | None = None,
    label_pattern: str | None = None,
    group_pattern: str | None = None,
    class_names: ClassNames | None = None,
    path_column: str | None = None,
    label_column: str | None = None,
    split_column: str | None = None,
    group_column: str | None = None,
    images: str | os.PathLike[str] | None = None,
    include: Iterable[str] = (),
    exclude: Iterable[str] = (),
    fixes: str | os.PathLike[str] | None = None,
    cache: str | Path | None = None,
    progress: Progress | None = None,
) -> Dataset:
    r"""Read images and their labels; `Dataset.source` holds what was found.

    Parameters
    ----------
    source : path, DataFrame, or list
        A folder; a ZIP or tar archive of one; a table (CSV, TSV, JSON lines, Excel or Parquet); a DataFrame of pandas
        or polars; a list of folders, archives and tables, to be read as one; a list or Series of paths, PIL images,
        arrays or bytes; or an array (n, height, width, channels).
    labels : iterable, optional
        For a list of pictures: one name or number per picture.
    groups : iterable or False, optional
        For a list of pictures: what must not be split, a name or number per picture; None or "" for one on its own.
        False: neither columns nor the names of folders and files tell groups, nor the times of photographs.
    split : iterable or False, optional
        For a list of pictures: ``"train"``, ``"validation"`` or ``"test"`` per picture. False: whatever folders and
        columns are called, they name no splits.
    label_pattern : str, optional
        For a folder: a regular expression that finds the label in the path of each picture, relative to the folder and
        with ``/`` between its parts. Its group ``label``, or else its first, is the label; pictures with the same text
        in its group ``group`` stay in one split.
    group_pattern : str, optional
        For files: a regular expression that is searched for in the path of each, in the same way; pictures with the
        same text in its group ``group``, or else its first, stay in one split. Others are on their own.
    class_names : path, sequence of str or mapping, optional
        Names for classes that are numbers or codes: a file of lines such as ``0 bread`` or of names alone, a JSON file,
        or the like in Python.
    path_column, label_column, split_column, group_column : str, optional
        For a table or a DataFrame: which columns hold what, where it cannot be told.
    images : path, optional
        For a table: the folder of the pictures that it names, if that is not its own.
    include, exclude : iterable of str
        Globs of the files and folders to take, or to leave out: ``"color/*"``, ``"*_mask.png"``. They are matched
        against names and against paths below the folder; ``*`` matches ``/``, too.
    fixes : path, optional
        A list of what is to be done about single pictures, as ``headway audit --fixes`` writes it: pictures to leave
        out, other labels, groups. No file of a picture is changed.
    cache : path, optional
        For an archive: the cache folder that it is unpacked into, if it is not the usual one.
    progress : Progress, optional
        Told of the unpacking.

    Raises
    ------
    DataError
        In one line, what is wrong with the data and what to do.
    MissingExtraError
        For Parquet without ``headway[parquet]``, and Excel without ``headway[excel]``.

    Examples
    --------
    >>> import tempfile, pathlib
    >>> root = pathlib.Path(tempfile.mkdtemp())
    >>> for name in ("cat/1.jpg", "cat/2.JPG", "dog/1.png"):
    ...     (root / name).parent.mkdir(exist_ok=True)
    ...     _ = (root / name).write_bytes(b"")
    >>> read(root)
    <headway.Dataset: folder per class: 3 pictures in 2 classes>
    >>> read(root, label_pattern=r"/(\d)\.").counts()
    {'1': 2, '2': 1}
    """
    options = ReadingOptions(
        label_pattern,
        class_names,
        Columns(path_column, label_column, split_column, group_column),
        images,
        splits=split is not False,
        groups=groups is not False,
        include=_globs(include),
        exclude=_globs(exclude),
        fixes=fixes,
        group_pattern=group_pattern,
    )
    groups, split = (None if values is False else values for values in (groups, split))
    given = next((name for name, values in (("labels", labels), ("groups", groups), ("split", split))
                  if values is not None), None)  # fmt: skip
    several = isinstance(source, list | tuple) and any(map(_is_place, source))
    if several or _is_path(source) or _is_frame(source):
        if given is not None:
            verb = "goes" if given == "split" else "go"
            raise DataError(f"{given} {verb} with a list of pictures: a folder or a table brings its own")
        unpacker = Unpacker(cache, checked_progress(progress))
        return read_sources(source if several else [source], options, unpacker)
    if label_pattern is not None:
        raise _needs_folder("a list of pictures")
    if group_pattern is not None:
        raise DataError("a group_pattern (--group-pattern) goes with a folder or a table, not with a list of pictures")
    if options.columns.any():
        raise DataError("names of columns go with a table or a DataFrame, not with a list of pictures")
    if images is not None:
        raise DataError("a folder of images (--images) goes with a table or a DataFrame, not with a list of pictures")
    if options.include or options.exclude:
        raise DataError("include and exclude go with a folder or a table, not with a list of pictures")
    dataset = read_list(source, labels, groups, split, class_names)
    return dataset if fixes is None else apply_fixes(dataset, fixes)


def _globs(given: Iterable[str]) -> tuple[str, ...]:
    return (given,) if isinstance(given, str) else tuple(given)


def read_within(session: Session, data: Any) -> Dataset:
    """Return a data set, or read what `read` takes; archives are unpacked into the session's cache."""
    return data if isinstance(data, Dataset) else read(data, cache=session.cache, progress=session.progress)


def read_sources(sources: Sequence[Any], options: ReadingOptions, unpacker: Unpacker) -> Dataset:
    """Read folders, archives, tables and DataFrames as one data set."""
    if len(sources) > 1:
        check_not_splits([os.fsdecode(source) for source in sources if _is_path(source)])
    parts = [_read_one(source, options, unpacker) for source in sources]
    titles = [
        repr(os.fsdecode(source)) if _is_path(source) else f"DataFrame {number}"
        for number, source in enumerate(sources, start=1)
    ]
    dataset = with_groups(parts[0] if len(parts) == 1 else join(parts, titles), options)
    return dataset if options.fixes is None else apply_fixes(dataset, options.fixes)


def _read_one(source: Any, options: ReadingOptions, unpacker: Unpacker) -> Dataset:
    if not _is_path(source):
        if not _is_frame(source):
            raise DataError(f"sources must be folders, tables or DataFrames, and one is {type(source).__name__}")
        if options.label_pattern is not None:
            raise _needs_folder("a DataFrame")
        return read_frame(source, options)
    path = existing(source)
    if Path(path).is_dir():
        return read_folder(path, options)
    if archive_stem(path) is not None:
        return _read_archive(unpacker.unpack(path), options)
    if options.label_pattern is not None:
        raise _needs_folder(repr(path))
    if suffix(os.path.basename(path)) in TABLE_SUFFIXES:
        return read_table(path, options)
    raise _wrong_file(path)


def _read_archive(unpacked: Unpacked, options: ReadingOptions) -> Dataset:
    with archive.named_in_errors(unpacked):
        dataset = read_folder(unpacked.folder, options)
    skipped = Counter(dataset.skipped) + Counter(unpacked.skipped)
    return replace(dataset, source=replace(dataset.source, archive=unpacked.archive), skipped=dict(skipped))


def _is_path(source: Any) -> bool:
    return isinstance(source, (str, os.PathLike))


def _is_frame(source: Any) -> bool:
    return not _is_path(source) and hasattr(source, "columns") and hasattr(source, "__getitem__")


def _is_place(item: Any) -> bool:
    """Return whether an item of a list holds images: a folder, an archive, a table or a DataFrame."""
    if not _is_path(item):
        return _is_frame(item)
    path = os.fsdecode(item)
    ending = suffix(os.path.basename(path))
    if ending in SUFFIXES:  # a million files need not be asked about
        return False
    return ending in TABLE_SUFFIXES or archive_stem(path) is not None or os.path.isdir(path)  # noqa: PTH112


def _needs_folder(found: str) -> DataError:
    return DataError(
        f"a label_pattern (--label-pattern) goes with a folder of pictures, and {found} names its labels itself"
    )


def _wrong_file(path: str) -> DataError:
    ending = suffix(os.path.basename(path))
    expected = "a folder or archive (.zip, .tar.gz, …) of pictures, or a table (.csv, .jsonl, .xlsx, …), is needed"
    if ending in SUFFIXES:
        return DataError(f"{expected}, and {path!r} is a single picture: give the folder that holds the class folders")
    if ending in (".gz", ".bz2", ".xz", ".7z", ".rar", ".zst"):
        return DataError(f"{expected}, and {path!r} is packed in another way: unpack it and give the folder")
    if ending == MODEL_SUFFIX:
        call = f"headway evaluate {shlex.quote(path)} DATA"
        return DataError(f"DATA is pictures, and {path!r} is a model: to score it, `{call}`")
    return DataError(f"{expected}, and {path!r} is neither")
