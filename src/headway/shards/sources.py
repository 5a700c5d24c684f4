"""What pictures are computed of: a folder, a table, tar files, or Parquet with pictures; here or in object storage."""

from __future__ import annotations

import re
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from headway.dataset.folders.folder import read_tree
from headway.dataset.globs import Globs
from headway.dataset.grouping import with_groups
from headway.dataset.names import SPLIT_NAMES, alike_split_codes, plural
from headway.dataset.tables.table import read_table
from headway.dataset.walk import TABLE_SUFFIXES, suffix, walk_names
from headway.errors import DataError
from headway.images import SUFFIXES
from headway.shards import imageparquet, tars
from headway.shards.filelists import cut_files, stamps_of
from headway.shards.place import Place, Stored
from headway.shards.records import NO_SPLIT, Cut
from headway.shards.storage import is_address, open_place

if TYPE_CHECKING:
    from headway.dataset import Dataset
    from headway.dataset.options import ReadingOptions

_PARQUET = (".parquet", ".pq")
_LARGEST_TABLE = 1 << 30


def open_source(
    sources: Sequence[str | Path], options: ReadingOptions, rows: int, read_local: Callable[[], Dataset]
) -> Cut:
    """Find out what is to be computed, and cut it into shards.

    Parameters
    ----------
    sources : sequence of str or Path
        Folders, tables, tar files or Parquet files, or addresses of these.
    options : ReadingOptions
        How labels are read.
    rows : int
        Pictures in a shard; a tar file is one shard in any case.
    read_local : callable
        Reads the sources as `headway.read` does, where they are neither tar files nor Parquet with pictures, nor in
        object storage.
    """
    packed = _packed_files(sources)
    if packed and all(tars.is_tar(file.name) for _, file in packed):
        return _cut_tars(packed, options, _where(sources))
    if packed and (cut := _cut_parquet(packed, options, _where(sources), rows)) is not None:
        return cut
    if not any(is_address(source) for source in sources):
        dataset = read_local()
        return cut_files(dataset, rows, stamps_of(name for name in dataset.pictures if isinstance(name, str)))
    if len(sources) > 1:
        raise DataError("folders and tables of object storage are computed one at a time: give one of them as DATA")
    return _cut_address(str(sources[0]), options, rows)


def _where(sources: Sequence[str | Path]) -> str:
    return str(sources[0]) if len(sources) == 1 else f"{sources[0]} and {len(sources) - 1:,} more"


def _packed_files(sources: Sequence[str | Path]) -> list[tuple[Place, Stored]]:
    """Return the tar or Parquet files that the sources are, or that folders of nothing else hold."""
    found: list[tuple[Place, Stored]] = []
    for source in sources:
        files = _packed_file(source) or _packed_folder(source)
        if not files:
            return []
        found += files
    kinds = {tars.is_tar(file.name) for _, file in found}
    return found if len(kinds) == 1 else []


def _packed_file(source: str | Path) -> list[tuple[Place, Stored]]:
    if is_address(source):
        folder, _, name = str(source).rpartition("/")
    else:
        folder, name = str(Path(source).parent), Path(source).name
    if suffix(name) not in (".tar", *_PARQUET) or (not is_address(source) and not Path(source).is_file()):
        return []
    place = open_place(folder)
    size, stamp = place.size(name), place.stamp(name)
    return [] if size is None or stamp is None else [(place, Stored(name, size, stamp))]


def _packed_folder(source: str | Path) -> list[tuple[Place, Stored]]:
    """Return the tar files of a folder, or its Parquet files, where there is nothing else that may be meant."""
    if not is_address(source) and not Path(source).is_dir():
        return []
    place = open_place(source)
    files = list(place.list())
    chosen = [file for file in files if tars.is_tar(file.name)]
    chosen = chosen or [file for file in files if suffix(file.name) in _PARQUET]
    if not chosen or place.has_folders() or any(suffix(file.name) in SUFFIXES for file in files):
        return []
    return [(place, file) for file in chosen]


def _check_options(options: ReadingOptions, what: str) -> None:
    """Refuse what does not go with tar files and Parquet."""
    columns = options.columns
    for name, value in (
        ("--label-pattern", options.label_pattern), ("--group-pattern", options.group_pattern),
        ("--class-names", options.class_names), ("--images", options.images), ("--fixes", options.fixes),
        ("--split-column", columns.split), ("--group-column", columns.group),
        ("--include", options.include), ("--exclude", options.exclude),
    ):  # fmt: skip
        if value:
            raise DataError(f"{name} goes with folders and tables, and this is {what}: leave it out")


def _cut_tars(files: Sequence[tuple[Place, Stored]], options: ReadingOptions, where: str) -> Cut:
    _check_options(options, "tar files")
    reading = tars.find_reading(*files[0], options.columns.path, options.columns.label)
    splits, note = _splits(files, options)
    readers = tuple(
        tars.TarFile(place, file.name, file.size, file.stamp, reading.picture, reading.label, split)
        for (place, file), split in zip(files, splits, strict=True)
    )
    notes = (*tars.tar_notes(reading), *note)
    return Cut(readers, tars.tar_source(len(files), where, reading), None, {}, False, notes)


def _cut_parquet(files: Sequence[tuple[Place, Stored]], options: ReadingOptions, where: str, rows: int) -> Cut | None:
    reading = imageparquet.find_reading(*files[0], options.columns.path, options.columns.label)
    if reading is None:
        return None
    _check_options(options, "Parquet with pictures")
    splits, note = _splits(files, options)
    readers = tuple(
        piece
        for (place, file), split in zip(files, splits, strict=True)
        for piece in imageparquet.cut_file(place, file, reading, rows, split)
    )
    pictures = sum(piece.rows for piece in readers)
    source = imageparquet.parquet_source(len(files), pictures, where, reading)
    return Cut(readers, source, None, {}, False, (*imageparquet.parquet_notes(reading), *note))


def _splits(files: Sequence[tuple[Place, Stored]], options: ReadingOptions) -> tuple[list[int], tuple[str, ...]]:
    """Return the split of each file by its name, such as ``train-00003-of-00010``, and a note where there are any."""
    stems = [re.sub(r"[0-9]+|\.[^.]*$", "", file.name) for _, file in files]
    codes = alike_split_codes(set(stems)) if options.splits else {}
    if not codes or len(set(codes.values())) < 2:
        return [NO_SPLIT] * len(files), ()
    splits = [codes[stem] for stem in stems]
    counted = ", ".join(f"{SPLIT_NAMES[code]} {splits.count(code):,}" for code in sorted(set(splits)))
    return splits, (f"Names of files tell splits: {counted} of {plural(len(files), 'file')}; --no-splits declines it",)


def _cut_address(address: str, options: ReadingOptions, rows: int) -> Cut:
    """Cut a folder of pictures, or a table, of object storage."""
    if options.fixes is not None:
        raise DataError("--fixes goes with pictures of this machine, and these are in object storage: leave it out")
    if suffix(address.rpartition("/")[2]) in TABLE_SUFFIXES:
        dataset = _read_table(address, options)
        return cut_files(dataset, rows, stamps_of(str(name) for name in dataset.pictures))
    place = open_place(address)
    files = list(place.list(deep=True))
    if not files:
        raise DataError(f"there is nothing at {place}: check the address")
    tree = walk_names(str(place), (file.name for file in files), Globs.of(options.include, options.exclude))
    if not tree.count():
        raise tree.no_pictures()
    dataset = with_groups(read_tree(tree, options), replace(options, groups=options.group_pattern is not None))
    return cut_files(dataset, rows, {place.address(file.name): f"{file.size}:{file.stamp}" for file in files})


def _read_table(address: str, options: ReadingOptions) -> Dataset:
    """Read a table of object storage, whose paths start from its folder."""
    folder, _, name = address.rpartition("/")
    place = open_place(folder)
    size = place.size(name)
    if size is None:
        raise DataError(f"{place.address(name)} is not there: check the address")
    if size > _LARGEST_TABLE:
        raise DataError(f"{place.address(name)} has {size:,} bytes, of at most {_LARGEST_TABLE:,}: divide it")
    with tempfile.TemporaryDirectory() as copied:
        path = Path(copied) / name
        path.write_bytes(place.read(name))
        dataset = with_groups(read_table(str(path), replace(options, addresses_from=folder)), options)
    return replace(dataset, source=replace(dataset.source, name=address))
