"""The operators that Headway's models are made of, and what each does to the shapes of its inputs."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from headway.model.trust import layers, reshaping
from headway.model.trust.values import Shape, fits

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
        From the same to the number of multiply-adds that one number of the output takes.
    whole : frozenset of int
        The inputs that must be constants of whole numbers; the rule is told these, not their shapes.
    moves : bool
        Whether the numbers stay what they are, so that they need not be float32.
    elementwise : bool
        Whether every number comes of those at the same place. OpenVINO joins chains of these, in a time that grows
        with the square of their length.
    """

    shape: Callable[..., Shape | list[Shape]]
    depth: Callable[[Sequence[Any], Mapping[str, Any]], int] = _one
    whole: frozenset[int] = frozenset()
    moves: bool = False
    elementwise: bool = False


def _same(values: Shape) -> Shape:
    return values


def _slope(values: Shape, *, alpha: float = 0.0) -> Shape:
    return values


def _line(values: Shape, *, alpha: float = 0.2, beta: float = 0.5) -> Shape:
    return values


def _selu(values: Shape, *, alpha: float = 0.0, gamma: float = 0.0) -> Shape:
    return values


def _broadcast(*inputs: Shape) -> Shape:
    return tuple(np.broadcast_shapes(*inputs))


def _prelu(values: Shape, slope: Shape) -> Shape:
    fits(tuple(np.broadcast_shapes(values, slope)) == values)
    return values


def _cast(values: Shape, *, to: int) -> Shape:
    fits(to == FLOAT)
    return values


def _clip(values: Shape, low: Shape | None = None, high: Shape | None = None) -> Shape:
    fits(all(bound is None or math.prod(bound) == 1 for bound in (low, high)))
    return values


def _numbers(*positions: int) -> frozenset[int]:
    return frozenset(positions)


_SAME = Rule(_same, elementwise=True)
_SLOPE = Rule(_slope, elementwise=True)
_BROADCAST = Rule(_broadcast, elementwise=True)
_REDUCTION = Rule(layers.reduction, whole=_numbers(1))

RULES: dict[str, Rule] = {
    "Abs": _SAME,
    "Add": _BROADCAST,
    "AveragePool": Rule(layers.pool, layers.depth_of_pool),
    "BatchNormalization": Rule(layers.batch_norm, elementwise=True),
    "Cast": Rule(_cast),
    "Clip": Rule(_clip, elementwise=True),
    "Concat": Rule(reshaping.concat, moves=True),
    "Conv": Rule(layers.conv, layers.depth_of_conv),
    "Div": _BROADCAST,
    "Elu": _SLOPE,
    "Erf": _SAME,
    "Exp": _SAME,
    "Expand": Rule(reshaping.expand, whole=_numbers(1), moves=True),
    "Flatten": Rule(reshaping.flatten, moves=True),
    "Gather": Rule(reshaping.gather, whole=_numbers(1), moves=True),
    "Gemm": Rule(layers.gemm, layers.depth_of_product),
    "GlobalAveragePool": Rule(layers.global_pool),
    "GlobalMaxPool": Rule(layers.global_pool),
    "GroupNormalization": Rule(layers.group_norm),
    "HardSigmoid": Rule(_line, elementwise=True),
    "HardSwish": _SAME,
    "Identity": Rule(_same, moves=True),
    "InstanceNormalization": Rule(layers.group_norm),
    "LRN": Rule(layers.local_response),
    "LayerNormalization": Rule(layers.layer_norm),
    "LeakyRelu": _SLOPE,
    "Log": _SAME,
    "MatMul": Rule(layers.matmul, layers.depth_of_product),
    "Max": _BROADCAST,
    "MaxPool": Rule(layers.pool, layers.depth_of_pool),
    "Min": _BROADCAST,
    "Mish": _SAME,
    "Mul": _BROADCAST,
    "Neg": _SAME,
    "PRelu": Rule(_prelu, elementwise=True),
    "Pad": Rule(reshaping.pad, whole=_numbers(1, 3)),
    "Pow": _BROADCAST,
    "Reciprocal": _SAME,
    "ReduceL2": _REDUCTION,
    "ReduceMax": _REDUCTION,
    "ReduceMean": _REDUCTION,
    "ReduceMin": _REDUCTION,
    "ReduceSum": _REDUCTION,
    "Relu": _SAME,
    "Reshape": Rule(reshaping.reshape, whole=_numbers(1), moves=True),
    "Selu": Rule(_selu, elementwise=True),
    "Sigmoid": _SAME,
    "Slice": Rule(reshaping.slices, whole=_numbers(1, 2, 3, 4), moves=True),
    "Softmax": Rule(layers.softmax),
    "Softplus": _SAME,
    "Split": Rule(reshaping.split, whole=_numbers(1), moves=True),
    "Sqrt": _SAME,
    "Squeeze": Rule(reshaping.squeeze, whole=_numbers(1), moves=True),
    "Sub": _BROADCAST,
    "Tanh": _SAME,
    "Transpose": Rule(reshaping.transpose, moves=True),
    "Unsqueeze": Rule(reshaping.unsqueeze, whole=_numbers(1), moves=True),
}
