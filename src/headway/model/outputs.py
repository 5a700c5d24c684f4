"""The outputs of a model's graph, in one table.

One more output takes an entry here and, in `headway.model.heads.write`, the nodes that compute it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from onnx import ModelProto

    from headway.heads import Head

PROBABILITIES, EMBEDDING = "probabilities", "embedding"


@dataclass(frozen=True)
class Output:
    """An output, float32 (N, width).

    Parameters
    ----------
    name : str
        Of the output, and of the node that computes it.
    axis : str
        What its width counts, for messages.
    width : callable
        From the head and the length of the embedding to the width.
    origin : str
        What it is computed from.
    """

    name: str
    axis: str
    width: Callable[[Head, int], int]
    origin: str


OUTPUTS = (
    Output(PROBABILITIES, "classes", lambda head, _: head.n_classes, "softmax of the calibrated logits"),
    Output(EMBEDDING, "d", lambda _, embedding: embedding, "the features, one output of the backbone after the other"),
)


def describe_outputs() -> str:
    """Return the outputs for a message.

    Examples
    --------
    >>> describe_outputs()
    'probabilities (N, classes) and embedding (N, d)'
    """
    return " and ".join(f"{output.name} (N, {output.axis})" for output in OUTPUTS)


def declare_outputs(head: Head, embedding: int) -> list[Any]:
    """Return what a graph declares of its outputs."""
    from onnx import TensorProto, helper

    return [
        helper.make_tensor_value_info(output.name, TensorProto.FLOAT, ["N", output.width(head, embedding)])
        for output in OUTPUTS
    ]


def output_width(model: ModelProto, name: str) -> int:
    """Return the width that a graph declares of an output."""
    [declared] = [output for output in model.graph.output if output.name == name]
    return int(declared.type.tensor_type.shape.dim[1].dim_value)
