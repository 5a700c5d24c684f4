"""A small trained network as an ONNX file: the contract of every backbone, batch normalisation folded away."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from torch import nn
from torch.nn.utils.fusion import fuse_conv_bn_eval

from headway.training.architectures import MEAN, SCALE, Residual

if TYPE_CHECKING:
    from headway.training.architectures import Scratch

OPSET = 17
IR_VERSION = 8


def to_onnx(network: Scratch, image_size: int) -> bytes:
    """Write a network down, up to what its classifier reads.

    Parameters
    ----------
    network : Scratch
        In evaluation mode.
    image_size : int
        Height and width of its pictures, in pixels.

    Returns
    -------
    bytes
        An ONNX file with the input ``images``, uint8 (N, image_size, image_size, 3), and the float32 outputs
        ``head.mean`` (N, d) and ``map`` (N, C, h, w). The same for the same weights.

    Examples
    --------
    >>> from headway.training.architectures import Scratch
    >>> len(to_onnx(Scratch("food11", 11).eval(), 32)) > 139_147 * 3
    True
    """
    import onnx
    from onnx import TensorProto, helper

    graph = _Graph()
    tensor = graph.node("Cast", ["images"], "backbone/float", to=TensorProto.FLOAT)
    tensor = graph.node("Sub", [tensor, graph.constant("backbone/mean", np.array(MEAN))], "backbone/centred")
    tensor = graph.node("Div", [tensor, graph.constant("backbone/scale", np.array(SCALE))], "backbone/normalised")
    tensor = graph.node("Transpose", [tensor], "backbone/channels_first", perm=[0, 3, 1, 2])
    tensor = graph.node("Identity", [graph.chain(network.features, tensor, "backbone/features")], "map")
    graph.node("Identity", [graph.chain(network.pool, tensor, "backbone/pool")], "head.mean")

    value = helper.make_tensor_value_info
    with torch.no_grad():
        map_shape = network.features(torch.zeros(1, 3, image_size, image_size)).shape[1:]
    model = helper.make_model(
        helper.make_graph(
            graph.nodes,
            "scratch",
            [value("images", TensorProto.UINT8, ["N", image_size, image_size, 3])],
            [
                value("head.mean", TensorProto.FLOAT, ["N", network.architecture.width]),
                value("map", TensorProto.FLOAT, ["N", *map_shape]),
            ],
            graph.initializers,
        ),
        opset_imports=[helper.make_opsetid("", OPSET)],
        ir_version=IR_VERSION,
        producer_name="headway",
    )
    onnx.checker.check_model(model, full_check=True)
    data: bytes = model.SerializeToString(deterministic=True)
    return data


class _Graph:
    """Nodes and initializers of a graph in the making; every method returns the name of the tensor that it adds."""

    def __init__(self) -> None:
        self.nodes: list[Any] = []
        self.initializers: list[Any] = []

    def node(self, operator: str, inputs: Sequence[str], output: str, **attributes: Any) -> str:
        from onnx import helper

        self.nodes.append(helper.make_node(operator, list(inputs), [output], name=output, **attributes))
        return output

    def constant(self, name: str, value: Any) -> str:
        from onnx import numpy_helper

        self.initializers.append(numpy_helper.from_array(np.ascontiguousarray(value, np.float32), name))
        return name

    def learned(self, module: nn.Module, name: str) -> list[str]:
        return [self.constant(f"{name}.{part}", value.detach().numpy()) for part, value in module.named_parameters()]

    def chain(self, modules: nn.Sequential, tensor: str, name: str) -> str:
        """Add modules one after another, each batch normalisation as a part of the convolution before it."""
        rest = list(modules)
        for place, module in enumerate(rest):
            following = rest[place + 1] if place + 1 < len(rest) else None
            if isinstance(module, nn.Conv2d) and isinstance(following, nn.BatchNorm2d):
                module = fuse_conv_bn_eval(module, following)
            tensor = self.module(module, tensor, f"{name}/{place}")
        return tensor

    def module(self, module: nn.Module, tensor: str, name: str) -> str:
        match module:
            case nn.Conv2d():
                (kernel, _), (stride, _), (pad, _) = module.kernel_size, module.stride, module.padding
                inputs = [tensor, *self.learned(module, name)]
                return self.node("Conv", inputs, name, kernel_shape=[kernel] * 2, strides=[stride] * 2, pads=[pad] * 4)
            case nn.BatchNorm2d():
                return tensor
            case nn.ReLU():
                return self.node("Relu", [tensor], name)
            case nn.MaxPool2d():
                side, ceil = module.kernel_size, int(module.ceil_mode)
                return self.node("MaxPool", [tensor], name, kernel_shape=[side] * 2, strides=[side] * 2, ceil_mode=ceil)
            case nn.AdaptiveAvgPool2d():
                return self.node("GlobalAveragePool", [tensor], name)
            case nn.Flatten():
                return self.node("Flatten", [tensor], name)
            case nn.Linear():
                return self.node("Gemm", [tensor, *self.learned(module, name)], name, transB=1)
            case Residual():
                ways = [self.chain(module.body, tensor, f"{name}/body")]
                ways.append(self.chain(module.shortcut, tensor, f"{name}/shortcut"))
                return self.node("Relu", [self.node("Add", ways, f"{name}/sum")], name)
        raise TypeError(f"{type(module).__name__} has no ONNX form here")
