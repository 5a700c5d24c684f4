"""A small trained network as an ONNX file, as every backbone is one; batch norms are folded into convolutions."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from torch import nn
from torch.nn.utils.fusion import fuse_conv_bn_eval

from headway.backbones.nodes import Nodes, make_model, to_bytes
from headway.training.architectures import RGB, Residual

if TYPE_CHECKING:
    from headway.training.architectures import ScratchNetwork


def to_onnx(network: ScratchNetwork, image_size: int) -> bytes:
    """Export a network in evaluation mode without its classifier; the same weights give the same bytes.

    The ONNX file has the input ``images``, uint8 (N, image_size, image_size, 3), and the float32 outputs ``head.mean``
    (N, d) and ``map`` (N, C, h, w).
    """
    from onnx import TensorProto

    graph = _Graph()
    order, mean, scale = network.architecture.colours
    tensor = graph.add("Cast", ["images"], "backbone/float", to=TensorProto.FLOAT)
    if order != RGB.order:
        tensor = graph.add("Gather", [tensor, graph.order("backbone/order", order)], "backbone/reordered", axis=3)
    tensor = graph.add("Sub", [tensor, graph.constant("backbone/mean", mean)], "backbone/centred")
    tensor = graph.add("Div", [tensor, graph.constant("backbone/scale", scale)], "backbone/normalised")
    tensor = graph.add("Transpose", [tensor], "backbone/channels_first", perm=[0, 3, 1, 2])
    tensor = graph.add("Identity", [graph.chain(network.features, tensor, "backbone/features")], "map")
    graph.add("Identity", [graph.chain(network.pool, tensor, "backbone/pool")], "head.mean")
    with torch.no_grad():
        map_shape = network.features(torch.zeros(1, 3, image_size, image_size)).shape[1:]
    outputs = {"head.mean": (network.architecture.width,), "map": tuple(map_shape)}
    return to_bytes(
        make_model(graph.nodes, graph.constants, name="scratch", size=image_size, outputs=outputs, opset=graph.opset)
    )


class _Graph(Nodes):
    """Nodes and float32 constants of PyTorch's modules."""

    def constant(self, name: str, value: Any) -> str:
        return super().constant(name, np.ascontiguousarray(value, np.float32))

    def order(self, name: str, channels: Sequence[int]) -> str:
        """Add the order that channels are put in."""
        return super().constant(name, np.array(channels, np.int64))

    def parameters(self, module: nn.Module, name: str) -> list[str]:
        return [self.constant(f"{name}.{part}", value.detach().numpy()) for part, value in module.named_parameters()]

    def chain(self, modules: nn.Sequential, tensor: str, name: str) -> str:
        """Add modules one after another, each batch norm folded into the convolution before it."""
        layers = list(modules)
        for position, module in enumerate(layers):
            following = layers[position + 1] if position + 1 < len(layers) else None
            if isinstance(module, nn.Conv2d) and isinstance(following, nn.BatchNorm2d):
                module = fuse_conv_bn_eval(module, following)
            tensor = self.module(module, tensor, f"{name}/{position}")
        return tensor

    def module(self, module: nn.Module, tensor: str, name: str) -> str:
        match module:
            case nn.Conv2d():
                (kernel, _), (stride, _), (pad, _) = module.kernel_size, module.stride, module.padding
                inputs = [tensor, *self.parameters(module, name)]
                return self.add("Conv", inputs, name, kernel_shape=[kernel] * 2, strides=[stride] * 2, pads=[pad] * 4)
            case nn.BatchNorm2d():
                return tensor
            case nn.ReLU():
                return self.add("Relu", [tensor], name)
            case nn.MaxPool2d():
                side, ceil = module.kernel_size, int(module.ceil_mode)
                return self.add("MaxPool", [tensor], name, kernel_shape=[side] * 2, strides=[side] * 2, ceil_mode=ceil)
            case nn.AdaptiveAvgPool2d():
                return self.add("GlobalAveragePool", [tensor], name)
            case nn.Flatten():
                return self.add("Flatten", [tensor], name)
            case nn.Linear():
                return self.add("Gemm", [tensor, *self.parameters(module, name)], name, transB=1)
            case Residual():
                branches = [self.chain(module.body, tensor, f"{name}/body")]
                branches.append(self.chain(module.shortcut, tensor, f"{name}/shortcut"))
                return self.add("Relu", [self.add("Add", branches, f"{name}/sum")], name)
        raise TypeError(f"{type(module).__name__} has no ONNX form here")
