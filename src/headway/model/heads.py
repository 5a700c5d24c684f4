"""A head as nodes of a graph, and back.

::

    embedding ─ [columns: selected] ─ the head's own nodes ─ head/logits ─ ÷ temperature ─ softmax ─ probabilities
                                                                                └ [× scale + shift ─ [log σ]] ┘

The nodes and the names under ``head/`` are the format: `read` takes a head only if `write` makes the very same again.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from headway.calibration import HIGHEST, LOWEST, Calibration, Kind
from headway.errors import DataError, ModelError
from headway.heads import DenseHead, KernelHead
from headway.model.outputs import EMBEDDING, PROBABILITIES
from headway.model.parts import Part

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from onnx import GraphProto, NodeProto, TensorProto

    from headway.heads import Head
    from headway.types import IntArray

_LAST, _CALIBRATED, _SOFTPLUS = "head/logits", "head/calibrated", "head/softplus"
_SCALE, _SHIFT = "calibration.scale", "calibration.shift"


def write(
    head: Head, calibration: Calibration, features: Sequence[str], columns: IntArray | None
) -> tuple[list[NodeProto], list[TensorProto]]:
    """Return the nodes from the tensors ``features`` (N, d) to the outputs of the graph, and their constants."""
    part = Part("head/")
    part.node("Concat", list(features), EMBEDDING, axis=1)
    current = EMBEDDING
    if columns is not None:
        current = part.node("Gather", [current, part.constant("columns", columns)], "selected", axis=1)
    if isinstance(head, DenseHead):
        _dense(part, head, current)
    elif isinstance(head, KernelHead):
        _kernel(part, head, current)
    else:
        raise ModelError(f"a model's head must be a DenseHead or a KernelHead, not {type(head).__name__}")
    part.node("Softmax", [_calibrated(part, calibration)], PROBABILITIES, axis=1)
    return part.nodes, part.constants


def _calibrated(part: Part, calibration: Calibration) -> str:
    """Add the nodes of `Calibration.logits`, and return what the last one computes."""
    divisor = part.constant("temperature", np.array(calibration.temperature, dtype=np.float32))
    if calibration.kind == "temperature":
        return part.node("Div", [_LAST, divisor], _CALIBRATED)
    scale, shift = (
        part.constant(name, np.array(values, dtype=np.float32))
        for name, values in ((_SCALE, calibration.scale), (_SHIFT, calibration.shift))
    )
    scaled = part.node("Mul", [part.node("Div", [_LAST, divisor], "head/tempered"), scale], "head/scaled")
    if calibration.kind == "vector":
        return part.node("Add", [scaled, shift], _CALIBRATED)
    against = part.node("Neg", [part.node("Add", [scaled, shift], "head/shifted")], "head/against")
    return part.node("Neg", [part.node("Softplus", [against], _SOFTPLUS)], _CALIBRATED)


def _dense(part: Part, head: DenseHead, current: str) -> None:
    last = len(head.weights) - 1
    for layer, (weight, bias) in enumerate(zip(head.weights, head.biases, strict=True)):
        if layer:
            current = part.node("Relu", [current], f"head/{layer}.input")
        arrays = part.constant(f"{layer}.weight", weight), part.constant(f"{layer}.bias", bias)
        current = part.node("Gemm", [current, *arrays], _LAST if layer == last else f"head/{layer}.output")


def _kernel(part: Part, head: KernelHead, current: str) -> None:
    mean, scale = part.constant("mean", head.mean), part.constant("scale", head.scale)
    support, columns = part.constant("support", head.support), part.constant("axes", np.ones(1, np.int64))
    centred = part.node("Sub", [current, mean], "head/centred")
    rows = part.node("Div", [centred, scale], "head/standardised")
    # ||x - s||² = ||x||² + ||s||² - 2 x·s, which rounding may take below 0.
    squares = part.node("Mul", [rows, rows], "head/squares")
    of_rows = part.node("ReduceSum", [squares, columns], "head/norms", keepdims=1)
    squares = part.node("Mul", [support, support], "head/support.squares")
    of_support = part.node("ReduceSum", [squares, columns], "head/support.norms", keepdims=0)
    norms = part.node("Add", [of_rows, of_support], "head/both.norms")
    products = part.node("Gemm", [rows, support], "head/products", transB=1)
    products = part.node("Add", [products, products], "head/twice.products")
    distance = part.node("Relu", [part.node("Sub", [norms, products], "head/difference")], "head/distance")
    rate = part.constant("rate", np.array(-head.gamma, dtype=np.float32))
    kernel = part.node("Exp", [part.node("Mul", [distance, rate], "head/exponent")], "head/kernel")
    part.node("Gemm", [kernel, part.constant("coef", head.coef), part.constant("bias", head.bias)], _LAST)


def read(graph: GraphProto, kind: str) -> tuple[Head, IntArray | None, Calibration]:
    """Read a head back from the graph that it is part of.

    Parameters
    ----------
    graph : onnx.GraphProto
        Checked by `headway.model.trust`: its constants fit their shapes and are finite.
    kind : str
        The head's kind, which the graph does not name.

    Returns
    -------
    head : Head
    columns : int64 array (m,) or None
        The columns of the embedding that it reads; None for all.
    calibration : Calibration

    Raises
    ------
    ModelError
        When an array is missing or does not fit the others, or the graph computes something else.
    """
    from onnx import numpy_helper

    constants = [tensor for tensor in graph.initializer if tensor.name.startswith("head/")]
    arrays = {tensor.name.removeprefix("head/"): numpy_helper.to_array(tensor) for tensor in constants}
    columns = arrays.get("columns")
    try:
        head = _read_kernel(arrays, kind) if "support" in arrays else _read_dense(arrays, kind)
        temperature = float(arrays["temperature"])
        scale, shift = (tuple(arrays[name].tolist()) if name in arrays else () for name in (_SCALE, _SHIFT))
    except (KeyError, TypeError, ValueError) as error:
        raise ModelError(f"the head of this model is incomplete: {error} is missing or of a wrong shape") from None
    except DataError as error:
        raise ModelError(str(error)) from None
    if not LOWEST / 10 <= temperature <= HIGHEST * 10:
        raise ModelError(f"the temperature of this model is {temperature:g}, not within {LOWEST:g} to {HIGHEST:g}")
    nodes = list(graph.node)
    if {len(scale), len(shift)} not in ({0}, {head.n_classes}):
        raise ModelError("the calibration of this model is not one of its classes")
    by_class: Kind = "platt" if any(node.name == _SOFTPLUS for node in nodes) else "vector"
    calibration = Calibration(temperature, by_class if scale else "temperature", scale, shift)
    start = next((index for index, node in enumerate(nodes) if node.name == EMBEDDING), len(nodes))
    features = list(nodes[start].input) if start < len(nodes) else []
    own_nodes, own_constants = write(head, calibration, features, columns)
    by_name = {tensor.name: tensor for tensor in own_constants}
    if nodes[start:] != own_nodes or by_name != {tensor.name: tensor for tensor in constants}:
        raise ModelError("the graph of this model does not end in its head")
    return head, columns, calibration


def _read_dense(arrays: dict[str, NDArray[np.float32]], kind: str) -> DenseHead:
    layers = range(sum(name.endswith(".weight") for name in arrays))
    weights = tuple(arrays[f"{layer}.weight"] for layer in layers)
    return DenseHead(kind, weights, tuple(arrays[f"{layer}.bias"] for layer in layers))


def _read_kernel(arrays: dict[str, NDArray[np.float32]], kind: str) -> KernelHead:
    mean, scale, support, coef, bias = (arrays[name] for name in ("mean", "scale", "support", "coef", "bias"))
    return KernelHead(kind, mean, scale, support, coef, bias, gamma=-float(arrays["rate"]))
