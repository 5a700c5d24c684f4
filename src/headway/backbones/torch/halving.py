"""Weights in bfloat16."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from headway.backbones.torch.graph import Graph

# Inputs that autocast rounds to bfloat16 before such an operator computes.
_ROUNDED = {"Conv": (1, 2), "Gemm": (0, 1), "MatMul": (0, 1)}


def halve_weights(network: Graph) -> None:
    """Round the weights that convolutions and products alone read to bfloat16, once.

    Autocast would do so in every pass: what is computed stays the same, bit by bit, in half of the memory.

    Examples
    --------
    >>> from headway.backbones.torch.graph import Graph
    >>> from headway.testing import tiny_backbone_onnx
    >>> network = Graph(tiny_backbone_onnx(), "images", ["head.mean"]).requires_grad_(False)
    >>> halve_weights(network)
    >>> {str(weights.dtype) for weights in network.parameters()}
    {'torch.bfloat16'}
    """
    rounded: set[str] = set()
    others = set(network.outputs)
    for step in network.steps:
        for place, name in enumerate(step.inputs):
            (rounded if place in _ROUNDED.get(step.operator, ()) else others).add(name)
    own = dict(network.named_parameters(recurse=False))
    for parameter, name in network.initializers.items():
        if name in rounded - others:
            own[parameter].data = own[parameter].data.bfloat16()
