"""Conversions in the cache: found again, never half there, never another's or damaged."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import onnx
import pytest

from headway import backbones
from headway.backbones import converted
from headway.backbones.provenance import Provenance, describe
from headway.errors import OutputError, UserError
from headway.facts.layers import Layer
from headway.testing import tiny_backbone_onnx


def kept(name: str = "mine", cache: Path | None = None) -> backbones.BackboneInfo:
    model = onnx.load_model_from_string(tiny_backbone_onnx())
    return converted.save(model, describe(model, Provenance(name, "Mine", "made up", "mit")), cache)


def test_is_found_again_by_name_by_digest_and_by_its_own_metadata() -> None:
    info = kept()
    assert converted.lookup("mine") == info
    assert converted.lookup("mine").path == info.path == converted.path_of("mine")
    assert list(converted.list_converted()) == [info]
    assert backbones.find_by_digest(info.sha256) == info
    assert backbones.find_by_digest("0" * 64) is None
    content = backbones.read(info)
    properties = {entry.key: entry.value for entry in onnx.load_model_from_string(content).metadata_props}
    assert converted.parse_description(json.loads(properties[converted.PROPERTY]), info.sha256) == info
    assert backbones.Engine(content, info.depths).width == sum(info.dims[name] for name in info.depths)


def test_describes_what_the_graph_holds() -> None:
    info = kept()
    assert info.dims == {"block1.mean": 16, "block1.std": 16, "head.mean": 32, "head.std": 32, "logits": 10}
    assert info.depths == ("block1.mean", "block1.std", "head.mean")
    assert (info.map_shape, info.input_size, info.parameters) == ((32, 4, 4), 32, backbones.find("tiny").parameters)


def test_the_feature_set_flat_is_there_where_the_output_is() -> None:
    info = kept()
    assert set(info.feature_sets) == {"last", "depths"}
    assert replace(info, dims={**info.dims, "flat": 512}).feature_sets["flat"] == ("flat",)


def test_the_cache_may_be_elsewhere(tmp_path: Path) -> None:
    kept(cache=tmp_path)
    assert converted.lookup("mine") is None
    assert converted.lookup("mine", tmp_path) is not None


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        ({}, "vgg16"),
        ({"image_size": 128}, "vgg16-128px"),
        ({"weights": "random"}, "vgg16-random"),
        ({"weights": "0123456789abcdef" * 4, "image_size": 64}, "vgg16-64px-0123456789ab"),
    ],
)
def test_the_name_says_what_is_not_as_usual(arguments: dict[str, Any], expected: str) -> None:
    assert converted.key("vgg16", **arguments) == expected
    assert converted.is_key(expected)


@pytest.mark.parametrize("name", ["", "../x", "a/b", "a\\b", ".hidden", "x" * 200, "a b", "a\0"])
def test_a_name_that_is_no_file_is_none(name: str) -> None:
    assert not converted.is_key(name)
    assert converted.lookup(name) is None


def test_a_colon_is_no_part_of_a_files_name() -> None:
    assert converted.path_of("timm:resnet18").name == "timm-resnet18.onnx"
    kept("timm-resnet18")
    assert converted.lookup("timm:resnet18") is None  # of another name


def test_a_damaged_network_is_not_used() -> None:
    info = kept()
    assert info.path is not None
    info.path.write_bytes(info.path.read_bytes()[:-1] + b"?")
    with pytest.raises(UserError, match=r"mine\.onnx is damaged .* delete it"):
        backbones.read(info)
    assert converted.lookup("mine") is None  # so it is made again


def test_a_network_that_has_gone_is_made_again() -> None:
    info = kept()
    assert info.path is not None
    info.path.unlink()
    assert converted.lookup("mine") is None
    with pytest.raises(UserError, match="mine is no longer at .*: name it again"):
        backbones.read(info)


def test_without_its_description_a_file_does_not_count() -> None:
    converted.path_of("mine").parent.mkdir(parents=True)
    converted.path_of("mine").write_bytes(b"half")
    assert converted.lookup("mine") is None
    assert list(converted.list_converted()) == []


@pytest.mark.parametrize(
    "change",
    [
        lambda found: found.pop("sha256"),
        lambda found: found.update(sha256="short"),
        lambda found: found["backbone"].pop("dims"),
        lambda found: found["backbone"].update(dims={}),
        lambda found: found["backbone"].update(dims={"head.mean": "3"}),
        lambda found: found["backbone"].update(map_shape=[1, 2]),
        lambda found: found["backbone"].update(depths=["nothing"]),
        lambda found: found["backbone"].update(input_size=True),
        lambda found: found["backbone"].update(name="../elsewhere"),
        lambda found: found["backbone"].update(licence="public domain"),
    ],
)
def test_a_damaged_description_does_not_count(change: Any) -> None:
    info = kept()
    beside = converted.path_of("mine").with_suffix(".json")
    found = json.loads(beside.read_text())
    change(found)
    beside.write_text(json.dumps(found))
    assert converted.lookup("mine") is None
    assert list(converted.list_converted()) == []
    assert backbones.find_by_digest(info.sha256) is None


@pytest.mark.parametrize("content", [b"no json", b"[]", b"\xff", b" " * (converted.MOST_DESCRIPTION + 1)])
def test_a_description_that_is_none_does_not_count(content: bytes) -> None:
    kept()
    converted.path_of("mine").with_suffix(".json").write_bytes(content)
    assert converted.lookup("mine") is None


def test_a_cache_that_cannot_be_written_to_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(OutputError, match="name another cache with --cache"):
        kept(cache=tmp_path / "file")


def test_the_layers_of_a_library_stand_in_the_description() -> None:
    own = (Layer("conv", "Conv2D", (16, 16, 16), 448),)
    model = onnx.load_model_from_string(tiny_backbone_onnx())
    info = converted.save(model, replace(describe(model, Provenance("mine", "Mine", "made up", "mit")), layers=own))
    found = converted.lookup("mine")
    assert found is not None and found.layers == own
    beside = info.path.with_suffix(".json")
    description = json.loads(beside.read_text())["backbone"]
    description["layers"][0]["parameters"] = "many"
    with pytest.raises(ValueError, match="layers are malformed"):
        converted.parse_description(description, info.sha256)
