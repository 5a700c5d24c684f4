"""The page: complete in itself, small, the same bytes, and names stay text."""

import base64
import hashlib
import json
import re
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from headway import reporting
from headway.errors import OutputError
from tests.reporting import making

HOSTILE = [
    "</script><img src=x onerror=alert(1)>",
    "{{7*7}}{% raw %}",
    '"><svg onload=alert(1)>',
    "كلب صغير",
    "👩‍👩‍👧 family",
    "half \ud800 of a pair",
    "a\u202eb\nc",
]


class Outline(HTMLParser):
    """Collects elements, and refuses what is not well nested."""

    VOID = frozenset(("meta", "path", "br", "input", "link", "img"))

    def __init__(self, html):
        super().__init__()
        self.open, self.elements, self.text = [], [], []
        self.feed(html)
        self.close()
        assert not self.open

    def handle_starttag(self, tag, attrs):
        self.elements.append((tag, dict(attrs)))
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attrs):
        self.elements.append((tag, dict(attrs)))

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        self.text.append(data)


def fit_html(classes, **options):
    facts = {key: options[key] for key in ("n", "tested", "skill") if key in options}
    return reporting.to_html(
        reporting.fit_page(making.fit_report(classes, **facts), making.pictures(classes, **options))
    )


def data_of(html):
    return json.loads(re.search(r'<script type="application/json" id="data">(.*?)</script>', html, re.S)[1])


def test_a_line_never_ends_before_per_cent_and_commands_stay_as_they_are():
    html = reporting.to_html(reporting.fit_page(making.fit_report(["cat", "dog"], model="5 %.onnx")))
    assert "(95\u00a0% interval" in html
    assert "<code>headway evaluate &#39;5 %.onnx&#39; MORE-PICTURES/</code>" in html


def test_it_is_complete_in_itself():
    html = fit_html(["cat", "dog"], thumbnails=20)
    outline = Outline(html)
    assert [tag for tag, _ in outline.elements].count("h1") == 1
    tags = {tag for tag, _ in outline.elements}
    assert {"header", "nav", "main", "footer"} <= tags
    assert not tags & {"link", "iframe", "object", "embed", "base", "form", "img"}
    for _, attributes in outline.elements:
        assert "src" not in attributes
        assert attributes.get("href", "#").startswith("#")
        assert not [name for name in attributes if name.startswith("on")]
    assert re.findall(r"url\((?!data:|#)", html) == []
    assert "@import" not in html


def test_every_link_leads_somewhere_and_no_id_is_there_twice():
    for classes in (["cat", "dog"], [f"kind {place}" for place in range(40)]):
        outline = Outline(fit_html(classes, thumbnails=20))
        ids = [attributes["id"] for _, attributes in outline.elements if "id" in attributes]
        assert len(ids) == len(set(ids))
        links = {attributes["href"][1:] for _, attributes in outline.elements if "href" in attributes}
        assert links <= set(ids)
        labelled = {
            attributes["aria-labelledby"] for _, attributes in outline.elements if "aria-labelledby" in attributes
        }
        assert labelled <= set(ids)


def test_only_its_own_script_may_run():
    html = fit_html(["cat", "dog"])
    policy = re.search(r'Content-Security-Policy" content="([^"]*)"', html)[1]
    script = re.search(r'<script type="module">(.*)</script>\n</body>', html, re.S)[1]
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    assert "default-src 'none'" in policy
    assert f"script-src 'sha256-{digest}'" in policy.replace("&#39;", "'")


def test_the_same_facts_give_the_same_bytes():
    classes = [f"kind {place}" for place in range(12)]
    assert fit_html(classes, thumbnails=9) == fit_html(classes, thumbnails=9)


def test_names_with_markup_stay_text():
    html = fit_html(HOSTILE, n=140, tested=70, skill=1.0)
    outline = Outline(html)
    assert {tag for tag, _ in outline.elements}.isdisjoint({"img", "raw"})
    assert "alert(1)" in "".join(outline.text)
    assert "{{7*7}}" in html
    assert "49" not in re.findall(r"<th[^>]*>([^<]*)</th>", html)
    assert data_of(html)["classes"][0] == HOSTILE[0]
    assert "half \\ud800 of a pair" in html
    assert "a\\u202eb\\nc" in html
    assert "👩‍👩‍👧" in html
    html.encode()


@settings(max_examples=15, deadline=None)
@given(st.lists(st.text(min_size=1), min_size=2, max_size=4, unique=True))
def test_any_names_make_a_page(classes):
    html = fit_html(classes, n=40, tested=20, has_map=False)
    outline = Outline(html)
    assert [tag for tag, _ in outline.elements].count("script") == 2
    assert len(data_of(html)["classes"]) == len(classes)
    html.encode()


@pytest.mark.parametrize("has_names", [True, False])
def test_it_is_small_without_pictures(has_names):
    classes = [f"species number {place}" for place in range(200)]
    html = fit_html(classes, n=10_000, tested=2_000, has_names=has_names)
    assert len(html.encode()) < 300_000


def test_places_on_this_machine_are_not_in_it():
    html = fit_html(["cat", "dog"])
    html += reporting.to_html(
        reporting.evaluation_page(making.evaluation_report(["cat", "dog"]), making.pictures(["cat", "dog"], n=60))
    )
    assert not re.search(r"\bada\b", html)
    assert "/home" not in html
    assert "cat/00000.jpg" in html
    assert "cat/black.jpg" in html


def test_names_can_be_left_out():
    html = fit_html(["cat", "dog"], has_names=False)
    assert ".jpg" not in re.sub(r'<section class="section" id="use".*?</section>', "", html, flags=re.S)
    assert "neither pictures nor the names of their files" in html
    assert all(name is None for name, *_ in data_of(html)["pictures"])


def test_what_is_in_it_is_said_at_the_top():
    assert "small copies of pictures" in fit_html(["cat", "dog"], thumbnails=4)
    assert "names of pictures, and no pictures" in fit_html(["cat", "dog"])


def test_write(tmp_path):
    page = reporting.fit_page(making.fit_report(["cat", "dog"]))
    target = tmp_path / "photos.html"
    reporting.write_report(page, target)
    assert target.read_text() == reporting.to_html(page)
    reporting.check_report(target)  # it is ours: it may be replaced


def test_other_files_are_not_replaced(tmp_path):
    target = tmp_path / "thesis.html"
    target.write_text("<!DOCTYPE html><title>years of work</title>")
    with pytest.raises(
        OutputError, match="that Headway did not write, and is not replaced; give another place with --report"
    ):
        reporting.check_report(target)
    with pytest.raises(OutputError, match=r"must end in .html"):
        reporting.check_report(Path("report.pdf"))


def test_without_pictures_the_script_still_has_the_cells():
    report = making.fit_report([f"kind {place}" for place in range(40)])
    data = data_of(reporting.to_html(reporting.fit_page(report)))
    assert data["cells"] == [[cell.true, cell.predicted, cell.count] for cell in report.test.confusion]
    assert data["pictures"] == []
    assert len(data["classes"]) == 40


def test_endless_names_of_classes_are_cut():
    html = fit_html(["x" * 100_000, "y" * 100_000], has_map=False)
    assert len(html) < 1_000_000
    assert [len(name) for name in data_of(html)["classes"]] == [200, 200]


def test_what_is_long_by_nature_is_whole():
    classes = ["cat", "dog"]
    made = making.pictures(classes, n=1_000, thumbnails=1)
    [position] = made.thumbnails
    long = base64.b64encode(b"RIFF" * 2_000).decode()
    page = reporting.fit_page(making.fit_report(classes, n=1_000), replace(made, thumbnails={position: long}))
    html = reporting.to_html(page)
    assert f"url(data:image/webp;base64,{long})" in html
    for path in re.findall(r'<path class="points[^>]* d="([^"]*)"', html):
        assert re.fullmatch(r"(M\d+ \d+h0)+", path)
