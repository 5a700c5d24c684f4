"""An exported graph rewritten with few and plain operators.

What PyTorch's exporter writes is right, but wordy: shapes are computed at run time from that of the input, a class
token is repeated by an operator that needs such a shape, there are five ways to drop an axis. Here all shapes become
constants in which -1 stands for the number of pictures, so that whoever reads the graph (OpenVINO, the bounds that
Headway puts on models of others, the training of networks) can work every shape out, and needs rules for few operators.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from headway.backbones.convert.rewriting import Graph
from headway.backbones.convert.rules import RULES

if TYPE_CHECKING:
    from onnx import ModelProto


def simplified(model: ModelProto) -> ModelProto:
    """Rewrite a graph.

    Parameters
    ----------
    model : onnx.ModelProto
        From PyTorch's exporter: one opset, one input ``images`` (N, size, size, 3), shapes of all tensors annotated.

    Returns
    -------
    onnx.ModelProto
        The same function. Tensors within are called ``backbone/...``; nothing but nodes, weights, input and outputs is
        left. The same bytes for the same model.

    Raises
    ------
    UserError
        When a shape cannot be worked out.
    """
    graph = Graph.read(model.graph)
    for node in model.graph.node:
        if not graph.folded(node):
            RULES.get(node.op_type, Graph.keep)(graph, node)
    return graph.written(model)
