"""An ONNX file converted to a backbone in the cache."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from headway.backbones import converted
from headway.backbones.bounds.reading import NotOnnxError, parse
from headway.backbones.bounds.values import MAX_INPUT_SIZE, quoted
from headway.backbones.bounds.walk import UINT8
from headway.backbones.foreign.colours import Colours
from headway.backbones.foreign.external import bring_in
from headway.backbones.foreign.lifting import lift
from headway.backbones.foreign.plain import plain
from headway.backbones.foreign.settling import settle
from headway.backbones.foreign.untrusted import content_of, shapes_of
from headway.backbones.foreign.unwrapping import without_head
from headway.backbones.foreign.wrapping import DEFAULT_SIZE, declared, reason, wrap
from headway.backbones.info import BackboneInfo
from headway.backbones.provenance import Provenance, describe
from headway.errors import ModelError, UserError, blaming

if TYPE_CHECKING:
    from onnx import GraphProto, ModelProto

    from headway.session import Session
    from headway.types import FloatArray

TOLERANCE = 1e-3  # of the norm, between two ways to write the same network; measured: docs/adr/0037


def adopt(path: Path, image_size: int, session: Session) -> BackboneInfo:
    """Make a backbone of an ONNX file; nothing else is read.

    The backbone is named after the file and its content, and its own file is in the cache. ``image_size`` counts where
    the file leaves it open; 0 stands for its own. Raises UserError when the network cannot take images of this size,
    and ModelError when it is not an image network, or has what a network does not need: files beside it, custom
    operators, branches and loops.
    """
    content = content_of(path)
    sha256 = hashlib.sha256(content).hexdigest()
    stem = re.sub(r"[^A-Za-z0-9._-]", "_", path.stem)[:60].lstrip("._-") or "network"
    key = converted.key(stem, weights=sha256, image_size=image_size)
    if (found := converted.lookup(key, session.cache)) is not None:
        return found
    provenance = Provenance(key, path.name, f"the file {path.name}", "not known")
    return adopt_content(content, provenance, image_size, session, place=str(path))


def adopt_content(
    content: bytes,
    provenance: Provenance,
    image_size: int,
    session: Session,
    *,
    place: str,
    colours: Colours | None = None,
    usual_size: int = DEFAULT_SIZE,
    beside: Mapping[str, Path] | None = None,
) -> BackboneInfo:
    """Make a backbone of an ONNX file's content, as `adopt` does.

    ``place`` is what messages call it; ``colours`` are those of its metadata where they are not given; ``usual_size``
    is the side of its pictures where neither the file nor ``image_size`` says it; ``beside`` are the files by name that
    its weights may be in.
    """
    try:
        model = parse(content)
        if beside:
            bring_in(model, beside)
        return _adopt(model, provenance, image_size, usual_size, colours, place, session)
    except NotOnnxError:
        raise ModelError(f"{place} is not an ONNX file, or is truncated") from None
    except ModelError as error:
        raise ModelError(f"{place} cannot be a backbone: {error}") from error


def _adopt(
    model: ModelProto,
    provenance: Provenance,
    image_size: int,
    usual_size: int,
    colours: Colours | None,
    place: str,
    session: Session,
) -> BackboneInfo:
    import onnx

    if not model.graph.node:
        raise ModelError("it holds no network")
    model = plain(model)
    properties = {entry.key: entry.value for entry in model.metadata_props}
    wrapped = None
    if _is_backbone(model.graph):
        backbone, note = _checked(model), ""
    else:
        network = lift(without_head(model) or model)
        wrapped, note = wrap(network, image_size or usual_size, colours or Colours.of_properties(properties))
        backbone = settle(wrapped)
    try:
        onnx.checker.check_model(backbone, full_check=True)
    except Exception as error:  # of several kinds, some of them C++'s
        raise ModelError(f"its graph is not valid: {reason(error)}") from error
    info = describe(backbone, provenance)
    if image_size not in (0, info.input_size):
        with blaming("image_size"):
            raise UserError(f"{place} takes pictures of {info.input_size} pixels only: leave --image-size out")
    rows = _check_features(backbone, info)
    if wrapped is not None and backbone is not wrapped:
        _check_equal(rows, _check_features(wrapped, info))
    outputs = ", ".join(name for name in info.dims if name != "flat")
    session.progress.note(f"{provenance.title}: pictures of {info.input_size} pixels, {note}outputs {outputs}")
    return converted.save(backbone, info, session.cache)


def _is_backbone(graph: GraphProto) -> bool:
    """Return whether a graph has a backbone's input and outputs already."""
    shapes = declared(graph)
    names = [value.name for value in graph.input]
    return (
        names == ["images"]
        and graph.input[0].type.tensor_type.elem_type == UINT8
        and len(shapes["images"]) == 4
        and 0 < shapes["images"][1] == shapes["images"][2] <= MAX_INPUT_SIZE
        and "head.mean" in shapes
        and all(
            len(shapes[value.name]) == (4 if value.name == "map" else 2) and 0 not in shapes[value.name][1:]
            for value in graph.output
        )
    )


def _checked(model: ModelProto) -> ModelProto:
    """Return a backbone within the bounds whose outputs are of the shapes that it declares."""
    sides = declared(model.graph)
    found = shapes_of(model, (1, *sides["images"][1:]), UINT8)
    for value in model.graph.output:
        if found.get(value.name, ())[1:] != sides[value.name][1:]:
            raise ModelError(f"its output {quoted(value.name)} is not of the shape that it declares")
    return model


def _check_features(model: ModelProto, info: BackboneInfo) -> FloatArray:
    """Run the backbone on two images before it is saved; return their features."""
    from headway.backbones.openvino import Engine

    engine = Engine(model.SerializeToString(), info.depths)
    images = np.full((2, info.input_size, info.input_size, 3), 127, np.uint8)
    images[1] = np.random.default_rng(0).integers(0, 256, images.shape[1:])
    rows = engine.run(images)
    if not np.isfinite(rows).all():
        raise ModelError("its features of a grey or noisy picture are not finite")
    grey, noise = rows[:, -info.dims["head.mean"] :]
    if np.array_equal(grey, noise):
        raise ModelError("it gives the same for different pictures: are its weights all zero?")
    return rows


def _check_equal(ours: FloatArray, theirs: FloatArray) -> None:
    """Compare the features of a network whose shapes became constants with those of the file's."""
    off = np.linalg.norm(ours - theirs, axis=1) / np.linalg.norm(theirs, axis=1)
    if not (off < TOLERANCE).all():  # so that what is no number is caught, too
        raise ModelError(f"rewritten for Headway it computes something else, by {off.max():.0e} of the norm: report it")
