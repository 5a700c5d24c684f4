"""Drawings of scores: they show the right numbers, for few and many classes, everything right and everything wrong."""

from __future__ import annotations

import numpy as np
import pytest

from headway.calibration import Calibration
from headway.drawing.scores import MOST_CELLS_A_SIDE, confusion, coverage, reliability
from headway.drawing.style import BAD, GOOD
from headway.evaluation import score
from headway.facts.scores import ConfusionCell, CoveragePoint, Scores
from tests.drawing.looking import is_whole, overlapping, texts


def scores(k: int, n: int, strength: float, *, shift: int = 0) -> Scores:
    random = np.random.default_rng(k)
    labels = random.integers(0, k, n)
    logits = random.normal(size=(n, k)).astype("f4")
    logits[np.arange(n), (labels + shift) % k] += strength
    return score(logits, labels, Calibration(1.5), [str(place) for place in range(k)], 0)


@pytest.mark.parametrize("k", [2, 12, MOST_CELLS_A_SIDE])
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
    from matplotlib.colors import to_rgb

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


@pytest.mark.parametrize("found", [scores(3, 200, 2.0), scores(3, 30, 50.0), scores(3, 30, 50.0, shift=1)])
def test_reliability_and_coverage_show_the_facts(found):
    figure = reliability(found.reliability, found.ece_uncalibrated, found.ece)
    for place, bins in enumerate((found.reliability.before, found.reliability.after)):
        line = figure.axes[place].lines[-1]
        np.testing.assert_allclose(line.get_xdata(), [each.confidence for each in bins])
        np.testing.assert_allclose(line.get_ydata(), [each.accuracy for each in bins])
        assert sum(bar.get_height() for bar in figure.axes[2 + place].patches) == found.n
    assert f"after calibration: {100 * found.ece:.1f} % off on average" in texts(figure)
    assert is_whole(figure)

    figure = coverage(found.coverage)
    np.testing.assert_allclose(figure.axes[0].lines[0].get_xdata(), [point.coverage for point in found.coverage])
    assert is_whole(figure) and overlapping(figure, figure.axes[0].texts) == []
    assert f"of all pictures {100 * found.accuracy:.1f} % are right" in figure.get_label()
    figure.draw_without_rendering()
    panel = figure.axes[0].get_window_extent()
    assert all(text.get_window_extent().y0 >= panel.y0 for text in figure.axes[0].texts)


def test_where_half_of_the_mistakes_are_avoided_is_marked():
    points = [CoveragePoint(0.4, 1.0, 0.9), CoveragePoint(0.7, 0.95, 0.8), CoveragePoint(1.0, 0.9, 0.4)]
    assert "sure to 80 % or more:\n70 % decided, 95.0 % right" in texts(coverage(points))
    assert not any("sure to" in text for text in texts(coverage(points[-1:])))
