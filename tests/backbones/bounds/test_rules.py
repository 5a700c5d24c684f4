"""Every rule of shapes against what ONNX Runtime computes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import onnx
import onnxruntime
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from onnx import TensorProto, helper, numpy_helper

from headway.backbones.bounds.rules import RULES
from headway.backbones.bounds.values import MisfitError

SIDES = st.integers(1, 9)


def _computed(operator: str, inputs: list[np.ndarray | None], outputs: int, opset: int, **attributes: Any) -> list[Any]:
    """Return the shapes that ONNX Runtime gives; the first input is fed, the others are constants."""
    while inputs[-1] is None:  # ONNX Runtime dies of a last input without a name
        inputs = inputs[:-1]
    names = ["" if array is None else f"i{number}" for number, array in enumerate(inputs)]
    node = helper.make_node(operator, names, [f"o{number}" for number in range(outputs)], **attributes)
    constants = [
        numpy_helper.from_array(array, name)
        for name, array in zip(names[1:], inputs[1:], strict=True)
        if array is not None
    ]
    first = inputs[0]
    assert first is not None
    given_ = [helper.make_tensor_value_info("i0", TensorProto.FLOAT, first.shape)]
    declared = [helper.make_tensor_value_info(f"o{number}", TensorProto.FLOAT, None) for number in range(outputs)]
    opsets = [helper.make_opsetid("", opset)]
    model = helper.make_model(
        helper.make_graph([node], "g", given_, declared, constants), opset_imports=opsets, ir_version=8
    )
    options = onnxruntime.SessionOptions()
    options.log_severity_level = 4
    session = onnxruntime.InferenceSession(model.SerializeToString(), options, providers=["CPUExecutionProvider"])
    return [array.shape for array in session.run(None, {"i0": first})]


def _agrees(operator: str, *inputs: np.ndarray | None, outputs: int = 1, opset: int = 18, **attributes: Any) -> None:
    """Make sure that what a rule lets through runs, and gives the shapes that it says."""
    rule = RULES[operator]
    told = [
        None if array is None else array if number in rule.constants else array.shape
        for number, array in enumerate(inputs)
    ]
    try:
        shapes = rule.shape(*told, **attributes)
    except (TypeError, ValueError, LookupError):
        return  # not asked of ONNX Runtime, which dies of some of these
    shapes = shapes if isinstance(shapes, list) else [shapes]
    if all(side for shape in shapes for side in shape):
        assert shapes == _computed(operator, list(inputs), outputs, opset, **attributes)


def _floats(shape: int | Sequence[int]) -> np.ndarray:
    return np.ones(shape, np.float32)


@st.composite
def _axes(draw: st.DrawFn, rank: int) -> list[int]:
    chosen = draw(st.lists(st.integers(0, rank - 1), min_size=1, max_size=rank, unique=True))
    return [axis - rank if draw(st.booleans()) else axis for axis in chosen]


@settings(max_examples=80, deadline=None)
@given(st.data())
def test_windows(data: st.DataObject) -> None:
    rank = data.draw(st.integers(1, 2))
    sides = data.draw(st.lists(st.integers(1, 14), min_size=rank, max_size=rank))
    few = st.lists(st.integers(1, 4), min_size=rank, max_size=rank)
    kernel, strides, dilations = data.draw(few), data.draw(few), data.draw(few)
    pads = data.draw(st.lists(st.integers(0, 3), min_size=2 * rank, max_size=2 * rank))
    common = {"kernel_shape": kernel, "strides": strides, "pads": pads}
    operator = data.draw(st.sampled_from(["Conv", "MaxPool", "AveragePool"]))
    if operator == "Conv":
        group = data.draw(st.integers(1, 2))
        weight, bias = _floats((4, 2, *kernel)), data.draw(st.sampled_from([None, _floats(4)]))
        _agrees("Conv", _floats((1, 2 * group, *sides)), weight, bias, group=group, dilations=dilations, **common)
        automatic = data.draw(st.sampled_from(["SAME_UPPER", "SAME_LOWER", "VALID"]))
        del common["pads"]
        _agrees("Conv", _floats((1, 2 * group, *sides)), weight, bias, group=group, auto_pad=automatic, **common)
    else:
        automatic = data.draw(st.sampled_from(["SAME_UPPER", "SAME_LOWER", "VALID"]))
        if all(step <= side for step, side in zip(strides, kernel, strict=True)):  # ONNX Runtime pads by less than 0
            _agrees(operator, _floats((1, 3, *sides)), auto_pad=automatic, kernel_shape=kernel, strides=strides)
        ceil_mode = data.draw(st.integers(0, 1))
        assume(all(pad < side for pad, side in zip(pads, kernel * 2, strict=True)))
        _agrees(operator, _floats((1, 3, *sides)), ceil_mode=ceil_mode, **common)


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_cuts(data: st.DataObject) -> None:
    shape = data.draw(st.lists(SIDES, min_size=1, max_size=4))
    axes = data.draw(_axes(len(shape)))
    ends = st.lists(st.integers(-12, 12), min_size=len(axes), max_size=len(axes))
    steps = data.draw(st.lists(st.integers(-3, 3).filter(bool), min_size=len(axes), max_size=len(axes)))
    arrays = [np.array(numbers) for numbers in (data.draw(ends), data.draw(ends), axes, steps)]
    _agrees("Slice", _floats(shape), *arrays)


@settings(max_examples=40, deadline=None)
@given(st.lists(SIDES, min_size=1, max_size=4), st.data())
def test_rows(shape: list[int], data: st.DataObject) -> None:
    wanted = data.draw(st.permutations(shape).flatmap(lambda sides: st.sampled_from([sides, [*sides[:-1], -1], [-1]])))
    wanted = [0 if side == old and data.draw(st.booleans()) else side for side, old in zip(wanted, shape, strict=False)]
    _agrees("Reshape", _floats(shape), np.array(wanted))
    _agrees("Flatten", _floats(shape), axis=data.draw(st.integers(0, len(shape) - 1)))
    _agrees("Transpose", _floats(shape), perm=data.draw(st.permutations(range(len(shape)))))
    # At most 6 dimensions: ONNX Runtime makes the whole array, and would ask for gigabytes.
    _agrees(
        "Expand", _floats(shape), np.array(data.draw(st.lists(st.sampled_from([1, *shape]), min_size=1, max_size=6)))
    )
    axis = data.draw(st.integers(-len(shape), len(shape) - 1))
    places = st.lists(st.integers(-shape[axis], shape[axis] - 1), min_size=1, max_size=4)
    _agrees("Gather", _floats(shape), np.array(data.draw(places)), axis=axis)
    _agrees("Gather", _floats(shape), np.array(0), axis=axis)
    _agrees("Concat", _floats(shape), _floats(shape), axis=axis)
    _agrees("Softmax", _floats(shape), axis=axis)


@settings(max_examples=40, deadline=None)
@given(st.lists(SIDES, min_size=1, max_size=4), st.data())
def test_axes(shape: list[int], data: st.DataObject) -> None:
    axes = data.draw(_axes(len(shape)))
    keepdims = data.draw(st.integers(0, 1))
    operator = data.draw(st.sampled_from(["ReduceMean", "ReduceMax", "ReduceL2", "ReduceSum", "ReduceMin"]))
    _agrees(operator, _floats(shape), np.array(axes), keepdims=keepdims)
    if operator != "ReduceSum":
        _agrees(operator, _floats(shape), opset=17, axes=axes, keepdims=keepdims)
    _agrees("Squeeze", _floats(shape), np.array(axes))
    _agrees("Unsqueeze", _floats(shape), np.array(data.draw(_axes(len(shape) + len(axes)))))
    axis = data.draw(st.integers(0, len(shape) - 1))
    own = _floats(shape[axis:])
    _agrees("LayerNormalization", _floats(shape), own, data.draw(st.sampled_from([None, own])), axis=axis, epsilon=1e-5)
    cut = data.draw(st.integers(1, 3))
    _agrees("Split", _floats(shape), np.array([cut, max(shape[axis] - cut, 0)]), outputs=2, axis=axis)
    _agrees("Split", _floats(shape), outputs=cut, axis=axis, num_outputs=cut)
    margins = data.draw(st.lists(st.integers(0, 3), min_size=2 * len(axes), max_size=2 * len(axes)))
    mode = data.draw(st.sampled_from(["constant", "reflect", "edge"]))
    _agrees("Pad", _floats(shape), np.array(margins), None, np.array(axes), mode=mode)


@settings(max_examples=40, deadline=None)
@given(st.lists(SIDES, min_size=2, max_size=4), st.data())
def test_products(shape: list[int], data: st.DataObject) -> None:
    other = [data.draw(st.sampled_from([1, side])) for side in shape]
    _agrees("MatMul", _floats([*shape[:-1], other[-1]]), _floats([*other[:-2], other[-1], 3]))
    _agrees("Mul", _floats(shape), _floats(other))
    _agrees("Max", _floats(shape), _floats(other), _floats([1]))
    _agrees("PRelu", _floats(shape), _floats(other))
    _agrees(
        "Gemm", _floats(shape[:2]), _floats([4, shape[1]]), data.draw(st.sampled_from([None, _floats(4)])), transB=1
    )
    _agrees("Gemm", _floats(shape[:2]), _floats([shape[1], 4]), _floats(4))


MAPS = _floats((1, 6, 5, 5))


@pytest.mark.parametrize(
    ("operator", "others", "attributes"),
    [
        ("BatchNormalization", [_floats(6)] * 4, {"epsilon": 1e-3}),
        ("Clip", [np.float32(0), np.float32(6)], {}),
        ("Clip", [None, np.float32(6)], {}),
        ("Elu", [], {"alpha": 1.0}),
        ("GlobalAveragePool", [], {}),
        ("GlobalMaxPool", [], {}),
        ("GroupNormalization", [_floats(3)] * 2, {"num_groups": 3}),
        ("HardSigmoid", [], {"alpha": 0.1, "beta": 0.5}),
        ("InstanceNormalization", [_floats(6)] * 2, {}),
        ("LRN", [], {"size": 3}),
        ("LeakyRelu", [], {"alpha": 0.1}),
        ("Selu", [], {"gamma": 1.0}),
    ],
)
def test_layers(operator: str, others: list[Any], attributes: dict[str, Any]) -> None:
    _agrees(operator, MAPS, *others, **attributes)
    assert RULES[operator].shape(MAPS.shape, *(one if one is None else one.shape for one in others), **attributes)


OTHER_INPUTS: dict[str, list[np.ndarray]] = {
    "BatchNormalization": [_floats(6)] * 4,
    "PRelu": [_floats((6, 1, 1))],
    **{name: [_floats((6, 1, 5))] for name in ("Add", "Div", "Max", "Min", "Mul", "Pow", "Sub")},
}


SAME = [
    name for name, rule in RULES.items() if rule.elementwise == 1 and not name.startswith("Reduce") and name != "LRN"
]


@pytest.mark.parametrize("name", SAME)
def test_elementwise(name: str) -> None:
    others = OTHER_INPUTS.get(name, [])
    assert RULES[name].shape(MAPS.shape, *(array.shape for array in others)) == MAPS.shape
    _agrees(name, MAPS, *others)


@pytest.mark.parametrize(
    ("operator", "told", "attributes"),
    [
        ("Cast", [(1, 3)], {"to": 7}),
        ("Conv", [(1, 3, 8, 8), (4, 3, 3, 3)], {"auto_pad": "SAME"}),
        ("Conv", [(1, 3, 8, 8), (4, 3, 3, 3)], {"auto_pad": "SAME_UPPER", "pads": [1, 1, 1, 1]}),
        ("MaxPool", [(1, 3, 8, 8)], {"kernel_shape": [3, 3], "auto_pad": "SAME_UPPER", "ceil_mode": 1}),
        ("MaxPool", [(1, 3, 8, 8)], {"kernel_shape": [3, 3], "dilations": [2, 2]}),
        ("Conv", [(1, 3, 8, 8), (4, 3, 3, 3)], {"kernel_shape": [3, 3], "strides": [4096, 1]}),
        ("Gemm", [(1, 3), (3, 4)], {"transB": 2}),
        ("Reshape", [(2, 3), np.array([0, 3])], {"allowzero": 1}),
        ("Slice", [(9,), np.array([0]), np.array([9]), None, np.array([0])], {}),
    ],
)
def test_what_runs_but_is_not_needed_is_refused(operator: str, told: list[Any], attributes: dict[str, Any]) -> None:
    with pytest.raises(MisfitError):
        RULES[operator].shape(*told, **attributes)


def test_every_operator_exists() -> None:
    for name in RULES:
        assert onnx.defs.get_schema(name, 18).name == name
