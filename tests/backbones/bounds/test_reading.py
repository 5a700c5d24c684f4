"""Bytes that are to be an ONNX file: parts and text, before anything is made of them."""

from __future__ import annotations

import subprocess
import sys

import onnx
import pytest
from hypothesis import given
from hypothesis import strategies as st
from onnx import helper

from headway.backbones.bounds import reading
from headway.backbones.bounds.reading import NotOnnxError, parse
from headway.errors import ModelError
from headway.testing import tiny_backbone_onnx


def test_a_network_is_what_protobuf_makes_of_it() -> None:
    content = tiny_backbone_onnx()
    assert parse(content) == onnx.load_model_from_string(content)


def _full() -> onnx.ModelProto:
    """A model with text wherever there can be text on the way to a node's attribute, and around it."""
    node = helper.make_node("Relu", ["NAME"], ["NAME"], name="NAME", doc_string="NAME", domain="NAME", alpha=1.0)
    node.attribute[0].doc_string = "NAME"
    node.attribute[0].ref_attr_name = "NAME"
    node.op_type = node.attribute[0].name = "NAME"
    tensor = onnx.TensorProto(name="NAME", doc_string="NAME", dims=[1], data_type=1, raw_data=bytes(4))
    value = helper.make_tensor_value_info("NAME", 1, ["NAME"], doc_string="NAME")
    graph = helper.make_graph([node], "NAME", [value], [value], [tensor], doc_string="NAME", value_info=[value])
    model = helper.make_model(
        graph, opset_imports=[helper.make_opsetid("NAME", 17)], producer_name="NAME", domain="NAME"
    )
    model.producer_version = model.doc_string = "NAME"
    helper.set_model_props(model, {"NAME": "NAME"})
    return model


@pytest.mark.parametrize("number", range(_full().SerializeToString().count(b"NAME")))
def test_text_that_is_not_utf_8_is_named(number: int) -> None:
    parts = _full().SerializeToString().split(b"NAME")
    content = b"NAME".join(parts[: number + 1]) + b"N\xffME" + b"NAME".join(parts[number + 1 :])
    with pytest.raises(ModelError, match=r"the \w+ of a (\w+Proto|Dimension) in it is not UTF-8"):
        parse(content)


def test_what_a_small_file_unpacks_to_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reading, "MAX_PARTS", 1_000)
    nodes = b"\x0a\x00" * 1_100  # empty nodes
    numbers = onnx.TensorProto(int64_data=range(120)).SerializeToString() * 10
    for graph in (nodes, b"".join((b"\x2a", bytes([len(numbers) & 127 | 128, len(numbers) >> 7]), numbers))):
        content = b"".join((b"\x3a", bytes([len(graph) & 127 | 128, len(graph) >> 7]), graph))
        with pytest.raises(ModelError, match="more than 1,000 parts"):
            parse(content)


MEASURE = """
import re
from headway.backbones.bounds.reading import parse
from headway.errors import ModelError
nodes = bytes([10, 0]) * 20_000_000
head = bytes([58, *(len(nodes) >> shift & 127 | 128 for shift in (0, 7, 14)), len(nodes) >> 21])
try:
    parse(head + nodes)
except ModelError as error:
    assert "parts" in str(error), error
    print(int(re.search(r"VmHWM:\\s+(\\d+)", open("/proc/self/status").read())[1]) // 1024)
"""


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="reads /proc")
def test_twenty_million_empty_nodes_take_no_more_memory_than_their_file() -> None:
    result = subprocess.run([sys.executable, "-c", MEASURE], capture_output=True, text=True, check=True)
    # The file takes 40 MB twice; its nodes would take 2,000 MB.
    assert int(result.stdout) < 400


def test_floats_and_raw_data_are_not_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reading, "MAX_PARTS", 100)
    tensor = onnx.TensorProto(raw_data=bytes(10_000), float_data=[0.5] * 1_000)
    parse(onnx.ModelProto(graph=onnx.GraphProto(initializer=[tensor])).SerializeToString())


def test_graphs_in_graphs_end_somewhere() -> None:
    graph = onnx.GraphProto()
    for _ in range(30):
        node = onnx.NodeProto(attribute=[onnx.AttributeProto(g=graph)])
        graph = onnx.GraphProto(node=[node])
    with pytest.raises(ModelError, match="16 deep"):
        parse(onnx.ModelProto(graph=graph).SerializeToString())


def test_a_field_of_the_future_is_not_passed_on() -> None:
    graph = b"\xa2\x06\x01x"  # field 100
    with pytest.raises(ModelError, match="GraphProto holds field 100, which the installed onnx does not know"):
        parse(b"\x3a" + bytes([len(graph)]) + graph)


@pytest.mark.parametrize(
    "content", [b"\x0b", b"\x08", b"\x08" + b"\xff" * 12, b"\x3a\x05\x0a", b"\x09\x00", b"\x0d\x00\x00", b"PK\x03\x04"]
)
def test_what_is_no_protocol_buffer_is_no_onnx_file(content: bytes) -> None:
    with pytest.raises(NotOnnxError, match="not an ONNX file"):
        parse(content)


@given(st.binary(max_size=200))
def test_garbage_is_refused_or_a_model(content: bytes) -> None:
    try:
        parse(content)
    except ModelError as error:
        assert str(error).isprintable()
