"""Every shipped recipe, from the pictures to the model, on small stand-ins of the published data sets."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

import headway
from headway import recipes
from headway.cli.main import run
from headway.recipe import Recipe
from headway.recipes import names
from tests.recipes.standins import BUILDERS

EXPERIMENTS = Path(__file__).parents[2] / "docs" / "experiments.md"
# Made of formulas or small: the others convert a large network with random weights, which takes longer than 20 s.
QUICK = {"food11-scratch", "fruits-handmade-colour", "fruits-handmade"}
LEAST = {"keras:InceptionV3": 80, "keras:MobileNet": 64, "keras:ResNet50": 64, "alexnet": 64}


@pytest.fixture(scope="module")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One cache for all, so that each network is converted once."""
    return tmp_path_factory.mktemp("shared-cache")


def small(recipe: Recipe) -> Recipe:
    """Return a recipe with random weights, small pictures and few epochs."""
    if recipe.scratch != "none":
        return replace(recipe, image_size=48, epochs=2)
    if recipe.backbone in ("colour", "handmade"):
        return recipe
    less: dict[str, Any] = {"weights": "random", "image_size": LEAST.get(recipe.backbone, 32)}
    return replace(recipe, **less, epochs=1) if recipe.finetune != "none" else replace(recipe, **less)


@pytest.mark.filterwarnings("ignore::headway.errors.HeadwayWarning")  # the drawn pictures are few, and some alike
@pytest.mark.parametrize(
    "name", [pytest.param(name, marks=() if name in QUICK else pytest.mark.slow) for name in names()]
)
def test_it_runs_from_the_pictures_to_a_model(name: str, cache: Path, tmp_path: Path) -> None:
    named = recipes.read(name)
    data = headway.read(BUILDERS[name.partition("-")[0]](tmp_path), **named.reading)
    model = headway.fit(data, small(named.recipe), cache=cache)
    report = model.report
    test = report.test
    tested = len(data) // 5 if data.given is None else int((data.given == 2).sum())
    assert test.n == sum(cell.count for cell in test.confusion) == tested
    assert len(test.per_class) == len(data.classes)
    # Features of Inception with random weights are of 1e-4: with C = 1, scikit-learn learns nothing from these, either.
    if report.head.kind == "logistic" and report.training is None and name != "dogs-cats-inception":
        assert test.accuracy == 1, "each class has a colour and stripes of its own"
    trains = named.recipe.scratch != "none" or named.recipe.finetune != "none"
    assert (report.training is not None) == (trains or named.recipe.head.startswith("dense"))
    if name == "food11-vgg16-dense":
        assert (report.training.trained_parameters, report.training.parameters) == (52_411, 14_767_099)
    if not named.recipe.refit:
        assert report.before_refit is None
    model.save(tmp_path / "m.onnx")
    loaded = headway.load(tmp_path / "m.onnx")
    assert loaded.classes == data.classes
    [prediction] = loaded.predict(data.pictures[:1])
    assert prediction.label in data.classes


def test_the_command_line_reads_labels_as_the_recipe_says(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    root = BUILDERS["food11"](tmp_path / "food-11")
    file = tmp_path / "mine.toml"
    text = recipes.write(Recipe(backbone="tiny", head="centroid"), recipes.read("food11-scratch").reading)
    file.write_text(text, encoding="utf-8")
    target = str(tmp_path / "m.onnx")
    assert run(["fit", str(root), "--recipe", str(file), "-o", target, "--head", "logistic", "--json"]) == 0
    report = json.loads(capsys.readouterr().out)
    assert report["classes"][0] == "Bread"
    assert (report["backbone"]["name"], report["head"]["kind"]) == ("tiny", "logistic")
    assert run(["fit", str(root), "--recipe", "food11-scrach", "-o", target]) == 2
    assert "did you mean food11-scratch" in capsys.readouterr().err


def test_names_of_experiments_and_fields_are_filled() -> None:
    for name in names():
        named = recipes.read(name)
        assert named.recipe != Recipe()
        for field in ("title", "description", "folder", "layout", "figure", "differences"):
            assert getattr(named.about, field).strip(), (name, field)


@pytest.mark.parametrize("name", names())
def test_the_page_has_each_with_its_command_and_figure(name: str) -> None:
    page = EXPERIMENTS.read_text(encoding="utf-8")
    named = recipes.read(name)
    assert f"`{name}`" in page
    assert f"    {named.command}\n" in page
    if named.about.accuracy is not None:
        assert f"{named.about.accuracy:.4f}" in page
    for line in named.about.layout.splitlines():
        assert line in page


def test_a_stand_in_is_a_picture(tmp_path: Path) -> None:
    for name, build in BUILDERS.items():
        root = build(tmp_path / name)
        first = next(root.rglob("*.jpg"))
        with Image.open(first) as picture:
            assert picture.size[0] >= 32
