"""A backbone's input and outputs around an image network."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from headway.backbones.bounds.values import MAX_INPUT_SIZE
from headway.backbones.foreign.untrusted import opset_of, shapes_of
from headway.backbones.info import STD_EPSILON
from headway.backbones.nodes import IR_VERSION, Nodes, make_model, needed
from headway.bars import printable
from headway.errors import ModelError

if TYPE_CHECKING:
    from onnx import GraphProto, ModelProto, NodeProto

DEFAULT_SIZE = 224  # where the file leaves it open
MOST_STAGES = 5
_IMAGENET = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)
_FLOAT, _UINT8 = 1, 2  # onnx.TensorProto.DataType
_LINEAR = ("Conv", "Gemm", "MatMul")
Shapes = Mapping[str, tuple[int, ...]]


def wrap(model: ModelProto, image_size: int, properties: Mapping[str, str]) -> tuple[ModelProto, str]:
    """Put a backbone's input and outputs around an image network; return it, and a note on the normalisation.

    The network is in plain parts. Raises ModelError where it is none for square pictures, or exceeds the bounds.
    """
    graph = model.graph
    if len(graph.input) != 1:
        raise ModelError(f"it must have one input, pictures; it has {len(graph.input)}")
    [given] = graph.input
    size, channels_last = _layout(given, image_size)
    sides = (1, size, size, 3) if channels_last else (1, 3, size, size)
    opset, shapes = opset_of(model), shapes_of(model, sides, given.type.tensor_type.elem_type)
    before, after = Nodes(opset), Nodes(opset)
    network_input, note = _add_preprocessing(before, given, channels_last, properties)
    stages, embedding = _find_features(graph, shapes)
    if not stages and embedding is None:
        raise ModelError(
            "it must give a map (N, C, h, w) with h = w, or an embedding (N, d), in float32 and out of layers with "
            f"weights; it gives {_list_outputs(graph, shapes)}"
        )
    rename = {name: f"backbone/network/{name}" for name in _names(graph)} | {given.name: network_input}
    outputs = _add_outputs(
        after,
        [rename[name] for name in stages],
        embedding and rename[embedding],
        {rename[name]: shape for name, shape in shapes.items()},
    )
    inner = [_rename(node, rename) for node in graph.node]
    tensors = []
    for tensor in graph.initializer:
        copy = type(tensor)()
        copy.CopyFrom(tensor)
        copy.name = rename[tensor.name]
        tensors.append(copy)
    backbone = make_model(
        [*before.nodes, *inner, *after.nodes],
        [*before.constants, *tensors, *after.constants],
        name="backbone",
        size=size,
        outputs=outputs,
        opset=opset,
        ir_version=min(model.ir_version, 10) or IR_VERSION,
    )
    return _prune(backbone), note


def _layout(value: Any, image_size: int) -> tuple[int, bool]:
    """Return the side of the images, and whether channels are their last axis."""
    sides = [dim.dim_value for dim in value.type.tensor_type.shape.dim]
    kind = value.type.tensor_type.elem_type
    if len(sides) != 4 or kind not in (_FLOAT, _UINT8) or 3 not in (sides[1], sides[3]):
        raise ModelError("its input must be float32 or uint8 (N, 3, H, W) or (N, H, W, 3)")
    channels_last = sides[1] != 3
    own = {side for side in (sides[1:3] if channels_last else sides[2:4]) if side}
    if len(own) > 1:
        raise ModelError(f"its pictures must be square, they are of {sorted(own)} pixels")
    size = next(iter(own), image_size or DEFAULT_SIZE)
    if not 1 <= size <= MAX_INPUT_SIZE:
        raise ModelError(f"its pictures of {size} pixels are not within 1 to {MAX_INPUT_SIZE}")
    return size, channels_last


def _add_preprocessing(graph: Nodes, value: Any, channels_last: bool, properties: Mapping[str, str]) -> tuple[str, str]:
    """Add what turns images into the network's input; return that tensor, and a note on the normalisation."""
    kind = value.type.tensor_type.elem_type
    tensor = "images"
    if not channels_last:
        tensor = graph.add("Transpose", [tensor], "backbone/channels_first", perm=[0, 3, 1, 2])
    if kind == _UINT8:
        return tensor, ""
    tensor = graph.add("Cast", [tensor], "backbone/float", to=_FLOAT)
    mean, std = (_triple(properties, name) or usual for name, usual in zip(("mean", "std"), _IMAGENET, strict=True))
    own = "mean" in properties or "std" in properties
    sides = (1, 1, 1, 3) if channels_last else (1, 3, 1, 1)
    centre = graph.constant("backbone/centre", (255 * np.array(mean)).reshape(sides).astype(np.float32))
    scale = graph.constant("backbone/scale", (1 / (255 * np.array(std))).reshape(sides).astype(np.float32))
    tensor = graph.add("Sub", [tensor, centre], "backbone/centred")
    origin = "of its metadata" if own else "of ImageNet, as its metadata have no mean and std"
    return graph.add("Mul", [tensor, scale], "backbone/normalised"), f"normalised by the mean and std {origin}; "


def _triple(properties: Mapping[str, str], name: str) -> tuple[float, ...] | None:
    if name not in properties:
        return None
    try:
        numbers = tuple(float(part) for part in properties[name].strip("[]() ").split(","))
    except ValueError:
        numbers = ()
    if (
        len(numbers) != 3
        or not all(math.isfinite(number) for number in numbers)
        or (name == "std" and min(numbers) <= 0)
    ):
        raise ModelError(f"its metadata {name} must be three numbers, for colours from 0 to 1: 0.485, 0.456, 0.406")
    return numbers


def _find_features(graph: GraphProto, shapes: Shapes) -> tuple[list[str], str | None]:
    """Return the last map of each size, largest first, and the embedding; None where it is the mean of the last map."""
    _, reached = needed(graph.node, [value.name for value in graph.output])
    maps: dict[int, str] = {}
    features: set[str] = set()  # behind a layer with weights, so no longer the image itself
    for node in graph.node:
        if node.op_type in _LINEAR or features.intersection(node.input):
            features.update(node.output)
        for name in reached.intersection(node.output, features):
            shape = shapes.get(name, ())
            if len(shape) == 4 and shape[2] == shape[3] > 1:
                maps[shape[2]] = name
    stages = [maps[side] for side in sorted(maps, reverse=True)]
    made_by = {name: node for node in graph.node for name in node.output}
    result = next((value.name for value in graph.output if len(shapes.get(value.name, ())) == 2), None)
    embedding, classifies = _before_classifier(result, made_by, shapes) if result else (None, False)
    if stages and (embedding is None or (classifies and shapes[embedding][1] != shapes[stages[-1]][1])):
        embedding = None
    return stages, embedding


def _list_outputs(graph: GraphProto, shapes: Shapes) -> str:
    """Return a graph's outputs with their shapes, for a message."""
    sides = {name: ", ".join(["N", *map(str, shape[1:])]) for name, shape in shapes.items()}
    given = [
        f"{value.name[:100]} ({sides[value.name]})" if value.name in sides else f"{value.name[:100]}, of another type"
        for value in graph.output
    ]
    return printable(" and ".join(given[:3]) + (f" and {len(given) - 3:,} more" if len(given) > 3 else ""))


def reason(error: Exception) -> str:
    """Return the message of an ONNX error in one line."""
    return " ".join(re.sub(r"\[\w+Error\] |Inference error\(s\): ", "", str(error)).split())[:200]


def _before_classifier(result: str, made_by: Mapping[str, NodeProto], shapes: Shapes) -> tuple[str, bool]:
    """Return the input of the last linear layer, if the result comes from one, and whether it does."""
    node = made_by.get(result)
    while node is not None and node.op_type in ("Softmax", "LogSoftmax", "Identity", "Sigmoid", "Add"):
        inputs = [name for name in node.input if name in made_by]
        node = made_by.get(inputs[0]) if len(inputs) == 1 else None
    if node is None or node.op_type not in _LINEAR[1:] or len(shapes.get(node.input[0], ())) != 2:
        return result, False
    return node.input[0], True


def _add_outputs(
    graph: Nodes, stages: Sequence[str], embedding: str | None, shapes: Shapes
) -> dict[str, tuple[int, ...]]:
    """Add a backbone's outputs; return their shapes without the batch axis."""
    outputs: dict[str, tuple[int, ...]] = {}
    graph.constant("backbone/epsilon", np.array(STD_EPSILON, np.float32))

    def pool(tensor: str, name: str) -> None:
        graph.pool(tensor, name, f"backbone/pooled/{name}")
        outputs[f"{name}.mean"] = outputs[f"{name}.std"] = (shapes[tensor][1],)

    last = stages[-1] if stages else None
    for number, stage in enumerate(stages[:-1][-MOST_STAGES:], start=1):
        pool(stage, f"block{number}")
    if embedding is not None:
        graph.add("Identity", [embedding], "head.mean")
        outputs["head.mean"] = shapes[embedding][1:]
    elif last is not None:
        pool(last, "head")
    if last is not None:
        graph.add("Identity", [last], "map")
        shape = graph.constant("backbone/flat.shape", np.array([-1, math.prod(shapes[last][1:])], np.int64))
        graph.add("Reshape", [last, shape], "flat")
        outputs["map"], outputs["flat"] = shapes[last][1:], (math.prod(shapes[last][1:]),)
    return outputs


def _names(graph: GraphProto) -> Iterator[str]:
    yield from (tensor.name for tensor in graph.initializer)
    for node in graph.node:
        yield from (name for name in (*node.input, *node.output) if name)


def _rename(node: NodeProto, names: Mapping[str, str]) -> NodeProto:
    copy = type(node)()
    copy.CopyFrom(node)
    for places in (copy.input, copy.output):
        for place, name in enumerate(places):
            places[place] = names.get(name, name)
    copy.name = copy.output[0]
    copy.ClearField("doc_string")
    return copy


def _prune(model: ModelProto) -> ModelProto:
    """Remove what no output depends on."""
    nodes, wanted = needed(model.graph.node, [value.name for value in model.graph.output])
    tensors = [tensor for tensor in model.graph.initializer if tensor.name in wanted]
    del model.graph.node[:], model.graph.initializer[:]
    model.graph.node.extend(nodes)
    model.graph.initializer.extend(tensors)
    return model


def declared(graph: GraphProto) -> dict[str, tuple[int, ...]]:
    """Return the declared shapes of inputs and outputs; 0 stands for the batch size."""
    return {
        value.name: tuple(dim.dim_value for dim in value.type.tensor_type.shape.dim)
        for value in (*graph.input, *graph.output)
    }
