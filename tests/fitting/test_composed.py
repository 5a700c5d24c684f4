"""Fits on networks that are made of others, from the command line to the model's file."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

import headway
from headway import backbones
from headway.calibration import softmax
from headway.cli.main import run
from headway.errors import UserError
from tests.helpers import write_pictures

JOINED = {"backbone": "tiny+efficientnet_lite0", "image_size": 32, "tta": True, "head": "logistic"}


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("composed")
    write_pictures(folder / "pictures")
    settings = {"precision": "fp32", "features": "depths", **JOINED}
    headway.fit(folder / "pictures", cache=folder / "cache", **settings).save(folder / "m.onnx")
    return folder


def test_a_model_of_joined_and_mirrored_networks_predicts_as_it_was_tested(place: Path) -> None:
    model = headway.load(place / "m.onnx")
    assert model.report.backbone.name == "tiny+efficientnet_lite0"
    assert model.report.features.outputs[0] == "tiny/block1.mean"
    info = model.backbone(place / "cache")
    assert (info.name, info.mirrored) == ("tiny+efficientnet_lite0", True)
    files = [str(path) for path in sorted((place / "pictures").glob("*/*.png"))[:6]]
    rows = headway.embed(files, info, precision="fp32", cache=place / "cache").read()
    expected = softmax(model.calibration.logits(model.head.logits(rows)))
    found = [answer.probability for answer in model.predict(files)]
    np.testing.assert_allclose(found, expected.max(axis=1), atol=1e-4)


def test_a_model_of_joined_networks_is_a_backbone_in_turn(place: Path) -> None:
    assert backbones.obtain(str(place / "m.onnx")).input_size == 32


def test_the_command_line_takes_them(pictures: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    call = ["fit", str(pictures), "-o", str(tmp_path / "m.onnx"), "--no-report", "--json", "--head", "centroid"]
    assert run([*call, "--backbone", "efficientnet_lite0", "--image-size", "64", "--tta"]) == 0
    report = json.loads(capsys.readouterr().out)
    assert (report["input"]["size"], report["recipe"]["tta"]) == (64, True)


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"backbone": "tiny+efficientnet_lite0", "image_size": 32, "finetune": "all"}, "trains one network, and tiny"),
        ({"backbone": "colour", "tta": True}, "mirrored views are averaged of networks, and colour is none"),
    ],
)
def test_what_has_no_meaning_is_refused(fields: dict[str, object], message: str, pictures: Path) -> None:
    with pytest.raises(UserError, match=message):
        headway.fit(pictures, **fields)  # type: ignore[arg-type]


def test_features_in_a_file_are_as_they_are(pictures: Path, tmp_path: Path) -> None:
    both = "tiny+efficientnet_lite0"
    file = str(tmp_path / "f.parquet")
    assert run(["embed", str(pictures), "-o", file, "--backbone", both, "--image-size", "32"]) == 0
    model = headway.fit(file, head="centroid")
    assert (model.report.backbone.name, model.size) == (both, 32)
    with pytest.raises(UserError, match="tta True does not fit a file of features"):
        headway.fit(file, head="centroid", tta=True)
