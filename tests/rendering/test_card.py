"""A model's card: its front matter is YAML, and nothing of a file gets out of its place."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
import yaml

from headway.facts.documents import ModelReport, Tensor
from headway.facts.fit import FitReport
from headway.facts.scores import CrossValidation
from headway.rendering.card import card
from tests.rendering.test_verdict import MANY, fitted, scored

HOSTILE = '"\n---\n# gone: [x](y) <b>\u202e🐦'


def info(report: FitReport, model: str = "/home/me/birds.onnx") -> ModelReport:
    tensor = Tensor("images", "uint8", ("N", 32, 32, 3))
    return ModelReport(model=model, bytes=7_000_000, format=3, inputs=(tensor,), outputs=(), report=report)


def parts(text: str) -> tuple[dict[str, Any], str]:
    nothing, front, body = text.split("---\n", 2)
    assert not nothing
    return yaml.safe_load(front), body


def licensed(licence: str) -> FitReport:
    report = fitted(scored(MANY))
    return replace(report, backbone=replace(report.backbone, name="tiny", licence=licence))


def test_the_front_matter_is_what_the_hub_wants() -> None:
    front, _ = parts(card(info(licensed("Apache-2.0"))))
    task = {"type": "image-classification", "name": "Image classification"}
    metrics = [
        {"type": "accuracy", "name": "Accuracy", "value": 0.98},
        {"type": "f1", "name": "Macro F1", "value": round(scored(MANY).macro_f1, 4)},
    ]
    data = {"type": "own", "name": "9 pictures of the author", "split": "test"}
    assert front == {
        "library_name": "headway",
        "pipeline_tag": "image-classification",
        "license": "apache-2.0",
        "tags": ["image-classification", "headway", "onnx", "transfer-learning", "tiny"],
        "metrics": ["accuracy", "f1"],
        "model-index": [{"name": "birds.onnx", "results": [{"task": task, "dataset": data, "metrics": metrics}]}],
    }


def test_the_sections_are_those_of_the_hub() -> None:
    _, body = parts(card(info(licensed("Apache-2.0"))))
    assert body.startswith("\n# Model card for birds.onnx\n\nNames the class of a picture, of 3 classes. 980 of 1,000")
    headings = [line.removeprefix("## ") for line in body.splitlines() if line.startswith("## ")]
    assert headings == [
        "Model details",
        "Uses",
        "Bias, risks and limitations",
        "How to get started with the model",
        "Training data",
        "Training procedure",
        "Evaluation",
        "Technical specifications",
    ]
    assert "```sh\nheadway predict birds.onnx new/\\*.jpg\n```".replace("\\", "") in body
    assert "/home/me" not in body and body.count("More information needed") == 3


@pytest.mark.parametrize(
    ("licence", "said"),
    [("CC-BY-NC-4.0", ("cc-by-nc-4.0", None)), ("Meta-1", ("other", "meta-1")), ("", (None, None))],
)
def test_licences(licence: str, said: tuple[str | None, str | None]) -> None:
    front, _ = parts(card(info(licensed(licence))))
    assert (front.get("license"), front.get("license_name")) == said


def test_without_test_pictures() -> None:
    validated = CrossValidation(5, 240, 0.857, 0.811, 0.895, 0.03, 0.5, 0.05)
    front, _ = parts(card(info(fitted(None, cross_validation=validated))))
    [result] = front["model-index"][0]["results"]
    assert result["dataset"]["split"] == "cross-validation" and result["metrics"][0]["value"] == 0.857
    assert front["metrics"] == ["accuracy"]
    front, body = parts(card(info(fitted(None))))
    assert "model-index" not in front and "How good it is was not measured." in body


def test_hostile_names_stay_in_their_places() -> None:
    names = HOSTILE, "fish", "trees"
    report = fitted(scored(MANY, names), names)
    report = replace(report, backbone=replace(report.backbone, name=HOSTILE, licence=HOSTILE))
    text = card(info(report, model=f"a/{HOSTILE.replace('/', '')}.onnx"))
    front, body = parts(text)
    assert front["license"] == "other" and "\\n---\\n" in front["tags"][-1] and "🐦" in front["tags"][-1]
    assert front["model-index"][0]["name"].startswith('"\\n---')
    assert "\u202e" not in text
    assert "<b>" not in body and "\n# gone" not in body
