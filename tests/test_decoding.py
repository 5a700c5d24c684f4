"""`decoding = "keras"` on its way from the recipe to the model: the same pixels wherever pictures are read."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

import headway
from headway import Recipe
from headway.cli.main import run
from headway.comparison.run import _with_common as with_common
from headway.embedding import content
from headway.errors import UserError
from headway.recipe import FieldError
from headway.recipes import parse
from headway.recipes import write as write_recipe
from headway.rendering.usage import usage
from headway.testing import TINY
from headway.types import Reading

TURNED = 6  # 90 degrees


@pytest.fixture(scope="module")
def stripes(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two classes that differ by the direction of their stripes, unless EXIF turns those of one of them."""
    root = tmp_path_factory.mktemp("stripes")
    random = np.random.default_rng(0)
    for kind in ("across", "down"):
        (root / kind).mkdir()
        for number in range(20):
            waves = 127 + 100 * np.sin(np.arange(64) / 2 + random.uniform(0, 6))
            pixels = np.repeat(waves[:, np.newaxis], 64, axis=1) + random.normal(0, 10, (64, 64))
            exif = Image.Exif()
            exif[0x0112] = TURNED if kind == "down" else 1
            image = Image.fromarray(np.clip(pixels if kind == "across" else pixels.T, 0, 255).astype(np.uint8))
            image.save(root / kind / f"{number}.jpg", exif=exif)
    return root


@pytest.fixture(scope="module")
def recipe() -> Recipe:
    return Recipe(backbone="tiny", features="last", head="logistic", decoding="keras")


@pytest.fixture(scope="module")
def model(stripes: Path, recipe: Recipe, tmp_path_factory: pytest.TempPathFactory) -> headway.Model:
    return headway.fit(stripes, recipe, cache=tmp_path_factory.mktemp("cache"))


def test_the_model_reads_as_its_recipe_does(stripes: Path, model: headway.Model, tmp_path: Path) -> None:
    assert model.report.test.accuracy == 1
    assert model.report.cross_validation.accuracy > 0.95
    assert (model.report.input.decoding, model.report.features.precision) == ("keras-1", "fp32")
    model.save(tmp_path / "m.onnx")
    loaded = headway.load(tmp_path / "m.onnx")
    assert loaded.reading == model.reading == Reading(decoding="keras")
    paths = sorted(stripes.glob("*/1*.jpg"))
    assert [prediction.label for prediction in loaded.predict(paths)] == [path.parent.name for path in paths]
    assert run(["evaluate", str(tmp_path / "m.onnx"), str(stripes), "--cache", str(tmp_path / "cache")]) == 0
    assert run(["predict", str(tmp_path / "m.onnx"), str(paths[0])]) == 0


def test_by_the_usual_policy_the_classes_are_the_same(stripes: Path, recipe: Recipe, tmp_path: Path) -> None:
    usual = headway.fit(stripes, replace(recipe, decoding="headway"), cache=tmp_path / "cache")
    assert usual.report.cross_validation.accuracy < 0.9
    assert usual.report.input.decoding.startswith("pictures-")
    assert not usual.report.input.is_as_keras


def test_without_headway_it_is_decoded_in_the_same_way(stripes: Path, model: headway.Model) -> None:
    text = usage("m.onnx", model.report)[-1].text
    assert 'Image.open("new/1.jpg").convert("RGB").resize((32, 32), Image.Resampling.NEAREST)' in text
    path = stripes / "down" / "0.jpg"
    picture = Image.open(path).convert("RGB").resize((32, 32), Image.Resampling.NEAREST)
    np.testing.assert_array_equal(np.asarray(picture), headway.images.load(path, 32, "squash", model.reading))


def test_a_file_of_features(stripes: Path, recipe: Recipe, tmp_path: Path) -> None:
    pytest.importorskip("pyarrow")
    from headway.embedding import read_parquet, write_parquet

    data, cache = headway.read(stripes), tmp_path / "cache"
    table = headway.embed(data, "tiny", decoding="keras", cache=cache)
    assert (table.reading.decoding, table.precision) == ("keras", "fp32")
    write_parquet(file := tmp_path / "features.parquet", data, table)
    assert read_parquet(file, cache)[1].reading == Reading(decoding="keras")
    fitted = headway.fit(file, backbone="tiny", features="last", head="logistic", cache=cache)
    assert fitted.reading.decoding == "keras"
    assert fitted.report.recipe["decoding"] == "keras"
    headway.fit(file, recipe, cache=cache)
    write_parquet(file, data, headway.embed(data, "tiny", precision="fp32", cache=cache))
    with pytest.raises(UserError, match="decoding keras does not fit a file of features, it was made with headway"):
        headway.fit(file, recipe, cache=cache)


def test_pictures_of_more_than_8_bits_have_no_range(tmp_path: Path) -> None:
    random = np.random.default_rng(0)
    camera = [random.integers(0, 4096, (8, 8)).astype(np.uint16) for _ in range(40)]
    data = headway.read(camera, ["a", "b"] * 20)
    assert headway.embed(data, "tiny", decoding="keras", cache=tmp_path).reading == Reading(decoding="keras")
    fitted = headway.fit(data, backbone="tiny", head="majority", decoding="keras", cache=tmp_path)
    assert fitted.reading.value_range == ()


@pytest.mark.slow
@pytest.mark.parametrize("method", [{"scratch": "residual", "image_size": 32}, {"finetune": "last-block"}])
def test_networks_that_are_trained(stripes: Path, tmp_path: Path, method: Any) -> None:
    pytest.importorskip("torch")
    backbone = {} if "scratch" in method else {"backbone": "tiny"}
    recipe = Recipe(**backbone, **method, epochs=1, decoding="keras")
    fitted = headway.fit(stripes, recipe, cache=tmp_path / "cache")
    assert fitted.reading.decoding == "keras"
    assert len(fitted.predict(sorted(stripes.glob("*/0.jpg")))) == 2


def test_bands_that_a_comparison_has_in_common_are_not_for_it(recipe: Recipe) -> None:
    common = Recipe(bands=(1,), value_range="12", seed=7)
    assert with_common(recipe, common) == replace(recipe, seed=7)
    usual = with_common(replace(recipe, decoding="headway"), common)
    assert (usual.bands, usual.value_range, usual.seed) == ((1,), "12", 7)


def test_keys_tell_them_apart() -> None:
    readings = [Reading(), Reading(decoding="keras")]
    names = [content.space_name(TINY, "squash", "fp32", ["head.mean"], reading=reading) for reading in readings]
    names += [content.facts_name("squash", 32, reading) for reading in readings]
    names += [content.decoders_name(reading) for reading in readings]
    assert len(set(names)) == len(names)


def test_recipes(recipe: Recipe) -> None:
    assert recipe.precision == "fp32"
    assert replace(recipe, precision="bf16").precision == "bf16"
    assert parse(write_recipe(recipe)).recipe == recipe
    for wrong, message in (
        ({"resize": "crop"}, "resize crop cannot be combined with decoding keras"),
        ({"bands": (1,)}, "bands cannot be combined with decoding keras"),
        ({"value_range": "12"}, "value_range cannot be combined with decoding keras"),
    ):
        with pytest.raises(FieldError, match=message):
            recipe.with_settings(wrong)  # type: ignore[arg-type]
