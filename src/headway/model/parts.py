"""Nodes and constants of a graph, as they are made."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from onnx import NodeProto, TensorProto

    from headway.types import FloatArray, IntArray


class Part:
    """Collects the nodes and constants of one part of a graph.

    Parameters
    ----------
    prefix : str
        What the names of its constants begin with.

    Examples
    --------
    >>> part = Part("head/")
    >>> part.node("Add", ["a", part.constant("bias", np.ones(3, np.float32))], "sum")
    'sum'
    >>> [node.op_type for node in part.nodes], [constant.name for constant in part.constants]
    (['Add'], ['head/bias'])
    """

    def __init__(self, prefix: str) -> None:
        self.prefix = prefix
        self.nodes: list[NodeProto] = []
        self.constants: list[TensorProto] = []

    def node(self, operator: str, inputs: list[str], output: str, name: str = "", **attributes: int) -> str:
        """Add a node, of the name of its output unless it has another; return the output."""
        from onnx import helper

        self.nodes.append(helper.make_node(operator, inputs, [output], name=name or output, **attributes))
        return output

    def constant(self, name: str, array: FloatArray | IntArray) -> str:
        """Add a constant; return its whole name."""
        from onnx import numpy_helper

        self.constants.append(numpy_helper.from_array(np.asarray(array, order="C"), self.prefix + name))
        return self.prefix + name
