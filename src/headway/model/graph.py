"""One ONNX graph from uint8 pictures to calibrated probabilities, composed from a backbone and a head.

::

    images ─ backbone/… ─ embedding ─ [selected] ─ head/… ─ ÷ temperature ─ softmax ─ probabilities

Hand-made descriptors are no network. With them the graph begins behind them, at ``features``, and to compute that takes
Headway.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from headway.backbones.nodes import IR_VERSION, OPSETS, needed, opset_of
from headway.model import heads
from headway.model.outputs import declare_outputs

if TYPE_CHECKING:
    from onnx import ModelProto

    from headway.calibration import Calibration
    from headway.heads import Head
    from headway.types import IntArray

FEATURES = "features"  # the input of a model of descriptors; that of a network's has images


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
        nodes, tensors = needed(backbone.graph.node, features)
        constants = [tensor for tensor in backbone.graph.initializer if tensor.name in tensors]
        inputs = list(backbone.graph.input)
    own_nodes, own_constants = heads.write(head, calibration, features, columns)
    outputs = declare_outputs(head, width)
    graph = helper.make_graph([*nodes, *own_nodes], "headway", inputs, outputs, [*constants, *own_constants])
    return helper.make_model(
        graph, producer_name="headway", ir_version=IR_VERSION, opset_imports=[helper.make_opsetid("", opset)]
    )
