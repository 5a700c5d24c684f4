"""One ONNX graph from uint8 pictures to calibrated probabilities, composed from a backbone and a head.

::

    images ─ backbone/… ─ embedding ─ head/0 ─ ReLU ─ head/1 ─ logits ─ ÷ temperature ─ softmax ─ probabilities

The names under ``head/`` are the format: `dense_head` reads the head back from them.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from headway.calibration import HIGHEST, LOWEST
from headway.errors import DataError, ModelError
from headway.heads import DenseHead

if TYPE_CHECKING:
    from onnx import GraphProto, ModelProto, NodeProto

    from headway.types import FloatArray

OPSET = 17
IR_VERSION = 8


def compose(backbone: bytes, features: Sequence[str], head: DenseHead, temperature: float) -> ModelProto:
    """Join a backbone and a head.

    Parameters
    ----------
    backbone : bytes
        An ONNX file with the input ``images``, uint8 (N, H, W, 3), and the outputs ``features``, float32 (N, d) each.
    features : sequence of str
        The outputs that the head reads, in its order.
    head : DenseHead
        From (N, sum of the d) to (N, classes).
    temperature : float
        What logits are divided by before the softmax, above 0.

    Returns
    -------
    onnx.ModelProto
        Outputs ``probabilities`` (N, classes) and ``embedding`` (N, sum of the d), float32.
    """
    import onnx
    from onnx import TensorProto, helper, numpy_helper

    borrowed = onnx.load_model_from_string(backbone).graph
    nodes, initializers = _needed(borrowed, features)

    def keep(name: str, array: FloatArray) -> None:
        initializers.append(numpy_helper.from_array(np.asarray(array, dtype=np.float32), name))

    for layer, (weight, bias) in enumerate(zip(head.weights, head.biases, strict=True)):
        keep(f"head/{layer}.weight", weight)
        keep(f"head/{layer}.bias", bias)
    keep("head/temperature", np.array(temperature, dtype=np.float32))
    nodes.extend(_head_nodes(features, len(head.weights)))

    n_features, n_classes = head.weights[0].shape[0], head.weights[-1].shape[1]
    outputs = [
        helper.make_tensor_value_info("probabilities", TensorProto.FLOAT, ["N", n_classes]),
        helper.make_tensor_value_info("embedding", TensorProto.FLOAT, ["N", n_features]),
    ]
    graph = helper.make_graph(nodes, "headway", list(borrowed.input), outputs, initializers)
    return helper.make_model(
        graph, producer_name="headway", ir_version=IR_VERSION, opset_imports=[helper.make_opsetid("", OPSET)]
    )


def _head_nodes(features: Sequence[str], layers: int) -> list[NodeProto]:
    """Return the nodes from the backbone's outputs to the probabilities."""
    from onnx import helper

    nodes = [helper.make_node("Concat", list(features), ["embedding"], name="embedding", axis=1)]
    current = "embedding"
    for layer in range(layers):
        if layer:
            nodes.append(helper.make_node("Relu", [current], [f"head/{layer}.input"], name=f"head/{layer}.relu"))
            current = f"head/{layer}.input"
        inputs = [current, f"head/{layer}.weight", f"head/{layer}.bias"]
        current = f"head/{layer}.output"
        nodes.append(helper.make_node("Gemm", inputs, [current], name=f"head/{layer}"))
    nodes.append(helper.make_node("Div", [current, "head/temperature"], ["head/calibrated"], name="head/calibrate"))
    nodes.append(helper.make_node("Softmax", ["head/calibrated"], ["probabilities"], name="probabilities", axis=1))
    return nodes


def _needed(graph: GraphProto, outputs: Sequence[str]) -> tuple[list[Any], list[Any]]:
    """Return the nodes and initializers that ``outputs`` depend on, in the graph's order."""
    wanted = set(outputs)
    nodes = []
    for node in reversed(graph.node):
        if wanted.intersection(node.output):
            wanted.update(node.input)
            nodes.append(node)
    return nodes[::-1], [tensor for tensor in graph.initializer if tensor.name in wanted]


def dense_head(model: ModelProto, kind: str) -> tuple[DenseHead, float]:
    """Read the head and its temperature back from the graph.

    Parameters
    ----------
    model : onnx.ModelProto
        What `compose` returned.
    kind : str
        The head's kind, which the graph doesn't say.

    Returns
    -------
    head : DenseHead
    temperature : float

    Raises
    ------
    ModelError
        When an array is missing or of a shape that does not fit the others, or the graph computes something else.
    """
    from onnx import numpy_helper

    arrays = {t.name: numpy_helper.to_array(t) for t in model.graph.initializer if t.name.startswith("head/")}
    layers = [name for name in arrays if name.endswith(".weight")]
    try:
        weights = tuple(arrays[f"head/{layer}.weight"] for layer in range(len(layers)))
        biases = tuple(arrays[f"head/{layer}.bias"] for layer in range(len(layers)))
        temperature = float(arrays["head/temperature"])
    except (KeyError, TypeError, ValueError) as error:
        raise ModelError(f"the head of this model is incomplete: {error} is missing or of a wrong shape") from None
    if not all(np.isfinite(array).all() for array in (*weights, *biases)):
        raise ModelError("the head of this model holds numbers that are not finite")
    if not LOWEST / 10 <= temperature <= HIGHEST * 10:
        raise ModelError(f"the temperature of this model is {temperature:g}, not within {LOWEST:g} to {HIGHEST:g}")
    nodes = list(model.graph.node)
    start = next((place for place, node in enumerate(nodes) if node.name == "embedding"), len(nodes))
    if start == len(nodes) or nodes[start:] != _head_nodes(nodes[start].input, len(weights)):
        raise ModelError("the graph of this model does not end in its head")
    try:
        return DenseHead(kind, weights, biases), temperature
    except DataError as error:
        raise ModelError(str(error)) from None
