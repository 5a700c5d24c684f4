"""Which drawings a document has."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from headway.cli.plots import NAMES
from headway.drawing import figures, inline
from headway.facts.training import Epoch, Training
from headway.facts.transfer import Case, CurvePoint, Similarity
from tests.comparison.making import report as compared
from tests.comparison.making import row
from tests.drawing.test_scores import scores
from tests.model.making import CLASSES, report


def drawn(drawings) -> list[str]:
    """Draw them all."""
    for drawing in drawings.values():
        assert inline(drawing.draw(drawing.classes)).startswith("<svg")
    return list(drawings)


def test_a_fit_has_what_it_measured():
    bare = replace(report(), test=None)
    assert drawn(figures.fit(bare)) == []
    training = Training("all", 2, 1, 1, 1, (), False, (Epoch(1, 1.0, 0.5, 1.0, 0.5, 1e-3, 12.5),), None)
    data = replace(bare.data, by_part={"train": dict.fromkeys(CLASSES, 3)})
    whole = replace(bare, test=scores(3, 30, 2.0), training=training, data=data)
    found = drawn(figures.fit(whole))
    assert set(found) == set(NAMES["fit"]) - {"samples", "augmented"}
    older = replace(whole, test=replace(whole.test, reliability=None, coverage=()))
    assert set(found) - set(drawn(figures.fit(older))) == {"reliability", "coverage"}


def test_a_comparison_has_a_ranking_and_a_learning_curve():
    points = (CurvePoint(50, 0.7), CurvePoint(100, 0.8))
    case = Case(
        number=1, train=100, classes=2, large=False, curve=points, gain=0.1, similarity=Similarity(1, 1, 1, 1, True)
    )
    assert drawn(figures.comparison(compared([row("a", 0.9, p=None)], case))) == list(NAMES["compare"])
    assert drawn(figures.comparison(compared([row("a", 0.9, p=None)], replace(case, curve=points[:1])))) == ["ranking"]
    assert drawn(figures.comparison(replace(compared([row("a", 0.9, p=None)]), rows=()))) == []


@pytest.mark.parametrize("found", [{}, {1: [np.zeros((8, 8, 3), np.uint8)]}])
def test_samples_are_drawn_where_there_are_any(found):
    assert drawn(figures.samples(["a", "b"], found)) == ["samples"] * bool(found)
