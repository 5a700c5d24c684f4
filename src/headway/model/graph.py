"""One ONNX graph from uint8 pictures to calibrated probabilities, composed from a backbone and a head.

::

    images ─ backbone/… ─ embedding ─ [selected] ─ head/… ─ ÷ temperature ─ softmax ─ probabilities

Hand-made descriptors are no network. With them the graph begins behind them, at ``features``, and to compute that takes
Headway.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from headway.errors import ModelError
from headway.model import heads

if TYPE_CHECKING:
    from onnx import GraphProto, ModelProto, NodeProto, TensorProto

    from headway.heads import Head
    from headway.types import IntArray

OPSETS = (17, 18)  # of the carried networks, and of those converted on a user's machine
IR_VERSION = 8
IMAGES, FEATURES = "images", "features"  # the input of a model of a network, and of one of descriptors


def compose(
    network: bytes | None,
    features: Sequence[str],
    head: Head,
    temperature: float,
    *,
    columns: IntArray | None = None,
    width: int | None = None,
) -> ModelProto:
    """Join a backbone and a head.

    Parameters
    ----------
    network : bytes or None
        An ONNX file with the input ``images``, uint8 (N, H, W, 3), and the outputs ``features``, float32 (N, d) each;
        None where the features are hand-made.
    features : sequence of str
        The outputs that the head reads, in its order.
    head : Head
        From (N, columns) to (N, classes).
    temperature : float
        What logits are divided by before the softmax, above 0.
    columns : int64 array (m,), optional
        The columns of the embedding that the head reads; by default all.
    width : int, optional
        Length of the embedding, where that is more than the columns.

    Returns
    -------
    onnx.ModelProto
        Outputs ``probabilities`` (N, classes) and ``embedding`` (N, width), float32.

    Raises
    ------
    ModelError
        When the network is of another opset than Headway's models are.
    """
    import onnx
    from onnx import TensorProto, helper

    width = width or head.n_features
    if network is None:
        opset, nodes, constants = OPSETS[0], list[Any](), list[Any]()
        inputs = [helper.make_tensor_value_info(FEATURES, TensorProto.FLOAT, ["N", width])]
        features = [FEATURES]
    else:
        borrowed = onnx.load_model_from_string(network)
        opset = opset_of(borrowed)
        nodes, constants = needed(borrowed.graph, features)
        inputs = list(borrowed.graph.input)
    own_nodes, own_constants = heads.write(head, temperature, features, columns)
    outputs = [
        helper.make_tensor_value_info("probabilities", TensorProto.FLOAT, ["N", head.n_classes]),
        helper.make_tensor_value_info("embedding", TensorProto.FLOAT, ["N", width]),
    ]
    return whole([*nodes, *own_nodes], inputs, outputs, [*constants, *own_constants], opset)


def whole(
    nodes: Sequence[NodeProto],
    inputs: Sequence[Any],
    outputs: Sequence[Any],
    constants: Sequence[TensorProto],
    opset: int,
) -> ModelProto:
    """Return a model of the form that `headway.model.trust` lets through."""
    from onnx import helper

    graph = helper.make_graph(nodes, "headway", inputs, outputs, constants)
    return helper.make_model(
        graph, producer_name="headway", ir_version=IR_VERSION, opset_imports=[helper.make_opsetid("", opset)]
    )


def opset_of(model: ModelProto) -> int:
    """Return the version of the operators that a network is made of.

    Raises
    ------
    ModelError
        When it is not one of those that Headway's models may have.
    """
    versions = [entry.version for entry in model.opset_import if entry.domain in ("", "ai.onnx")]
    if versions not in [[opset] for opset in OPSETS]:
        raise ModelError(f"a network must be of opset {' or '.join(map(str, OPSETS))}, this one is of {versions}")
    return int(versions[0])


def needed(graph: GraphProto, outputs: Sequence[str]) -> tuple[list[NodeProto], list[TensorProto]]:
    """Return the nodes and constants that ``outputs`` depend on, in the graph's order."""
    wanted = set(outputs)
    nodes = []
    for node in reversed(graph.node):
        if wanted.intersection(node.output):
            wanted.update(node.input)
            nodes.append(node)
    return nodes[::-1], [tensor for tensor in graph.initializer if tensor.name in wanted]
