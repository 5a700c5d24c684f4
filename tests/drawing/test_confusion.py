"""The confusion matrix shows the right numbers, for few and for very many classes."""

from __future__ import annotations

import numpy as np
import pytest
from matplotlib.colors import to_rgb

from headway.drawing import Drawing, save
from headway.drawing.confusion import MOST_NAMED, confusion
from headway.drawing.style import BAD, GOOD
from headway.facts.scores import ConfusionCell
from tests.drawing.looking import is_whole, overlapping, texts
from tests.drawing.test_scores import scores


@pytest.mark.parametrize("k", [2, 12, MOST_NAMED])
def test_every_cell_of_a_matrix_has_its_number(k):
    found = scores(k, 30 * k, 2.5)
    figure = confusion([f"class number {place}" for place in range(k)], found.confusion)
    [axes] = figure.axes
    written = {
        (round(text.get_position()[1]), round(text.get_position()[0])): text.get_text()
        for text in axes.texts
        if text.get_text() != "right"
    }
    assert written == {(cell.true, cell.predicted): f"{cell.count:,}" for cell in found.confusion}
    assert overlapping(figure, [*axes.texts, *axes.get_yticklabels()]) == []
    assert is_whole(figure)
    row = [cell for cell in found.confusion if cell.true == 0]
    right = sum(cell.count for cell in row if cell.predicted == 0)
    assert f"{right} of {sum(cell.count for cell in row)}" in texts(figure)
    assert figure.get_label() == f"Confusion matrix of {k} classes: {found.right:,} of {found.n:,} pictures are right"


def test_shades_are_parts_of_the_true_class_and_text_on_them_is_legible():
    [axes] = confusion(["a", "b"], [ConfusionCell(0, 0, 30), ConfusionCell(0, 1, 10), ConfusionCell(1, 1, 5)]).axes
    shades = axes.collections[0].get_facecolor()
    assert [round(float(shade[3]), 3) for shade in shades] == [0.465, 0.195, 0.6]
    assert [tuple(shade[:3]) for shade in shades] == [to_rgb(GOOD), to_rgb(BAD), to_rgb(GOOD)]


def test_classes_without_pictures_are_left_out_and_said():
    figure = confusion([*"abcde"], [ConfusionCell(1, 1, 3), ConfusionCell(3, 4, 2)])
    assert {"b", "d", "e", "3 of 3", "0 of 2", "none occurs"} <= texts(figure)
    assert not {"a", "c"} & texts(figure)
    assert "Not drawn: 2 of 5 classes" in figure.get_supxlabel()


def test_many_classes_are_beside_the_pairs_that_are_most_confused():
    found = scores(200, 3000, 4.0)
    figure = confusion([f"species {place}" for place in range(200)], found.confusion)
    _, pairs = figure.axes
    worst = max((cell for cell in found.confusion if cell.true != cell.predicted), key=lambda cell: cell.count)
    assert pairs.get_yticklabels()[0].get_text() == f"species {worst.true}"
    assert pairs.texts[0].get_text() == f"{worst.count} × species {worst.predicted}"
    assert overlapping(figure, [*pairs.texts, *pairs.get_yticklabels()]) == []
    assert {"1", "200"} <= {text.get_text() for text in figure.axes[0].get_xticklabels()}
    right = confusion([str(place) for place in range(50)], [ConfusionCell(place, place, 1) for place in range(50)])
    assert "No picture is mistaken." in texts(right)


def test_twenty_thousand_classes_take_no_matrix_of_all_pairs(tmp_path):
    random = np.random.default_rng(0)
    pairs = np.unique(random.integers(0, 20_000, (30_000, 2)), axis=0).tolist()
    cells = [ConfusionCell(true, predicted, 1 + true % 3) for true, predicted in pairs]
    names = [str(place) for place in range(20_000)]
    save(Drawing(lambda classes: confusion(classes, cells), names), tmp_path / "a.svg")
    assert (tmp_path / "a.svg").stat().st_size < 1_000_000
