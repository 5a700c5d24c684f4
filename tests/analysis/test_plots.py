"""The figures: they show the right numbers, and any name can be drawn."""

from __future__ import annotations

import io

import numpy as np
import pytest
from PIL import Image

from headway.analysis import VERDICTS, analyse, plots, spectrum
from headway.analysis.maps import lay_out
from headway.drawing.lettering import legible
from tests.analysis.test_columns import matrix


def drawn(figure) -> np.ndarray:
    file = io.BytesIO()
    figure.savefig(file, format="png")
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
    left, right = plots.information(report, report.evidence).axes
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
    figure = plots.panels(classes, features, labels, np.arange(5), ["x"] * 5, "Title")
    assert sum(axes.axison for axes in figure.axes) == 5
    assert len(figure.axes[0].get_yticks()) == min(count, plots.MOST_CLASSES)
    assert ("most frequent" in figure.get_suptitle()) == (count > plots.MOST_CLASSES)
    rows, places = lay_out(features, "pca")
    figure = plots.scatter(classes, places, labels[rows], "pca")
    assert (figure.axes[0].get_legend() is not None) == (count <= 20)
    assert drawn(figure).std() > 5


def test_any_name_can_be_drawn(analysed) -> None:
    features, labels, _ = analysed
    classes = ["$x$ {", "日本語", "a\nb\x1b", "_" * 200]
    names = ["$\\frac{$", "%", "", "\\"]
    picture = drawn(plots.panels(legible(classes), features, labels, np.arange(4, 8), names, "Title"))
    assert picture.std() > 5
    drawn(plots.scatter(legible(classes), np.zeros((300, 2), np.float32), labels, "umap"))


def test_features_that_are_all_alike_can_be_drawn() -> None:
    features, labels = np.ones((20, 3), np.float32), np.repeat([0, 1], 10)
    report = analyse(features, labels, {"a": 3})
    for figure in (plots.spread(report), plots.correlation(report), plots.information(report, report.evidence)):
        drawn(figure)
    drawn(plots.rank(spectrum(features), 3))
    drawn(plots.panels(["a", "b"], features, labels, np.arange(1), ["x"], "Title"))


def legend(axes) -> list[str]:
    return [text.get_text() for text in axes.get_legend().get_texts()]


def test_a_bar_of_few_features_is_seen_beside_one_of_many() -> None:
    features, labels = matrix(60, 900)
    features[:, :2] *= 1e-4
    features[:, 2] *= 1e-9
    axes = plots.spread(analyse(features, labels, {"a": 900})).axes[0]
    assert axes.get_yscale() == "log"
    assert axes.get_ylim()[0] < 1
    assert axes.get_xlim()[0] == pytest.approx(1e-3 / 1.2)
    assert "3 below 0.001" in axes.get_xlabel()
    edges = {patch.get_x() for container in axes.containers for patch in container}
    assert any(edge == pytest.approx(0.01) for edge in edges)  # no bar reaches over the limit


def test_each_bar_past_the_limit_of_correlation_says_why() -> None:
    source = np.random.default_rng(0)
    features, labels = source.normal(size=(200, 6)).astype(np.float32), np.arange(200) % 2
    features[:, 1] = 2 * features[:, 0]
    features[:, 4] = 1e-5 * features[:, 3]  # near-constant, and so none that the fourth repeats
    axes = plots.correlation(analyse(features, labels, {"a": 6})).axes[0]
    assert legend(axes) == [
        "repeats another: 1",
        "near-constant: 1",
        "kept, others repeat it: 1",
        "kept, those like it are left out: 1",
        "no repetition: 2",
    ]
    for patch in axes.containers[-1]:
        assert not patch.get_height() or patch.get_x() + patch.get_width() <= 0.95 + 1e-9
    assert any(patch.get_x() == pytest.approx(0.95) for patch in axes.containers[0])


def test_names_of_classes_stand_beside_the_middle_of_their_ridges(analysed) -> None:
    features, labels, _ = analysed
    classes = ["a", "b", "c", "d"][: labels.max() + 1]
    figure = plots.panels(classes, features, labels, np.arange(4, 5), ["colour[85]\nvalue, bin 6 of 16"], "Title")
    assert [tick % 1 for tick in figure.axes[0].get_yticks()] == pytest.approx([0.4] * len(classes))
    assert figure.axes[0].get_title(loc="left") == "colour[85]\nvalue, bin 6 of 16"
    assert "peak of its own" in figure.get_supxlabel() and "99.6 %" in figure.get_supxlabel()


def test_axes_have_names_and_plain_numbers(analysed) -> None:
    features, _, report = analysed
    assert [axes.get_ylabel() for axes in plots.information(report, report.evidence).axes] == ["features", "features"]
    axes = plots.rank(spectrum(features[:30]), 40).axes[0]
    axes.figure.canvas.draw()
    assert {"1", "10"} <= {text.get_text() for text in axes.get_xticklabels()}
    assert "at most 29" in axes.get_xlabel()


def test_few_pictures_are_spoken_of(analysed) -> None:
    features, labels, report = analysed
    few = analyse(features[:40], labels[:40], {"a": 40})
    assert "few pictures: 40" in plots.information(few, few.evidence).get_suptitle()
    assert any(
        text.startswith("no information shown: ") for text in legend(plots.information(few, few.evidence).axes[1])
    )
    assert "few" not in plots.information(report, report.evidence).get_suptitle()
