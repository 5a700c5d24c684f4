"""An ONNX file made into a backbone, and kept in the cache."""

from __future__ import annotations

import hashlib
import re
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from headway.backbones import converted
from headway.backbones.about import About, describe
from headway.backbones.foreign.untrusted import content_of, parsed, refuse_strange
from headway.backbones.foreign.wrapping import declared, reason, wrapped
from headway.backbones.info import BackboneInfo
from headway.errors import ModelError, UserError

if TYPE_CHECKING:
    from onnx import GraphProto, ModelProto

    from headway.types import Progress

_UINT8 = 2  # in onnx.TensorProto.DataType


def adopt(path: Path, *, image_size: int, cache: str | Path | None, progress: Progress) -> BackboneInfo:
    """Make a backbone of an ONNX file.

    Parameters
    ----------
    path : Path
        The file; nothing else is read.
    image_size : int
        Height and width of its pictures in pixels, where the file leaves them open; 0 for its own.
    cache : Path, optional
        Headway's cache folder, if it is not the usual one.
    progress : Progress
        Told what was found.

    Returns
    -------
    BackboneInfo
        Named after the file and its content; its own file is in the cache.

    Raises
    ------
    ModelError
        When it is no image network, or asks for what a network does not need: files beside it, operators of others,
        branches and loops.
    UserError
        When it cannot take pictures of this size.
    """
    content = content_of(path)
    sha256 = hashlib.sha256(content).hexdigest()
    stem = re.sub(r"[^A-Za-z0-9._+-]", "_", path.stem)[:60].lstrip("._+-") or "network"
    key = converted.key(stem, weights=sha256, image_size=image_size)
    if (found := converted.lookup(key, cache)) is not None:
        return found
    model = parsed(content, path)
    try:
        return _adopted(model, path, key, image_size, cache, progress)
    except ModelError as error:
        raise ModelError(f"{path} cannot be a backbone: {error}") from error


def _adopted(
    model: ModelProto, path: Path, key: str, image_size: int, cache: str | Path | None, progress: Progress
) -> BackboneInfo:
    import onnx

    refuse_strange(model)
    properties = {entry.key: entry.value for entry in model.metadata_props}
    whole, note = (model, "") if _is_ours(model.graph) else wrapped(model, image_size, properties)
    try:
        onnx.checker.check_model(whole, full_check=True)
    except Exception as error:  # of several kinds, some of them C++'s
        raise ModelError(f"its graph is not valid: {reason(error)}") from error
    info = describe(whole, About(key, path.name, f"the file {path.name}", "not known"))
    if image_size not in (0, info.input_size):
        raise UserError(f"{path} takes pictures of {info.input_size} pixels only: leave --image-size out")
    _try(whole, info)
    outputs = ", ".join(name for name in info.dims if name != "flat")
    progress.note(f"{path.name}: pictures of {info.input_size} pixels, {note}outputs {outputs}")
    return converted.keep(whole, info, cache)


def _is_ours(graph: GraphProto) -> bool:
    """Say whether a graph has the inputs and outputs that a backbone should have."""
    shapes = declared(graph)
    names = [value.name for value in graph.input]
    return (
        names == ["images"]
        and graph.input[0].type.tensor_type.elem_type == _UINT8
        and len(shapes["images"]) == 4
        and 0 < shapes["images"][1] == shapes["images"][2]
        and "head.mean" in shapes
        and all(
            len(shapes[value.name]) == (4 if value.name == "map" else 2) and 0 not in shapes[value.name][1:]
            for value in graph.output
        )
    )


def _try(model: ModelProto, info: BackboneInfo) -> None:
    """Let it look at two pictures, before it is kept."""
    from headway.backbones.openvino import Engine

    engine = Engine(model.SerializeToString(), info.depths)
    pictures = np.full((2, info.input_size, info.input_size, 3), 127, np.uint8)
    pictures[1] = np.random.default_rng(0).integers(0, 256, pictures.shape[1:])
    grey, noise = engine.run(pictures)
    if not np.isfinite((grey, noise)).all():
        raise ModelError("it computes something of a grey picture that is not finite")
    if np.array_equal(grey[-info.dims["head.mean"] :], noise[-info.dims["head.mean"] :]):
        raise ModelError("it gives the same for different pictures: are its weights all zero?")
