"""An EfficientNet-Lite of PyTorch as ONNX."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import numpy.typing as npt

from headway.backbones.info import STD_EPSILON, BackboneInfo
from headway.backbones.nodes import Nodes, make_model, to_bytes
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


def _pads(convolution: Any, size: int) -> tuple[list[int], int]:
    """Return the padding in ONNX's order and the output size of a square convolution on ``size`` pixels."""
    kernel, stride = convolution.kernel_size[0], convolution.stride[0]
    if type(convolution).__name__ == "Conv2dSame":  # TensorFlow's: as even as can be, the odd one at the end
        total = max((-(-size // stride) - 1) * stride + kernel - size, 0)
        before, after = total // 2, total - total // 2
    else:
        before = after = convolution.padding[0]
    return [before, before, after, after], (size + before + after - kernel) // stride + 1


def _numpy(tensor: Any) -> npt.NDArray[np.float64]:
    array: npt.NDArray[np.float64] = tensor.detach().double().numpy()
    return array


def _mean_relu6(mean: npt.NDArray[np.float64], std: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """Return the expectation of min(max(x, 0), 6) for a normal x, per channel."""

    def density(z: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
        return np.exp(-z * z / 2) / math.sqrt(2 * math.pi)

    def below(z: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
        return np.array([0.5 * (1 + math.erf(value / math.sqrt(2))) for value in z])

    std = np.maximum(std, 1e-12)
    low, high = -mean / std, (6 - mean) / std
    return mean * (below(high) - below(low)) + std * (density(low) - density(high)) + 6 * (1 - below(high))


def _convolution(graph: _Nodes, tensor: str, name: str, convolution: Any, norm: Any, size: int) -> tuple[str, int]:
    """Add a convolution with its batch normalisation folded in, and its activation (ReLU6 or none)."""
    gain = _numpy(norm.weight) / np.sqrt(_numpy(norm.running_var) + norm.eps)
    weight = _numpy(convolution.weight) * gain[:, None, None, None]
    bias = _numpy(norm.bias) - _numpy(norm.running_mean) * gain
    if convolution.groups == 1 and weight.shape[2:] == (1, 1) and weight.size >= HALF_FROM:
        stored = graph.half(f"{name}.weight", weight)
        lost = (weight - weight.astype(np.float16).astype(np.float64))[:, :, 0, 0]
        bias = bias + np.round(lost @ graph.expected[tensor] / BIAS_STEP) * BIAS_STEP
    else:
        stored = graph.constant(f"{name}.weight", weight.astype(np.float32))
    pads, size = _pads(convolution, size)
    tensor = graph.add(
        "Conv",
        [tensor, stored, graph.constant(f"{name}.bias", bias.astype(np.float32))],
        name,
        kernel_shape=list(convolution.kernel_size),
        strides=list(convolution.stride),
        pads=pads,
        dilations=[1, 1],
        group=convolution.groups,
    )
    mean, std = _numpy(norm.bias), np.abs(_numpy(norm.weight))  # of what a batch normalisation gives out
    activation = type(norm.act).__name__
    if activation == "ReLU6":
        tensor = graph.add("Clip", [tensor, "backbone/zero", "backbone/six"], f"{name}.relu6")
        graph.expected[tensor] = _mean_relu6(mean, std)
        return tensor, size
    if activation != "Identity":
        raise UserError(f"{name}: the activation {activation} cannot be converted")
    graph.expected[tensor] = mean
    return tensor, size


_BLOCK_LAYERS = {
    "DepthwiseSeparableConv": [("conv_dw", "bn1"), ("conv_pw", "bn2")],
    "InvertedResidual": [("conv_pw", "bn1"), ("conv_dw", "bn2"), ("conv_pwl", "bn3")],
}


def to_onnx(info: BackboneInfo, network: Any) -> bytes:
    """Export the network of a backbone; the bytes depend on its weights only, not on the machine or the time."""
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
    tensor, size = _convolution(graph, tensor, "backbone/stem", network.conv_stem, network.bn1, size)
    for number, stage in enumerate(network.blocks):
        for index, block in enumerate(stage):
            shortcut, name = tensor, f"backbone/block{number}/{index}"
            for layer, norm in _BLOCK_LAYERS[type(block).__name__]:
                tensor, size = _convolution(
                    graph, tensor, f"{name}/{layer}", getattr(block, layer), getattr(block, norm), size
                )
            if block.has_skip:
                expected = graph.expected[tensor] + graph.expected[shortcut]
                tensor = graph.add("Add", [tensor, shortcut], f"{name}/sum")
                graph.expected[tensor] = expected
        if f"block{number}.mean" in info.dims:
            graph.pool(tensor, f"block{number}", f"backbone/block{number}")
    tensor, size = _convolution(graph, tensor, "backbone/head", network.conv_head, network.bn2, size)
    graph.pool(tensor, "head", "backbone/head")
    graph.add("Identity", [tensor], "map")
    graph.add(
        "Gemm",
        [
            "head.mean",
            graph.half("backbone/classifier.weight", _numpy(network.classifier.weight)),
            graph.constant("backbone/classifier.bias", _numpy(network.classifier.bias).astype(np.float32)),
        ],
        "logits",
        transB=1,
    )
    if info.map_shape[1:] != (size, size):
        raise UserError(f"{info.name}: the final map must be {info.map_shape[1:]}, the network gives {(size, size)}")
    outputs = {name: (width,) for name, width in info.dims.items()} | {"map": info.map_shape}
    model = make_model(graph.nodes, graph.constants, name=info.name, size=info.input_size, outputs=outputs, opset=OPSET)
    onnx.helper.set_model_props(
        model, {"backbone": info.name, "licence": info.licence, "source": f"pypi:{info.package}"}
    )
    return to_bytes(model)
