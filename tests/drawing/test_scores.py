"""Reliability and coverage show the facts, also where everything is right or wrong."""

from __future__ import annotations

import numpy as np
import pytest

from headway.calibration import Calibration
from headway.drawing.scores import coverage, reliability
from headway.evaluation import score
from headway.facts.scores import CoveragePoint, Scores
from tests.drawing.looking import is_whole, overlapping, texts


def scores(k: int, n: int, strength: float, *, shift: int = 0) -> Scores:
    random = np.random.default_rng(k)
    labels = random.integers(0, k, n)
    logits = random.normal(size=(n, k)).astype("f4")
    logits[np.arange(n), (labels + shift) % k] += strength
    return score(logits, labels, Calibration(1.5), [str(place) for place in range(k)], 0)


@pytest.mark.parametrize("found", [scores(3, 200, 2.0), scores(3, 30, 50.0), scores(3, 30, 50.0, shift=1)])
def test_reliability_and_coverage_show_the_facts(found):
    figure = reliability(found.reliability, found.ece_uncalibrated, found.ece)
    for place, bins in enumerate((found.reliability.before, found.reliability.after)):
        line = figure.axes[place].lines[-1]
        np.testing.assert_allclose(line.get_xdata(), [each.confidence for each in bins])
        np.testing.assert_allclose(line.get_ydata(), [each.accuracy for each in bins])
        assert sum(bar.get_height() for bar in figure.axes[2 + place].patches) == found.n
    assert f"after calibration: off by {100 * found.ece:.1f} points" in texts(figure)
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
    assert "80 % sure or more:\n70 % decided, 95.0 % right" in texts(coverage(points))
    assert not any("sure or more" in text for text in texts(coverage(points[-1:])))


@pytest.mark.parametrize("surest", [CoveragePoint(0.06, 0.66, 0.12), CoveragePoint(0.2, 0.75, 0.44)])
def test_words_at_the_left_cover_neither_the_axis_nor_the_curve(surest):
    falling = [CoveragePoint(share, 0.5 - share / 5, 0.1) for share in (0.3, 0.5, 0.7, 1.0)]
    figure = coverage([CoveragePoint(0.03, 0.0, 0.9), surest, *falling])
    figure.draw_without_rendering()
    panel, [words] = figure.axes[0], [text for text in figure.axes[0].texts if "sure or more" in text.get_text()]
    box = words.get_window_extent()
    assert box.x0 >= panel.get_window_extent().x0
    curve = panel.transData.transform(panel.lines[0].get_xydata())
    assert not any(box.contains(x, y) for x, y in curve)
