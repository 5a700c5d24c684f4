"""Recipes against independent programs of what was published, in Keras and scikit-learn; each takes a minute or so."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image
from sklearn.linear_model import LogisticRegression

import headway
from headway import recipes
from headway.backbones import obtain
from headway.heads.parallel import one_blas_thread
from headway.session import Session

pytestmark = [pytest.mark.slow, pytest.mark.filterwarnings("ignore")]
SOLVERS, GRID = ("newton-cg", "lbfgs"), (0.1, 1.0, 10.0)


@pytest.fixture(scope="module")
def keras() -> Any:
    from headway.backbones.convert.keras import import_keras

    return import_keras()


def write_photo(path: Path, kind: int, number: int) -> None:
    """Write a picture of a class that is hard to tell: a JPEG of any shape, turned by its EXIF now and then."""
    random = np.random.default_rng((kind, number, *path.parent.name.encode()))
    height, width = random.integers(50, 300, 2)
    colour = np.random.default_rng(kind).uniform(60, 195, 3) + random.normal(0, 18, 3)
    waves = 30 * np.sin(np.arange(width) * (kind + 1) / 9 + random.uniform(0, 6))
    pixels = colour + waves[np.newaxis, :, np.newaxis] + random.normal(0, 40, (height, width, 3))
    exif = Image.Exif()
    exif[0x0112] = int(random.choice([1, 6, 8]))
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(np.clip(pixels, 0, 255).astype(np.uint8)).save(path, quality=90, exif=exif)


def food11(root: Path) -> Path:
    for split, count in (("training", 12), ("validation", 8), ("evaluation", 8)):
        for kind in range(11):
            # Classes of unequal size in training.
            for number in range(count + (3 * (kind % 3) if split == "training" else 0)):
                write_photo(root / split / f"{kind}_{number}.jpg", kind, number)
    return root


def of_keras(keras: Any, network: Any, paths: list[Path], size: int, preprocess: Any) -> Any:
    """Return the last maps of pictures as the published programs compute them, (n, h, w, C)."""
    loaded = [keras.utils.img_to_array(keras.utils.load_img(path, target_size=(size, size))) for path in paths]
    return np.asarray(network.predict(preprocess(np.stack(loaded)), verbose=0))


def in_keras_order(flat: Any, size: int) -> Any:
    side = size // 32
    return flat.reshape(len(flat), -1, side, side).transpose(0, 2, 3, 1)


@pytest.mark.parametrize(
    ("size", "scaling"), [(128, "network"), (150, "unit"), (224, "network")], ids=["dogs-cats", "flowers", "food11"]
)
def test_features_are_those_of_keras_from_the_file_on(keras: Any, size: int, scaling: Any, tmp_path: Path) -> None:
    network = keras.applications.VGG16(weights=None, include_top=False, input_shape=(size, size, 3))
    network.save_weights(weights := tmp_path / "own.weights.h5")
    paths = [tmp_path / "photos" / f"{number}.jpg" for number in range(6)]
    for number, path in enumerate(paths):
        write_photo(path, number, number)
    preprocess = (lambda x: x / 255) if scaling == "unit" else keras.applications.vgg16.preprocess_input
    with Session.open(tmp_path / "cache") as session:
        info = obtain("keras:VGG16", session, weights=str(weights), image_size=size, scaling=scaling)
    table = headway.embed(list(paths), info, decoding="keras", outputs=["head.mean", "flat"], cache=tmp_path / "cache")
    assert table.precision == "fp32"
    wanted = of_keras(keras, network, paths, size, preprocess)
    largest = np.abs(wanted).max()
    np.testing.assert_allclose(in_keras_order(table.read(names=["flat"]), size), wanted, rtol=0, atol=1e-4 * largest)
    pooled = wanted.mean(axis=(1, 2))
    np.testing.assert_allclose(table.read(names=["head.mean"]), pooled, rtol=0, atol=1e-4 * largest)


@one_blas_thread()  # scikit-learn's own would wait for each other
def test_the_grid_search_on_food11(keras: Any, tmp_path: Path) -> None:
    root = food11(tmp_path / "food-11")
    size = 32
    network = keras.applications.VGG16(weights=None, include_top=False, input_shape=(size, size, 3))
    network.save_weights(weights := tmp_path / "own.weights.h5")
    parts = {}
    for split in ("training", "validation", "evaluation"):
        paths = sorted((root / split).iterdir())
        maps = of_keras(keras, network, paths, size, keras.applications.vgg16.preprocess_input)
        parts[split] = maps.reshape(len(paths), -1), np.array([int(path.name.split("_")[0]) for path in paths])
    best, theirs = None, {}
    for C in GRID:
        for solver in SOLVERS:
            model = LogisticRegression(C=C, solver=solver, class_weight="balanced", max_iter=200)
            model.fit(*parts["training"])
            theirs[C, solver] = model.score(*parts["validation"])
            if best is None or theirs[C, solver] > best[0]:
                best = theirs[C, solver], model, C, solver
    named = recipes.read("food11-vgg16-logistic")
    recipe = named.recipe.with_settings({"weights": str(weights), "image_size": size})
    report = headway.fit(headway.read(root, **named.reading), recipe, cache=tmp_path / "cache").report
    ours = {(one.C, solver): one.accuracy for one in report.head.candidates for solver in one.solver}
    assert list(ours) == list(theirs)
    for tried, accuracy in theirs.items():
        assert ours[tried] == pytest.approx(accuracy, abs=3 / 88), tried
    accuracy, model, *tried = best
    assert theirs[report.head.C, report.head.solver] == pytest.approx(accuracy, abs=3 / 88)
    if tried == [report.head.C, report.head.solver]:
        assert report.test.accuracy == pytest.approx(model.score(*parts["evaluation"]), abs=3 / 88)
    assert report.test.accuracy > 0.2
