"""The layers of a network, read from its graph.

Exporters write a convolution as several nodes (product, bias, activation), and one of a transformer's as dozens. A
layer is what has parameters, pools, or joins what other layers give; all else belongs to the layer that it follows.
"""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, NamedTuple

from headway.backbones.bounds.rules import FLOAT
from headway.backbones.bounds.walk import HALF, UINT8
from headway.backbones.foreign.untrusted import shapes_of
from headway.backbones.nodes import needed
from headway.facts.layers import Layer

if TYPE_CHECKING:
    from onnx import ModelProto, NodeProto

EMBEDDING = "head.mean"
_WEIGHTED = ("Conv", "ConvTranspose", "Gemm", "MatMul")
_ELEMENTWISE = ("Add", "Mul", "Sub", "Div", "PRelu")
_NORMALISING = ("BatchNormalization", "GroupNormalization", "InstanceNormalization", "LayerNormalization")
_POOLING = {"MaxPool", "AveragePool", "GlobalAveragePool", "GlobalMaxPool", "ReduceMean"}
_JOINING = {"Add", "Concat", "MatMul", "Mul"}
_PASSING = ("Cast", "Expand", "Identity", "Reshape", "Transpose", "Unsqueeze", "Squeeze")
_WEIGHTS = re.compile(r"(?:backbone/)?(?:network/)?(.+)\.(?:weight|bias)(?:\.half)?")


class Layers(NamedTuple):
    """The layers of a network."""

    rows: tuple[Layer, ...]
    place_of: dict[str, int]  # of each tensor, the row of the layer that it belongs to


def layers_of(model: ModelProto, outputs: Sequence[str] = (EMBEDDING,)) -> Layers:
    """Return the layers between the pictures and some outputs, in the order of the graph; none of them is trained.

    What turns pictures into the network's input is no layer, and its numbers are no parameters. A standard deviation
    over the places of a map is one row, where the graph has six nodes.

    Examples
    --------
    >>> import onnx
    >>> from headway.testing import tiny_backbone_onnx
    >>> layer = layers_of(onnx.load_model_from_string(tiny_backbone_onnx())).rows[1]
    >>> layer.name, layer.kind, layer.shape, layer.parameters
    ('block1/conv', 'Conv 3×3', (16, 16, 16), 448)
    """
    return _Reader(model).read(outputs)


@dataclass(eq=False)
class _Reader:
    """Goes through the nodes of a graph once."""

    model: ModelProto
    rows: list[Layer] = field(default_factory=list)
    row_of: dict[str, int] = field(default_factory=dict)  # of a tensor, behind the first layer with weights

    def read(self, outputs: Sequence[str]) -> Layers:
        graph = self.model.graph
        [given] = graph.input
        sides = tuple(side.dim_value for side in given.type.tensor_type.shape.dim)[1:]
        self.shapes = shapes_of(self.model, (1, *sides), given.type.tensor_type.elem_type) | {given.name: (1, *sides)}
        self.sizes = {t.name: list(t.dims) for t in graph.initializer if t.data_type in (FLOAT, HALF) and t.dims}
        self.origin = {name: name for name in self.sizes}
        is_pictures = given.type.tensor_type.elem_type == UINT8
        self.rows.append(Layer(given.name, "Input", sides, 0))
        if not is_pictures:  # a model whose features are hand-made: all of it is a head
            self.row_of[given.name] = 0
        spreads = {name for node in graph.node for name in node.output if name.endswith(".std")}
        plain = [node for node in graph.node if not spreads.intersection(node.output)]
        nodes, wanted = needed(plain, outputs)
        kept = {id(node) for node in nodes}
        for node in graph.node:
            if spreads.intersection(node.output) and wanted.intersection(node.output):
                self._add(node.output[0], "standard deviation", node)
            elif id(node) in kept:
                self._node(node)
        return Layers(tuple(self.rows), self.row_of)

    def _node(self, node: NodeProto) -> None:
        if node.input and node.op_type in _PASSING and node.input[0] in self.origin:
            self.origin[node.output[0]] = self.origin[node.input[0]]
            return
        own = [self.origin[name] for name in node.input if name in self.origin] if self._learns(node) else []
        before = {self.row_of[name] for name in node.input if name in self.row_of}
        if not before and node.op_type not in _WEIGHTED:
            return  # what turns pictures into the network's input
        parameters = sum(self._size(name) for name in own)
        is_affine = node.op_type in _ELEMENTWISE and len(before) == 1
        if is_affine and parameters and self.rows[min(before)].parameters:
            [place] = before  # a bias, or batch normalisation
            self.rows[place] = replace(self.rows[place], parameters=self.rows[place].parameters + parameters)
            self._follow(node, place)
        elif parameters or node.op_type in _POOLING or (node.op_type in _JOINING and len(before) > 1):
            self._add(_name(own, node), self._kind(node), node, parameters)
        else:
            self._follow(node, max(before))

    def _learns(self, node: NodeProto) -> bool:
        return node.op_type in (*_WEIGHTED, *_ELEMENTWISE, *_NORMALISING)

    def _size(self, name: str) -> int:
        """Return how many numbers a constant holds; a single one is no parameter, and a head's counts only once."""
        count = math.prod(self.sizes[name])
        if name.startswith("head/"):
            self.sizes[name] = [0]
        return count if count > 1 else 0

    def _add(self, name: str, kind: str, node: NodeProto, parameters: int = 0) -> None:
        shape = self.shapes.get(node.output[0], ())[1:]
        shape = (*shape[1:], shape[0]) if len(shape) == 3 else shape  # as Keras prints maps
        word = kind.partition(" ")[0].lower()
        number = 1 + sum(row.name.startswith(f"{word}_") for row in self.rows)
        self.rows.append(Layer(name or f"{word}_{number}", kind, shape, parameters))
        self._follow(node, len(self.rows) - 1)

    def _follow(self, node: NodeProto, place: int) -> None:
        self.row_of |= dict.fromkeys(node.output, place)

    def _kind(self, node: NodeProto) -> str:
        if node.op_type == "ReduceMean":
            return "mean"
        attributes: dict[str, Any] = {one.name: one for one in node.attribute}
        sides = self.sizes.get(self.origin.get(node.input[1], ""), [])[2:] if node.op_type == "Conv" else []
        if "Pool" in node.op_type and "kernel_shape" in attributes:
            sides = list(attributes["kernel_shape"].ints)
        groups = attributes["group"].i if "group" in attributes else 1
        name = "DepthwiseConv" if node.op_type == "Conv" and groups > 1 else node.op_type
        return f"{name} {'×'.join(map(str, sides))}".strip()


def _name(constants: Sequence[str], node: NodeProto) -> str:
    """Return the name that a layer has where its network was defined; empty where an exporter made one up."""
    if not constants:
        return "" if node.output[0].startswith("backbone/") else str(node.output[0])
    found = _WEIGHTS.fullmatch(constants[0])
    return found[1] if found else ""
