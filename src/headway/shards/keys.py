"""What a shard's name stands for, and what must be the same in all of a data set."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from headway._version import __version__
from headway.embedding import content
from headway.embedding.described import describe_features
from headway.errors import OutputError

if TYPE_CHECKING:
    from headway.backbones import BackboneInfo
    from headway.shards.records import Reader
    from headway.types import Device, Precision, Reading, ResizePolicy

_OF_A_SHARD = ("classes", "source")
_TITLES = {
    "headway": "the version of Headway",
    "decoders": "what decodes the pictures",
    "backbone_sha256": "the version of the backbone",
    "input_size": "the side of the squares",
    "value_range": "the range of values",
}


@dataclass(frozen=True)
class Job:
    """What is computed of every picture; it goes to other processes.

    Parameters
    ----------
    backbone : BackboneInfo
    outputs : tuple of str
        Which of its outputs.
    resize : {"crop", "squash", "letterbox"}
    reading : Reading
        How pictures are read.
    precision : {"fp32", "bf16"}
    device : {"cpu", "cuda"}
    grouped : bool
        Whether pictures have groups.
    source : str
        What is read, in one line.
    cache : Path
        Where converted networks are.
    """

    backbone: BackboneInfo
    outputs: tuple[str, ...]
    resize: ResizePolicy
    reading: Reading
    precision: Precision
    device: Device
    grouped: bool
    source: str
    cache: Path

    @property
    def dims(self) -> dict[str, int]:
        """Name and length of each output."""
        return {name: self.backbone.dims[name] for name in self.outputs}

    def about(self) -> dict[str, Any]:
        """Return what the features are of, as plain values: the same for all shards of a data set."""
        info = self.backbone
        about = describe_features(info.name, info.sha256, self.resize, info.input_size, self.reading, self.precision)
        return {**about, "headway": __version__, "decoders": content.decoders_name(self.reading), "device": self.device}

    def key(self, reader: Reader) -> str:
        """Return the SHA-256 of all that the file of a shard depends on."""
        space = content.space_name(self.backbone, self.resize, self.precision, self.outputs, self.device, self.reading)
        digest = hashlib.sha256(f"{space}\n{sorted(self.about().items())!r}\n{self.grouped}\n".encode())
        for line in reader.listing():
            digest.update(line.encode("utf-8", "surrogateescape") + b"\n")
        return digest.hexdigest()


def shared(about: Mapping[str, Any]) -> dict[str, Any]:
    """Return what a file of features says that is not of its own pictures."""
    return {name: value for name, value in about.items() if name not in _OF_A_SHARD}


def check_alike(
    place: object, found: Mapping[str, Any], dims: Mapping[str, int], wanted: Mapping[str, Any], own: Mapping[str, int]
) -> None:
    """Refuse a place with other features than those that are to be written there: one data set is of one kind."""
    for name in sorted({*found, *wanted}):
        if found.get(name) != wanted.get(name):
            what = _TITLES.get(name, f"the {name.replace('_', ' ')}")
            raise OutputError(
                f"{place} holds other features, which are not mixed: {what} is {found.get(name)!r} there, and "
                f"{wanted.get(name)!r} here; give another place with -o, or compute as before"
            )
    if dict(dims) != dict(own):
        raise OutputError(
            f"{place} holds other features, which are not mixed: {', '.join(dims)} there, and {', '.join(own)} here; "
            "give another place with -o, or the same --features"
        )
