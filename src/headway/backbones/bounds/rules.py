"""The operators of Headway's models, each with the rule that computes its output shape."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from headway.backbones.bounds import layers, reshaping
from headway.backbones.bounds.values import Shape, require

FLOAT = 1  # onnx.TensorProto.DataType


def _one(_: Sequence[Shape], __: Mapping[str, Any]) -> int:
    return 1


@dataclass(frozen=True)
class Rule:
    """What an operator takes and gives.

    Parameters
    ----------
    shape : callable
        From the shapes of the inputs and the attributes to the shape of the output, or a list of them.
    depth : callable
        From the same to the number of multiply-adds per number of the output.
    constants : frozenset of int
        The inputs that must be integer constants; the rule gets these, not their shapes.
    rearranges : bool
        Whether numbers are moved and not changed, so that they need not be float32.
    elementwise : int
        How many nodes OpenVINO makes of it that depend on numbers at the same position only, or take as long to compile
        (measured, also by memory: half a megabyte each). It fuses chains of these, in a time that grows with the square
        of their length.
    joins : bool
        Whether it makes as many for every input but the first.
    """

    shape: Callable[..., Shape | list[Shape]]
    depth: Callable[[Sequence[Any], Mapping[str, Any]], int] = _one
    constants: frozenset[int] = frozenset()
    rearranges: bool = False
    elementwise: int = 0
    joins: bool = False

    def arguments(self, inputs: Sequence[Any]) -> list[Any]:
        """Return what the rule is told of inputs that have a shape and, where it is known, ``numbers``."""
        return [
            tensor and (tensor.numbers if position in self.constants else tensor.shape)
            for position, tensor in enumerate(inputs)
        ]


def _same(values: Shape) -> Shape:
    return values


def _slope(values: Shape, *, alpha: float = 0.0) -> Shape:
    return values


def _line(values: Shape, *, alpha: float = 0.2, beta: float = 0.5) -> Shape:
    return values


def _selu(values: Shape, *, alpha: float = 0.0, gamma: float = 0.0) -> Shape:
    return values


def _broadcast(left: Shape, right: Shape) -> Shape:
    return tuple(np.broadcast_shapes(left, right))


def _broadcast_all(*inputs: Shape) -> Shape:
    require(len(inputs) > 0)
    return tuple(np.broadcast_shapes(*inputs))


def _prelu(values: Shape, slope: Shape) -> Shape:
    require(tuple(np.broadcast_shapes(values, slope)) == values)
    return values


def _cast(values: Shape, *, to: int) -> Shape:
    require(to == FLOAT)
    return values


def _clip(values: Shape, low: Shape | None = None, high: Shape | None = None) -> Shape:
    require(all(bound is None or math.prod(bound) == 1 for bound in (low, high)))
    return values


def _inputs(*positions: int) -> frozenset[int]:
    return frozenset(positions)


_SAME = Rule(_same, elementwise=1)
_SLOPE = Rule(_slope, elementwise=1)
_BROADCAST = Rule(_broadcast, elementwise=1)
_JOINED = Rule(_broadcast_all, elementwise=1, joins=True)
_REDUCTION = Rule(layers.reduction, constants=_inputs(1), elementwise=1)

RULES: dict[str, Rule] = {
    "Abs": _SAME,
    "Add": _BROADCAST,
    "AveragePool": Rule(layers.pool, layers.depth_of_pool),
    "BatchNormalization": Rule(layers.batch_norm, elementwise=1),
    "Cast": Rule(_cast),
    "Clip": Rule(_clip, elementwise=1),
    "Concat": Rule(reshaping.concat, rearranges=True),
    "Conv": Rule(layers.conv, layers.depth_of_conv),
    "Div": _BROADCAST,
    "Elu": _SLOPE,
    "Erf": _SAME,
    "Exp": _SAME,
    "Expand": Rule(reshaping.expand, constants=_inputs(1), rearranges=True),
    "Flatten": Rule(reshaping.flatten, rearranges=True),
    "Gather": Rule(reshaping.gather, constants=_inputs(1), rearranges=True),
    "Gemm": Rule(layers.gemm, layers.depth_of_product),
    "GlobalAveragePool": Rule(layers.global_pool),
    "GlobalMaxPool": Rule(layers.global_pool),
    "GroupNormalization": Rule(layers.group_norm, elementwise=4),
    "HardSigmoid": Rule(_line, elementwise=1),
    "HardSwish": _SAME,
    "Identity": Rule(_same, rearranges=True),
    "InstanceNormalization": Rule(layers.group_norm, elementwise=2),
    "LRN": Rule(layers.local_response, layers.depth_of_local_response, elementwise=1),
    "LayerNormalization": Rule(layers.layer_norm, elementwise=2),
    "LeakyRelu": _SLOPE,
    "Log": _SAME,
    "MatMul": Rule(layers.matmul, layers.depth_of_product),
    "Max": _JOINED,
    "MaxPool": Rule(layers.pool, layers.depth_of_pool),
    "Min": _JOINED,
    "Mish": _SAME,
    "Mul": _BROADCAST,
    "Neg": _SAME,
    "PRelu": Rule(_prelu, elementwise=1),
    "Pad": Rule(reshaping.pad, constants=_inputs(1, 3)),
    "Pow": _BROADCAST,
    "Reciprocal": _SAME,
    "ReduceL2": _REDUCTION,
    "ReduceMax": _REDUCTION,
    "ReduceMean": _REDUCTION,
    "ReduceMin": _REDUCTION,
    "ReduceSum": _REDUCTION,
    "Relu": _SAME,
    "Reshape": Rule(reshaping.reshape, constants=_inputs(1), rearranges=True),
    "Selu": Rule(_selu, elementwise=1),
    "Sigmoid": _SAME,
    "Slice": Rule(reshaping.slices, constants=_inputs(1, 2, 3, 4), rearranges=True),
    "Softmax": Rule(layers.softmax),
    "Softplus": _SAME,
    "Split": Rule(reshaping.split, constants=_inputs(1), rearranges=True),
    "Sqrt": _SAME,
    "Squeeze": Rule(reshaping.squeeze, constants=_inputs(1), rearranges=True),
    "Sub": _BROADCAST,
    "Tanh": _SAME,
    "Transpose": Rule(reshaping.transpose, rearranges=True),
    "Unsqueeze": Rule(reshaping.unsqueeze, constants=_inputs(1), rearranges=True),
}
