"""A made-up network of a few thousand weights, for tests: it tells colours and brightness apart and nothing else."""

from __future__ import annotations

from typing import Any

SEED = 7


def tiny_backbone_onnx() -> bytes:
    """Build the backbone ``"tiny"``: an ONNX file with the same kinds of outputs as the real ones, in a millisecond.

    Its input ``images`` is uint8 (N, 32, 32, 3). Its outputs are ``block1.mean``, ``block1.std`` (N, 16),
    ``head.mean``, ``head.std`` (N, 32), ``map`` (N, 32, 4, 4) and ``logits`` (N, 10). The weights are random, from a
    fixed seed: the file is always the same.

    Examples
    --------
    >>> len(tiny_backbone_onnx()) < 30_000
    True
    """
    import numpy as np
    from onnx import TensorProto

    from headway.backbones.info import STD_EPSILON
    from headway.backbones.nodes import Nodes, make_model, to_bytes

    source = np.random.PCG64(SEED)  # numpy promises this stream of bits for ever, other than a Generator's numbers

    def weights(*shape: int) -> Any:
        bits = source.random_raw(int(np.prod(shape))).astype(np.uint64) >> np.uint64(40)
        fan_in = np.float32(np.prod(shape[1:]) if len(shape) > 1 else 1.0)
        uniform = bits.astype(np.float32) / np.float32(2**23) - np.float32(1)
        return (uniform.reshape(shape) * np.sqrt(np.float32(6) / fan_in)).astype(np.float32)

    graph = Nodes()
    graph.constant("backbone/centre", np.array(127, np.float32))
    graph.constant("backbone/scale", np.array(1 / 128, np.float32))
    graph.constant("backbone/epsilon", np.array(STD_EPSILON, np.float32))
    graph.constant("backbone/block1/conv.weight", weights(16, 3, 3, 3))
    graph.constant("backbone/block1/conv.bias", weights(16) * np.float32(0.3))
    graph.constant("backbone/head/conv.weight", weights(32, 16, 3, 3))
    graph.constant("backbone/head/conv.bias", weights(32) * np.float32(0.3))
    graph.constant("backbone/classifier.weight", weights(10, 32))
    graph.constant("backbone/classifier.bias", weights(10) * np.float32(0.3))

    def layer(tensor: str, name: str, stride: int) -> str:
        inner = f"backbone/{name}"
        inputs = [tensor, f"{inner}/conv.weight", f"{inner}/conv.bias"]
        tensor = graph.add("Conv", inputs, f"{inner}/conv", kernel_shape=[3, 3], strides=[stride] * 2, pads=[1] * 4)
        tensor = graph.add("Relu", [tensor], f"{inner}/relu")
        graph.pool(tensor, name, inner)
        return tensor

    tensor = graph.add("Cast", ["images"], "backbone/float", to=TensorProto.FLOAT)
    tensor = graph.add("Transpose", [tensor], "backbone/channels_first", perm=[0, 3, 1, 2])
    tensor = graph.add("Sub", [tensor, "backbone/centre"], "backbone/centred")
    tensor = graph.add("Mul", [tensor, "backbone/scale"], "backbone/normalised")
    tensor = layer(layer(tensor, "block1", stride=2), "head", stride=4)
    graph.add("Identity", [tensor], "map")
    graph.add("Gemm", ["head.mean", "backbone/classifier.weight", "backbone/classifier.bias"], "logits", transB=1)
    shapes = {
        "block1.mean": (16,),
        "block1.std": (16,),
        "head.mean": (32,),
        "head.std": (32,),
        "map": (32, 4, 4),
        "logits": (10,),
    }
    return to_bytes(make_model(graph.nodes, graph.constants, name="tiny", size=32, outputs=shapes, opset=graph.opset))
