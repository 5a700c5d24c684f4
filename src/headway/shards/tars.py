"""Shards that are tar files as WebDataset has them: ``key.jpg``, with ``key.cls``, ``key.json`` or ``key.txt``.

Nothing is unpacked to disk. Members of one key follow one another; a tar that is damaged is a `DataError`, because what
is behind the damage would be missing unseen.
"""

from __future__ import annotations

import functools
import itertools
import json
import sys
from collections import Counter
from collections.abc import Generator, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from headway.dataset.archives.members import Bounds, Member, tar_members
from headway.dataset.names import plural, some
from headway.dataset.walk import suffix
from headway.errors import DataError, PictureError
from headway.images import SUFFIXES
from headway.shards.records import (
    LARGEST_BYTES,
    NO_SPLIT,
    SMALL_BYTES,
    Later,
    Record,
    SourceFile,
    Unreadable,
    label_of,
    stream,
    too_large,
)

if TYPE_CHECKING:
    from headway.shards.place import Place, Stored
    from headway.types import Picture

_LABEL_ENDINGS = ("cls", "txt")
_LABEL_FIELDS = ("label", "class", "cls", "class_name", "category", "target")
_MOST_TEXT = 1 << 20  # bytes of a member that may hold the label
_SAMPLED = 100
_TWICE = "its name stands twice in the tar file, and it is not known which of both is meant"
_AHEAD_BYTES = 8 << 20  # read at once from object storage, of which each answer takes its time


@dataclass
class _Sample:
    """The members of one key."""

    key: str
    pictures: dict[str, Picture] = field(default_factory=dict)
    texts: dict[str, bytes] = field(default_factory=dict)


@dataclass(frozen=True)
class TarFile(SourceFile):
    """A tar file.

    Parameters
    ----------
    picture : str or None
        The ending of the pictures, without its dot; None where each key has one picture.
    label : str or None
        What holds the labels: ``cls``, ``txt``, or a field of the JSON.
    split : int
        The part that its pictures belong to, by its name.
    """

    picture: str | None = None
    label: str | None = None
    split: int = NO_SPLIT

    @property
    def pictures(self) -> None:
        """Not known before it is read."""
        return

    def listing(self) -> Iterator[str]:
        """Yield one line."""
        yield f"tar {self.title!r} {self.size}:{self.stamp} {self.picture} {self.label} {self.split}"

    def records(self) -> Generator[Record]:
        """Yield the pictures."""
        with closing(self._samples()) as samples:
            for sample in samples:
                if not sample.pictures:
                    continue
                ending = self.picture if self.picture in sample.pictures else next(iter(sample.pictures))
                if len(sample.pictures) > 1 and self.picture is None:
                    raise DataError(_several(self.title, sample))
                name, picture, label = f"{self.title}/{sample.key}.{ending}", sample.pictures[ending], None
                try:
                    label = None if self.label is None else _label(sample, self.label)
                except PictureError as error:
                    picture = stream(Unreadable(str(error)))
                yield Record(name, picture, label, self.split)

    def _samples(self) -> Generator[_Sample]:
        try:
            file = self.place.open(self.name, ahead=_AHEAD_BYTES)
        except FileNotFoundError:
            raise DataError(f"{self.title} is not there any more: run the same again") from None
        with file:
            sample: _Sample | None = None
            bounds = Bounds(repr(self.title), self.size, "", sys.maxsize)
            for member in tar_members(file, bounds):
                if member.kind == "folder" or member.name.rpartition("/")[2].startswith("."):  # hidden, as of macOS
                    continue
                key, ending = _divided(member.name)
                if sample is not None and sample.key != key:
                    yield sample
                    sample = None
                sample = sample or _Sample(key)
                if f".{ending.rpartition('.')[2]}" in SUFFIXES:
                    twice = ending in sample.pictures
                    sample.pictures[ending] = stream(Unreadable(_TWICE)) if twice else self._picture(member)
                elif member.kind != "file":
                    continue
                elif ending in _LABEL_ENDINGS or ending == "json":
                    sample.texts[ending] = b"".join(member.chunks) if member.size <= _MOST_TEXT else b""
            if sample is not None:
                yield sample

    def _picture(self, member: Member) -> Picture:
        if member.kind != "file":
            return stream(Unreadable("a link or a file of another kind in a tar file, which is not followed"))
        if member.size > LARGEST_BYTES:
            return too_large(member.size)
        if member.size <= SMALL_BYTES:
            return b"".join(member.chunks) or stream(Unreadable("an empty member of a tar file"))
        return stream(Later(functools.partial(_part, self.place, self.name, member.start, member.size)))


def _part(place: Place, name: str, start: int, size: int) -> bytes:
    with place.open(name) as file:
        file.seek(start)
        return file.read(size)


def _divided(name: str) -> tuple[str, str]:
    """Return the key of a member and its ending: what stands before and behind the first dot of its name."""
    folder, slash, base = name.rpartition("/")
    key, _, ending = base.partition(".")
    return f"{folder}{slash}{key}", ending.lower()


def _label(sample: _Sample, label: str) -> str | None:
    """Return the label of a sample; None where it has none."""
    if label in _LABEL_ENDINGS:
        if label not in sample.texts:
            return None
        text = sample.texts[label].decode("utf-8", "backslashreplace").strip()
    else:
        text = _field(sample, label)
    return label_of(text)


def _field(sample: _Sample, name: str) -> str:
    value = _fields(sample).get(name)
    return str(value).strip() if isinstance(value, str | int) else ""


def _fields(sample: _Sample) -> dict[str, Any]:
    try:
        values = json.loads(sample.texts.get("json", b"{}"))
    except (ValueError, RecursionError):
        return {}
    return values if isinstance(values, dict) else {}


def _several(title: str, sample: _Sample) -> str:
    return (
        f"{title} must have one picture for each key, and {sample.key!r} has {some(list(sample.pictures))}: name the "
        "ending of the right one with --path-column"
    )


@dataclass(frozen=True)
class TarReading:
    """How tar files are read: which ending pictures have, what holds labels, and whether that was guessed."""

    picture: str | None
    label: str | None
    guessed: bool = False


def find_reading(place: Place, file: Stored, picture: str | None, label: str | None) -> TarReading:
    """Find out what holds the labels, by the first samples of a tar; what the user names is not asked about."""
    with closing(TarFile(place, file.name, file.size, file.stamp)._samples()) as samples:
        first = [sample for sample in itertools.islice(samples, _SAMPLED) if sample.pictures]
    title = place.address(file.name)
    if not first:
        raise DataError(
            f"{title} has no picture among the first {_SAMPLED} of its keys: tar shards have key.jpg with key.cls or "
            "key.json beside it"
        )
    endings = Counter(ending for sample in first for ending in sample.pictures)
    if picture is None and (twice := next((each for each in first if len(each.pictures) > 1), None)) is not None:
        raise DataError(_several(title, twice))
    picture = None if picture is None else picture.removeprefix(".").lower()
    if picture is not None and picture not in endings:
        raise DataError(f"{title} has no picture that ends in {picture!r}, but {some(list(endings))}")
    if label is not None:
        label = label.removeprefix(".")
        if label not in _LABEL_ENDINGS and not any(_field(sample, label) for sample in first):
            fields = sorted({name for sample in first for name in _fields(sample)})
            raise DataError(f"no JSON of {title} has a field {label!r}; there are {some(fields) or 'none'}")
        return TarReading(picture, label)
    for found in ("cls", *_LABEL_FIELDS, "txt"):
        if _labels_all(first, found):
            return TarReading(picture, found, guessed=found != "cls")
    return TarReading(picture, None)


def _labels_all(samples: Sequence[_Sample], label: str) -> bool:
    """Say whether something holds a label of most samples, and not a sentence about each."""
    try:
        labels = [found for sample in samples if (found := _label(sample, label)) is not None]
    except PictureError:
        return False
    if label == "txt" and 2 * len(set(labels)) > len(labels) > 4:  # captions
        return False
    return 2 * len(labels) >= len(samples)


def tar_source(count: int, where: str, reading: TarReading) -> str:
    """Say in one line what is read."""
    labels = "no labels" if reading.label is None else f"labels from {_named(reading.label)}"
    return f"WebDataset {where}: {plural(count, 'tar file')}, {labels}"


def tar_notes(reading: TarReading) -> tuple[str, ...]:
    """Say what was guessed, and how to decline it."""
    if reading.label is None:
        return (
            "No labels are taken from these tar files: neither .cls, nor .json, nor short texts stand beside the "
            "pictures; another field or ending is named with --label-column",
        )
    if not reading.guessed:
        return ()
    return (
        f"Labels are taken from {_named(reading.label or '')}; another field or ending is named with --label-column",
    )


def _named(label: str) -> str:
    return f".{label}" if label in _LABEL_ENDINGS else f"{label!r} of the JSON"


def is_tar(name: str) -> bool:
    """Say whether a file is a tar by its name."""
    return suffix(name) == ".tar"
