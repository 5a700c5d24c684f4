"""The metadata of a converted network, from its publisher and from its graph."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from headway.backbones.info import BackboneInfo

if TYPE_CHECKING:
    from onnx import ModelProto

_FLOATS = (1, 10)  # float32 and float16 in onnx.TensorProto.DataType
IN_UNITS = {"network": "", "unit": ", colours from 0 to 1"}
"""What is added to a title, by the recipe's ``scaling``."""
# Of the input; not learned. Those of the network inside a model are called by the latter.
_NORMALISATION = ("backbone/centre", "backbone/scale", "backbone/network/centre", "backbone/network/scale")


@dataclass(frozen=True)
class Provenance:
    """Metadata that a network's graph does not hold; the fields are those of `BackboneInfo`."""

    name: str
    title: str
    source: str
    licence: str = ""
    imagenet_top1: float | None = None


def describe(model: ModelProto, provenance: Provenance) -> BackboneInfo:
    """Return the metadata of a network with a backbone's inputs and outputs; its digest is left empty."""
    shapes = {
        value.name: [side.dim_value for side in value.type.tensor_type.shape.dim][1:] for value in model.graph.output
    }
    dims = {name: math.prod(shape) for name, shape in shapes.items() if name != "map"}
    channels, height, width = shapes.get("map", (0, 0, 0))
    return BackboneInfo(
        name=provenance.name,
        title=provenance.title,
        dims=dims,
        map_shape=(channels, height, width),
        input_size=model.graph.input[0].type.tensor_type.shape.dim[1].dim_value,
        parameters=sum(
            math.prod(tensor.dims)
            for tensor in model.graph.initializer
            if tensor.data_type in _FLOATS and tensor.dims and tensor.name not in _NORMALISATION
        ),
        licence=provenance.licence,
        imagenet_top1=provenance.imagenet_top1,
        source=provenance.source,
        sha256="",
        depths=(*(name for name in dims if name.startswith("block") or name == "patches.mean"), "head.mean"),
    )
