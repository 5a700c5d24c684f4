"""Blocks as Markdown and HTML: texts stay texts."""

from __future__ import annotations

from headway.rendering.blocks import Caution, Code, Heading, Line, table
from headway.rendering.html import html
from headway.rendering.markdown import markdown

HOSTILE = "<b>|x`*"


def test_markdown_shows_hostile_texts_as_they_are() -> None:
    text = markdown([Heading(HOSTILE), Line(HOSTILE), Caution(HOSTILE), Code("headway fit"), table(["a"], [[HOSTILE]])])
    assert "<b>" not in text
    assert text.count("&lt;b&gt;\\|x\\`\\*") == 4
    assert "    headway fit" in text


def test_markdown_passes_no_entity_and_no_escape_code_on() -> None:
    hostile = "&lt;b&gt; ~~x~~ \x1b[2J \udcff"
    text = markdown([Line(hostile), Code(hostile), table(["a"], [[hostile]])])
    assert "\x1b" not in text and "\udcff" not in text
    assert text.count("&amp;lt;b&amp;gt; \\~\\~x\\~\\~ \\\\x1b\\[2J") == 2


def test_html_escapes_every_text() -> None:
    text = html([Heading(HOSTILE), Line(HOSTILE), Caution(HOSTILE), Code(HOSTILE), table([HOSTILE], [[HOSTILE]])])
    assert "<b>" not in text
    assert text.count("&lt;b&gt;|x`*") == 6


def test_a_bold_row_stands_out_in_both() -> None:
    blocks = [table(["class", "n"], [["cat", "1"], ["dog", "2"]], bold=1)]
    assert "**dog**" in markdown(blocks)
    assert "**cat**" not in markdown(blocks)
    assert html(blocks).count("font-weight: bold") == 1
