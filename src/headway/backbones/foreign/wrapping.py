"""A backbone's input and outputs around an image network."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from headway.backbones.bounds.values import MAX_INPUT_SIZE
from headway.backbones.foreign.colours import Colours
from headway.backbones.foreign.features import MOST_STAGES, Features, Shapes, Tokens, find_features
from headway.backbones.foreign.untrusted import opset_of, shapes_of
from headway.backbones.info import STD_EPSILON
from headway.backbones.nodes import IR_VERSION, Nodes, make_model, needed
from headway.bars import printable
from headway.errors import ModelError

if TYPE_CHECKING:
    from onnx import GraphProto, ModelProto, NodeProto

DEFAULT_SIZE = 224  # where the file leaves it open
_FLOAT, _UINT8 = 1, 2  # onnx.TensorProto.DataType
_TEXTS = ("input_ids", "attention_mask", "token_type_ids")
Widths = dict[str, tuple[int, ...]]


def wrap(model: ModelProto, image_size: int, colours: Colours) -> tuple[ModelProto, str]:
    """Put a backbone's input and outputs around an image network; return it, and a note on what was found out.

    The network is in plain parts. Raises ModelError where it is none for square pictures, or exceeds the bounds.
    """
    graph = model.graph
    texts = [value.name for value in graph.input if value.name in _TEXTS]
    if texts:
        raise ModelError(f"it reads texts (its input {texts[0]!r}), and must have one input, pictures")
    if len(graph.input) != 1:
        raise ModelError(f"it must have one input, pictures; it has {len(graph.input)}")
    [given] = graph.input
    size, channels_last = _layout(given, image_size)
    sides = (1, size, size, 3) if channels_last else (1, 3, size, size)
    opset, shapes = opset_of(model), shapes_of(model, sides, given.type.tensor_type.elem_type)
    before, after = Nodes(opset), Nodes(opset)
    network_input, note = _add_preprocessing(before, given, channels_last, colours)
    features = find_features(graph, shapes)
    if not features.stages and features.tokens is None and features.embedding is None:
        raise ModelError(
            "it must give a map (N, C, h, w) with h = w, or an embedding (N, d), in float32 and out of layers with "
            f"weights; it gives {_list_outputs(graph, shapes)}"
        )
    rename = {name: f"backbone/network/{name}" for name in _names(graph)} | {given.name: network_input}
    outputs = _add_outputs(after, features, rename, shapes)
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
    return _prune(backbone), note + _tokens_in_words(features.tokens)


def _tokens_in_words(tokens: Tokens | None) -> str:
    if tokens is None:
        return ""
    before = f"{tokens.prefix} before them, the first of these taken for that of the class, " if tokens.prefix else ""
    return f"tokens of {tokens.side} × {tokens.side} patches, {before}of {tokens.width} numbers; "


def _layout(value: Any, image_size: int) -> tuple[int, bool]:
    """Return the side of the images, and whether channels are their last axis."""
    sides = [dim.dim_value for dim in value.type.tensor_type.shape.dim]
    kind = value.type.tensor_type.elem_type
    channels_last = len(sides) == 4 and sides[1] != 3 and sides[3] == 3
    # Exporters leave every axis open; the layers say whether three channels fit.
    if len(sides) != 4 or kind not in (_FLOAT, _UINT8) or (sides[1] not in (0, 3) and not channels_last):
        raise ModelError("its input must be float32 or uint8 (N, 3, H, W) or (N, H, W, 3)")
    own = {side for side in (sides[1:3] if channels_last else sides[2:4]) if side}
    if len(own) > 1:
        raise ModelError(f"its pictures must be square, they are of {sorted(own)} pixels")
    size = next(iter(own), image_size or DEFAULT_SIZE)
    if not 1 <= size <= MAX_INPUT_SIZE:
        raise ModelError(f"its pictures of {size} pixels are not within 1 to {MAX_INPUT_SIZE}")
    return size, channels_last


def _add_preprocessing(graph: Nodes, value: Any, channels_last: bool, colours: Colours) -> tuple[str, str]:
    """Add what turns images into the network's input; return that tensor, and a note on the normalisation."""
    kind = value.type.tensor_type.elem_type
    tensor = "images"
    if not channels_last:
        tensor = graph.add("Transpose", [tensor], "backbone/channels_first", perm=[0, 3, 1, 2])
    if kind == _UINT8:
        return tensor, ""
    tensor = graph.add("Cast", [tensor], "backbone/float", to=_FLOAT)
    if colours.is_blue_first:
        order = graph.constant("backbone/order", np.array([2, 1, 0], np.int64))
        tensor = graph.add("Gather", [tensor, order], "backbone/blue_first", axis=3 if channels_last else 1)
    sides = (1, 1, 1, 3) if channels_last else (1, 3, 1, 1)
    mean, scale = colours.levels * np.array(colours.mean), 1 / (colours.levels * np.array(colours.std))
    centre = graph.constant("backbone/centre", mean.reshape(sides).astype(np.float32))
    factor = graph.constant("backbone/scale", scale.reshape(sides).astype(np.float32))
    tensor = graph.add("Sub", [tensor, centre], "backbone/centred")
    note = f"normalised by the mean and std {colours.origin}; "
    return graph.add("Mul", [tensor, factor], "backbone/normalised"), note


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


def _add_outputs(graph: Nodes, features: Features, rename: Mapping[str, str], shapes: Shapes) -> Widths:
    """Add a backbone's outputs; return their shapes without the batch axis."""
    outputs: dict[str, tuple[int, ...]] = {}
    graph.constant("backbone/epsilon", np.array(STD_EPSILON, np.float32))

    def pool(tensor: str, name: str, width: int) -> None:
        graph.pool(tensor, name, f"backbone/pooled/{name}")
        outputs[f"{name}.mean"] = outputs[f"{name}.std"] = (width,)

    tokens, embedding, last = features.tokens, features.embedding, ""
    earlier = [(rename[name], shapes[name][1:]) for name in features.stages]
    sides: tuple[int, ...] = ()
    if tokens is not None:
        sides = (tokens.width, tokens.side, tokens.side)
        earlier += [(_add_patches(graph, rename[name], tokens, name), sides) for name in tokens.blocks]
        last = _add_patches(graph, rename[tokens.last], tokens, "last")
    elif earlier:
        last, sides = earlier.pop()
    for number, (tensor, shape) in enumerate(earlier[-MOST_STAGES:], start=1):
        pool(tensor, f"block{number}", shape[0])
    if embedding is not None:
        graph.add("Identity", [rename[embedding]], "head.mean")
        outputs["head.mean"] = shapes[embedding][1:]
    elif tokens is not None and tokens.prefix:
        graph.add("Gather", [rename[tokens.last], graph.constant("backbone/first", np.int64(0))], "head.mean", axis=1)
        outputs["head.mean"] = (tokens.width,)
    elif last:
        pool(last, "head", sides[0])
    if tokens is not None and "head.std" not in outputs:
        pool(last, "patches", tokens.width)
    if last:
        graph.add("Identity", [last], "map")
        row = graph.constant("backbone/flat.shape", np.array([-1, math.prod(sides)], np.int64))
        graph.add("Reshape", [last, row], "flat")
        outputs["map"], outputs["flat"] = sides, (math.prod(sides),)
    return outputs


def _add_patches(graph: Nodes, tensor: str, tokens: Tokens, name: str) -> str:
    """Add a map (N, width, side, side) of the tokens of patches; return it."""
    inner = f"backbone/patches/{name}"
    if tokens.prefix:
        bounds = {"starts": tokens.prefix, "ends": tokens.prefix + tokens.side**2, "axes": 1, "steps": 1}
        parts = [graph.constant(f"{inner}.{what}", np.array([value], np.int64)) for what, value in bounds.items()]
        tensor = graph.add("Slice", [tensor, *parts], f"{inner}.alone")
    turned = graph.add("Transpose", [tensor], f"{inner}.turned", perm=[0, 2, 1])
    sides = np.array([-1, tokens.width, tokens.side, tokens.side], np.int64)
    return graph.add("Reshape", [turned, graph.constant(f"{inner}.sides", sides)], f"{inner}.map")


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
