"""Model files: whole or not at all, checked before they are trusted."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path

import onnx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from onnx import TensorProto, helper

from headway.errors import ModelError, OutputError
from headway.model import file, load, trust
from headway.model.core import Model


def test_the_same_model_gives_the_same_bytes(fitted: Model) -> None:
    assert file.encode(fitted.proto, fitted.report, fitted.learned_from) == fitted.content


def test_a_saved_model_is_the_model(fitted: Model, tmp_path: Path) -> None:
    path = fitted.save(tmp_path / "m.onnx")
    again = load(path)
    assert again.content == path.read_bytes() == fitted.content
    assert again.report == fitted.report
    assert [p.name for p in tmp_path.iterdir()] == ["m.onnx"]


def test_class_names_of_any_kind_survive(fitted: Model) -> None:
    names = ["naïve 😀", "line\nbreak", "bad \udcff byte"]
    data = replace(fitted.report.data, majority=names[0], counts=dict.fromkeys(names, 1))
    report = replace(fitted.report, classes=tuple(names), data=data)
    _, metadata = file.decode(file.encode(fitted.proto, report), "m")
    assert trust.check_report(metadata).classes == tuple(names)


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


def test_a_pipe_or_a_device_is_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.onnx")
    for path in (tmp_path / "pipe.onnx", Path("/dev/zero")):
        with pytest.raises(ModelError, match="pipe or a device"):
            load(path)


@pytest.mark.parametrize("path", [None, b"m.onnx", 3, "", "a\0b.onnx"])
def test_what_is_no_path_is_refused(path: object) -> None:
    with pytest.raises(ModelError, match="path of its file"):
        load(path)  # type: ignore[arg-type]


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
    (tmp_path / "folder.onnx").mkdir()
    for path in (tmp_path / "no" / "m.onnx", tmp_path / "folder.onnx"):
        with pytest.raises(OutputError, match="cannot be written"):
            fitted.save(path)
    assert [p.name for p in tmp_path.rglob("*")] == ["folder.onnx"]
