"""Forged metadata: refused in one line."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import onnx
import pytest

from headway.model import Model
from tests.model.forging import entry, inside, refused

Change = Callable[[onnx.ModelProto], object]

METADATA: dict[str, tuple[Change, str]] = {
    "newer": (entry("format", "3"), "newer Headway"),
    "older": (entry("format", "1"), "older Headway"),
    "format no JSON": (entry("format", "{"), "metadata"),
    "format infinite": (entry("format", "Infinity"), "metadata"),
    "format 1e400": (entry("format", "1e400"), "metadata"),
    "format negative": (entry("format", "-1"), "metadata"),
    "deep": (entry("recipe", "[" * 100_000 + "]" * 100_000), "metadata"),
    "a number of 5 MB": (entry("recipe", "1" * 5_000_000), "metadata"),
    "too much": (
        lambda m: m.metadata_props.add(key="headway.note", value='"' + "x" * (17 << 20) + '"'),
        "bytes of metadata",
    ),
    "an entry twice": (lambda m: m.metadata_props.add(key="headway.classes", value='["a"]'), "metadata"),
    "one class": (entry("classes", '["blue"]'), "class names"),
    "class numbers": (entry("classes", "[1, 2, 3]"), "headway.classes"),
    "class lists": (entry("classes", '[["a"], ["b"], ["c"]]'), "headway.classes"),
    "class dict": (entry("classes", '{"a": 1, "b": 2, "c": 3}'), "headway.classes"),
    "no classes": (entry("classes", "null"), "headway.classes"),
    "class twice": (entry("classes", '["blue", "blue", "red"]'), "class names"),
    "class without a name": (entry("classes", '["blue", "", "red"]'), "class names"),
    "resize": (inside("input", resize="stretch"), "stretch"),
    "resize list": (inside("input", resize=["squash"]), "headway.input.resize"),
    "other size": (inside("input", size=64), "uint8"),
    "size 10^9": (inside("input", size=10**9), "pixels"),
    "size infinite": (inside("input", size=float("inf")), "headway.input.size"),
    "size true": (inside("input", size=True), "headway.input.size"),
    "backbone list": (entry("backbone", "[]"), "headway.backbone"),
    "features of lists": (inside("backbone", features=[["a"]]), "headway.backbone.features"),
    "kind of backbone": (inside("backbone", kind="magic"), "magic"),
    "hand-made features of a network": (inside("backbone", kind="descriptor"), "do not agree"),
    "vocabularies of a network": (
        lambda m: m.metadata_props.add(key="headway.vocabularies", value="[]"),
        "do not agree",
    ),
    "precision": (inside("backbone", precision="int8"), "int8"),
    "kind": (inside("head", kind=["mlp"]), "headway.head.kind"),
    "data 5": (entry("data", "5"), "headway.data"),
    "unknown majority": (inside("data", majority="zebra"), "zebra"),
    "learnt": (inside("data", learnt="é!"), "base64"),
    "no scores": (entry("scores", "{}"), "headway.scores.test"),
    "accuracy infinite": (inside("scores", test={"accuracy": float("inf")}), "accuracy"),
    "accuracy text": (inside("scores", test={"accuracy": "good"}), "accuracy"),
}


@pytest.mark.parametrize(("change", "says"), METADATA.values(), ids=METADATA)
def test_metadata_that_headway_would_not_write_isrefused(
    fitted: Model, tmp_path: Path, change: Change, says: str
) -> None:
    refused(fitted, tmp_path, change, says)


@pytest.mark.parametrize("key", ["format", "classes", "input", "backbone", "head", "data", "scores"])
def test_no_entry_may_be_missing(fitted: Model, tmp_path: Path, key: str) -> None:
    def change(model: onnx.ModelProto) -> None:
        model.metadata_props.remove(next(found for found in model.metadata_props if found.key == f"headway.{key}"))

    refused(fitted, tmp_path, change, "metadata")
