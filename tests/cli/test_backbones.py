"""``headway backbones``: the list, and getting one."""

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
from headway.cli.main import run
from headway.testing import tiny_backbone_onnx


def document(capsys: pytest.CaptureFixture[str]) -> dict[str, Any]:
    content: dict[str, Any] = json.loads(capsys.readouterr().out)
    return content


def test_lists_networks_descriptors_and_what_was_converted(capsys: pytest.CaptureFixture[str]) -> None:
    model = onnx.load_model_from_string(tiny_backbone_onnx())
    converted.save(model, describe(model, Provenance("my-network", "Mine", "made up", "MIT")))
    assert run(["backbones", "--json"]) == 0
    entries = {entry["name"]: entry for entry in document(capsys)["backbones"]}
    assert entries["efficientnet_lite0"]["available"] and not entries["vgg16"]["available"]
    assert (entries["vgg16"]["licence"], entries["vgg16"]["imagenet_top1"]) == ("BSD-3-Clause", 0.716)
    assert entries["clip_vit_b32"]["imagenet_top1"] is None
    assert entries["colour"]["kind"] == "descriptor"
    assert [entries[name]["dim"] for name in ("sift", "surf", "colour", "handmade")] == [64, 64, 96, 1182]
    assert entries["my-network"]["available"] and entries["my-network"]["source"] == "made up"
    assert run(["backbones"]) == 0
    out = capsys.readouterr().out
    assert "my-network" in out and "headway backbones get efficientnet_lite1" in out


def test_says_how_to_get_descriptors(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr("headway.backbones.handmade.is_available", lambda name: name == "colour")
    assert run(["backbones"]) == 0
    assert "pip install 'headway[handmade]'" in capsys.readouterr().out


def test_gets_what_is_here_at_once(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["backbones", "get", "efficientnet_lite0"]) == 0
    here, use = capsys.readouterr().out.splitlines()[-2:]
    path = backbones.locate(backbones.find("efficientnet_lite0"))
    assert here == f"EfficientNet-Lite0 is on this machine, at {path}."
    assert use == "Use it by: headway fit PICTURES --backbone efficientnet_lite0"
    assert run(["backbones", "get", "tiny", "--json"]) == 0
    assert document(capsys)["backbones"][0]["dim"] == 32


def test_gets_a_file_of_the_users(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "mine.onnx").write_bytes(tiny_backbone_onnx())
    assert run(["backbones", "get", str(tmp_path / "mine.onnx"), "--cache", str(tmp_path)]) == 0
    out = capsys.readouterr().out
    assert f"at {tmp_path / 'backbones' / 'mine-'}" in out and "made from the file mine.onnx" in out
    assert out.endswith(f" --cache {tmp_path}\n")
    assert [path.suffix for path in sorted((tmp_path / "backbones").iterdir())] == [".json", ".onnx"]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["efficientnet_lite1", "--offline"], "--weights FILE.whl"),
        (["vgg16", "--weights", "gone.pth"], "gone.pth: No such file"),
        (["gone.onnx"], "gone.onnx"),
        (["efficientnet_lite0", "--image-size", "31"], "32"),
        (["efficientnet_lite0", "--image-size", "-1"], "--image-size"),
        ([], "NAME"),
    ],
)
def test_says_in_one_line_what_is_wrong(arguments: list[str], message: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["backbones", "get", *arguments]) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert message in line


def test_help_says_how_to_name_networks_that_are_not_listed(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["backbones", "--help"]) == 0
    out = capsys.readouterr().out
    assert "keras:MobileNet" in out and "timm:resnet18.a1_in1k" in out and "embedding" not in out


def test_random_weights_are_said_once(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    from headway.testing import TINY

    made = replace(
        TINY,
        title="Tiny with random weights",
        source="tiny with random weights",
        name="tiny-random",
        path=backbones.locate(TINY),
    )
    monkeypatch.setattr(backbones, "obtain", lambda *_, **__: made)
    assert run(["backbones", "get", "tiny", "--weights", "random"]) == 0
    out = capsys.readouterr().out
    assert "\nTiny with random weights is on this machine, at " in out and "made from" not in out
    assert out.endswith("\nUse it by: headway fit PICTURES --backbone tiny-random\n")


def test_what_was_just_made_is_not_to_be_got_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    info = backbones.find("efficientnet_lite1")
    path = tmp_path / "backbones" / "efficientnet_lite1.onnx"
    path.parent.mkdir()
    path.write_bytes(b"as converted")
    monkeypatch.setattr(backbones, "obtain", lambda *_, **__: info)
    assert run(["backbones", "get", "efficientnet_lite1", "--cache", str(tmp_path)]) == 0
    out = capsys.readouterr().out
    assert f"EfficientNet-Lite1 is on this machine, at {path}." in out
    assert "headway backbones get" not in out and "pip install" not in out


def test_descriptors_are_computed_or_say_what_they_need(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["backbones", "get", "colour"]) == 0
    assert "as formulas" in capsys.readouterr().out
    monkeypatch.setattr("headway.backbones.handmade.is_available", lambda name: False)
    assert run(["backbones", "get", "sift"]) == 0
    assert capsys.readouterr().out.endswith("pip install 'headway[handmade]'\n")


def test_shows_the_layers_and_where_last_block_begins(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["backbones", "show", "tiny"]) == 0
    out = capsys.readouterr().out
    assert "head/conv    Conv 3×3  trained" in out
    assert "Trained with --finetune last-block: 4,640 (91.2 %), those after block1/conv; frozen: 448" in out
    assert run(["backbones", "show", "tiny", "--image-size", "64"]) == 2
    assert "32 pixels only" in capsys.readouterr().err
