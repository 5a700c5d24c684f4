"""Forged models: refused in one line before OpenVINO sees them, in little time and memory."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper

from headway.backbones import CATALOGUE, is_available, read
from headway.backbones.bounds import walk
from headway.calibration import Calibration
from headway.errors import ModelError, RunError
from headway.heads import DenseHead
from headway.model import graph, load, trust
from headway.model.core import Model
from tests.model.forging import forged, refused

Change = Callable[[onnx.ModelProto], object]
LAST_MAP = "backbone/head/relu"


def _node(model: onnx.ModelProto, operator: str) -> onnx.NodeProto:
    """The last one, whose input has 16 channels or more."""
    return [node for node in model.graph.node if node.op_type == operator][-1]


def _tensor(model: onnx.ModelProto, name: str) -> onnx.TensorProto:
    return next(tensor for tensor in model.graph.initializer if tensor.name == name)


def _external(model: onnx.ModelProto) -> None:
    tensor = model.graph.initializer[0]
    tensor.data_location = TensorProto.EXTERNAL
    tensor.external_data.add(key="location", value="/etc/passwd")


def _inserted(nodes: list[onnx.NodeProto], **constants: np.ndarray) -> Change:
    """Compute more, from the last map to a tensor ``bigger``, before the means over the map."""

    def change(model: onnx.ModelProto) -> None:
        place = next(i for i, node in enumerate(model.graph.node) if LAST_MAP in node.output) + 1
        rest = list(model.graph.node)
        del model.graph.node[:]
        model.graph.node.extend([*rest[:place], *nodes, *rest[place:]])
        model.graph.initializer.extend(numpy_helper.from_array(array, name) for name, array in constants.items())

    return change


def _chain(operator: str, count: int, copies: int = 1, **attributes: object) -> list[onnx.NodeProto]:
    names = [LAST_MAP, *(f"more{number}" for number in range(count))]
    return [
        helper.make_node(operator, [before] * copies, [after], **attributes)
        for before, after in itertools.pairwise(names)
    ]


def _outer(size: int) -> Change:
    column, row = np.zeros((size, 1), np.float32), np.zeros((1, size), np.float32)
    return _inserted([helper.make_node("Add", ["column", "row"], ["bigger"])], column=column, row=row)


def _conv(**values: object) -> Change:
    def change(model: onnx.ModelProto) -> None:
        node = _node(model, "Conv")
        kept = [attribute for attribute in node.attribute if attribute.name not in values]
        kept = [helper.make_attribute(name, helper.get_attribute_value(a)) for a in kept for name in [a.name]]
        del node.attribute[:]
        node.attribute.extend([*kept, *(helper.make_attribute(name, value) for name, value in values.items())])

    return change


def _expanded(*sides: int) -> tuple[list[onnx.NodeProto], dict[str, np.ndarray]]:
    """Make a large tensor ``wide`` of a single number."""
    nodes = [helper.make_node("Expand", ["one", "sides"], ["wide"], name="expand")]
    return nodes, {"one": np.ones((1,) * len(sides), np.float32), "sides": np.array(sides)}


def _slow(model: onnx.ModelProto) -> None:
    nodes = [helper.make_node("Pad", [LAST_MAP, "margins"], ["wide"])]
    names = ["wide", *(f"wide{number}" for number in range(3))]
    nodes += [helper.make_node("Conv", [a, "k"], [b], pads=[15] * 4) for a, b in itertools.pairwise(names)]
    margins = np.array([0] * 6 + [496] * 2)
    _inserted(nodes, margins=margins, k=np.zeros((32, 32, 31, 31), np.float32))(model)


def _wide(*sides: int) -> Change:
    nodes, constants = _expanded(*sides)
    return _inserted(nodes, **constants)


def _more(operator: str, *inputs: np.ndarray, count: int = 1, **attributes: object) -> Change:
    """Compute one thing more of the last map, (1, 32, 4, 4), and of constants."""
    constants = {f"given{number}": array for number, array in enumerate(inputs)}
    outputs = [f"more{number}" for number in range(count)]
    node = helper.make_node(operator, [LAST_MAP, *constants], outputs, name="more", **attributes)
    return _inserted([node], **constants)


def _normalised(count: int) -> Change:
    nodes = _chain("LayerNormalization", count)
    for node in nodes:
        node.input.append("scale")
    return _inserted(nodes, scale=np.ones(4, np.float32))


def _local(
    size: int, nodes: Sequence[onnx.NodeProto] = (), constants: Mapping[str, np.ndarray] | None = None
) -> Change:
    norm = helper.make_node("LRN", ["wide" if nodes else LAST_MAP], ["normalised"], size=size)
    return _inserted([*nodes, norm], **(constants or {}))


def _expansions(count: int) -> Change:
    """Each is read, and forgotten by whoever counts it as one of the picture."""
    nodes = []
    for number in range(count):
        nodes.append(helper.make_node("Expand", ["one", "sides"], [f"wide{number}"]))
        nodes.append(helper.make_node("ReduceMax", [f"wide{number}", "axis"], [f"max{number}"]))
    return _inserted(nodes, one=np.ones((1, 1), np.float32), sides=np.array([2000, 2000]), axis=np.array([0]))


def _casts(count: int) -> Change:
    nodes = [helper.make_node("Cast", ["half"], [f"single{number}"], to=1) for number in range(count)]
    return _inserted(nodes, half=np.zeros((2000, 1000), np.float16))


def _reads(name: str) -> Change:
    def change(model: onnx.ModelProto) -> None:
        _node(model, "Relu").input[0] = name

    return change


def _values(name: str, value: float) -> Change:
    def change(model: onnx.ModelProto) -> None:
        array = numpy_helper.to_array(_tensor(model, name))
        _tensor(model, name).raw_data = np.full_like(array, value).tobytes()

    return change


def _subgraph(model: onnx.ModelProto) -> None:
    inner = helper.make_graph([helper.make_node("Loop", ["a"], ["b"])], "inner", [], [])
    model.graph.node[3].attribute.append(helper.make_attribute("body", inner))


def _sparse(model: onnx.ModelProto) -> None:
    model.graph.sparse_initializer.add(dims=[1 << 40])


def _doubled(model: onnx.ModelProto) -> None:
    model.graph.initializer.append(_tensor(model, "head/0.weight"))


def _dims(*sides: int) -> Change:
    def change(model: onnx.ModelProto) -> None:
        tensor = _tensor(model, "backbone/head/conv.weight")
        del tensor.dims[:]
        tensor.dims.extend(sides)

    return change


def _side(number: int, pixels: int) -> Change:
    def change(model: onnx.ModelProto) -> None:
        model.graph.input[0].type.tensor_type.shape.dim[number].dim_value = pixels

    return change


def _twice(model: onnx.ModelProto) -> None:
    _more("LeakyRelu", alpha=0.1)(model)
    _node(model, "LeakyRelu").attribute.append(helper.make_attribute("alpha", 0.2))


def _output_side(model: onnx.ModelProto, side: int) -> None:
    model.graph.output[1].type.tensor_type.shape.dim[1].dim_value = side


def _other_head(model: onnx.ModelProto) -> None:
    _node(model, "Softmax").input[0] = "head/logits"


GRAPHS: dict[str, tuple[Change, str]] = {
    "external data": (_external, "external data"),
    "custom operator": (lambda m: m.graph.node.append(helper.make_node("Evil", [], [], domain="com.evil")), "Evil"),
    "loop": (lambda m: m.graph.node.append(helper.make_node("Loop", [], [])), "Loop"),
    "escape sequence": (lambda m: setattr(m.graph.node[2], "op_type", "\x1b[2J\n"), "no rules for"),
    "custom domain": (lambda m: m.opset_import.append(helper.make_opsetid("com.evil", 1)), "custom operators"),
    "function": (lambda m: m.functions.add(name="f", domain="x"), "custom operators"),
    "training": (lambda m: m.training_info.add(), "training_info"),
    "quantization": (lambda m: m.graph.quantization_annotation.add(), "quantization_annotation"),
    "sparse tensor": (_sparse, "sparse_initializer"),
    "subgraph": (_subgraph, "attribute holds g"),
    "opset of 10^9": (lambda m: setattr(m.opset_import[0], "version", 10**9), "opset 17 or 18"),
    "two opsets": (lambda m: m.opset_import.append(helper.make_opsetid("", 17)), "opset 17 or 18"),
    "IR version": (lambda m: setattr(m, "ir_version", 10**9), "IR version 8"),
    "no outputs": (lambda m: m.graph.output.pop(), "outputs"),
    "no nodes": (lambda m: m.graph.ClearField("node"), "outputs"),
    "own input": (_reads(LAST_MAP), "not computed before"),
    "cycle": (lambda m: m.graph.node[1].input.__setitem__(0, "probabilities"), "not computed before"),
    "no such input": (_reads("nowhere"), "not computed before"),
    "uncast picture": (_reads("images"), "not float32"),
    "two of a name": (_doubled, "two tensors 'head/0.weight'"),
    "two outputs of a name": (lambda m: m.graph.node[2].output.__setitem__(0, "images"), "two tensors 'images'"),
    "missing bias": (lambda m: m.graph.initializer.remove(_tensor(m, "head/0.bias")), "head/0.bias"),
    "head that is not used": (_other_head, "does not end in its head"),
    "outer sum of 14 GB": (_outer(60_000), "numbers for one picture|numbers at a time"),
    "doubled 20 times": (_inserted(_chain("Concat", 20, 2, axis=1)), "numbers for one picture|numbers at a time"),
    "doubled 70 times": (_inserted(_chain("Concat", 70, 2, axis=1)), "numbers for one picture|numbers at a time"),
    "20,000 nodes": (_inserted(_chain("Relu", 20_000)), "20,0.. nodes"),
    "1,200 elementwise nodes": (_inserted(_chain("Relu", 1_200)), "1,000 elementwise nodes"),
    "a maximum of 5,000": (_inserted(_chain("Max", 1, 5_000)), "5,000 inputs; at most 64"),
    "maxima of 64": (_inserted(_chain("Max", 20, 64)), "1,000 elementwise nodes"),
    "600 normalisations": (_normalised(600), "1,000 elementwise nodes"),
    "a norm over 8,191 channels": (_local(8_191), "do not fit LRN"),
    "norms over many channels": (_local(8_191, *_expanded(1, 8_191, 50, 50)), "multiply-adds"),
    "constants that expand": (_expansions(20), "numbers at a time"),
    "casts of one constant": (_casts(40), "numbers at a time"),
    "33 axes": (_more("Unsqueeze", np.arange(4, 33)), "33 axes; at most 8"),
    "a constant of 70 axes": (_inserted([], deep=np.zeros((1,) * 60, np.int64)), "60 axes; at most 8"),
    "no axes at all": (_more("Squeeze"), "do not fit Squeeze"),
    "hours of work": (_slow, "multiply-adds"),
    "expanded to 4 GB": (_wide(1 << 15, 1 << 15), "numbers at a time"),
    "expanded to 2^80": (_wide(1 << 40, 1 << 40), "numbers|do not fit Expand"),
    "expanded to -1": (_wide(-1, 5), "do not fit Expand"),
    "expanded to nothing": (_wide(0, 5), "do not fit Expand"),
    "margins of 2^40": (_more("Pad", np.array([0, 0, 0, 0, 0, 0, 1 << 40, 1 << 40])), "numbers"),
    "negative margins": (_more("Pad", np.array([0, 0, -1, 0, 0, 0, 0, 0])), "do not fit Pad"),
    "margins of text": (_more("Pad", np.zeros(8, np.int64), mode="wrap"), "do not fit Pad"),
    "reflected too far": (_more("Pad", np.array([0, 0, 4, 0, 0, 0, 0, 0]), mode="reflect"), "do not fit Pad"),
    "other rows": (_more("Reshape", np.array([1, 500])), "do not fit Reshape"),
    "two lengths left open": (_more("Reshape", np.array([-1, -1])), "do not fit Reshape"),
    "rows of -2": (_more("Reshape", np.array([-2, -256])), "do not fit Reshape"),
    "rows that are computed": (_inserted([helper.make_node("Reshape", [LAST_MAP, LAST_MAP], ["r"])]), "whole numbers"),
    "rows of floats": (_more("Reshape", np.ones(1, np.float32)), "constant of whole numbers"),
    "indices as data": (_inserted([helper.make_node("Relu", ["i"], ["r"])], i=np.arange(3)), "not float32"),
    "indices moved": (_inserted([helper.make_node("Identity", ["i"], ["r"])], i=np.arange(3)), "not float32"),
    "nothing is cut out": (_more("Slice", np.array([3]), np.array([2])), "do not fit Slice"),
    "steps of 0": (_more("Slice", *(np.array([n]) for n in (0, 4, 2, 0))), "do not fit Slice"),
    "cut along axis 77": (_more("Slice", *(np.array([n]) for n in (0, 4, 77))), "do not fit Slice"),
    "cut along 2^62": (_more("Slice", *(np.array([n]) for n in (0, 4, 1 << 62))), "do not fit Slice"),
    "parts of other length": (_more("Split", np.array([1, 2]), count=2, axis=1), "do not fit Split"),
    "too few outputs": (_more("Split", np.array([16, 16]), count=1, axis=1), "do not fit Split"),
    "too many outputs": (_more("Relu", count=2), "do not fit Relu"),
    "places beyond": (_more("Gather", np.array(32), axis=1), "do not fit Gather"),
    "places far before": (_more("Gather", np.array(-(1 << 63)), axis=1), "do not fit Gather"),
    "an axis put in twice": (_more("Unsqueeze", np.array([0, 0])), "do not fit Unsqueeze"),
    "an axis that is not 1": (_more("Squeeze", np.array([1])), "do not fit Squeeze"),
    "window of 2^31": (_more("MaxPool", kernel_shape=[1 << 31] * 2), "do not fit MaxPool"),
    "window without": (_more("AveragePool"), "do not fit AveragePool"),
    "infinite slope": (_more("LeakyRelu", alpha=float("inf")), "attribute 'alpha' that is not understood"),
    "slope twice": (_twice, "'alpha' twice"),
    "a last input without a name": (
        _inserted([helper.make_node("LayerNormalization", [LAST_MAP, "s", ""], ["n"])], s=np.ones(4, np.float32)),
        "do not fit LayerNormalization",
    ),
    "an operator of no inputs": (_inserted([helper.make_node("Concat", [], ["n"], axis=1)]), "do not fit Concat"),
    "many inputs": (_more("Concat", *[np.ones((1, 32, 4, 4), np.float32)] * 3, axis=9), "do not fit Concat"),
    "scale of another length": (_more("LayerNormalization", np.ones(5, np.float32)), "do not fit LayerNormalization"),
    "embedding of another width": (lambda m: _output_side(m, 7), "embedding"),
    "probabilities of another type": (
        lambda m: setattr(m.graph.output[0].type.tensor_type, "elem_type", 65_536),
        "outputs are not",
    ),
    "open embedding": (lambda m: _output_side(m, 0), "embedding"),
    "picture of 2 GB": (lambda m: (_side(1, 30_000)(m), _side(2, 30_000)(m)), "uint8"),
    "oblong picture": (_side(1, 64), "uint8"),
    "10^6 pictures": (_side(0, 10**6), "uint8"),
    "padding of 10,000": (_conv(pads=[10_000] * 4), "do not fit Conv"),
    "padding of 2^62": (_conv(pads=[1 << 62] * 4), "do not fit Conv"),
    "negative padding": (_conv(pads=[-1] * 4), "do not fit Conv"),
    "no stride": (_conv(strides=[0, 0]), "do not fit Conv"),
    "negative stride": (_conv(strides=[-1, -1]), "do not fit Conv"),
    "dilation of 2^40": (_conv(dilations=[1 << 40] * 2), "do not fit Conv"),
    "no group": (_conv(group=0), "do not fit Conv"),
    "10^9 groups": (_conv(group=10**9), "do not fit Conv"),
    "other kernel": (_conv(kernel_shape=[10**9] * 2), "do not fit Conv"),
    "text for padding": (_conv(auto_pad="SAME_UPPER"), "do not fit Conv"),
    "unknown attribute": (_conv(storage_order=1), "do not fit Conv"),
    "cast to text": (lambda m: setattr(_node(m, "Cast").attribute[0], "i", TensorProto.STRING), "do not fit Cast"),
    "transposed otherwise": (lambda m: _node(m, "Transpose").attribute[0].ints.__setitem__(0, 77), "Transpose"),
    "mean over axis 77": (lambda m: _node(m, "ReduceMean").attribute[0].ints.__setitem__(0, 77), "ReduceMean"),
    "shape of 2^40": (_dims(1 << 40, 16, 3, 3), "does not fit its content"),
    "shape that overflows": (_dims(1 << 62, 1 << 62, 4, 1), "does not fit its content"),
    "negative shape": (_dims(-32, -16, 3, 3), "does not fit its content"),
    "empty shape": (_dims(0), "does not fit its content"),
    "whole numbers": (
        lambda m: setattr(_tensor(m, "head/0.bias"), "data_type", TensorProto.INT32),
        "not of floats or indices",
    ),
    "NaN in the backbone": (_values("backbone/head/conv.weight", np.nan), "not finite"),
    "infinity in the head": (_values("head/0.weight", np.inf), "not finite"),
    "tiny temperature": (_values("head/temperature", 1e-45), "temperature"),
    "negative temperature": (_values("head/temperature", -1), "temperature"),
}


@pytest.mark.parametrize(("change", "says"), GRAPHS.values(), ids=GRAPHS)
def test_a_graph_that_headway_would_not_write_is_refused(
    fitted: Model, tmp_path: Path, change: Change, says: str
) -> None:
    refused(fitted, tmp_path, change, says)


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("name", ["backbone/head/conv.weight", "head/0.weight"])
def test_numbers_that_overflow_are_an_error_that_names_the_model(fitted: Model, tmp_path: Path, name: str) -> None:
    path = tmp_path / "m.onnx"
    path.write_bytes(forged(fitted, _values(name, 3e38)))
    model = load(path)
    with pytest.raises(RunError, match=r"m\.onnx computes numbers that are not finite"):
        model.predict(np.full((9, 9), 200, np.uint8))


def test_what_openvino_cannot_compile_is_an_error_that_names_the_model(
    fitted: Model, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "m.onnx"
    path.write_bytes(forged(fitted, _conv(pads=[1 << 31] * 4)))
    monkeypatch.setattr(trust, "check_graph", lambda model: None)
    with pytest.raises(ModelError, match=r"m\.onnx: .*network") as caught:
        load(path).predict(np.zeros((9, 9), np.uint8))
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("info", [info for info in CATALOGUE if is_available(info)], ids=lambda info: info.name)
def test_every_backbone_passes_with_room_to_spare(info: object, monkeypatch: pytest.MonkeyPatch) -> None:
    outputs = tuple(info.dims)[:-1]  # type: ignore[attr-defined]
    n, rng = sum(info.dims[name] for name in outputs), np.random.default_rng(0)  # type: ignore[attr-defined]
    layers = [rng.standard_normal(shape, np.float32) for shape in ((n, 64), (64, 1000))]
    head = DenseHead("mlp", tuple(layers), (np.zeros(64, np.float32), np.zeros(1000, np.float32)))
    model = graph.compose(read(info), outputs, head, Calibration.identity())  # type: ignore[arg-type]
    for limit in ("MAX_ELEMENTS", "MAX_ALIVE", "MAX_WORK", "MAX_NODES", "MAX_ELEMENTWISE"):
        monkeypatch.setattr(walk, limit, getattr(walk, limit) / 5)
    trust.check_graph(model)
