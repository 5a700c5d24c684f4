"""Every operator against ONNX Runtime."""

from __future__ import annotations

import inspect
from typing import Any

import numpy as np
import onnx
import onnxruntime
import pytest
import torch
from onnx import TensorProto, helper, numpy_helper
from onnx.reference import ReferenceEvaluator

from headway.backbones.bounds.rules import RULES
from headway.backbones.torch.graph import Graph
from headway.backbones.torch.operators import OPERATORS

RNG = np.random.default_rng(0)


def floats(*shape: int) -> np.ndarray:
    return RNG.normal(size=shape).astype(np.float32)


def ints(*values: int) -> np.ndarray:
    return np.array(values, np.int64)


MAP = (2, 4, 7, 9)
# Name of the case: operator, shape of the input, further inputs, attributes.
CASES: dict[str, tuple[str, tuple[int, ...], list[np.ndarray | None], dict[str, Any]]] = {
    "abs": ("Abs", MAP, [], {}),
    "add": ("Add", MAP, [floats(4, 1, 1)], {}),
    "average pool": ("AveragePool", MAP, [], {"kernel_shape": [3, 2], "strides": [2, 2], "pads": [1, 0, 1, 0]}),
    "average pool, padding counts": ("AveragePool", MAP, [], {"kernel_shape": [3, 3], "pads": [1] * 4, "count_include_pad": 1}),
    "average pool, uneven padding": ("AveragePool", MAP, [], {"kernel_shape": [2, 2], "strides": [2, 2], "auto_pad": "SAME_UPPER"}),
    "batch norm": ("BatchNormalization", MAP, [floats(4), floats(4), floats(4), np.abs(floats(4))], {"epsilon": 1e-3}),
    "cast": ("Cast", MAP, [], {"to": TensorProto.FLOAT}),
    "clip": ("Clip", MAP, [np.array(-0.5, np.float32), np.array(0.5, np.float32)], {}),
    "clip above": ("Clip", MAP, [None, np.array(0.5, np.float32)], {}),
    "clip nothing": ("Clip", MAP, [], {}),
    "concat": ("Concat", MAP, [floats(2, 1, 7, 9)], {"axis": 1}),
    "conv": ("Conv", MAP, [floats(6, 2, 3, 3), floats(6)], {"group": 2, "strides": [2, 1], "pads": [1, 1, 1, 1]}),
    "conv, same": ("Conv", MAP, [floats(6, 4, 3, 3)], {"auto_pad": "SAME_LOWER", "strides": [2, 2]}),
    "conv, uneven padding": ("Conv", MAP, [floats(6, 4, 3, 3)], {"pads": [0, 1, 1, 2], "dilations": [2, 1]}),
    "conv of one axis": ("Conv", (2, 4, 9), [floats(6, 4, 3)], {"pads": [1, 1]}),
    "div": ("Div", MAP, [np.array(3, np.float32)], {}),
    "dropout": ("Dropout", MAP, [], {}),
    "elu": ("Elu", MAP, [], {"alpha": 0.5}),
    "erf": ("Erf", MAP, [], {}),
    "exp": ("Exp", MAP, [], {}),
    "expand": ("Expand", (1, 4, 1), [ints(3, 1, 5)], {}),
    "flatten": ("Flatten", MAP, [], {}),
    "flatten from the end": ("Flatten", MAP, [], {"axis": -1}),
    "gather": ("Gather", MAP, [ints(1, -1)], {"axis": 2}),
    "gather one": ("Gather", MAP, [np.array(0, np.int64)], {"axis": 1}),
    "gemm": ("Gemm", (3, 5), [floats(4, 5), floats(4)], {"transB": 1, "alpha": 0.5, "beta": 2.0}),
    "gemm without bias": ("Gemm", (5, 3), [floats(5, 4)], {"transA": 1}),
    "global average": ("GlobalAveragePool", MAP, [], {}),
    "global max": ("GlobalMaxPool", MAP, [], {}),
    "group norm": ("GroupNormalization", MAP, [floats(2), floats(2)], {"num_groups": 2, "epsilon": 1e-3}),
    "hard sigmoid": ("HardSigmoid", MAP, [], {"alpha": 1 / 6}),
    "hard swish": ("HardSwish", MAP, [], {}),
    "identity": ("Identity", MAP, [], {}),
    "instance norm": ("InstanceNormalization", MAP, [floats(4), floats(4)], {}),
    "layer norm": ("LayerNormalization", (2, 5, 8), [floats(8), floats(8)], {"epsilon": 1e-6}),
    "layer norm of two axes": ("LayerNormalization", (2, 5, 8), [floats(5, 8)], {"axis": 1}),
    "leaky relu": ("LeakyRelu", MAP, [], {"alpha": 0.1}),
    "log": ("Log", MAP, [], {}),
    "lrn": ("LRN", MAP, [], {"size": 3, "alpha": 0.3, "beta": 0.6, "bias": 1.5}),
    "matmul": ("MatMul", (2, 3, 5, 6), [floats(6, 4)], {}),
    "max": ("Max", MAP, [np.array(0.1, np.float32)], {}),
    "max of three": ("Max", MAP, [np.array(0.1, np.float32), floats(9)], {}),
    "max pool": ("MaxPool", MAP, [], {"kernel_shape": [3, 3], "strides": [2, 2], "pads": [1] * 4}),
    "max pool, ceil": ("MaxPool", MAP, [], {"kernel_shape": [2, 2], "strides": [2, 2], "ceil_mode": 1}),
    "max pool, uneven padding": ("MaxPool", MAP, [], {"kernel_shape": [2, 2], "strides": [2, 2], "pads": [0, 0, 1, 1]}),
    "min": ("Min", MAP, [np.array(0.1, np.float32)], {}),
    "min of one": ("Min", MAP, [], {}),
    "mish": ("Mish", MAP, [], {}),
    "mul": ("Mul", MAP, [floats(9)], {}),
    "neg": ("Neg", MAP, [], {}),
    "pad": ("Pad", MAP, [ints(0, 0, 1, 2, 0, 0, 0, 1), np.array(0.5, np.float32)], {}),
    "pad, reflected": ("Pad", MAP, [ints(0, 0, 1, 2, 0, 0, 0, 1)], {"mode": "reflect"}),
    "pad, some axes": ("Pad", MAP, [ints(1, 2), None, ints(3)], {}),
    "pow": ("Pow", MAP, [np.array(2, np.float32)], {}),
    "prelu": ("PRelu", MAP, [floats(4, 1, 1)], {}),
    "prelu of one slope": ("PRelu", MAP, [floats(1)], {}),
    "reciprocal": ("Reciprocal", MAP, [], {}),
    "reduce l2": ("ReduceL2", MAP, [ints(1)], {}),
    "reduce max": ("ReduceMax", MAP, [ints(2, 3)], {"keepdims": 0}),
    "reduce mean": ("ReduceMean", MAP, [ints(2, 3)], {"keepdims": 0}),
    "reduce mean of all": ("ReduceMean", MAP, [], {}),
    "reduce min": ("ReduceMin", MAP, [ints(1)], {}),
    "reduce nothing": ("ReduceMean", MAP, [], {"noop_with_empty_axes": 1}),
    "reduce sum": ("ReduceSum", MAP, [ints(-1)], {}),
    "relu": ("Relu", MAP, [], {}),
    "reshape": ("Reshape", MAP, [ints(0, -1, 3)], {}),
    "selu": ("Selu", MAP, [], {}),
    "selu of other slopes": ("Selu", MAP, [], {"alpha": 0.5, "gamma": 2.0}),
    "sigmoid": ("Sigmoid", MAP, [], {}),
    "slice": ("Slice", MAP, [ints(1, 0), ints(2**62, -1), ints(2, 3), ints(2, 1)], {}),
    "slice backwards": ("Slice", MAP, [ints(-1), ints(-(2**62)), ints(1), ints(-1)], {}),
    "slice, first axes": ("Slice", MAP, [ints(0, 1), ints(1, 3)], {}),
    "softmax": ("Softmax", MAP, [], {"axis": 1}),
    "softplus": ("Softplus", MAP, [], {}),
    "sqrt": ("Sqrt", MAP, [], {}),
    "squeeze": ("Squeeze", (2, 1, 3, 1), [ints(1)], {}),
    "squeeze all": ("Squeeze", (2, 1, 3, 1), [], {}),
    "sub": ("Sub", MAP, [floats(9)], {}),
    "tanh": ("Tanh", MAP, [], {}),
    "transpose": ("Transpose", MAP, [], {"perm": [0, 2, 3, 1]}),
    "transpose all": ("Transpose", MAP, [], {}),
    "unsqueeze": ("Unsqueeze", (2, 3), [ints(-1, 1)], {}),
}  # fmt: skip


def graph(
    operator: str,
    shape: tuple[int, ...],
    others: list[np.ndarray | None],
    attributes: dict[str, Any],
    opset: int,
    outputs: int = 1,
) -> bytes:
    names = ["" if other is None else f"other{place}" for place, other in enumerate(others)]
    made = [f"made{place}" for place in range(outputs)]
    model = helper.make_model(
        helper.make_graph(
            [helper.make_node(operator, ["given", *names], made, **attributes)],
            "one",
            [helper.make_tensor_value_info("given", TensorProto.FLOAT, shape)],
            [helper.make_value_info(name, helper.make_tensor_type_proto(TensorProto.FLOAT, None)) for name in made],
            [
                numpy_helper.from_array(other, name)
                for name, other in zip(names, others, strict=True)
                if other is not None
            ],
        ),
        opset_imports=[helper.make_opsetid("", opset)],
        ir_version=8,
    )
    return model.SerializeToString()


def by_onnxruntime(model: bytes, values: np.ndarray) -> list[np.ndarray]:
    session = onnxruntime.InferenceSession(model, providers=["CPUExecutionProvider"])
    return session.run(None, {"given": values})


@pytest.mark.parametrize("case", CASES)
def test_an_operator_computes_what_onnx_runtime_does(case: str) -> None:
    operator, shape, others, attributes = CASES[case]
    model = graph(operator, shape, others, attributes, 18)
    values = np.abs(floats(*shape)) + 0.1 if operator in ("Sqrt", "Reciprocal", "Log") else floats(*shape)
    (expected,) = by_onnxruntime(model, values)
    with torch.no_grad():
        (found,) = Graph(model, "given", ["made0"])(torch.from_numpy(values))
    assert found.shape == expected.shape
    np.testing.assert_allclose(found.numpy(), expected, rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize("case", CASES)
def test_an_operator_keeps_to_its_device(case: str) -> None:
    """The device "meta" has shapes only; it refuses tensors of another device, as CUDA does."""
    operator, shape, others, attributes = CASES[case]
    network = Graph(graph(operator, shape, others, attributes, 18), "given", ["made0"])
    (expected,) = network(torch.rand(shape))
    (found,) = network.to("meta")(torch.empty(shape, device="meta"))
    assert (found.device.type, found.shape) == ("meta", expected.shape)


@pytest.mark.parametrize(("others", "attributes", "opset"), [([ints(1, 3)], {}, 18), ([], {"num_outputs": 2}, 18)])
def test_split(others: list[np.ndarray], attributes: dict[str, Any], opset: int) -> None:
    model = graph("Split", (2, 4, 3), others, {"axis": 1, **attributes}, opset, outputs=2)
    values = floats(2, 4, 3)
    found = Graph(model, "given", ["made0", "made1"])(torch.from_numpy(values))
    for one, expected in zip(found, by_onnxruntime(model, values), strict=True):
        np.testing.assert_array_equal(one.numpy(), expected)


def test_axes_as_attributes_of_older_opsets() -> None:
    model = graph("ReduceMean", MAP, [], {"axes": [2, 3], "keepdims": 1}, 13)
    values = floats(*MAP)
    (found,) = Graph(model, "given", ["made0"])(torch.from_numpy(values))
    np.testing.assert_allclose(found.numpy(), by_onnxruntime(model, values)[0], rtol=1e-5, atol=1e-6)


def test_gelu() -> None:
    values = floats(3, 4)
    for kind in ("none", "tanh"):
        model = graph("Gelu", (3, 4), [], {"approximate": kind}, 20)
        (found,) = Graph(model, "given", ["made0"])(torch.from_numpy(values))
        expected = torch.nn.functional.gelu(torch.from_numpy(values), approximate=kind)
        torch.testing.assert_close(found, expected)


def test_sizes_are_computed_along_the_way() -> None:
    """Shape, Gather, Div, Concat and Reshape, as exporters write them for a batch of any size; Where on a mask."""
    nodes = [
        helper.make_node("Shape", ["given"], ["shape"]),
        helper.make_node("Gather", ["shape", "first"], ["n"]),
        helper.make_node("Gather", ["shape", "second"], ["c"]),
        helper.make_node("Div", ["c", "two"], ["half"]),
        helper.make_node("Concat", ["n", "half", "rest"], ["sizes"], axis=0),
        helper.make_node("Reshape", ["given", "sizes"], ["reshaped"]),
        helper.make_node("Where", ["mask", "reshaped", "zero"], ["made0"]),
    ]
    constants = {
        "first": ints(0),
        "second": ints(1),
        "two": ints(2),
        "rest": ints(-1),
        "mask": np.array([True, False] * 3),
        "zero": np.zeros(1, np.float32),
    }
    model = helper.make_model(
        helper.make_graph(
            nodes,
            "sizes",
            [helper.make_tensor_value_info("given", TensorProto.FLOAT, ["N", 4, 3])],
            [helper.make_tensor_value_info("made0", TensorProto.FLOAT, None)],
            [numpy_helper.from_array(value, name) for name, value in constants.items()],
        ),
        opset_imports=[helper.make_opsetid("", 18)],
        ir_version=8,
    ).SerializeToString()
    values = floats(5, 4, 3)
    (found,) = Graph(model, "given", ["made0"])(torch.from_numpy(values))
    np.testing.assert_array_equal(found.numpy(), by_onnxruntime(model, values)[0])


@pytest.mark.parametrize(
    ("operator", "others", "attributes"),
    [
        ("GroupNormalization", [floats(4), floats(4)], {"num_groups": 2}),  # a scale for each channel, from opset 21 on
        ("LRN", [], {"size": 4, "alpha": 0.3}),  # ONNX Runtime takes odd sizes only
    ],
)
def test_what_onnx_runtime_does_not_compute(operator: str, others: list, attributes: dict[str, Any]) -> None:
    shape = (4, 4, 7, 9)  # the reference's LRN computes only as many channels as there are images
    model = graph(operator, shape, others, attributes, 21)
    values = floats(*shape)
    (expected,) = ReferenceEvaluator(onnx.load_from_string(model)).run(None, {"given": values})
    (found,) = Graph(model, "given", ["made0"])(torch.from_numpy(values))
    np.testing.assert_allclose(found.detach().numpy(), expected, rtol=1e-5, atol=1e-5)


def test_what_a_model_may_hold_can_be_trained() -> None:
    assert set(RULES) - set(OPERATORS) == set()


@pytest.mark.parametrize("name", OPERATORS)
def test_an_operator_takes_inputs_and_attributes(name: str) -> None:
    assert list(inspect.signature(OPERATORS[name]).parameters) == ["inputs", "attributes"]


def test_every_operator_is_tested() -> None:
    tested = {case[0] for case in CASES.values()} | {"Split", "Gelu", "Shape", "Where"}
    assert tested == set(OPERATORS)


def test_onnx_knows_every_operator() -> None:
    assert all(onnx.defs.has(name) for name in OPERATORS)
