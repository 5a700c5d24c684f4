"""Files and pages: the same bytes, text as text, the page's colours, and nothing of the user's settings."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ElementTree

import matplotlib
import pytest
from PIL import Image

from headway.drawing import Drawing, inline, save
from headway.drawing.confusion import confusion
from headway.drawing.saving import is_ours
from headway.errors import OutputError
from headway.facts.scores import ConfusionCell

CELLS = [ConfusionCell(0, 0, 8), ConfusionCell(1, 0, 1), ConfusionCell(1, 1, 7)]
NAMES = ["<b>&\"'$x$", "a_日本語"]


def drawing(classes=NAMES):
    return Drawing(lambda names: confusion(names, CELLS), classes)


@pytest.mark.parametrize("suffix", ["svg", "PNG"])
def test_the_same_bytes_whatever_the_users_settings(tmp_path, suffix):
    save(drawing(), tmp_path / f"a.{suffix}")
    with matplotlib.rc_context({"font.size": 30, "axes.facecolor": "red", "svg.fonttype": "path"}):
        save(drawing(), tmp_path / f"b.{suffix}")
    assert (tmp_path / f"a.{suffix}").read_bytes() == (tmp_path / f"b.{suffix}").read_bytes()
    assert is_ours(tmp_path / f"a.{suffix}")


def test_names_are_text_in_svg_and_numbers_in_png_where_there_is_no_font(tmp_path, monkeypatch):
    shown = []
    monkeypatch.setattr("headway.drawing.saving.legible", lambda names: ("one", "two"))
    named = Drawing(lambda names: shown.append(tuple(names)) or confusion(names, CELLS), NAMES)
    save(named, tmp_path / "a.svg")
    save(named, tmp_path / "a.png")
    assert shown == [tuple(NAMES), ("one", "two")]
    root = ElementTree.parse(tmp_path / "a.svg").getroot()
    assert set(NAMES) <= {element.text for element in root.iter("{http://www.w3.org/2000/svg}text")}
    with Image.open(tmp_path / "a.png") as picture:
        assert picture.width > 500 and picture.info["Software"] == "Headway"


def test_another_kind_of_file_is_refused(tmp_path):
    with pytest.raises(OutputError, match=r"written as \.svg or \.png, and a\.jpg does not end so"):
        save(drawing(), tmp_path / "a.jpg")
    with pytest.raises(OutputError, match="no folder .*; give another place with --plots"):
        save(drawing(), tmp_path / "no" / "a.png")


def test_a_file_of_somebody_else_is_not_ours(tmp_path):
    Image.new("RGB", (9, 9)).save(tmp_path / "a.png")
    (tmp_path / "a.svg").write_text("<svg/>")
    assert not is_ours(tmp_path / "a.png") and not is_ours(tmp_path / "a.svg")


def test_within_a_page_it_takes_the_pages_font_and_colours():
    page = inline(confusion(NAMES, CELLS))
    assert page == inline(confusion(NAMES, CELLS))
    root = ElementTree.fromstring(page)  # well-formed
    assert root.tag == "svg" and root.attrib["role"] == "img"
    assert root.attrib["aria-label"] == "Confusion matrix of 2 classes: 15 of 16 pictures are right"
    assert root.attrib["width"] == "100%" and "height" not in root.attrib
    assert not re.search(r"DOCTYPE|<\?xml|<style|font-family|xlink|<script|http|<!--", page)
    assert set(re.findall(r"#[0-9a-f]{6}\b(?!-)", page)) == set(re.findall(r"(?<=, )#[0-9a-f]{6}(?=\))", page))
    assert {"var(--ink, #1f2937)", "var(--muted, #667085)", "var(--series-1, #0072b2)"} <= set(
        re.findall(r"var\(--[\w-]+, #\w+\)", page)
    )
    assert set(NAMES) <= {element.text for element in root.iter("text")}
    assert "what is taken for what" not in page, "the page has headings"


def test_names_are_not_taken_for_parts_of_a_drawing():
    odd = [' id="a" 0.12345 #0072b2', "font: 9px x; url(#b)", "<!-- c --><style>"]
    root = ElementTree.fromstring(inline(confusion(odd, [ConfusionCell(place, place, 1) for place in range(3)])))
    assert set(odd) <= {element.text for element in root.iter("text")}


def test_several_figures_stand_in_one_page():
    pages = [inline(confusion(names, CELLS)) for names in (["a", "b"], ["c", "d"])]
    ids = [set(re.findall(r' id="([^"]+)"', page)) for page in pages]
    assert all(ids) and not ids[0] & ids[1]
    for page, own in zip(pages, ids, strict=True):
        assert set(re.findall(r"(?:href=\"|url\()#([^\")]+)", page)) == own
