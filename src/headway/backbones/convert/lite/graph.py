"""An EfficientNet-Lite as ONNX."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import numpy.typing as npt

from headway.backbones.convert.lite.network import EPSILON, Convolution, Network
from headway.backbones.info import STD_EPSILON, BackboneInfo
from headway.backbones.nodes import Nodes, make_model, same_padding, to_bytes
from headway.errors import UserError

Array = npt.NDArray[Any]

OPSET = 17
HALF_FROM = 12_000  # kernels with fewer weights stay float32
BIAS_STEP = 2.0**-20  # corrections of a bias are multiples of this, so that the order of a summation cannot show


class _Nodes(Nodes):
    """Nodes whose large weights are stored as float16."""

    def __init__(self) -> None:
        super().__init__(OPSET)
        self.expected: dict[str, npt.NDArray[np.float64]] = {}  # mean of each channel of a map, over images

    def constant(self, name: str, value: Array) -> str:
        return super().constant(name, np.ascontiguousarray(value))  # a scalar gets an axis, as in the published files

    def half(self, name: str, value: Array) -> str:
        """Add a constant that is stored as float16 and read as float32."""
        from onnx import TensorProto

        stored = value.astype(np.float16)
        if not np.isfinite(stored).all():
            raise UserError(f"{name} does not fit into float16: its largest magnitude is {np.abs(value).max():g}")
        self.constant(f"{name}.half", stored)
        return self.add("Cast", [f"{name}.half"], name, to=TensorProto.FLOAT)


def _mean_relu6(mean: npt.NDArray[np.float64], std: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """Return the expectation of min(max(x, 0), 6) for a normal x, per channel."""

    def density(z: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
        return np.exp(-z * z / 2) / math.sqrt(2 * math.pi)

    def below(z: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
        return np.array([0.5 * (1 + math.erf(value / math.sqrt(2))) for value in z])

    std = np.maximum(std, 1e-12)
    low, high = -mean / std, (6 - mean) / std
    return mean * (below(high) - below(low)) + std * (density(low) - density(high)) + 6 * (1 - below(high))


def _convolution(graph: _Nodes, tensor: str, layer: Convolution, size: int) -> tuple[str, int]:
    """Add a convolution with its batch normalisation folded in, and its activation."""
    gain = layer.gain.astype(np.float64) / np.sqrt(layer.variance.astype(np.float64) + EPSILON)
    weight = layer.weight.astype(np.float64) * gain[:, None, None, None]
    bias = layer.bias.astype(np.float64) - layer.mean.astype(np.float64) * gain
    name, side = layer.name, weight.shape[2]
    if layer.groups == side == 1 and weight.size >= HALF_FROM:
        stored = graph.half(f"{name}.weight", weight)
        lost = (weight - weight.astype(np.float16).astype(np.float64))[:, :, 0, 0]
        bias = bias + np.round(lost @ graph.expected[tensor] / BIAS_STEP) * BIAS_STEP
    else:
        stored = graph.constant(f"{name}.weight", weight.astype(np.float32))
    pads, size = same_padding(side, layer.stride, size)
    tensor = graph.add(
        "Conv",
        [tensor, stored, graph.constant(f"{name}.bias", bias.astype(np.float32))],
        name,
        kernel_shape=[side, side],
        strides=[layer.stride, layer.stride],
        pads=pads,
        dilations=[1, 1],
        group=layer.groups,
    )
    mean, std = layer.bias.astype(np.float64), np.abs(layer.gain.astype(np.float64))  # of what a normalisation gives
    if layer.activates:
        tensor = graph.add("Clip", [tensor, "backbone/zero", "backbone/six"], f"{name}.relu6")
        mean = _mean_relu6(mean, std)
    graph.expected[tensor] = mean
    return tensor, size


def to_onnx(info: BackboneInfo, network: Network) -> bytes:
    """Write the network of a backbone; the bytes depend on its weights only, not on the machine or the time."""
    import onnx

    graph = _Nodes()
    size = info.input_size
    graph.constant("backbone/zero", np.array(0.0, np.float32))
    graph.constant("backbone/six", np.array(6.0, np.float32))
    graph.constant("backbone/epsilon", np.array(STD_EPSILON, np.float32))
    graph.constant("backbone/centre", np.array(127.0, np.float32))
    graph.constant("backbone/scale", np.array(1 / 128, np.float32))

    tensor = graph.add("Cast", ["images"], "backbone/float", to=onnx.TensorProto.FLOAT)
    tensor = graph.add("Transpose", [tensor], "backbone/channels_first", perm=[0, 3, 1, 2])
    tensor = graph.add("Sub", [tensor, "backbone/centre"], "backbone/centred")
    tensor = graph.add("Mul", [tensor, "backbone/scale"], "backbone/normalised")
    tensor, size = _convolution(graph, tensor, network.stem, size)
    for block, following in zip(network.blocks, (*network.blocks[1:], None), strict=True):
        shortcut = tensor
        for layer in block.convolutions:
            tensor, size = _convolution(graph, tensor, layer, size)
        if block.adds_input:
            expected = graph.expected[tensor] + graph.expected[shortcut]
            tensor = graph.add("Add", [tensor, shortcut], f"{block.name}/sum")
            graph.expected[tensor] = expected
        ends_stage = following is None or following.stage > block.stage
        if ends_stage and f"block{block.stage}.mean" in info.dims:
            graph.pool(tensor, f"block{block.stage}", f"backbone/block{block.stage}")
    tensor, size = _convolution(graph, tensor, network.head, size)
    graph.pool(tensor, "head", "backbone/head")
    graph.add("Identity", [tensor], "map")
    graph.add(
        "Gemm",
        [
            "head.mean",
            graph.half("backbone/classifier.weight", network.classifier),
            graph.constant("backbone/classifier.bias", network.classifier_bias),
        ],
        "logits",
        transB=1,
    )
    outputs = {name: (width,) for name, width in info.dims.items()} | {"map": info.map_shape}
    model = make_model(graph.nodes, graph.constants, name=info.name, size=info.input_size, outputs=outputs, opset=OPSET)
    onnx.helper.set_model_props(
        model, {"backbone": info.name, "licence": info.licence, "source": f"pypi:{info.package}"}
    )
    return to_bytes(model)
