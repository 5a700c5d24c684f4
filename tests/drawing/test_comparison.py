"""The ranking of recipes, drawn."""

from __future__ import annotations

from headway.drawing.comparison import ranking
from tests.comparison.making import row
from tests.drawing.looking import is_whole, overlapping, texts


def test_each_recipe_has_its_interval_and_verdict():
    rows = [
        row("best", 0.9, 312, None),
        row("level", 0.89, p=0.3),
        row("a recipe of a very long name, indeed so", 0.5, p=0.01),
    ]
    figure = ranking(rows)
    [axes] = figure.axes
    segments = [[point[0] for point in segment] for lines in axes.collections for segment in lines.get_segments()]
    assert segments == [[each.low, each.high] for each in rows]
    said = texts(figure)
    assert {"best", "not distinguishable from it", "worse beyond chance", "90.0 %, 5 min", "89.0 %, 10.0 s"} <= said
    assert any("…" in text for text in said)
    assert "500 test pictures" in axes.get_xlabel()
    assert is_whole(figure) and overlapping(figure, axes.get_yticklabels()) == []


def test_verdicts_that_do_not_occur_are_not_explained():
    assert "worse beyond chance" not in texts(ranking([row("only", 1.0, p=None)]))
