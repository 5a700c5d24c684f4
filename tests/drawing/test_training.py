"""Learning curves: what they say, and that nothing overlaps."""

from __future__ import annotations

import numpy as np
import pytest

from headway.drawing.training import curves
from headway.facts.training import Epoch
from tests.drawing.looking import texts

HISTORY = [Epoch(0, None, None, 2.3, 0.1, 0.0, 0.0)] + [
    Epoch(n, 2 / n, 1 - 1 / (n + 1), 2.2 / n + 0.05 * n, 0.8 - 0.5 / n, 1e-3, 1.0) for n in range(1, 9)
]


def test_it_says_what_was_kept():
    figure = curves(HISTORY, 6)
    assert {"training", "validation", "accuracy", "epoch", "kept: 0.667", "kept: 71.7 %"} <= texts(figure)
    assert figure.get_label().endswith("epoch 6 was kept, validation loss 0.667, accuracy 71.7 %")
    loss, accuracy = figure.axes
    np.testing.assert_allclose(loss.lines[0].get_ydata()[1:], [epoch.train_loss for epoch in HISTORY[1:]])
    np.testing.assert_allclose(accuracy.lines[1].get_ydata(), [epoch.validation_accuracy for epoch in HISTORY])


def test_nothing_is_marked_unless_it_is_said():
    assert not any("kept" in text for text in texts(curves(HISTORY)))


def test_a_run_that_diverged_at_once():
    assert "kept: 2.300" in texts(curves(HISTORY[:1], 0))
    assert not any("kept" in text for text in texts(curves([Epoch(1, None, None, None, None, 0.0, None)], 1)))


FLAT = [Epoch(n, 1.83, 0.3, 1.82 - 0.001 * n, 0.26, 1e-3, 1.0) for n in range(3)]


@pytest.mark.parametrize(("history", "best"), [(HISTORY, 6), (FLAT, 2)])
def test_nothing_overlaps_or_is_cut(history, best):
    figure = curves(history, best)
    figure.draw_without_rendering()
    (legend,) = figure.legends
    for axes in figure.axes:
        panel = axes.get_window_extent()
        assert not panel.overlaps(legend.get_window_extent())
        left, right = axes._left_title.get_window_extent(), axes._right_title.get_window_extent()
        assert left.y0 >= panel.y1 and right.y0 >= panel.y1 and left.x1 < right.x0
        assert figure.bbox.contains(right.x1, right.y1)
        for line in axes.lines:
            points = axes.transData.transform(line.get_xydata())
            points = points[~np.isnan(points).any(axis=1)]
            assert (points > (panel.x0 + 5, panel.y0 + 3)).all() and (points < (panel.x1 - 5, panel.y1 - 3)).all()
