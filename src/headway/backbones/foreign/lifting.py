"""A network of another version of ONNX's operators, in those that Headway's models are written in."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from headway.backbones.foreign.untrusted import opset_of

if TYPE_CHECKING:
    from onnx import ModelProto

OPSET = 18
_SINCE = {"Gelu": 20, "GroupNormalization": 21}  # what these are, or read, is known from this version on only


def lift(model: ModelProto) -> ModelProto:
    """Bring a network in plain parts to opset 18, in place; of the operators that the rules know, these change.

    A reduction reads its axes from a constant, and a split in equal parts says how many.
    """
    from onnx import helper, numpy_helper

    opset = opset_of(model)
    graph = model.graph
    if any(_SINCE.get(node.op_type, 0) > OPSET and opset >= _SINCE[node.op_type] for node in graph.node):
        return model
    for node in graph.node:
        attributes = {attribute.name: attribute for attribute in node.attribute}
        if node.op_type.startswith("Reduce") and "axes" in attributes and len(node.input) == 1:
            name = f"{node.output[0]}/axes"
            axes = np.array(attributes["axes"].ints, np.int64)
            graph.initializer.append(numpy_helper.from_array(axes, name))
            node.input.append(name)
            node.attribute.remove(attributes["axes"])
        elif node.op_type == "Split" and len(node.input) == 1 and "num_outputs" not in attributes:
            node.attribute.append(helper.make_attribute("num_outputs", len(node.output)))
        elif node.op_type == "Cast" and "saturate" in attributes:
            node.attribute.remove(attributes["saturate"])  # of types that are refused
    del model.opset_import[:]
    model.opset_import.append(helper.make_opsetid("", OPSET))
    return model
