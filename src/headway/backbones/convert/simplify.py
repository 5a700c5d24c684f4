"""An exported graph rewritten with few and plain operators.

What PyTorch's exporter writes is right, but wordy: shapes are computed at run time from that of the input, a class
token is repeated by an operator that needs such a shape, there are five ways to drop an axis. Here all shapes become
constants in which -1 stands for the number of images, so that every reader of the graph (OpenVINO, the bounds that
Headway puts on models of others, the training of networks) can infer every shape, with rules for few operators.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from headway.backbones.convert.rewriting import Graph
from headway.backbones.convert.rules import RULES

if TYPE_CHECKING:
    from onnx import ModelProto


def simplify(model: ModelProto) -> ModelProto:
    """Rewrite a graph of PyTorch's exporter: one opset, one input ``images``, shapes of all tensors annotated.

    The result computes the same, and is the same for the same model. Its inner tensors are called ``backbone/...``;
    nothing but nodes, weights, input and outputs is left. Raises UserError when a shape cannot be inferred.
    """
    graph = Graph.read(model.graph)
    for node in model.graph.node:
        if not graph.fold(node):
            RULES.get(node.op_type, Graph.keep)(graph, node)
    return graph.build(model)
