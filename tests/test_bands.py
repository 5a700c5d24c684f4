"""Bands that are asked for travel from the recipe to the features, the model and its predictions."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
import tifffile
from click.testing import CliRunner

import headway
from headway import Recipe
from headway.cli.main import headway as command
from headway.embedding import content, read_parquet
from headway.errors import DataError, UserError
from headway.recipe import FieldError
from headway.recipes import parse
from headway.recipes import write as write_recipe
from headway.testing import TINY
from tests.helpers import run_fit

BAND = 4


@pytest.fixture
def scenes(tmp_path: Path) -> Path:
    """A folder with two classes of pictures of five bands, of which only the fourth tells them apart."""
    for number, label in enumerate(("field", "water")):
        (tmp_path / "scenes" / label).mkdir(parents=True)
        for index in range(12):
            random = np.random.default_rng((number, index))
            values = random.normal(100, 20, (40, 40, 5))
            values[..., BAND - 1] += 90 * number
            tifffile.imwrite(
                tmp_path / "scenes" / label / f"{index}.tif",
                values.clip(0, 255).astype("u2") * 257,
                photometric="minisblack",
                planarconfig="contig",
            )
    return tmp_path / "scenes"


def invoke(*words: object) -> str:
    result = CliRunner().invoke(command, [str(word) for word in words])
    assert result.exit_code == 0, result.output
    return result.output


def test_without_bands_the_reason_says_what_to_do(scenes: Path) -> None:
    with pytest.raises(DataError, match="five bands: say which with --bands"):
        run_fit(scenes, Recipe(backbone="tiny"))


def test_what_could_not_be_read_is_read_with_bands(scenes: Path, tmp_path: Path) -> None:
    """The reason is in the store, and does not stand for other bands."""
    with pytest.raises(DataError):
        run_fit(scenes, Recipe(backbone="tiny"), cache=tmp_path / "cache")
    fitted = run_fit(scenes, Recipe(backbone="tiny", bands=(BAND,)), cache=tmp_path / "cache")
    assert fitted.model.report.cross_validation.accuracy == 1.0
    other = run_fit(scenes, Recipe(backbone="tiny", bands=(1,)), cache=tmp_path / "cache")
    assert other.model.report.cross_validation.accuracy < 0.9


def test_model_and_predictions(scenes: Path, tmp_path: Path) -> None:
    model = headway.fit(scenes, backbone="tiny", bands=(BAND,), cache=tmp_path / "cache")
    loaded = headway.load(model.save(tmp_path / "model.onnx"))
    assert loaded.bands == loaded.report.input.bands == (BAND,)
    pictures = sorted(scenes.glob("*/*.tif"))
    assert [one.label for one in loaded.predict(pictures)] == [picture.parent.name for picture in pictures]
    evaluation = headway.evaluate(loaded, scenes, cache=tmp_path / "cache")
    assert evaluation.scores.accuracy == 1.0
    five = np.repeat(np.full((40, 40, 1), 100, np.uint8), 5, axis=2)
    five[..., BAND - 1] = 190
    assert loaded.predict([five])[0].label == "water"


def test_the_command_line(scenes: Path, tmp_path: Path) -> None:
    model, cache = tmp_path / "model.onnx", tmp_path / "cache"
    invoke("fit", scenes, "--backbone", "tiny", "--bands", "4,3,2", "-o", model, "--cache", cache)
    assert "bands 4, 3, 2" in invoke("info", model)
    assert "water" in invoke("predict", model, scenes / "water" / "0.tif")
    assert "1.000" in invoke("evaluate", model, scenes, "--cache", cache)
    found = json.loads(invoke("features", scenes, "--backbone", "tiny", "--bands", "4", "--json", "--cache", cache))
    assert found["features"]["bands"] == [4]
    wrong = CliRunner().invoke(command, ["fit", str(scenes), "--bands", "four"])
    assert "not a list of whole numbers such as 4,3,2" in wrong.output
    wrong = CliRunner().invoke(command, ["fit", str(scenes), "--bands", "1,2"])
    assert "bands must be one whole number for grey, or three for red, green and blue" in str(wrong.exception)


def test_a_file_of_features(scenes: Path, tmp_path: Path) -> None:
    pytest.importorskip("pyarrow")
    file, cache = tmp_path / "features.parquet", tmp_path / "cache"
    invoke("embed", scenes, "--backbone", "tiny", "--bands", "4", "-o", file, "--cache", cache)
    assert read_parquet(file)[1].bands == (4,)
    fitted = run_fit(file, Recipe(backbone="tiny"), cache=cache)
    assert fitted.model.bands == fitted.model.report.input.bands == (4,)
    assert fitted.model.report.recipe["bands"] in ((4,), [4])
    with pytest.raises(UserError, match="bands .* does not fit a file of features, it was made with"):
        run_fit(file, Recipe(backbone="tiny", bands=(1,)), cache=cache)


@pytest.mark.parametrize("recipe", [Recipe(backbone="tiny", finetune="last-block", epochs=1, bands=(BAND,)),
                                    Recipe(backbone="tiny", finetune="all", epochs=1, bands=(BAND,)),
                                    Recipe(scratch="residual", image_size=32, epochs=1, bands=(BAND,))])  # fmt: skip
def test_networks_that_are_trained(scenes: Path, tmp_path: Path, recipe: Recipe) -> None:
    pytest.importorskip("torch")
    fitted = run_fit(scenes, recipe, cache=tmp_path / "cache")
    assert fitted.model.bands == (BAND,)
    assert len(fitted.model.predict(sorted(scenes.glob("*/0.tif")))) == 2


def test_samples_and_comparisons(scenes: Path, tmp_path: Path) -> None:
    pytest.importorskip("torch")
    from headway.comparison import compare
    from headway.comparison.methods import fit_command
    from headway.dataset import read
    from headway.training import draw_augmented

    samples = draw_augmented(read(scenes), ["hflip"], resize="squash", bands=(4, 3, 2))
    assert samples.draw(samples.classes).axes[0].images
    heads = {head: Recipe(backbone="tiny", head=head) for head in ("centroid", "majority")}
    comparison = compare(scenes, heads, bands=(4,), cache=tmp_path / "cache")
    assert comparison.report.take == "centroid" and "--bands 4" in comparison.report.command
    assert fit_command(Recipe(bands=(4, 3, 2))) == "headway fit DATA --bands 4,3,2"


def test_recipes_and_keys() -> None:
    recipe = Recipe(bands=(4, 3, 2))
    assert parse(write_recipe(recipe)).recipe == recipe
    for bands in ((1, 2), (0,), (1001,), (True,), ("1",), (1.0,)):
        with pytest.raises(FieldError, match="bands must be one whole number for grey, or three"):
            Recipe(bands=bands)
    with pytest.raises(FieldError, match="bands must be a list"):
        Recipe(bands=4)  # type: ignore[arg-type]
    with pytest.raises(UserError, match="bands must be one whole number or three"):
        headway.embed(headway.demo.pictures(), "tiny", bands=(1, 2))
    names = [content.space_name(TINY, "squash", "fp32", ["head.mean"], bands=bands) for bands in ((), (1,), (1, 2, 3))]
    names += [content.facts_name("squash", 32, bands) for bands in ((), (1,))]
    names += [content.decoders_name(bands) for bands in ((), (1,))]
    assert len(set(names)) == len(names)
