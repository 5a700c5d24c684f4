"""The report of an evaluation."""

from dataclasses import replace

from headway import reporting
from headway.rendering.blocks import Line
from headway.reporting.parts import Sortable
from tests.reporting import making

CLASSES = ["cat", "dog", "emu"]


def test_sections():
    page = reporting.evaluation_page(making.evaluation_report(CLASSES), making.pictures(CLASSES, n=60))
    assert [section.id for section in page.sections] == [
        "verdict", "next", "scores", "matrix-of-classes", "mistakes", "classes", "trust", "pictures", "map-of-pictures",
    ]  # fmt: skip
    assert page.title == "photos.onnx"


def test_what_does_not_fit_the_model_is_said():
    html = reporting.to_html(reporting.evaluation_page(making.evaluation_report(CLASSES)))
    assert "unknown to photos.onnx" in html
    assert "1 picture could not be read." in html
    named = reporting.evaluation_page(making.evaluation_report(CLASSES), making.pictures(CLASSES, n=60))
    [table] = [part for part in named.sections[-2].parts if isinstance(part, Sortable)]
    assert table.rows == (("cat/bad.jpg", "it ends early"),)


def test_models_of_an_older_headway_have_no_curves():
    report = making.evaluation_report(CLASSES)
    old = replace(report, scores=replace(report.scores, reliability=None, coverage=()), quarantined=())
    page = reporting.evaluation_page(old)
    assert "trust" not in [section.id for section in page.sections]
    assert all(isinstance(part, Line) for part in page.sections[-1].parts)
