"""What is said of a converted network: by whoever made it, and by its graph."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from headway.backbones.info import BackboneInfo

if TYPE_CHECKING:
    from onnx import ModelProto

_FLOATS = (1, 10)  # float32 and float16 in onnx.TensorProto.DataType
_NOT_LEARNT = ("backbone/centre", "backbone/scale")  # the normalisation of pictures


@dataclass(frozen=True)
class About:
    """What is known of a network beside its graph.

    Attributes
    ----------
    name : str
        Of the conversion, and of its file.
    title : str
        Its name in prose.
    source : str
        Where network and weights are from.
    licence : str
        Of the weights, or ``""``.
    imagenet_top1 : float or None
        Published accuracy, between 0 and 1.
    """

    name: str
    title: str
    source: str
    licence: str = ""
    imagenet_top1: float | None = None


def describe(model: ModelProto, about: About) -> BackboneInfo:
    """Describe a network, whose digest is not known yet.

    Parameters
    ----------
    model : onnx.ModelProto
        With the inputs and outputs of :mod:`headway.backbones.info`.
    about : About
        What its graph doesn't say.

    Returns
    -------
    BackboneInfo
    """
    shapes = {
        value.name: [side.dim_value for side in value.type.tensor_type.shape.dim][1:] for value in model.graph.output
    }
    dims = {name: math.prod(shape) for name, shape in shapes.items() if name != "map"}
    blocks = [name for name in dims if name.startswith("block")]
    learnt = [
        math.prod(tensor.dims)
        for tensor in model.graph.initializer
        if tensor.data_type in _FLOATS and tensor.dims and tensor.name not in _NOT_LEARNT
    ]
    channels, height, width = shapes.get("map", (0, 0, 0))
    return BackboneInfo(
        name=about.name,
        title=about.title,
        dims=dims,
        map_shape=(channels, height, width),
        input_size=model.graph.input[0].type.tensor_type.shape.dim[1].dim_value,
        parameters=sum(learnt),
        licence=about.licence,
        imagenet_top1=about.imagenet_top1,
        source=about.source,
        sha256="",
        depths=(*blocks, "head.mean"),
    )
