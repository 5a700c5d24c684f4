"""A network of others in the parts that `headway.backbones.bounds` knows: nodes, and constants beside them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import numpy as np

from headway.backbones.bounds.rules import FLOAT
from headway.backbones.bounds.walk import DTYPES, HALF
from headway.errors import ModelError

if TYPE_CHECKING:
    from onnx import GraphProto, ModelProto, NodeProto, TensorProto

_FEW = 1024  # numbers, which are not worth a node of their own


def plain(model: ModelProto) -> ModelProto:
    """Return the same network without what means nothing to a backbone.

    Constants are tensors of the graph with raw content, and no longer nodes, or weights that old files list among
    the inputs. Raises ModelError for what no network needs: custom operators, branches, loops, files beside it.
    """
    _check(model)
    import onnx

    graph = model.graph
    tensors = {tensor.name: _raw(tensor, tensor.name) for tensor in graph.initializer}
    nodes: list[NodeProto] = []
    for node in graph.node:
        if node.op_type == "Constant":
            name = next(iter(node.output), "")
            tensors[name] = _raw(_constant(node, name), name)
        else:
            nodes += _plainer(node, tensors)
    nodes = [*_widened(tensors, nodes), *nodes]
    result = onnx.ModelProto(
        ir_version=model.ir_version, opset_import=model.opset_import, metadata_props=model.metadata_props
    )
    result.graph.name = "network"
    result.graph.node.extend(_in_order(nodes))
    result.graph.initializer.extend(tensors.values())
    result.graph.input.extend(value for value in graph.input if value.name not in tensors)
    result.graph.output.extend(graph.output)
    for value in result.graph.input:
        if value.type.tensor_type.elem_type == HALF:
            value.type.tensor_type.elem_type = FLOAT
    return result


def _in_order(nodes: list[NodeProto]) -> Iterator[NodeProto]:
    """Yield nodes behind those that they read, else as they were; converters to float16 append theirs at the end."""
    maker = {name: place for place, node in enumerate(nodes) for name in node.output}
    seen: set[int] = set()  # those of a circle, too, which stays one
    for first in range(len(nodes)):
        if first in seen:
            continue
        seen.add(first)
        waiting = [(first, iter(nodes[first].input))]
        while waiting:
            place, names = waiting[-1]
            before = next((maker[name] for name in names if maker.get(name, place) not in seen), None)
            if before is None:
                waiting.pop()
                yield nodes[place]
            else:
                seen.add(before)
                waiting.append((before, iter(nodes[before].input)))


def _widened(tensors: dict[str, TensorProto], nodes: list[NodeProto]) -> Iterator[NodeProto]:
    """Let a network in float16 compute in float32, in place; yield what widens its weights, which stay as they are."""
    from onnx import helper, numpy_helper

    for node in nodes:
        for attribute in node.attribute if node.op_type == "Cast" else ():
            if attribute.name == "to" and attribute.i == HALF:
                attribute.i = FLOAT
    read = {name for node in nodes if node.op_type != "Cast" for name in node.input}
    for name, tensor in [*tensors.items()]:
        if tensor.data_type != HALF or name not in read:
            continue
        content = numpy_helper.to_array(tensor)
        if content.size < _FEW:
            tensors[name] = numpy_helper.from_array(content.astype(np.float32), name)
            continue
        half = f"{name}.half"
        tensors[half] = numpy_helper.from_array(content, half)
        del tensors[name]
        yield helper.make_node("Cast", [half], [name], name=name, to=FLOAT)


def _check(model: ModelProto) -> None:
    graph = model.graph
    if model.functions or any(node.domain not in ("", "ai.onnx") for node in graph.node):
        raise ModelError("it has custom operators, which are not run")
    if any(tensor.data_location != tensor.DEFAULT or tensor.external_data for tensor in _tensors(graph)):
        raise ModelError("its weights are in files beside it, which are not read: save it as one file")
    if graph.sparse_initializer or any(
        attribute.HasField("g") or attribute.graphs for node in graph.node for attribute in node.attribute
    ):
        raise ModelError("it has branches, loops or sparse tensors, which a backbone may not have")


def _tensors(graph: GraphProto) -> Iterator[TensorProto]:
    yield from graph.initializer
    for node in graph.node:
        yield from (attribute.t for attribute in node.attribute)


def _plainer(node: NodeProto, tensors: dict[str, TensorProto]) -> Iterator[NodeProto]:
    """Yield a node with nothing but what is read, in the operators of the rules."""
    from onnx import helper, numpy_helper

    inputs = list(node.input)
    while inputs and not inputs[-1]:  # left out
        inputs.pop()
    attributes = list(node.attribute)
    operator = node.op_type
    if operator == "Dropout" and len(node.output) == 1:
        operator, inputs, attributes = "Identity", inputs[:1], []
    elif operator == "ConstantOfShape" and node.output:
        name = f"{node.output[0]}/value"
        content = attributes[0].t if attributes else numpy_helper.from_array(np.zeros((), np.float32))
        tensors[name] = _raw(content, name, shape=())
        operator, inputs, attributes = "Expand", [name, *inputs], []
    copy = helper.make_node(operator, inputs, list(node.output), name=node.name)
    for attribute in attributes:
        copy.attribute.add().CopyFrom(attribute)
        copy.attribute[-1].ClearField("doc_string")
    yield copy


def _constant(node: NodeProto, name: str) -> TensorProto:
    from onnx import helper, numpy_helper

    try:
        [attribute] = node.attribute
        if attribute.name == "value":
            return attribute.t
        dtype = {"value_float": np.float32, "value_floats": np.float32, "value_int": np.int64, "value_ints": np.int64}
        return numpy_helper.from_array(np.array(helper.get_attribute_value(attribute), dtype[attribute.name]))
    except (KeyError, TypeError, ValueError):
        raise ModelError(f"its constant {name[:100]!a} is not of numbers") from None


def _raw(tensor: TensorProto, name: str, shape: tuple[int, ...] | None = None) -> TensorProto:
    """Return a tensor with its content as raw data, whose length fits its shape."""
    from onnx import numpy_helper

    try:
        if tensor.data_type not in DTYPES:
            raise ValueError
        content: Any = numpy_helper.to_array(tensor)
        return numpy_helper.from_array(content if shape is None else content.reshape(shape), name)
    except (TypeError, ValueError):
        raise ModelError(
            f"its tensor {name[:100]!a} is not of numbers that are read, or its shape does not fit its content"
        ) from None
