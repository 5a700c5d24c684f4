"""Grids of pictures: each beside the name of its class, with its own pixels."""

from __future__ import annotations

import numpy as np

from headway.drawing.pictures import augmented, samples
from tests.drawing.looking import is_whole, overlapping, texts

TILES = [np.full((16, 16, 3), shade, np.uint8) for shade in (0, 90, 200)]


def test_a_row_of_pictures_for_each_class():
    figure = samples(["a", "b", "c"], {0: TILES, 2: TILES[1:]})
    [axes] = figure.axes
    assert [label.get_text() for label in axes.get_yticklabels()] == ["a", "c"]
    assert [int(image.get_array()[0, 0, 0]) for image in axes.images] == [0, 90, 200, 90, 200]
    assert "The 2 largest classes; 1 more are not drawn." in texts(figure)
    assert is_whole(figure) and overlapping(figure, axes.get_yticklabels()) == []
    middle = [(image.get_extent()[2] + image.get_extent()[3]) / 2 for image in axes.images]
    assert np.allclose(middle, [*[axes.get_yticks()[0]] * 3, *[axes.get_yticks()[1]] * 2])


def test_all_classes_need_no_word():
    assert samples(["a"], {0: TILES}).get_supxlabel() == ""


def test_augmented_pictures_are_beside_their_original():
    figure = augmented(["a", "long " * 30], [1, -1], [TILES, TILES], ["rotate=20", "hflip"])
    said = texts(figure)
    assert "no class" in said and any("rotate=20, hflip" in text for text in said)
    assert is_whole(figure)
    lefts = [image.get_extent()[0] for image in figure.axes[0].images[:3]]
    assert lefts[1] - lefts[0] > lefts[2] - lefts[1]
    assert "these changes: none" in augmented(["a"], [0], [TILES], []).get_supxlabel()
