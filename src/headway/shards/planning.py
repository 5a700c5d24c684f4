"""What of a data set is there already, and what is to be computed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from contextlib import closing
from typing import TYPE_CHECKING

from headway.errors import OutputError
from headway.pipeline import parallel
from headway.shards.computing import Shard
from headway.shards.footers import read_footer
from headway.shards.keys import Job, check_alike
from headway.shards.manifest import (
    NAME,
    Manifest,
    ShardEntry,
    features_file,
    is_shard_file,
    parse_manifest,
    unreadable_file,
)

if TYPE_CHECKING:
    from headway.shards.place import Place, Stored

_AT_ONCE = 16  # files of which the end is read


class Plan:
    """The shards of a data set, those of them that are there, and those that are to be computed.

    Attributes
    ----------
    place : Place
    stamp : str or None
        Of the manifest when it was read.
    shards : sequence of Shard
        All, in order.
    entries : dict of str to ShardEntry
        Those that are there, by their keys; more are added as they are computed.
    """

    def __init__(self, place: Place, job: Job, shards: Sequence[Shard]) -> None:
        self.place = place
        self.shards = shards
        self.stamp = place.stamp(NAME)
        manifest = None if self.stamp is None else parse_manifest(place)
        if manifest is not None:
            check_alike(place, manifest.about, manifest.dims, job.about(), job.dims)
        files = {file.name: file for file in self._files(manifest)}
        self._left = set(filter(is_shard_file, files))
        wanted = {shard.key for shard in shards}
        known = {} if manifest is None else {entry.key: entry for entry in manifest.shards if entry.key in wanted}
        self.entries = {key: entry for key, entry in known.items() if _is_whole(entry, files)}
        self._add_unnamed(job, wanted.difference(self.entries), files)
        if manifest is None:
            self._check_others(job, files, wanted)

    def missing(self) -> list[Shard]:
        """Return the shards that are to be computed; one list of pictures is one shard."""
        own = {shard.key: shard for shard in self.shards if shard.key not in self.entries}
        return list(own.values())

    def in_order(self) -> tuple[ShardEntry, ...]:
        """Return the entries of all shards, in order."""
        return tuple(self.entries[key] for key in dict.fromkeys(shard.key for shard in self.shards))

    def tidy(self) -> None:
        """Delete the files of shards that are none of the data set any more; the manifest must have been written."""
        named = {file for entry in self.entries.values() for file in _files_of(entry)}
        for name in sorted(self._left - named):
            self.place.delete(name)

    def _files(self, manifest: Manifest | None) -> Iterable[Stored]:
        """Return the files of the place; a place with others and without a manifest is somebody else's."""
        for file in self.place.list(deep=manifest is None):
            if manifest is None and not is_shard_file(file.name) and file.name != NAME:
                raise OutputError(
                    f"{self.place} holds other files, such as {file.name}: give a new or an empty folder with -o"
                )
            yield file

    def _add_unnamed(self, job: Job, keys: set[str], files: Mapping[str, Stored]) -> None:
        """Take shards that were written by a run that did not come to its end; what is damaged is deleted."""
        found = [files[name] for name in map(features_file, sorted(keys)) if name in files]
        with closing(parallel(found, self._entry, threads=_AT_ONCE, ahead=2 * _AT_ONCE)) as entries:
            for file, entry in zip(found, entries, strict=True):
                if entry is not None and _is_whole(entry, files):
                    self.entries[entry.key] = entry
                else:
                    self.place.delete(file.name)

    def _entry(self, file: Stored) -> ShardEntry | None:
        found = read_footer(self.place, file)
        return None if found is None else found.entry

    def _check_others(self, job: Job, files: Mapping[str, Stored], wanted: set[str]) -> None:
        """Refuse a place where a run that did not come to its end left other features."""
        known = {features_file(key) for key in wanted}
        for name, file in files.items():
            if name.startswith("features-") and name not in known and (found := read_footer(self.place, file)):
                check_alike(self.place, found.about, found.dims, job.about(), job.dims)
                return


def _files_of(entry: ShardEntry) -> list[str]:
    return [entry.file, *([unreadable_file(entry.key)] if entry.unreadable else [])]


def _is_whole(entry: ShardEntry, files: Mapping[str, Stored]) -> bool:
    there = all(name in files for name in _files_of(entry))
    return there and files[entry.file].size == entry.bytes
