"""Small ONNX files as exporters write them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

node = helper.make_node
SIZE = 12


def weights(*shape: int) -> np.ndarray:
    return np.random.default_rng(len(shape)).normal(size=shape).astype(np.float32)


def network(
    *,
    kind: int = TensorProto.FLOAT,
    last: bool = False,
    sides: tuple[Any, Any] = (SIZE, SIZE),
    opset: int = 17,
    classifier: bool = True,
    properties: dict[str, str] | None = None,
    nodes: list[Any] | None = None,
) -> onnx.ModelProto:
    """An ordinary small classifier, as somebody may have exported it."""
    shape = ["batch", *sides, 3] if last else ["batch", 3, *sides]
    value = helper.make_tensor_value_info
    body = nodes or [
        *(
            [node("Transpose", ["input"], ["nchw"], perm=[0, 3, 1, 2])]
            if last
            else [node("Identity", ["input"], ["nchw"])]
        ),
        *([node("Cast", ["nchw"], ["x"], to=1)] if kind == TensorProto.UINT8 else [node("Identity", ["nchw"], ["x"])]),
        node("Conv", ["x", "w1"], ["c1"], kernel_shape=[3, 3], strides=[2, 2], pads=[1, 1, 1, 1]),
        node("Relu", ["c1"], ["r1"], doc_string="from /home/somebody"),
        node("Conv", ["r1", "w2"], ["c2"], kernel_shape=[3, 3], strides=[2, 2], pads=[1, 1, 1, 1]),
        node("Relu", ["c2"], ["r2"]),
        node("GlobalAveragePool", ["r2"], ["p"]),
        node("Flatten", ["p"], ["f"]),
        *([node("Gemm", ["f", "w3"], ["logits"]), node("Softmax", ["logits"], ["output"])] if classifier else []),
    ]
    output = value("output", 1, ["batch", 4]) if classifier else value("f", 1, ["batch", 6])
    model = helper.make_model(
        helper.make_graph(
            body, "net", [value("input", kind, shape)], [output],
            [numpy_helper.from_array(weights(*s), n) for n, s in (("w1", (5, 3, 3, 3)), ("w2", (6, 5, 3, 3)), ("w3", (6, 4)))],
        ),
        opset_imports=[helper.make_opsetid("", opset)], ir_version=8,
    )  # fmt: skip
    helper.set_model_props(model, properties or {})
    return model


def saved(model: onnx.ModelProto, folder: Path) -> str:
    path = folder / "my net.onnx"
    path.write_bytes(model.SerializeToString())
    return str(path)


def wordy() -> onnx.ModelProto:
    """A network whose exporter computes every shape from that of the pictures, and repeats a class token by it."""

    def constant(name: str, value: Any) -> Any:
        return node("Constant", [], [name], value=numpy_helper.from_array(np.asarray(value)))

    body = [
        node("Conv", ["input", "w1"], ["c1"], auto_pad="SAME_UPPER", strides=[2, 2]),
        node("Relu", ["c1"], ["r1"]),
        node("Dropout", ["r1"], ["d1"]),
        node("Shape", ["d1"], ["sides"]),
        constant("first", np.int64(0)),
        constant("one", np.array([1])),
        node("Gather", ["sides", "first"], ["count"], axis=0),
        node("Unsqueeze", ["count", "zero"], ["counts"]),
        node("Constant", [], ["width"], value_ints=[5]),
        node("Constant", [], ["rest"], value_ints=[-1]),
        node("Concat", ["counts", "width", "rest"], ["rows"], axis=0),
        node("Reshape", ["d1", "rows"], ["flat"]),
        node("Transpose", ["flat"], ["tokens"], perm=[0, 2, 1]),
        node("Concat", ["counts", "one", "width"], ["wanted"], axis=0),
        node("ConstantOfShape", ["three"], ["ones"], value=numpy_helper.from_array(np.array([1]))),
        node("Mul", ["ones", "rest"], ["open"]),
        node("Equal", ["wanted", "open"], ["is_open"]),
        node("Where", ["is_open", "ones", "wanted"], ["full"]),
        node("Expand", ["token", "full"], ["token_of_each"]),
        node("Concat", ["token_of_each", "tokens"], ["all"], axis=1),
        node("Size", ["one"], ["step"]),
        node("Add", ["step", "step"], ["end"]),
        node("Range", ["step", "end", "step"], ["place"]),
        node("Gather", ["all", "place"], ["chosen"], axis=1),
        node("Constant", [], ["half"], value_float=0.5),
        node("Mul", ["chosen", "half"], ["scaled"]),
        node("Squeeze", ["scaled", "one"], ["squeezed"]),
        node("Gemm", ["squeezed", "w3"], ["output"], alpha=1.0, beta=1.0, transA=0, transB=0),
    ]  # fmt: skip
    model = network(nodes=body)
    tensors = {"zero": np.array([0]), "three": np.array([3]), "token": weights(1, 1, 5), "w3": weights(5, 4)}
    kept = [tensor for tensor in model.graph.initializer if tensor.name == "w1"]
    del model.graph.initializer[:]
    model.graph.initializer.extend([*kept, *(numpy_helper.from_array(array, name) for name, array in tensors.items())])
    model.graph.input.append(helper.make_tensor_value_info("w1", TensorProto.FLOAT, [5, 3, 3, 3]))
    return model
