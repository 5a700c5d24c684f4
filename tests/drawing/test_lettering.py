"""Names in any script are drawn, or become numbers; none is taken for a formula."""

from __future__ import annotations

import pytest
from matplotlib.figure import Figure

from headway.drawing import lettering
from headway.drawing.lettering import is_legible, label, legible, use_fonts


def test_names_of_many_scripts_are_legible():
    assert all(map(is_legible, ["cat", "kočka", "жук", "γάτα", "قطط", "a b\tc", ""]))
    assert legible(["cat", "\U00012000", "жук"]) == ("cat", "class 2", "жук")


@pytest.mark.parametrize(
    ("name", "most", "expected"),
    [
        ("short", 5, "short"),
        ("a_$b$", 20, "a_$b$"),
        ("a\nb\x1b\ud800", 20, "a?b??"),
        ("x" * 40 + "end", 10, "xxxxx…xend"),
        ("日本語の名前", 8, "日本…前"),
    ],
)
def test_a_name_fits_on_one_line(name, most, expected):
    assert label(name, most) == expected


def test_a_name_of_a_million_letters_is_cut_at_once():
    assert label("x" * 1_000_000 + "end", 10) == "xxxxx…xend"


def test_fonts_of_this_machine_are_used_where_the_usual_one_has_no_letters(monkeypatch):
    usual, *_ = lettering._fonts()
    fonts = (usual, lettering._Font("Latin Again", frozenset(b"ab")), lettering._Font("Private", frozenset([0x12000])))
    monkeypatch.setattr(lettering, "_fonts", lambda: fonts)
    figure = Figure()
    plain, odd = figure.text(0, 0, "abc"), figure.text(0, 0, "a \U00012000")
    before = plain.get_fontfamily()
    use_fonts(figure)
    assert plain.get_fontfamily() == before
    assert odd.get_fontfamily() == ["DejaVu Sans", "Private"]
    assert is_legible("\U00012000") and not is_legible("\U00012001")


def test_a_font_is_loaded_where_it_is(monkeypatch):
    assert lettering._load("no-such-font.ttf") is None
    loaded = lettering._load("DejaVuSans.ttf")
    if loaded is not None:  # where the system has it
        assert loaded.family == "DejaVu Sans" and ord("ж") in loaded.letters


def test_marks_without_a_width_of_their_own_are_cut_too():
    assert len(label("e" + "\u0301" * 100_000)) < 300
