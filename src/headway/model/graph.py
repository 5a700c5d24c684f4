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
from headway.model.outputs import declare_outputs

if TYPE_CHECKING:
    from onnx import GraphProto, ModelProto, NodeProto, TensorProto

    from headway.calibration import Calibration
    from headway.heads import Head
    from headway.types import IntArray

OPSETS = (17, 18)  # of the carried networks, and of those converted on a user's machine
IR_VERSION = 8
IMAGES, FEATURES = "images", "features"  # the input of a model of a network, and of one of descriptors


def compose(
    network: bytes | None,
    features: Sequence[str],
    head: Head,
    calibration: Calibration,
    *,
    columns: IntArray | None = None,
    width: int | None = None,
) -> ModelProto:
    """Join a backbone and a head to a model with the outputs of `headway.model.outputs`.

    Parameters
    ----------
    network : bytes or None
        An ONNX file with the input ``images``, uint8 (N, H, W, 3), and the outputs ``features``, float32 (N, d) each;
        None where the features are hand-made.
    features : sequence of str
        The outputs that the head reads, in its order.
    head : Head
        From (N, columns) to (N, classes).
    calibration : Calibration
        What makes probabilities of logits.
    columns : int64 array (m,), optional
        The columns of the embedding that the head reads; by default all.
    width : int, optional
        Length of the embedding, where that is more than the columns.

    Raises
    ------
    ModelError
        When the network's opset is not one of `OPSETS`.
    """
    import onnx
    from onnx import TensorProto, helper

    width = width or head.n_features
    if network is None:
        opset, nodes, constants = OPSETS[0], list[Any](), list[Any]()
        inputs = [helper.make_tensor_value_info(FEATURES, TensorProto.FLOAT, ["N", width])]
        features = [FEATURES]
    else:
        backbone = onnx.load_model_from_string(network)
        opset = opset_of(backbone)
        nodes, constants = subgraph(backbone.graph, features)
        inputs = list(backbone.graph.input)
    own_nodes, own_constants = heads.write(head, calibration, features, columns)
    outputs = declare_outputs(head, width)
    return make_model([*nodes, *own_nodes], inputs, outputs, [*constants, *own_constants], opset)


def make_model(
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
    """Return the version of a network's operators; `ModelError` unless Headway's models may have it."""
    versions = [entry.version for entry in model.opset_import if entry.domain in ("", "ai.onnx")]
    if versions not in [[opset] for opset in OPSETS]:
        raise ModelError(f"a network must be of opset {' or '.join(map(str, OPSETS))}, this one is of {versions}")
    return int(versions[0])


def subgraph(graph: GraphProto, outputs: Sequence[str]) -> tuple[list[NodeProto], list[TensorProto]]:
    """Return the nodes and constants that ``outputs`` depend on, in the graph's order."""
    required = set(outputs)
    nodes = []
    for node in reversed(graph.node):
        if required.intersection(node.output):
            required.update(node.input)
            nodes.append(node)
    return nodes[::-1], [tensor for tensor in graph.initializer if tensor.name in required]
