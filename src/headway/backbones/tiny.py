"""A made-up network of a few thousand weights, for tests: it tells colours and brightness apart and nothing else."""

from __future__ import annotations

from typing import Any

SEED = 7


def tiny_backbone_onnx() -> bytes:
    """Build the backbone ``"tiny"``: an ONNX file with the same kinds of outputs as the real ones, in a millisecond.

    Its input ``images`` is uint8 (N, 32, 32, 3). Its outputs are ``block1.mean``, ``block1.std`` (N, 16),
    ``head.mean``, ``head.std`` (N, 32), ``map`` (N, 32, 4, 4) and ``logits`` (N, 10). The weights are random, from a
    fixed seed.

    Returns
    -------
    bytes
        Always the same.

    Examples
    --------
    >>> len(tiny_backbone_onnx()) < 30_000
    True
    """
    import numpy as np
    import onnx
    from onnx import TensorProto, helper, numpy_helper

    from headway.backbones.catalogue import STD_EPSILON

    source = np.random.PCG64(SEED)  # numpy promises this stream of bits for ever, other than a Generator's numbers

    def weights(*shape: int) -> Any:
        bits = source.random_raw(int(np.prod(shape))).astype(np.uint64) >> np.uint64(40)
        fan_in = np.float32(np.prod(shape[1:]) if len(shape) > 1 else 1.0)
        uniform = bits.astype(np.float32) / np.float32(2**23) - np.float32(1)
        return (uniform.reshape(shape) * np.sqrt(np.float32(6) / fan_in)).astype(np.float32)

    constants = {
        "backbone/centre": np.array(127, np.float32),
        "backbone/scale": np.array(1 / 128, np.float32),
        "backbone/epsilon": np.array(STD_EPSILON, np.float32),
        "backbone/block1/conv.weight": weights(16, 3, 3, 3),
        "backbone/block1/conv.bias": weights(16) * np.float32(0.3),
        "backbone/head/conv.weight": weights(32, 16, 3, 3),
        "backbone/head/conv.bias": weights(32) * np.float32(0.3),
        "backbone/classifier.weight": weights(10, 32),
        "backbone/classifier.bias": weights(10) * np.float32(0.3),
    }
    nodes: list[Any] = []

    def node(operator: str, inputs: list[str], output: str, **attributes: Any) -> str:
        nodes.append(helper.make_node(operator, inputs, [output], name=output, **attributes))
        return output

    def layer(tensor: str, name: str, stride: int) -> str:
        inner = f"backbone/{name}"
        inputs = [tensor, f"{inner}/conv.weight", f"{inner}/conv.bias"]
        tensor = node("Conv", inputs, f"{inner}/conv", kernel_shape=[3, 3], strides=[stride] * 2, pads=[1] * 4)
        tensor = node("Relu", [tensor], f"{inner}/relu")
        node("ReduceMean", [tensor], f"{name}.mean", axes=[2, 3], keepdims=0)
        centre = node("ReduceMean", [tensor], f"{inner}/centre", axes=[2, 3], keepdims=1)
        off = node("Sub", [tensor, centre], f"{inner}/off")
        square = node("Mul", [off, off], f"{inner}/square")
        variance = node("ReduceMean", [square], f"{inner}/variance", axes=[2, 3], keepdims=0)
        node("Sqrt", [node("Add", [variance, "backbone/epsilon"], f"{inner}/safe")], f"{name}.std")
        return tensor

    tensor = node("Cast", ["images"], "backbone/float", to=TensorProto.FLOAT)
    tensor = node("Transpose", [tensor], "backbone/channels_first", perm=[0, 3, 1, 2])
    tensor = node("Sub", [tensor, "backbone/centre"], "backbone/centred")
    tensor = node("Mul", [tensor, "backbone/scale"], "backbone/normalised")
    tensor = layer(layer(tensor, "block1", stride=2), "head", stride=4)
    node("Identity", [tensor], "map")
    node("Gemm", ["head.mean", "backbone/classifier.weight", "backbone/classifier.bias"], "logits", transB=1)
    shapes: dict[str, list[int]] = {
        "block1.mean": [16],
        "block1.std": [16],
        "head.mean": [32],
        "head.std": [32],
        "map": [32, 4, 4],
        "logits": [10],
    }
    model = helper.make_model(
        helper.make_graph(
            nodes,
            "tiny",
            [helper.make_tensor_value_info("images", TensorProto.UINT8, ["N", 32, 32, 3])],
            [helper.make_tensor_value_info(name, TensorProto.FLOAT, ["N", *shape]) for name, shape in shapes.items()],
            [numpy_helper.from_array(value, name) for name, value in constants.items()],
        ),
        opset_imports=[helper.make_opsetid("", 17)],
        ir_version=8,
        producer_name="headway",
    )
    onnx.checker.check_model(model, full_check=True)
    data: bytes = model.SerializeToString(deterministic=True)
    return data
