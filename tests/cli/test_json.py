"""What commands print with --json is what docs/schemas says."""

from __future__ import annotations

import importlib.util
import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from PIL import Image

from headway.cli.main import run
from headway.facts import DOCUMENTS
from headway.facts.codec import schema
from tests.helpers import write_pictures

ROOT = Path(__file__).parents[2]
SCHEMAS = ROOT / "docs" / "schemas"


def printed(capsys: pytest.CaptureFixture[str], *arguments: object) -> str:
    capsys.readouterr()
    assert run([str(argument) for argument in arguments]) == 0
    return capsys.readouterr().out


def check(name: str, text: str) -> Any:
    document = json.loads(text)
    jsonschema.validate(document, json.loads((SCHEMAS / f"{name}.json").read_text()))
    return document


def test_schemas_on_disk_are_those_of_the_code() -> None:
    spec = importlib.util.spec_from_file_location("write_schemas", ROOT / "scripts" / "write_schemas.py")
    assert spec is not None and spec.loader is not None
    script = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(script)
    on_disk = {path.name: path.read_text() for path in SCHEMAS.glob("*.json")}
    assert on_disk == script.texts(), "run python scripts/write_schemas.py"


def test_every_document_is_on_the_page() -> None:
    page = (ROOT / "docs" / "json.md").read_text()
    for name in DOCUMENTS:
        assert f"schemas/{name}.json" in page
        assert schema(DOCUMENTS[name]())["$defs"]


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    import headway

    folder = tmp_path_factory.mktemp("json")
    data = write_pictures(folder / "pictures")
    (data / "red" / "00.png").write_bytes(b"")
    headway.fit(data, backbone="tiny", cache=folder / "cache").save(folder / "model.onnx")
    return folder / "model.onnx"


def test_read(model: Path, capsys: pytest.CaptureFixture[str]) -> None:
    found = check("read", printed(capsys, "read", model.parent / "pictures", "--json"))
    assert found["source"]["layout"] == "class-folders"
    assert sum(found["counts"]["pictures"].values()) == 36


def test_fit(pictures: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (pictures / "red" / "00.png").write_bytes(b"")
    target = tmp_path / "m.onnx"
    for options in (["--select", "anova"], ["--head", "dense100", "--epochs", "2"], ["--test-fraction", "0"]):
        found = check("fit", printed(capsys, "fit", pictures, "-o", target, "--backbone", "tiny", "--json", *options))
        assert found["data"]["quarantined"][0]["path"].endswith("00.png")
        assert found["model"] == str(target)
    assert found["test"] is None


@pytest.mark.parametrize("recipe", [["--finetune", "auto"], ["--scratch", "residual", "--image-size", "32"]])
def test_fit_of_a_trained_network(
    pictures: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], recipe: list[str]
) -> None:
    own = [] if "--scratch" in recipe else ["--backbone", "tiny"]
    arguments = ["fit", pictures, "-o", tmp_path / "m.onnx", "--epochs", "1", "--json", *own, *recipe]
    found = check("fit", printed(capsys, *arguments))
    assert (found["training"] is None) == ((found["trial"] or {}).get("chosen") == "frozen")


def test_evaluate_and_a_pair(model: Path, capsys: pytest.CaptureFixture[str]) -> None:
    data = model.parent / "pictures"
    found = check("evaluate", printed(capsys, "evaluate", model, data, "--json"))
    assert sum(cell["count"] for cell in found["scores"]["confusion"]) == found["scores"]["n"] == 35
    pair = check("evaluate-pair", printed(capsys, "evaluate", model, model, data, "--json"))
    assert (pair["paired"]["only_first"], pair["paired"]["only_second"], pair["paired"]["p"]) == (0, 0, 1)


def test_info(model: Path, capsys: pytest.CaptureFixture[str]) -> None:
    found = check("info", printed(capsys, "info", model, "--json"))
    assert found["report"]["data"]["unreadable"] == 1
    assert [tensor["name"] for tensor in found["outputs"]] == ["probabilities", "embedding"]
    text = (model.parent / "model.onnx").read_bytes()
    assert str(model.parent).encode() not in text, "a model is handed to others"


def test_predict(model: Path, capsys: pytest.CaptureFixture[str]) -> None:
    lines = printed(capsys, "predict", model, model.parent / "pictures" / "blue", "--json").splitlines()
    assert len([check("predict", line) for line in lines]) == 12


def test_compare(pictures: Path, capsys: pytest.CaptureFixture[str]) -> None:
    found = check("compare", printed(capsys, "compare", pictures, "--only", "majority,colour", "--json"))
    assert {row["name"] for row in found["rows"]} == {"majority", "colour"}


def test_features_and_embed(pictures: Path, capsys: pytest.CaptureFixture[str]) -> None:
    check("features", printed(capsys, "features", pictures, "--backbone", "tiny", "--json"))
    assert check("embed", printed(capsys, "embed", pictures, "--backbone", "tiny", "--json"))["n"] == 36
    Image.new("RGB", (30, 30), (1, 2, 3)).save(pictures / "red" / "blank.png")
    found = check("embed", printed(capsys, "embed", pictures, "--backbone", "tiny", "--json"))
    assert found["one_colour"] == {"count": 1, "files": [str(pictures / "red" / "blank.png")]}
    assert check("cache", printed(capsys, "cache", "--json"))["spaces"]


def test_what_there_is(capsys: pytest.CaptureFixture[str]) -> None:
    check("backbones", printed(capsys, "backbones", "--json"))
    check("recipes", printed(capsys, "recipes", "--json"))
    check("recipe", printed(capsys, "recipes", "show", "food11-scratch", "--json"))


def test_layers(model: Path, capsys: pytest.CaptureFixture[str]) -> None:
    shown = check("layers", printed(capsys, "backbones", "show", "tiny", "--json"))
    assert (shown["parameters"], shown["trained"], shown["cut"]) == (5088, 4640, "block1/conv")
    shown = check("layers", printed(capsys, "info", model, "--layers", "--json"))
    assert shown["is_model"] and shown["network"] == str(model) and shown["layers"][-1]["trained"]
    assert "Trained: " in printed(capsys, "info", model, "--layers")
    assert run(["info", str(model), "--layers", "--card"]) == 2
    assert capsys.readouterr().err == "headway: choose one of --layers and --card\n"


def test_split(model: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    arguments = ["split", model.parent / "pictures", "-o", tmp_path / "data", "--json"]
    found = check("split", printed(capsys, *arguments))
    assert found["counts"]["test"] == {"blue": 1, "green": 1, "red": 1}
    assert len(found["quarantined"]) == 1


def test_suggest(model: Path, capsys: pytest.CaptureFixture[str]) -> None:
    pool = model.parent / "pictures"
    found = check("suggest", printed(capsys, "suggest", pool, "-n", "3", "--json"))
    assert (found["pool"], found["model"], len(found["quarantined"])) == (35, None, 1)
    write_pictures(model.parent / "new", per_class=4, seed=1)
    found = check("suggest", printed(capsys, "suggest", model, model.parent / "new", pool, "-n", "3", "--json"))
    assert (found["pool"], found["known"], len(found["suggestions"])) == (12, 35, 3)
