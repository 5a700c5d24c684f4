"""Several networks in one graph: the same picture into each, their outputs side by side."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from headway.backbones.nodes import IMAGES, make_model, opset_of, sides_of

if TYPE_CHECKING:
    from onnx import NodeProto, TensorProto


def join(networks: Mapping[str, bytes]) -> bytes:
    """Join networks to one that has the outputs of all.

    Parameters
    ----------
    networks : mapping of str to bytes
        ONNX files by name, each with the input ``images``, uint8 (N, size, size, 3), of the same size.

    Returns
    -------
    bytes
        An ONNX file of the same input. Its outputs are called as in the networks, behind their name and ``/``.

    Examples
    --------
    >>> from headway.backbones import Engine
    >>> from headway.testing import tiny_backbone_onnx
    >>> Engine(join({"one": tiny_backbone_onnx(), "two": tiny_backbone_onnx()}), ["one/head.mean", "two/logits"]).width
    42
    """
    import onnx
    from onnx import version_converter

    models = {name: onnx.load_model_from_string(network) for name, network in networks.items()}
    opset = max(map(opset_of, models.values()))
    nodes: list[NodeProto] = []
    constants: list[TensorProto] = []
    outputs: dict[str, list[int]] = {}
    size = 0
    for name, model in models.items():
        if opset_of(model) < opset:
            model = version_converter.convert_version(model, opset)
        graph, size = model.graph, sides_of(model.graph.input[0])[0]
        outputs |= {f"{name}/{output.name}": sides_of(output) for output in graph.output}
        for node in graph.node:
            node.name = f"{name}/{node.name}"
            for tensors in (node.input, node.output):
                tensors[:] = [tensor if tensor in ("", IMAGES) else f"{name}/{tensor}" for tensor in tensors]
        for constant in graph.initializer:
            constant.name = f"{name}/{constant.name}"
        nodes += graph.node
        constants += graph.initializer
    joined = make_model(nodes, constants, name="headway", size=size, outputs=outputs, opset=opset)
    return bytes(joined.SerializeToString(deterministic=True))
