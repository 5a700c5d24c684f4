"""The figures: they show the right numbers, and any name can be drawn."""

from __future__ import annotations

import io
import sys

import numpy as np
import pytest
from PIL import Image

from headway.analysis import VERDICTS, analyse, plots, spectrum
from headway.analysis.maps import lay_out
from tests.analysis.test_columns import matrix


def drawn(figure) -> np.ndarray:
    file = io.BytesIO()
    plots.save(figure, file)
    with Image.open(file) as picture:
        assert picture.format == "PNG"
        return np.asarray(picture.convert("RGB"))


def heights(axes) -> float:
    """Return the number of features in the bars of a histogram of two stacked parts."""
    return sum(patch.get_height() for container in axes.containers for patch in container)


@pytest.fixture(scope="module")
def analysed():
    features, labels = matrix(300, 40)
    features[:, :2] = 7
    features[:, 2] = features[:, 3]
    return features, labels, analyse(features, labels, {"a": 10, "b": 30})


def test_histograms_count_every_feature_that_they_speak_of(analysed) -> None:
    _, _, report = analysed
    assert heights(plots.spread(report).axes[0]) == 38
    assert heights(plots.correlation(report).axes[0]) == (report.nearest >= 0).sum()
    left, right = plots.information(report).axes
    assert heights(left) == heights(right) == (report.verdict > VERDICTS.index("near-constant")).sum()
    [text] = [
        text.get_text() for text in plots.spread(report).axes[0].get_legend().get_texts() if "near" in text.get_text()
    ]
    assert text == f"near-constant: {(report.verdict == VERDICTS.index('near-constant')).sum()}"
    assert "2 constant" in plots.spread(report).axes[0].get_xlabel()


def test_the_curve_of_variances_ends_at_all_of_it(analysed) -> None:
    features, _, _ = analysed
    found = spectrum(features)
    axes = plots.rank(found, 40).axes[0]
    assert axes.lines[0].get_ydata()[-1] == pytest.approx(100)
    assert any(f"{found.effective_rank:,.1f}" in text.get_text() for text in axes.texts)


@pytest.mark.parametrize("count", [2, 5, 14, 30])
def test_panels_and_maps_for_few_and_many_classes(count: int) -> None:
    features, labels = matrix(300, 12, count)
    classes = [f"class {code}" for code in range(count)]
    figure = plots.panels(features, labels, classes, np.arange(5), ["x"] * 5, "Title")
    assert sum(axes.axison for axes in figure.axes) == 5
    assert len(figure.axes[0].get_yticks()) == min(count, plots.MOST_CLASSES)
    assert ("most frequent" in figure.get_suptitle()) == (count > plots.MOST_CLASSES)
    rows, places = lay_out(features, "pca")
    figure = plots.scatter(places, labels[rows], classes, "pca")
    assert (figure.axes[0].get_legend() is not None) == (count <= 20)
    assert drawn(figure).std() > 5


def test_any_name_can_be_drawn(analysed) -> None:
    features, labels, _ = analysed
    classes = ["$x$ {", "日本語", "a\nb\x1b", "_" * 200]
    names = ["$\\frac{$", "%", "", "\\"]
    picture = drawn(plots.panels(features, labels, classes, np.arange(4, 8), names, "Title"))
    assert picture.std() > 5
    drawn(plots.scatter(np.zeros((300, 2), np.float32), labels, classes, "umap"))


def test_features_that_are_all_alike_can_be_drawn() -> None:
    features, labels = np.ones((20, 3), np.float32), np.repeat([0, 1], 10)
    report = analyse(features, labels, {"a": 3})
    for figure in (plots.spread(report), plots.correlation(report), plots.information(report)):
        drawn(figure)
    drawn(plots.rank(spectrum(features), 3))
    drawn(plots.panels(features, labels, ["a", "b"], np.arange(1), ["x"], "Title"))


def test_without_matplotlib_it_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    assert plots.available()
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    monkeypatch.setitem(sys.modules, "matplotlib.figure", None)
    assert not plots.available()
