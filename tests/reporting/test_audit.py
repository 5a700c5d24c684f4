"""The report of an audit."""

from __future__ import annotations

from dataclasses import replace

from headway import reporting
from headway.rendering.blocks import Caution, Line
from headway.reporting.parts import ClassSamples, Sentences
from tests.reporting import making

CLASSES = ["cat", "dog", "emu"]


def page_of(classes=CLASSES, *, report=None, **options):
    return reporting.audit_page(
        making.audit_report(classes) if report is None else report, making.audit_pictures(classes, **options)
    )


def section(page, name):
    return next(one for one in page.sections if one.id == name)


def test_sections():
    page = page_of(thumbnails=60)
    assert [one.id for one in page.sections] == ["verdict", "findings", "unchecked", "pictures", "map-of-pictures"]
    assert page.title == "photos"
    assert any(isinstance(part, ClassSamples) for part in section(page, "pictures").parts)


def test_the_verdict_counts_the_findings_and_says_the_worst():
    [sentences] = section(page_of(), "verdict").parts
    assert isinstance(sentences, Sentences)
    said = sentences.texts
    assert said[0] == "60 pictures, 4 checks: 2 severe findings, 1 warning, 1 note."
    assert said[1] == "2 checks cannot tell, as there is too little to go by."
    assert said[2].startswith("1 picture stands in several classes, in 2 files.")
    assert said[3].startswith("1 test picture is a copy of training pictures")
    assert said[4] == "1 more of these is below."


def test_what_cannot_be_told_is_grouped_by_what_is_lacking():
    lines = section(page_of(), "unchecked").parts
    assert lines == (Line("dark-or-bright, outliers (at least 100 pictures needed, 60 found)."),)


def test_without_findings_all_is_said_to_be_well():
    well = replace(making.audit_report(CLASSES), findings=(), unchecked=())
    page = page_of(report=well)
    assert [one.id for one in page.sections] == ["verdict", "pictures", "map-of-pictures"]
    [sentences] = section(page, "verdict").parts
    assert sentences.texts[1].startswith("Nothing was found that speaks against")


def test_severe_findings_stand_out():
    parts = section(page_of(), "findings").parts
    assert len([part for part in parts if isinstance(part, Caution)]) == 2


def test_without_pictures_neither_names_nor_pictures_are_in_it():
    html = reporting.to_html(page_of(has_names=False, has_map=False))
    assert ".jpg" not in html
    assert making.FOLDER not in html
    assert 'class="thumb' not in html
    assert "1 picture stands in several classes" in html


def test_no_name_breaks_out_of_it():
    hostile = ("</script><script>alert(1)</script>", "<img src=x onerror=alert(2)>", '"><svg onload=alert(3)>')
    html = reporting.to_html(page_of(hostile, thumbnails=60))
    for name in hostile:
        assert name not in html
    assert "&lt;img src=x onerror=alert(2)&gt;" in html
