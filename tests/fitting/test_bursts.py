"""Frames of one thing on both sides of a split overstate a score; whole groups, found by names, do not."""

import numpy as np
import pytest
from PIL import Image

import headway
from headway.recipe import Recipe

RECIPE = Recipe(backbone="tiny", precision="fp32", head="logistic", C=(1.0,), seed=1)
FRAMES = 4
TRAINED, UNUSED = 14, 14  # pictures of each class


def frame(picture, random):
    """The same picture, a little cut, brighter or darker."""
    width, height = picture.size
    left, top = random.uniform(0, 0.03, 2) * picture.size
    cut = picture.resize(picture.size, box=(left, top, left + 0.97 * width, top + 0.97 * height))
    pixels = np.asarray(cut) * random.uniform(0.93, 1.07) + random.normal(0, 3, (height, width, 3))
    return Image.fromarray(np.clip(pixels, 0, 255).astype(np.uint8))


@pytest.fixture(scope="module")
def planted(tmp_path_factory):
    """Bursts of half of the demo's pictures, and one frame of each other one."""
    root = tmp_path_factory.mktemp("planted")
    random = np.random.default_rng(0)
    for folder in sorted(path for path in headway.demo.pictures().iterdir() if path.is_dir()):
        files = random.permutation(sorted(folder.iterdir()))[: TRAINED + UNUSED]
        for number, file in enumerate(files):
            with Image.open(file) as opened:
                drawing = opened.convert("RGBA").resize((128, 128))
            picture = Image.alpha_composite(Image.new("RGBA", drawing.size, "white"), drawing).convert("RGB")
            bursts = number < TRAINED
            place = root / ("bursts" if bursts else "unused") / folder.name
            place.mkdir(parents=True, exist_ok=True)
            for one in range(FRAMES if bursts else 1):
                frame(picture, random).save(place / f"video{number}_{folder.name}_frame{one + 40:04}.jpg", quality=85)
    return root


def overstated(planted, **options):
    model = headway.fit(headway.read(planted / "bursts", **options), RECIPE)
    truth = headway.evaluate(model, planted / "unused").report.scores.accuracy
    return model.report.cross_validation.accuracy - truth


def test_a_naive_split_overstates_and_whole_groups_do_not(planted):
    assert overstated(planted, groups=False) > 0.25
    assert abs(overstated(planted)) < 0.1


def test_the_groups_are_found_by_names(planted):
    assert len(set(headway.read(planted / "bursts").groups.tolist())) == 8 * TRAINED
