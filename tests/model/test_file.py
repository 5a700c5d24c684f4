"""Model files: whole or not at all, checked before they are trusted."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from pathlib import Path

import onnx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from onnx import TensorProto, helper

from headway.errors import ModelError, OutputError
from headway.model import file, load
from headway.model.core import Model


def sealed(model: onnx.ModelProto) -> bytes:
    """Return a file whose digest is right, whatever is in it."""
    kept = [entry for entry in model.metadata_props if entry.key != "headway.sha256"]
    del model.metadata_props[:]
    model.metadata_props.extend(kept)
    body = model.SerializeToString(deterministic=True)
    seal = onnx.ModelProto()
    seal.metadata_props.add(key="headway.sha256", value=hashlib.sha256(body).hexdigest())
    return body + seal.SerializeToString()


def changed(fitted: Model, change: Callable[[onnx.ModelProto], object]) -> bytes:
    proto = onnx.load_model_from_string(fitted.content)
    change(proto)
    return sealed(proto)


def test_the_same_model_gives_the_same_bytes(fitted: Model) -> None:
    assert file.encode(fitted.proto, fitted.metadata) == fitted.content


def test_a_saved_model_is_the_model(fitted: Model, tmp_path: Path) -> None:
    path = fitted.save(tmp_path / "m.onnx")
    again = load(path)
    assert again.content == path.read_bytes() == fitted.content
    assert again.metadata == fitted.metadata
    assert [p.name for p in tmp_path.iterdir()] == ["m.onnx"]


def test_class_names_of_any_kind_survive(fitted: Model) -> None:
    names = ["naïve 😀", "line\nbreak", "bad \udcff byte"]
    _, metadata = file.decode(file.encode(fitted.proto, {**fitted.metadata, "classes": names}), "m")
    assert metadata["classes"] == names


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_a_file_cut_anywhere_is_refused(fitted: Model, data: st.DataObject) -> None:
    cut = data.draw(st.integers(0, len(fitted.content) - 1))
    with pytest.raises(ModelError):
        file.decode(fitted.content[:cut], "m.onnx")


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_a_changed_byte_is_noticed(fitted: Model, data: st.DataObject) -> None:
    position = data.draw(st.integers(0, len(fitted.content) - 1))
    flipped = bytearray(fitted.content)
    flipped[position] ^= data.draw(st.integers(1, 255))
    with pytest.raises(ModelError):
        file.decode(bytes(flipped), "m.onnx")


@settings(max_examples=100, deadline=None)
@given(st.binary(max_size=300))
def test_garbage_is_refused(content: bytes) -> None:
    with pytest.raises(ModelError):
        file.decode(content, "m.onnx")


def _external(model: onnx.ModelProto) -> None:
    tensor = model.graph.initializer[0]
    tensor.data_location = TensorProto.EXTERNAL
    tensor.external_data.add(key="location", value="/etc/passwd")


def _rename(model: onnx.ModelProto, key: str, value: str) -> None:
    next(entry for entry in model.metadata_props if entry.key == key).value = value


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (_external, "external data"),
        (lambda m: m.graph.node.append(helper.make_node("Evil", [], [], domain="com.evil")), "Evil"),
        (lambda m: m.graph.node.append(helper.make_node("Loop", [], [])), "Loop"),
        (lambda m: m.opset_import.append(helper.make_opsetid("com.evil", 1)), "custom operators"),
        (lambda m: m.functions.add(name="f", domain="x"), "custom operators"),
        (lambda m: _rename(m, "headway.format", "2"), "newer Headway"),
        (lambda m: _rename(m, "headway.format", "{"), "metadata"),
        (lambda m: _rename(m, "headway.classes", '["only one"]'), "class names"),
        (lambda m: _rename(m, "headway.classes", "[1, 2, 3]"), "class names"),
        (lambda m: _rename(m, "headway.input", '{"size": 32, "resize": "stretch"}'), "stretch"),
        (lambda m: _rename(m, "headway.input", '{"size": 64, "resize": "squash"}'), "uint8"),
        (lambda m: _rename(m, "headway.input", '{"size": 1e9, "resize": "squash"}'), "pixels"),
        (lambda m: _rename(m, "headway.backbone", "[]"), "metadata"),
        (lambda m: m.graph.output.pop(), "outputs"),
        (lambda m: m.graph.initializer.remove(next(t for t in m.graph.initializer if t.name == "head/0.bias")), "head"),
        (lambda m: m.metadata_props.add(key="headway.note", value='"' + "x" * (17 << 20) + '"'), "bytes of metadata"),
    ],
)
def test_what_a_model_never_needs_is_refused(
    fitted: Model, tmp_path: Path, change: Callable[[onnx.ModelProto], object], says: str
) -> None:
    path = tmp_path / "hostile.onnx"
    path.write_bytes(changed(fitted, change))
    with pytest.raises(ModelError, match=says):
        load(path)


def test_another_onnx_model_is_named_as_such(fitted: Model, tmp_path: Path) -> None:
    path = tmp_path / "other.onnx"
    node = helper.make_node("Identity", ["a"], ["b"])
    values = [helper.make_tensor_value_info(name, TensorProto.FLOAT, [1]) for name in "ab"]
    onnx.save(helper.make_model(helper.make_graph([node], "g", values[:1], values[1:])), path)
    with pytest.raises(ModelError, match="not one of Headway's"):
        load(path)


def test_a_file_that_is_too_large_is_not_read(fitted: Model, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = fitted.save(tmp_path / "m.onnx")
    monkeypatch.setattr(file, "MAX_BYTES", 1000)
    with pytest.raises(ModelError, match="at most 1,000"):
        load(path)


def test_a_folder_is_no_model(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="folder"):
        load(tmp_path)


def test_a_place_that_cannot_be_written_to_keeps_what_was_there(fitted: Model, tmp_path: Path) -> None:
    with pytest.raises(OutputError, match="cannot be written"):
        fitted.save(tmp_path / "no" / "m.onnx")
    with pytest.raises(OutputError, match="cannot be written"):
        fitted.save(tmp_path)
    assert list(tmp_path.iterdir()) == []
