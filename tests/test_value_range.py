"""A range of values travels from the recipe, or the training pictures, to the features, the model and predictions."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner
from PIL import Image

import headway
from headway import Recipe
from headway.cli.main import headway as command
from headway.dataset import samples
from headway.embedding import content, read_parquet
from headway.errors import UserError
from headway.ranges import of_bits
from headway.recipe import FieldError
from headway.recipes import parse
from headway.recipes import write as write_recipe
from headway.testing import TINY
from headway.types import Reading
from tests.helpers import run_fit

CLASSES = ("coarse", "fine")
SENTENCE = "Pictures of more than 8 bits: 0 is black, 4,095 white (12 bits)"
HINT = "; to take them as their formats say: --value-range 16"


def camera(label: int, index: int) -> np.ndarray:
    """Return a picture of 12 bits, of squares that are all darker than a tenth of 16 bits."""
    random = np.random.default_rng((label, index))
    side = (8, 2)[label]
    pattern = random.integers(0, 3500, (40 // side, 40 // side)).repeat(side, 0).repeat(side, 1)
    return (pattern + random.integers(0, 500, (40, 40))).astype(np.uint16)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with two classes of pictures that differ in texture: 12 bits in 16, which as they are look black."""
    for number, label in enumerate(CLASSES):
        (tmp_path / "cells" / label).mkdir(parents=True)
        for index in range(16):
            Image.fromarray(camera(number, index)).save(tmp_path / "cells" / label / f"{index}.png")
    return tmp_path / "cells"


def invoke(*words: object) -> str:
    result = CliRunner().invoke(command, [str(word) for word in words])
    assert result.exit_code == 0, result.output
    return result.output


def test_model_and_predictions(folder: Path, tmp_path: Path) -> None:
    model = headway.fit(folder, backbone="tiny", cache=tmp_path / "cache")
    assert model.report.input.value_range == of_bits(12) and model.report.recipe["value_range"] == "12"
    assert model.report.test is not None and model.report.test.accuracy == 1.0
    loaded = headway.load(model.save(tmp_path / "model.onnx"))
    assert loaded.reading == Reading(value_range=of_bits(12))
    files = sorted(folder.glob("*/*.png"))
    tops = [one.top for one in loaded.predict(files)]
    assert [one.label for one in loaded.predict(files)] == [file.parent.name for file in files]
    arrays = [np.asarray(Image.open(file)) for file in files]
    assert [one.top for one in loaded.predict(arrays)] == tops
    assert headway.evaluate(loaded, folder, cache=tmp_path / "cache").scores.accuracy == 1.0
    # What is said is the model's, not that of the pictures at hand.
    assert headway.evaluate(loaded, folder, cache=tmp_path / "cache").report.value_range == of_bits(12)


def test_pictures_of_another_range_than_the_models_are_noticed(folder: Path, tmp_path: Path) -> None:
    cache, model = ["--cache", tmp_path / "cache"], tmp_path / "model.onnx"
    invoke("fit", folder, "--backbone", "tiny", "--value-range", "16", "--no-report", "-o", model, *cache)
    warning = "these pictures use values from 0 to 4,095, and "
    assert warning in " ".join(invoke("evaluate", model, folder, *cache).split())
    printed = invoke("evaluate", model, folder, "--json", "-q", *cache)  # and the warning, on standard error
    assert json.loads(printed[printed.index("{") :])["suggested_range"] == [0, 4095]
    assert warning in " ".join(invoke("predict", model, folder).split())
    invoke("fit", folder, "--backbone", "tiny", "--no-report", "-o", model, *cache)
    assert "these pictures use" not in invoke("evaluate", model, folder, *cache)
    assert "these pictures use" not in invoke("predict", model, folder)
    assert headway.evaluate(headway.load(model), folder, cache=tmp_path / "cache").report.suggested_range is None


def test_pictures_as_they_are_look_black(folder: Path, tmp_path: Path) -> None:
    """So they did before; the range is what makes the difference."""
    from headway.images import load

    file = folder / "fine" / "0.png"
    assert load(file, 40, "squash").max() <= 16
    assert load(file, 40, "squash", Reading(value_range=of_bits(12))).max() > 200
    model = headway.fit(folder, backbone="tiny", value_range="16", cache=tmp_path / "cache")
    assert model.report.input.value_range == () and model.report.recipe["value_range"] == "16"


def test_the_command_line(folder: Path, tmp_path: Path) -> None:
    model, cache = tmp_path / "model.onnx", tmp_path / "cache"
    for words in (("fit", "-o", model), ("embed",), ("features",)):
        assert SENTENCE + HINT in invoke(*words, folder, "--backbone", "tiny", "--cache", cache)
    # A model's range stays what it is.
    for words in (("info", model), ("evaluate", model, folder, "--cache", cache)):
        assert SENTENCE + "\n" in invoke(*words)
    assert SENTENCE not in invoke("embed", folder, "--backbone", "tiny", "--value-range", "16", "--cache", cache)
    found = json.loads(
        invoke("embed", folder, "--backbone", "tiny", "--value-range", "-5,3000", "--json", "--cache", cache)
    )
    assert found["value_range"] == [-5, 3000]
    wrong = CliRunner().invoke(command, ["fit", str(folder), "--value-range", "11"])
    assert "value_range must be auto, a number of bits (8, 10, 12, 14 or 16), or two numbers" in str(wrong.exception)


def test_eight_bits_say_nothing_and_keep_their_keys(tmp_path: Path) -> None:
    pictures = headway.demo.pictures()
    model = headway.fit(pictures, backbone="tiny", cache=tmp_path)
    assert model.report.input.value_range == () and model.report.recipe["value_range"] == "auto"
    assert headway.fit(pictures, backbone="tiny", value_range="16", cache=tmp_path).report.features.computed == 0


def test_mixed_with_eight_bits(folder: Path, tmp_path: Path) -> None:
    """An 8-bit picture of the same thing is read as it is, and means the same."""
    eight = [camera(number, index) >> 4 for number in range(2) for index in range(100, 108)]
    model = headway.fit(folder, backbone="tiny", cache=tmp_path / "cache")
    assert [one.label for one in model.predict([picture.astype(np.uint8) for picture in eight])] == [
        label for label in CLASSES for _ in range(8)
    ]


def test_a_file_of_features(folder: Path, tmp_path: Path) -> None:
    pytest.importorskip("pyarrow")
    file, cache = tmp_path / "features.parquet", tmp_path / "cache"
    invoke("embed", folder, "--backbone", "tiny", "-o", file, "--cache", cache)
    assert SENTENCE + "\n" in invoke("fit", file, "-o", tmp_path / "model.onnx", "--cache", cache)  # as it was made
    assert read_parquet(file)[1].reading == Reading(value_range=of_bits(12))
    fitted = run_fit(file, Recipe(backbone="tiny"), cache=cache)
    assert fitted.model.reading.value_range == of_bits(12) and fitted.model.report.recipe["value_range"] == "12"
    assert fitted.model.predict([camera(1, 200)])[0].label == "fine"
    # The same spelled in another way is the same.
    run_fit(file, Recipe(backbone="tiny", value_range="0,4095"), cache=cache)
    with pytest.raises(UserError, match="value_range 10 does not fit a file of features, it was made with 12"):
        run_fit(file, Recipe(backbone="tiny", value_range="10"), cache=cache)


@pytest.mark.parametrize("recipe", [Recipe(backbone="tiny", finetune="last-block", epochs=1),
                                    Recipe(backbone="tiny", finetune="all", epochs=1),
                                    Recipe(scratch="residual", image_size=32, epochs=1)])  # fmt: skip
def test_networks_that_are_trained(
    folder: Path, tmp_path: Path, recipe: Recipe, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("torch")
    from headway import pipeline
    from headway.embedding import extractor

    read: set[Reading] = set()
    for module, name in ((extractor, "load_with_facts"), (pipeline, "load")):
        own = getattr(module, name)
        monkeypatch.setattr(module, name, lambda *given, own=own: (read.add(given[3]), own(*given))[1])
    fitted = run_fit(folder, recipe, cache=tmp_path / "cache")
    assert read == {Reading(value_range=of_bits(12))}
    assert fitted.model.reading.value_range == of_bits(12)


def test_plots_show_pictures_in_their_range(folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("torch")
    read: set[Reading] = set()
    own = samples.load
    monkeypatch.setattr(samples, "load", lambda *given: (read.add(given[3]), own(*given))[1])
    cache = ["--cache", tmp_path / "cache"]
    invoke("read", folder, "--plots", tmp_path / "plots", *cache)
    words = ["--scratch", "residual", "--epochs", "1", "--image-size", "32", "--augment", "hflip"]
    invoke("fit", folder, *words, "--plots", tmp_path / "plots", "-o", tmp_path / "m.onnx", *cache)
    assert read == {Reading(value_range=of_bits(12))}
    assert {"samples.png", "augmented.png"} <= {path.name for path in (tmp_path / "plots").iterdir()}


def test_a_comparison(folder: Path, tmp_path: Path) -> None:
    from headway.comparison import compare
    from headway.rendering.comparison import comparison as blocks

    heads = {head: Recipe(backbone="tiny", head=head) for head in ("centroid", "logistic")}  # type: ignore[arg-type]
    found = compare(folder, heads, cache=tmp_path / "cache")
    assert found.report.data.value_range == of_bits(12)
    assert found.report.command is not None and "--value-range 12" in found.report.command
    assert any(SENTENCE + HINT in getattr(block, "text", "") for block in blocks(found.report))
    own = compare(folder, heads, cache=tmp_path / "cache", value_range="0,3000")
    assert own.report.data.value_range == (0.0, 3000.0)
    assert own.report.command is not None and "--value-range 0,3000" in own.report.command


def test_recipes_and_keys() -> None:
    for text in ("auto", "8", "12", "-1024,3071.5"):
        recipe = Recipe(value_range=text)
        assert recipe.value_range == text and parse(write_recipe(recipe)).recipe == recipe
    assert Recipe(value_range="0,1023").value_range == "10"
    for wrong in ("11", "5,1", "low", "", "nan,1"):
        with pytest.raises(FieldError, match="value_range must be auto, a number of bits"):
            Recipe(value_range=wrong)
    with pytest.raises(FieldError, match="value_range must be text: auto, a number of bits .* not 12"):
        Recipe(value_range=12)  # type: ignore[arg-type]
    readings = [Reading(), *(Reading(value_range=of_bits(bits)) for bits in (8, 12)), Reading(value_range=(0.0, 9.5))]
    names = [content.space_name(TINY, "squash", "fp32", ["head.mean"], reading=reading) for reading in readings]
    names += [content.facts_name("squash", 32, reading) for reading in readings]
    assert len(set(names)) == len(names)
    # Whether a picture can be read does not depend on it.
    assert len({content.decoders_name(reading) for reading in readings}) == 1
