"""The grid of augmented images shows the views that a network would be given."""

from __future__ import annotations

import numpy as np

from headway.dataset import read
from headway.images import load
from headway.training.grid import VIEWS, draw_augmented


def tiles(dataset, augment, **settings):
    """Return the rows of images that are drawn."""
    drawing = draw_augmented(dataset, augment, **{"resize": "squash", "size": 16, **settings})
    [axes] = drawing.draw(drawing.classes).axes
    images = [np.asarray(image.get_array()) for image in axes.images]
    return [images[start : start + VIEWS + 1] for start in range(0, len(images), VIEWS + 1)]


def dataset():
    source = np.random.default_rng(0)
    pictures = [source.integers(0, 256, (24, 24, 3), dtype=np.uint8) for _ in range(8)]
    return read(pictures, ["a", "a", "a", "a", "a", "b", "b", "c"])


def test_each_row_is_a_picture_and_its_views():
    data, labels = dataset(), []
    for original, *changed in tiles(data, ["hflip"], n=3):
        found = [np.array_equal(original, load(p, 16, "squash")) for p in data.pictures]
        labels.append(int(data.labels[found.index(True)]))
        assert all(np.array_equal(view, original) or np.array_equal(view, original[:, ::-1]) for view in changed)
        assert any(np.array_equal(view, original[:, ::-1]) for view in changed)
    assert sorted(labels) == [0, 1, 2]


def test_the_seed_decides():
    one, same, other = (np.array(tiles(dataset(), ["rotate=20"], seed=seed)) for seed in (1, 1, 2))
    assert np.array_equal(one, same) and not np.array_equal(one, other)


def test_mixed_pictures_without_labels_and_fewer_than_asked_for():
    pictures = [np.full((8, 8, 3), shade, np.uint8) for shade in (0, 200)]
    (dark, *mixed), _ = sorted(tiles(read(pictures), ["mixup=1"], size=8), key=lambda row: row[0].mean())
    assert any(0 < view.mean() < 200 for view in mixed) and dark.std() == 0
