"""A backbone and a model, layer by layer."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

import headway
from headway import backbones
from headway.analysis.layers import backbone_layers, model_layers
from headway.errors import MissingExtraError, UserError
from headway.facts.layers import Layer
from headway.rendering.layers import layers as rendered
from headway.testing import TINY


def text(report: object) -> str:
    return "\n".join(getattr(block, "text", str(block)) for block in rendered(report))  # type: ignore[arg-type]


def test_last_block_begins_where_fine_tuning_cuts() -> None:
    report = backbone_layers(TINY)
    assert (report.parameters, report.trained, report.frozen, report.cut) == (5088, 4640, 448, "block1/conv")
    assert "Trained with --finetune last-block: 4,640 (91.2 %), those after block1/conv; frozen: 448" in text(report)
    carried = backbone_layers(backbones.find("efficientnet_lite0"))
    assert carried.cut == "add_6" and next(row for row in carried.layers if row.name == "add_6").shape == (14, 14, 112)


def test_joined_networks_are_shown_one_at_a_time() -> None:
    both = backbones.find("tiny+efficientnet_lite0", 32)
    with pytest.raises(UserError, match="one at a time: headway backbones show tiny"):
        backbone_layers(both)


def test_layers_of_the_library_come_first_and_are_cut_at_the_last_of_its_shape() -> None:
    own = (Layer("a", "Input", (32, 32, 3), 0), Layer("b", "Conv2D", (16, 16, 16), 5), Layer("c", "Conv2D", (4, 4), 7))
    report = backbone_layers(replace(TINY, layers=own))
    assert (report.parameters, report.trained, report.cut) == (12, 7, "b")
    assert backbone_layers(replace(TINY, layers=own[2:])).trained == 0  # none of them has the shape


def test_without_pytorch_nothing_is_said_of_the_cut(monkeypatch: pytest.MonkeyPatch) -> None:
    def missing(package: str, extra: str) -> None:
        raise MissingExtraError(package)

    monkeypatch.setattr("headway.analysis.layers.check_installed", missing)
    report = backbone_layers(TINY)
    assert (report.trained, report.cut) == (0, None) and "last-block" not in text(report)


def test_descriptors_are_a_layer_each() -> None:
    report = backbone_layers(backbones.find("colour"))
    assert [(row.kind, row.shape) for row in report.layers] == [("Input", (224, 224, 3)), ("Descriptor", (96,))]
    assert text(report).endswith("Parameters: 0")


@pytest.mark.parametrize(
    ("recipe", "trained", "total", "cut"),
    [
        ({"head": "logistic", "features": "last"}, 32 * 3 + 3, 5088 + 32 * 3 + 3, "head.mean"),
        ({"head": "dense100", "features": "last"}, 32 * 100 + 100 + 303, 5088 + 3603, "head.mean"),
        ({"finetune": "last-block", "epochs": 1}, 4640 + 64 * 3 + 3, 5088 + 64 * 3 + 3, "block1.std"),
        pytest.param(
            {"backbone": "efficientnet_lite0", "scratch": "food11", "epochs": 6, "image_size": 48},
            None,
            None,
            "images",
            marks=pytest.mark.slow,
        ),
    ],
)
def test_a_model_says_what_its_fit_trained(
    pictures: Path, tmp_path: Path, recipe: dict[str, object], trained: int | None, total: int | None, cut: str
) -> None:
    model = headway.fit(pictures, headway.Recipe(**{"backbone": "tiny"} | recipe), cache=tmp_path)  # type: ignore[arg-type]
    report = model_layers(model)
    training = model.report.training
    if trained is None:
        assert training is not None
        trained = total = training.parameters
    assert (report.trained, report.parameters, report.cut) == (trained, total, cut)
    if training is not None:
        assert training.trained_parameters == report.trained
    assert f"Trained: {trained:,} (" in text(report)


def test_a_support_vector_machine_holds_each_of_its_numbers_once(pictures: Path, tmp_path: Path) -> None:
    model = headway.fit(pictures, headway.Recipe(backbone="tiny", head="svm", features="last"), cache=tmp_path)
    head = model.head
    numbers = sum(getattr(head, name).size for name in ("mean", "scale", "support", "coef", "bias"))
    assert model_layers(model).trained == numbers


def test_a_model_of_descriptors_is_a_head(pictures: Path, tmp_path: Path) -> None:
    model = headway.fit(pictures, headway.Recipe(backbone="colour", head="logistic"), cache=tmp_path)
    report = model_layers(model)
    assert [(row.name, row.shape) for row in report.layers] == [("features", (96,)), ("head/0", (3,))]
    assert (report.trained, report.frozen) == (96 * 3 + 3, 0)


@pytest.mark.parametrize("head", ["logistic", "centroid"])
def test_of_raw_pixels_there_is_the_head_only(pictures: Path, head: str) -> None:
    report = model_layers(headway.fit(pictures, backbone="pixels", image_size=8, head=head))
    size = (8 * 8 * 3 + 1) * 3
    assert (report.parameters, report.trained, report.cut) == (size, size, "images")
