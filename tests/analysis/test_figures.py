"""Which drawings an analysis has."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np

from headway import Recipe, read
from headway.analysis import analyse, figures, spectrum
from headway.analysis.study import study
from headway.cli.plots import NAMES

TINY = Recipe(backbone="tiny")


def test_a_study_is_drawn(pictures: Path) -> None:
    found = study(pictures, TINY)
    drawings = figures.draw(found)
    assert set(drawings) == set(NAMES["features"])
    for name, drawing in drawings.items():
        assert drawing.draw(drawing.classes).get_label(), name


def test_without_labels_nothing_is_drawn_by_class(pictures: Path) -> None:
    drawings = figures.draw(study(read([str(path) for path in sorted(pictures.rglob("*.png"))]), TINY))
    assert set(drawings) == {"spread", "correlation", "rank", "map"}
    [axes] = drawings["map"].draw(()).axes
    assert axes.get_legend() is None
    assert len(np.unique(axes.collections[0].get_facecolors(), axis=0)) == 1, "one colour"
    assert "classes" not in axes.figure.get_label()


def test_there_are_no_panels_of_features_that_do_not_vary(pictures: Path) -> None:
    labels = [path.parent.name for path in sorted(pictures.rglob("*.png"))]
    grey = read([np.full((32, 32, 3), 90 + place, np.uint8) for place in range(len(labels))], labels)
    found = study(grey, TINY)
    same = np.ones_like(found.features)
    report = analyse(same, found.labels, found.report.dims)
    drawings = figures.draw(replace(found, features=same, report=report, spectrum=spectrum(same)))
    assert set(NAMES["features"]) - set(drawings) == {"best", "worst"}
