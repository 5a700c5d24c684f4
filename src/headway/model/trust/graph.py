"""The graph of a model: of the form that Headway writes, and within the bounds."""

from __future__ import annotations

from typing import TYPE_CHECKING

from headway.backbones.bounds.rules import FLOAT
from headway.backbones.bounds.values import MAX_INPUT_SIZE, check_fields, quoted
from headway.backbones.bounds.walk import HALF, INT64, UINT8, Tensor, declared, walk
from headway.backbones.nodes import IMAGES, IR_VERSION, OPSETS
from headway.errors import ModelError
from headway.model.graph import FEATURES
from headway.model.outputs import OUTPUTS, describe_outputs

if TYPE_CHECKING:
    from onnx import GraphProto, ModelProto

# The fields that `compose` and `encode` set; others are training, quantization or sparse tensors.
_MODEL = {"ir_version", "producer_name", "doc_string", "opset_import", "graph", "metadata_props"}
_GRAPH = {"name", "node", "initializer", "input", "output"}


def check_graph(model: ModelProto) -> None:
    """Refuse a graph, from a file that is not trusted, that Headway would not make or that exceeds the bounds.

    Raises
    ------
    ModelError
        With what is wrong.
    """
    if model.functions or any(entry.domain not in ("", "ai.onnx") for entry in model.opset_import):
        raise ModelError("it holds custom operators, which are not run")
    check_fields(model, _MODEL, "model")
    check_fields(model.graph, _GRAPH, "graph")
    opsets = [(entry.domain, entry.version) for entry in model.opset_import]
    known = opsets in [[("", opset)] for opset in OPSETS]
    if model.producer_name != "headway" or model.ir_version != IR_VERSION or not known:
        opset = " or ".join(map(str, OPSETS))
        raise ModelError(f"it is not of opset {opset} and IR version {IR_VERSION}, as Headway's models are")
    for constant in model.graph.initializer:
        if constant.data_type not in (FLOAT, HALF, INT64):
            raise ModelError(f"its tensor {quoted(constant.name)} is not of floats or indices")
    tensors = walk(model.graph, _input(model.graph))
    names = [output.name for output in model.graph.output]
    if names != [output.name for output in OUTPUTS]:
        raise ModelError(f"its outputs are not {describe_outputs()}")
    for output in model.graph.output:
        found, kind = tensors.get(output.name), output.type.tensor_type.elem_type
        if found is None or len(found.shape) != 2 or (kind, *declared(output)) != (FLOAT, None, found.shape[1]):
            raise ModelError(f"its outputs are not {describe_outputs()}")


def _input(graph: GraphProto) -> Tensor:
    """Return one picture, or one row of hand-made features."""
    inputs = [(value.name, value.type.tensor_type.elem_type) for value in graph.input]
    sides = declared(graph.input[0]) if inputs else ()
    if inputs == [(IMAGES, UINT8)] and len(sides) == 4:
        n, height, width, channels = sides
        if n is None and height == width and channels == 3 and height and 1 <= height <= MAX_INPUT_SIZE:
            return Tensor((1, height, height, 3), UINT8)
    if inputs == [(FEATURES, FLOAT)] and len(sides) == 2:
        n, columns = sides
        if n is None and columns and columns > 0:
            return Tensor((1, columns), FLOAT)
    raise ModelError(
        f"its input is not images, uint8 (N, size, size, 3) with a size of 1 to {MAX_INPUT_SIZE}, "
        "nor features, float32 (N, d)"
    )
