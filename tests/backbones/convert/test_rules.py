"""Each rewriting rule on a graph of its own: the same numbers from plainer operators."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper

from headway.backbones.convert.simplify import simplify
from headway.errors import UserError

runtime = pytest.importorskip("onnxruntime")
SIZE = 4


def graph(nodes: Sequence[Any], shape: Sequence[Any], constants: dict[str, Any], **shapes: Sequence[Any]) -> Any:
    """A graph from pictures (N, 4, 4, 3), cast to float as ``x``, to ``head.mean`` of the given shape."""
    value = helper.make_tensor_value_info
    return helper.make_model(
        helper.make_graph(
            [helper.make_node("Cast", ["images"], ["x"], to=TensorProto.FLOAT), *nodes],
            "g",
            [value("images", TensorProto.UINT8, ["N", SIZE, SIZE, 3])],
            [value("head.mean", TensorProto.FLOAT, ["N", *shape])],
            [numpy_helper.from_array(np.asarray(array), name) for name, array in constants.items()],
            value_info=[
                value(name, TensorProto.FLOAT, list(sides)) for name, sides in {"x": ["N", 4, 4, 3], **shapes}.items()
            ],
        ),
        opset_imports=[helper.make_opsetid("", 18)],
        ir_version=8,
    )


node = helper.make_node
CASES: dict[str, tuple[Any, set[str]]] = {
    "computed shape": (
        graph(
            [
                node("Shape", ["x"], ["s"], end=1),
                node("Concat", ["s", "rest"], ["shape"], axis=0),
                node("Reshape", ["x", "shape"], ["head.mean"], allowzero=1),
            ],
            [48],
            {"rest": np.array([48])},
        ),
        {"Cast", "Reshape"},
    ),
    "expanded token": (
        graph(
            [
                node("Shape", ["x"], ["s"], start=0, end=1),
                node("Concat", ["s", "ones"], ["shape"], axis=0),
                node("Expand", ["token", "shape"], ["tokens"]),
                node("Flatten", ["x"], ["f"]),
                node("Flatten", ["tokens"], ["t"]),
                node("Concat", ["t", "f"], ["head.mean"], axis=1),
            ],
            [50],
            {"ones": np.array([1, 2]), "token": np.arange(2, dtype=np.float32).reshape(1, 1, 2)},
            tokens=["N", 1, 2], f=["N", 48], t=["N", 2],
        ),
        {"Cast", "Reshape", "ReduceMean", "Mul", "Add", "Concat"},
    ),
    "expanded and widened": (
        graph(
            [
                node("Shape", ["x"], ["s"], end=1),
                node("Concat", ["s", "two"], ["shape"], axis=0),
                node("Expand", ["one", "shape"], ["head.mean"]),
            ],
            [2],
            {"two": np.array([2]), "one": np.full((1, 1), 3, np.float32)},
        ),
        {"Cast", "Reshape", "ReduceMean", "Mul", "Add"},
    ),
    "split and slice": (
        graph(
            [
                node("Split", ["x", "sizes"], ["a", "b"], axis=3),
                node("Flatten", ["a"], ["fa"]),
                node("Flatten", ["b"], ["fb"]),
                node("Slice", ["fb", "minus", "far", "one", "one"], ["last"]),
                node("Slice", ["fa", "zero", "far", "one", "one"], ["whole"]),
                node("Concat", ["whole", "last"], ["head.mean"], axis=1),
            ],
            [35],
            {"sizes": np.array([2, 1]), "minus": np.array([-3]), "far": np.array([2**62]), "one": np.array([1]), "zero": np.array([0])},
            a=["N", 4, 4, 2], b=["N", 4, 4, 1], fa=["N", 32], fb=["N", 16], last=["N", 3], whole=["N", 32],
        ),
        {"Cast", "Slice", "Reshape", "Concat"},
    ),
    "one of a row": (
        graph(
            [
                node("Slice", ["x", "one", "two", "one", "one"], ["row"]),
                node("Squeeze", ["row", "one"], ["r"]),
                node("Flatten", ["r"], ["head.mean"]),
            ],
            [12],
            {"one": np.array([1]), "two": np.array([2])},
            row=["N", 1, 4, 3], r=["N", 4, 3],
        ),
        {"Cast", "Gather", "Reshape"},
    ),
    "powers": (
        graph(
            [
                node("Pow", ["x", "two"], ["a"]),
                node("Pow", ["x", "three"], ["b"]),
                node("Add", ["a", "b"], ["c"]),
                node("Pow", ["c", "half"], ["d"]),
                node("Flatten", ["d"], ["head.mean"]),
            ],
            [48],
            {name: np.array(value, np.float32) for name, value in (("two", 2), ("three", 3), ("half", 0.5))},
            a=["N", 4, 4, 3], b=["N", 4, 4, 3], c=["N", 4, 4, 3], d=["N", 4, 4, 3],
        ),
        {"Cast", "Mul", "Add", "Pow", "Reshape"},
    ),
    "batch normalisation, pooling of nothing, of everything": (
        graph(
            [
                node("Transpose", ["x"], ["m"], perm=[0, 3, 1, 2]),
                node("BatchNormalization", ["m", "g", "b", "mean", "var"], ["n"], epsilon=1e-3),
                node("AveragePool", ["n"], ["o"], kernel_shape=[1, 1], strides=[1, 1]),
                node("MaxPool", ["o"], ["p"], kernel_shape=[2, 2], ceil_mode=0),
                node("GlobalAveragePool", ["p"], ["q"]),
                node("Identity", ["q"], ["i"]),
                node("Squeeze", ["i", "axes"], ["head.mean"]),
            ],
            [3],
            {"g": np.float32([1, 2, 3]), "b": np.float32([0, 1, 0]), "mean": np.float32([9, 8, 7]), "var": np.float32([4, 5, 6]), "axes": np.array([2, 3])},
            m=["N", 3, 4, 4], n=["N", 3, 4, 4], o=["N", 3, 4, 4], p=["N", 3, 3, 3], q=["N", 3, 1, 1], i=["N", 3, 1, 1],
        ),
        {"Cast", "Transpose", "Mul", "Add", "MaxPool", "ReduceMean", "Reshape"},
    ),
    "tiled": (
        graph(
            [
                node("Shape", ["x"], ["s"], end=1),
                node("Concat", ["s", "one"], ["repeats"], axis=0),
                node("Tile", ["token", "repeats"], ["head.mean"]),
            ],
            [2],
            {"one": np.array([1]), "token": np.float32([[4, 5]])},
        ),
        {"Cast", "Reshape", "ReduceMean", "Mul", "Add"},
    ),
    "tiled within": (
        graph(
            [node("Flatten", ["x"], ["f"]), node("Tile", ["f", "two"], ["head.mean"])],
            [96],
            {"two": np.array([1, 2])},
            f=["N", 48],
        ),
        {"Cast", "Reshape", "Tile"},
    ),
    "sums and instance normalisation": (
        graph(
            [
                node("InstanceNormalization", ["x", "g", "b"], ["n"], epsilon=0.1),
                node("ReduceSum", ["n", "axes"], ["sum"], keepdims=0),
                node("ReduceL2", ["n", "axes"], ["norm"], keepdims=0),
                node("Add", ["sum", "norm"], ["head.mean"]),
            ],
            [4],
            {"g": np.float32([1, 2, 3, 4]), "b": np.float32([5, 6, 7, 8]), "axes": np.array([1, 3])},
            n=["N", 4, 4, 3], sum=["N", 4], norm=["N", 4],
        ),
        {"Cast", "Sub", "ReduceMean", "Mul", "Add", "Sqrt", "Div"},
    ),
    "padding": (
        graph(
            [
                node("Pad", ["x", "none"], ["a"], mode="constant"),
                node("Pad", ["a", "one"], ["b"]),
                node("Flatten", ["b"], ["head.mean"]),
            ],
            [60],
            {"none": np.zeros(8, np.int64), "one": np.array([0, 1, 0, 0, 0, 0, 0, 0])},
            a=["N", 4, 4, 3], b=["N", 5, 4, 3],
        ),
        {"Cast", "Pad", "Reshape"},
    ),
    "products": (
        graph(
            [
                node("Flatten", ["x"], ["f"]),
                node("Gemm", ["f", "w"], ["a"], transB=1),
                node("Transpose", ["v"], ["turned"], perm=[1, 0]),
                node("Gemm", ["a", "turned", "c"], ["head.mean"], alpha=1.0, beta=1.0, transA=0),
            ],
            [2],
            {"w": np.ones((5, 48), np.float32), "v": np.ones((2, 5), np.float32), "c": np.zeros(2, np.float32)},
            f=["N", 48], a=["N", 5], turned=[5, 2],
        ),
        {"Cast", "Reshape", "MatMul", "Gemm"},
    ),
}  # fmt: skip


def run(model: Any, pictures: np.ndarray) -> np.ndarray:
    session = runtime.InferenceSession(model.SerializeToString(), providers=["CPUExecutionProvider"])
    return session.run(None, {"images": pictures})[0]


@pytest.mark.parametrize("case", CASES)
@pytest.mark.parametrize("count", [1, 3])
def test_computes_the_same(case: str, count: int) -> None:
    model, operators = CASES[case]
    plain = simplify(model)
    onnx.checker.check_model(plain, full_check=True)
    assert {each.op_type for each in plain.graph.node} == operators
    pictures = np.random.default_rng(1).integers(1, 256, (count, SIZE, SIZE, 3), np.uint8)
    np.testing.assert_allclose(run(plain, pictures), run(model, pictures), rtol=1e-5)


def test_an_output_may_be_another_name_of_something() -> None:
    model = graph([node("Flatten", ["x"], ["f"]), node("Identity", ["f"], ["head.mean"])], [48], {}, f=["N", 48])
    assert [each.op_type for each in simplify(model).graph.node] == ["Cast", "Reshape", "Identity"]


@pytest.mark.parametrize(
    ("nodes", "message"),
    [
        ([node("Reshape", ["x", "somewhere"], ["head.mean"]), node("NonZero", ["x"], ["somewhere"])], "changes shapes"),
        ([node("Slice", ["x", "three", "none", "axis", "back"], ["r"]), node("Flatten", ["r"], ["head.mean"])], "backwards"),
        ([node("Expand", ["y", "three"], ["head.mean"])], "an unknown number of times"),
        ([node("Split", ["y"], ["head.mean"], num_outputs=1)], "at unknown positions"),
    ],
)  # fmt: skip
def test_what_depends_on_the_pictures_is_refused(nodes: Any, message: str) -> None:
    constants = {"three": np.array([3]), "none": np.array([-9]), "axis": np.array([1]), "back": np.array([-1])}
    model = graph(nodes, ["?"], constants)
    with pytest.raises(UserError, match=message):
        simplify(model)
