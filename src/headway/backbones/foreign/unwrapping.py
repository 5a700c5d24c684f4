"""The network inside a model of Headway, which serves another problem: from cats and dogs to horses and donkeys."""

from __future__ import annotations

from typing import TYPE_CHECKING

from headway.backbones.nodes import needed
from headway.errors import ModelError

if TYPE_CHECKING:
    from onnx import ModelProto

# Names in the graphs that `headway.model` composes.
_OUTPUTS = ["probabilities", "embedding"]
_IMAGES, _EMBEDDING, _HEAD_MEAN, _FLAT = "images", "embedding", "head.mean", "flat"
_VIEWS = "views/"  # before the images and outputs of a network that is averaged over mirrored views
_PREFIXES = ("backbone/network/", "backbone/")  # before all other tensors


def without_head(model: ModelProto) -> ModelProto | None:
    """Return the network of a Headway model, without its head and mirrored views; None for any other network.

    The network is in plain parts. Its one output is the embedding or, where the head reads the flattened map, that map.
    Raises ModelError where the model begins behind hand-made descriptors, or its embedding is of nothing.
    """
    import onnx
    from onnx import TensorProto, helper

    graph = model.graph
    joined = next((node for node in graph.node if node.op_type == "Concat" and list(node.output) == [_EMBEDDING]), None)
    if joined is None or [value.name for value in graph.output] != _OUTPUTS:
        return None
    if [value.name for value in graph.input] != [_IMAGES]:
        raise ModelError("it reads hand-made descriptors and holds no network: name the descriptors instead")
    makers = {name: node for node in graph.node for name in node.output}
    prefix = _VIEWS if f"{_VIEWS}{_IMAGES}" in makers else ""
    output = prefix + (_HEAD_MEAN if _HEAD_MEAN in joined.input else next(reversed(joined.input), ""))
    passed: set[str] = set()
    while output in makers and (output == prefix + _FLAT or makers[output].op_type == "Identity"):
        passed.add(output)
        output = next(iter(makers[output].input), "")  # the map itself; the embedding of a model before this one
        if not output or output in passed:
            raise ModelError(f"its output {_EMBEDDING!r} is computed of nothing, or of itself")
    start = prefix + _IMAGES
    nodes, wanted = needed([node for node in graph.node if start not in node.output], [output])
    result = onnx.ModelProto(ir_version=model.ir_version, opset_import=model.opset_import)
    result.graph.name = "network"
    result.graph.input.extend(graph.input)
    result.graph.output.append(helper.make_tensor_value_info(_plain(output), TensorProto.FLOAT, None))
    for node in nodes:
        copy = result.graph.node.add()
        copy.CopyFrom(node)
        for tensors in (copy.input, copy.output):
            tensors[:] = [_IMAGES if name == start else _plain(name) for name in tensors]
    for tensor in graph.initializer:
        if tensor.name in wanted:
            copied = result.graph.initializer.add()
            copied.CopyFrom(tensor)
            copied.name = _plain(tensor.name)
    return result


def _plain(name: str) -> str:
    """Return a tensor's name without what stands before it in a model, so that it does not grow from fit to fit."""
    for prefix in _PREFIXES:
        name = name.removeprefix(prefix)
    return name
