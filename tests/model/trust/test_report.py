"""Forged metadata: refused in one line."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import onnx
import pytest

from headway.model import Model, load
from tests.model.forging import entry, forged, inside, refused

Change = Callable[[onnx.ModelProto], object]

FOLDS = dict.fromkeys(("folds", "n"), 101) | dict.fromkeys(("accuracy", "low", "high", "std", "log_loss", "ece"), 0.5)
TRAINING = dict.fromkeys(("parameters", "trained_parameters", "epochs", "best"), 1) | {"part": "all", "tta": False}
TRAINING |= {"augment": [], "history": [], "validation": None, "abandoned_rates": [0.1] * 11}
FOLDS |= {"by_fold": [{"n": 1, "accuracy": 1.0}] * 101}

METADATA: dict[str, tuple[Change, str]] = {
    "newer": (entry("format", "4"), "newer Headway"),
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
    "one class": (entry("classes", '["blue"]'), "of its classes"),
    "class numbers": (entry("classes", "[1, 2, 3]"), "headway.classes"),
    "class lists": (entry("classes", '[["a"], ["b"], ["c"]]'), "headway.classes"),
    "class dict": (entry("classes", '{"a": 1, "b": 2, "c": 3}'), "headway.classes"),
    "no classes": (entry("classes", "null"), "headway.classes"),
    "class twice": (entry("classes", '["blue", "blue", "red"]'), "class names"),
    "class without a name": (entry("classes", '["blue", "", "red"]'), "class names"),
    "resize": (inside("input", resize="stretch"), "stretch"),
    "resize list": (inside("input", resize=["squash"]), "headway.input.resize"),
    "bands of nothing": (inside("input", bands=[1, 2]), "its bands"),
    "bands beyond": (inside("input", bands=[10**9]), "its bands"),
    "range upside down": (inside("input", value_range=[9.0, 1.0]), "its range of values"),
    "range of one": (inside("input", value_range=[9.0]), "its range of values"),
    "range beyond": (inside("input", value_range=[0.0, 1e300]), "its range of values"),
    "range text": (inside("input", value_range=["1", "2"]), "headway.input.value_range"),
    "bands text": (inside("input", bands=["1"]), "headway.input.bands"),
    "other size": (inside("input", size=64), "uint8"),
    "size 10^9": (inside("input", size=10**9), "pixels"),
    "size infinite": (inside("input", size=float("inf")), "metadata"),
    "size true": (inside("input", size=True), "headway.input.size"),
    "backbone list": (entry("backbone", "[]"), "headway.backbone"),
    "outputs of lists": (inside("features", outputs=[["a"]]), "headway.features.outputs"),
    "kind of backbone": (inside("backbone", kind="magic"), "magic"),
    "hand-made features of a network": (inside("backbone", kind="descriptor"), "do not agree"),
    "vocabularies of a network": (
        lambda m: m.metadata_props.add(key="headway.vocabularies", value="[]"),
        "do not agree",
    ),
    "precision": (inside("features", precision="int8"), "int8"),
    "kind": (inside("head", kind=["mlp"]), "headway.head.kind"),
    "data 5": (entry("data", "5"), "headway.data"),
    "unknown majority": (inside("data", majority="zebra"), "zebra"),
    "counts of others": (inside("data", counts={"zebra": 1}), "counts"),
    "learned": (entry("learned_from", '"é!"'), "learned_from"),
    "learned, cut": (entry("learned_from", '"AAAA"'), "learned_from"),
    "learned, a number": (entry("learned_from", "5"), "learned_from"),
    "no accuracy": (entry("test", "{}"), "headway.test"),
    "accuracy 2": (inside("test", accuracy=2.0), "accuracy"),
    "accuracy infinite": (inside("test", accuracy=float("inf")), "metadata"),
    "accuracy text": (inside("test", accuracy="good"), "accuracy"),
    "accuracy 1e999": (entry("test", '{"accuracy": 1e999}'), "metadata"),
    "confusion of others": (inside("test", confusion=[{"true": 3, "predicted": 0, "count": 1}]), "confusion"),
    "a number of 400 digits": (inside("data", n=10**400), "metadata"),
    "a surrogate for a number": (inside("data", n="\udcff"), "not Unicode"),
    "outputs in another order": (inside("features", outputs=["head.mean", "block1.std", "block1.mean"]), "outputs"),
    "outputs of nowhere": (inside("features", outputs=["nope"]), "outputs"),
    "no outputs": (inside("features", outputs=[]), "outputs"),
    "many overlaps": (
        inside("data", overlaps=[{"part": "test", "among": ["training"], "by": "content", "count": 1}] * 5),
        "headway.data.overlaps has 5 entries",
    ),
    "many folds": (entry("cross_validation", json.dumps(FOLDS)), "headway.cross_validation.by_fold has 101 entries"),
    "many rates": (entry("training", json.dumps(TRAINING)), "headway.training.abandoned_rates has 11 entries"),
    "many reasons": (inside("data", skipped={str(i): 1 for i in range(101)}), "headway.data.skipped has 101"),
    "names of other classes": (inside("data", class_names={"0": "zebra"}), "lead to others than its classes"),
    "many names": (
        inside("data", class_names={str(i): "blue" for i in range(301)}),
        "headway.data.class_names has 301 entries, and at most 300",
    ),
    "a long name": (inside("data", class_names={"9" * 20_000: "blue"}), "10,000 characters"),
    "names in a list": (inside("data", class_names=["blue"]), "headway.data.class_names"),
    "a long text": (entry("headway", json.dumps("9" * 20_000)), "10,000 characters"),
    "control characters": (inside("input", resize="\x1b[2J" * 1000), "headway.input.resize"),
}


@pytest.mark.parametrize(("change", "says"), METADATA.values(), ids=METADATA)
def test_metadata_that_headway_would_not_write_isrefused(
    fitted: Model, tmp_path: Path, change: Change, says: str
) -> None:
    refused(fitted, tmp_path, change, says)


@pytest.mark.parametrize(
    "key", ["format", "classes", "input", "backbone", "head", "data", "features", "recipe", "learned_from"]
)
def test_no_entry_may_be_missing(fitted: Model, tmp_path: Path, key: str) -> None:
    def change(model: onnx.ModelProto) -> None:
        model.metadata_props.remove(next(found for found in model.metadata_props if found.key == f"headway.{key}"))

    refused(fitted, tmp_path, change, "metadata")


def test_what_a_file_never_holds_is_not_believed(fitted: Model, tmp_path: Path) -> None:
    """Paths and times of a forged file are not shown."""
    path = tmp_path / "m.onnx"
    change = inside("data", quarantined=[{"path": "/somewhere", "reason": "\x1b[2J"}])
    path.write_bytes(forged(fitted, change))
    assert load(path).report.data.quarantined == ()


def test_odd_names_are_shown_escaped(fitted: Model, tmp_path: Path) -> None:
    path = tmp_path / "m.onnx"
    path.write_bytes(forged(fitted, inside("backbone", name="\x1b]0;x\x07\udcff")))
    model = load(path)
    assert repr(model).isprintable()
    model._repr_html_().encode()
