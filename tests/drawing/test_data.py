"""How many pictures each class has, drawn."""

from __future__ import annotations

import numpy as np

from headway.drawing.data import MOST_NAMED, class_distribution
from tests.drawing.looking import is_whole, overlapping, texts


def test_a_bar_for_each_class_and_part():
    by_part = {"train": {"a": 30, "b": 5}, "test": {"a": 6, "b": 0}}
    figure = class_distribution(["a", "b"], by_part)
    [axes] = figure.axes
    assert [[bar.get_width() for bar in bars] for bars in axes.containers] == [[30, 5], [6, 0]]
    assert [bar.get_x() for bar in axes.containers[1]] == [30, 5]
    assert {"training", "test", "36", "5", "a", "b", "pictures"} <= texts(figure)
    assert figure.get_label() == "Pictures of each class: 41 in 2 classes; largest: a (36), smallest: b (5)"
    assert is_whole(figure)


def test_data_without_splits_and_pictures():
    figure = class_distribution(["a", "b"], {"pictures": {"a": 0, "b": 0}})
    assert "0" in texts(figure) and figure.axes[0].get_legend() is None


def test_classes_of_one_size_are_said_once():
    figure = class_distribution(["a", "b"], {"pictures": {"a": 7, "b": 7}})
    assert figure.get_label() == "Pictures of each class: 14 in 2 classes; each has 7"


def test_very_many_classes_are_sizes():
    names = [f"class {place}" for place in range(MOST_NAMED)]
    counts = {name: 3 + place for place, name in enumerate(names)}
    named = class_distribution(names, {"train": counts})
    assert overlapping(named, named.axes[0].get_yticklabels()) == []
    figure = class_distribution([*names, "last"], {"train": {**counts, "last": 1}, "test": {**counts, "last": 9}})
    assert "largest: class 39 (84), smallest: class 0 (6)" in texts(figure)
    heights = figure.axes[0].collections[-1].get_datalim(figure.axes[0].transData).y1
    assert np.isclose(heights, 84)
    assert is_whole(figure)
