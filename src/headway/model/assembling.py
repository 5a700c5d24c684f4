"""A model from what its file holds, once the file and its graph are checked."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from headway.errors import DataError, ModelError
from headway.model import descriptors, heads, learned, trust
from headway.model.core import Model
from headway.model.graph import FEATURES
from headway.model.outputs import EMBEDDING
from headway.preparation import Transform

if TYPE_CHECKING:
    from onnx import ModelProto


def assemble(proto: ModelProto, metadata: Mapping[str, Any], name: str) -> Model:
    """Check the facts and the head, and that they go with the graph, and return the model.

    Raises
    ------
    ModelError
        With what is wrong, after the ``name`` of the file.
    """
    try:
        report = trust.check_report(metadata)
        head, columns, calibration = heads.read(proto.graph, report.head.kind)
        vocabularies = descriptors.unpack(metadata["vocabularies"]) if "vocabularies" in metadata else ()
        images = {name: learned.check(name, metadata.get(name)) for name in ("learned_from", "tested_on")}
        transform = Transform(vocabularies, columns)
        model = Model(proto, report, head, calibration, **images, transform=transform, name=name)
        _check(model, has_vocabularies="vocabularies" in metadata)
    except (ModelError, DataError) as error:
        raise ModelError(f"{name}: {error}") from None
    return model


def _check(model: Model, *, has_vocabularies: bool) -> None:
    """Refuse a model whose metadata and graph, each sound by itself, disagree."""
    if len(model.classes) != model.head.n_classes:
        raise ModelError("its class names do not match the outputs of its head")
    declared = model.proto.graph.input[0]
    if model.is_handmade != (declared.name == FEATURES) or model.is_handmade != has_vocabularies:
        raise ModelError("its metadata and its graph do not agree whether its features are hand-made")
    first = model.proto.graph.node[0]
    if model.is_handmade and (first.name != EMBEDDING or list(first.input) != [FEATURES]):
        raise ModelError("its graph holds more than a head for hand-made features")
    joined = next(node for node in model.proto.graph.node if node.name == EMBEDDING)
    if not model.is_handmade and list(joined.input) != list(model.features):
        raise ModelError("its metadata headway.features.outputs are not those that its head reads")
    if not model.is_handmade and declared.type.tensor_type.shape.dim[1].dim_value != model.size:
        raise ModelError(f"its input is not uint8 (N, {model.size}, {model.size}, 3)")
