"""What a feature data set holds: ``manifest.json``, the one file that says which of the others count.

A feature data set is a folder, or a prefix of object storage, of Parquet files, each of which is a file of features by
itself (`headway.embedding.parquet`). A file that the manifest does not name does not exist; the manifest is written
last, at once, and by one process.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from headway.errors import DataError
from headway.facts.codec import parse, plain
from headway.shards.storage import Place, is_address, open_place

NAME = "manifest.json"
SCHEMA = 1
_SIGN = b'{"headway": "feature data set"'
_MOST_BYTES = 1 << 28
_SHARD_FILE = re.compile(r"(features|unreadable)-[0-9a-f]{64}\.parquet")


@dataclass(frozen=True)
class ShardEntry:
    """One file of features.

    Parameters
    ----------
    file : str
        Its name within the data set.
    key : str
        SHA-256, in hexadecimal digits, of all that its numbers depend on: the list of its pictures, the network, the
        decoding policy and the precision.
    rows : int
        Pictures with features.
    unreadable : int
        Pictures that could not be read; they are rows of ``unreadable-KEY.parquet``, with the reasons.
    bytes : int
        Size of the file.
    labels : mapping of str to int
        How many rows each class has; the others have no label.
    """

    file: str
    key: str
    rows: int
    unreadable: int
    bytes: int
    labels: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True)
class Manifest:
    """What a feature data set holds.

    Parameters
    ----------
    schema : int
        Version of this format.
    about : dict
        What the features are of, as `headway.embedding.described.describe` says it, without what differs between
        shards; and ``headway``, ``decoders`` and ``device``: the version, what decoded the pictures, and where the
        network ran.
    classes : tuple of str
        The classes of all shards, sorted as a data set sorts them.
    dims : dict of str to int
        Name of each feature and its length, in the order of the columns.
    source : str
        What was read, in one line.
    shards : tuple of ShardEntry
        The files, in the order of the pictures.
    """

    schema: int
    about: dict[str, Any]
    classes: tuple[str, ...]
    dims: dict[str, int]
    source: str
    shards: tuple[ShardEntry, ...]

    @property
    def rows(self) -> int:
        """Pictures with features, in all shards."""
        return sum(shard.rows for shard in self.shards)

    @property
    def unreadable(self) -> int:
        """Pictures that could not be read, in all shards."""
        return sum(shard.unreadable for shard in self.shards)


def features_file(key: str) -> str:
    """Return the name of a shard's file of features."""
    return f"features-{key}.parquet"


def unreadable_file(key: str) -> str:
    """Return the name of the table of pictures of a shard that could not be read."""
    return f"unreadable-{key}.parquet"


def is_shard_file(name: str) -> bool:
    """Say whether a file has the name of one of a shard.

    Examples
    --------
    >>> is_shard_file(features_file("0" * 64)), is_shard_file("features.parquet")
    (True, False)
    """
    return _SHARD_FILE.fullmatch(name) is not None


def encode_manifest(manifest: Manifest) -> bytes:
    """Return the content of ``manifest.json``."""
    return json.dumps({"headway": "feature data set", **plain(manifest)}, ensure_ascii=False).encode() + b"\n"


def is_feature_dataset(path: object) -> bool:
    """Say whether a path or an address is that of a feature data set; quick for all other paths.

    Examples
    --------
    >>> is_feature_dataset("no-such-folder")
    False
    """
    if not isinstance(path, str | Path):
        return False
    if not is_address(path):
        try:
            with (Path(path) / NAME).open("rb") as file:
                return file.read(len(_SIGN)) == _SIGN
        except (OSError, ValueError):
            return False
    return open_place(path).size(NAME) is not None


def read_manifest(place: Place | str | Path) -> Manifest:
    """Read and check the manifest of a feature data set, and that all files are there, of the sizes that it says.

    Raises
    ------
    DataError
        When there is none, it is damaged or of a newer Headway, or a file is missing or of another size.
    """
    place = place if isinstance(place, Place) else open_place(place)
    manifest = parse_manifest(place)
    if manifest is None:
        raise DataError(f"{place} is no feature data set: it has no {NAME}; `headway embed DATA -o {place}` makes one")
    sizes = {file.name: file.size for file in place.list()}
    for shard in manifest.shards:
        found = sizes.get(shard.file)
        if found != shard.bytes:
            what = "is missing" if found is None else f"has {found:,} bytes instead of {shard.bytes:,}"
            raise DataError(
                f"the feature data set {place} is not whole: {shard.file} {what}; run `headway embed` again, which "
                "computes what is missing only"
            )
    return manifest


def parse_manifest(place: Place) -> Manifest | None:
    """Return the manifest at a place, checked but for the files that it names; None where there is none."""
    size = place.size(NAME)
    if size is None:
        return None
    if size > _MOST_BYTES:
        raise _damaged(place, ValueError(f"it has {size:,} bytes, of at most {_MOST_BYTES:,}"))
    try:
        values = json.loads(place.read(NAME))
    except (ValueError, RecursionError) as error:
        raise _damaged(place, error) from error
    if not isinstance(values, dict) or values.get("headway") != "feature data set":
        raise DataError(f"{place.address(NAME)} is not Headway's: give a new or an empty folder with -o")
    if type(values.get("schema")) is int and values["schema"] > SCHEMA:
        raise DataError(f"{place} was written by a newer Headway (schema {values['schema']}): update Headway")
    try:
        manifest = parse(Manifest, values)
        _check(manifest)
    except (ValueError, RecursionError, DataError) as error:
        raise _damaged(place, error) from error
    return manifest


def _damaged(place: Place, error: BaseException) -> DataError:
    why = " ".join(str(error).split())[:200]
    return DataError(
        f"{NAME} of {place} is damaged: {why}; delete it and run `headway embed` again, which computes what is missing "
        "only"
    )


def _check(manifest: Manifest) -> None:
    if manifest.schema < 1:
        raise ValueError(f"its schema is {manifest.schema}")
    if not manifest.dims or not all(width > 0 for width in manifest.dims.values()):
        raise ValueError("its features must have lengths above 0")
    classes = set(manifest.classes)
    if len(classes) < len(manifest.classes):
        raise ValueError("it names a class twice")
    if len({shard.key for shard in manifest.shards}) < len(manifest.shards):
        raise ValueError("it names a shard twice")
    for shard in manifest.shards:
        if not is_shard_file(shard.file) or shard.file != features_file(shard.key):
            raise ValueError(f"a shard must be named by its key, and one is {shard.file!r}")
        if min(shard.rows, shard.unreadable, shard.bytes, *shard.labels.values(), 0) < 0:
            raise ValueError(f"{shard.file} has a count below 0")
        if sum(shard.labels.values()) > shard.rows:
            raise ValueError(f"{shard.file} has more labels than rows")
        if not classes.issuperset(shard.labels):
            raise ValueError(f"{shard.file} has a label that is none of its classes")
