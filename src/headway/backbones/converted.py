"""Converted networks in the cache: ONNX files, each with its metadata in a ``.json`` beside it.

The metadata are also among the file's ``metadata_props``, so that the file alone can be identified; the digest in the
``.json`` shows whether the file is whole. Nothing here needs PyTorch.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from headway.areas import Area, delete_file, size_of_file
from headway.backbones.info import BackboneInfo
from headway.errors import DataError, OutputError
from headway.facts.codec import parse, plain
from headway.facts.layers import Layer
from headway.places import make_private, replacing

if TYPE_CHECKING:
    from onnx import ModelProto

    from headway.types import Scaling

PROPERTY = "headway.backbone"  # of the metadata_props
MOST_DESCRIPTION = 1 << 20  # bytes
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:+-]{0,150}")
_KINDS: dict[str, Any] = {
    "name": str,
    "title": str,
    "dims": dict,
    "map_shape": list,
    "input_size": int,
    "parameters": int,
    "licence": str,
    "imagenet_top1": float | None,
    "source": str,
    "depths": list,
}

_LAYERS = "layers"  # only of libraries that count otherwise than the graph shows


def _delete(path: Path) -> bool:
    # In this order: a network without its description counts as absent.
    return delete_file(path.with_suffix(".json")) and delete_file(path)


def _measure(path: Path) -> int:
    beside = path.with_suffix(".json")
    return size_of_file(path) + (size_of_file(beside) if beside.is_file() else 0)


AREA = Area("backbones", "*.onnx", delete=_delete, measure=_measure)
"""Networks that were converted, from the hub, libraries and modules: the last cannot be made again from here."""


def key(name: str, *, weights: str = "", image_size: int = 0, scaling: Scaling = "network") -> str:
    """Return the name of a conversion: that of the network, and whatever differs from its defaults.

    ``weights`` is ``""`` for the pretrained ones, ``"random"``, or the sha256 of a file; ``image_size`` is 0 for the
    network's own. So VGG16 for images of 128 pixels with random weights is ``vgg16-128px-random``, and
    ``vgg16-128px-unit-random`` where colours are scaled to 0…1 and no more.
    """
    unit = "" if scaling == "network" else scaling
    return "-".join(filter(None, [name, f"{image_size}px" if image_size else "", unit, weights[:12]]))


def is_key(name: str) -> bool:
    """Return whether a string can be the name of a conversion, and of its file."""
    return _NAME.fullmatch(name) is not None


def path_of(name: str, cache: str | Path | None = None) -> Path:
    """Return the path of a conversion's ONNX file."""
    return AREA.folder(cache) / f"{name.replace(':', '-')}.onnx"


def lookup(name: str, cache: str | Path | None = None) -> BackboneInfo | None:
    """Return the metadata of a conversion; None where the cache has none of that name, or a damaged one."""
    if not is_key(name):
        return None
    path = path_of(name, cache)
    info = _read(path)
    if info is None or info.name != name:
        return None
    return info if sha256_of(path) == info.sha256 else None


def sha256_of(path: Path) -> str:
    """Return the sha256 of a file, in hexadecimal."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def list_converted(cache: str | Path | None = None) -> Iterator[BackboneInfo]:
    """Yield the metadata of the conversions in the cache, by name, without those that are damaged."""
    folder = AREA.folder(cache)
    for beside in sorted(folder.glob("*.json")) if folder.is_dir() else []:
        if (info := _read(beside.with_suffix(".onnx"))) is not None:
            yield info


def _read(path: Path) -> BackboneInfo | None:
    """Read the description beside an ONNX file; None where one of them is missing, or they do not match."""
    beside = path.with_suffix(".json")
    try:
        if beside.stat().st_size > MOST_DESCRIPTION:
            return None
        found = json.loads(beside.read_bytes())
        info = parse_description(found["backbone"], found["sha256"])
        return replace(info, path=path) if _metadata(found["backbone"]) in _end(path) else None
    except (OSError, ValueError, KeyError, TypeError):
        return None


def _metadata(description: Mapping[str, Any]) -> bytes:
    """Return a description as it stands among a file's ``metadata_props``."""
    return json.dumps(description).encode()


def _end(path: Path) -> bytes:
    """Read the end of an ONNX file, where its ``metadata_props`` are."""
    with path.open("rb") as file:
        file.seek(max(0, path.stat().st_size - MOST_DESCRIPTION))
        return file.read()


def parse_description(found: Mapping[str, Any], sha256: str) -> BackboneInfo:
    """Return the metadata in a description that is not trusted, or raise ValueError where it is malformed."""
    for name, kind in _KINDS.items():
        if name not in found or not isinstance(found[name], kind) or isinstance(found[name], bool):
            raise ValueError(f"its {name} is missing or of a wrong type")
    dims, depths, map_shape = found["dims"], found["depths"], found["map_shape"]
    if not dims or not all(type(width) is int and width > 0 for width in dims.values()):
        raise ValueError("its dims must be lengths")
    if len(map_shape) != 3 or not all(type(side) is int for side in map_shape):
        raise ValueError("its map_shape must be three numbers")
    if not depths or not all(type(output) is str and output in dims for output in depths):
        raise ValueError("its depths must be among its outputs")
    if not isinstance(sha256, str) or not re.fullmatch(r"[0-9a-f]{64}", sha256) or not is_key(found["name"]):
        raise ValueError("its name or digest is malformed")
    try:
        layers = parse(tuple[Layer, ...], found.get(_LAYERS, []))
    except DataError as error:
        raise ValueError(f"its layers are malformed: {error}") from error
    known = {name: found[name] for name in _KINDS} | {"map_shape": tuple(map_shape), "depths": tuple(depths)}
    return BackboneInfo(**known, sha256=sha256, layers=layers)


def save(model: ModelProto, info: BackboneInfo, cache: str | Path | None = None) -> BackboneInfo:
    """Write a conversion to the cache, whole or not at all; return the metadata with its digest and path."""
    import onnx

    description = {name: getattr(info, name) for name in _KINDS}
    if info.layers:
        description[_LAYERS] = plain(info.layers)
    onnx.helper.set_model_props(model, {PROPERTY: _metadata(description).decode()})
    content: bytes = model.SerializeToString(deterministic=True)
    sha256 = hashlib.sha256(content).hexdigest()
    path = path_of(info.name, cache)
    try:
        make_private(path.parent)
    except OSError as error:
        raise OutputError(f"{path} cannot be written: {error.strerror}; name another cache with --cache") from error
    # A file without its description counts as absent, so an interrupted write is never taken for a whole one.
    path.with_suffix(".json").unlink(missing_ok=True)
    with replacing(path, option="--cache") as file:
        file.write(content)
    with replacing(path.with_suffix(".json"), option="--cache") as file:
        file.write(json.dumps({"sha256": sha256, "backbone": description}, indent=2).encode() + b"\n")
    return replace(info, sha256=sha256, path=path)
