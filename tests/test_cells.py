"""Texts as cells: nothing that a terminal or a spreadsheet carries out, and as little changed as possible."""

from __future__ import annotations

import csv
import io
import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from headway.cells import path_cell, text_cell


@pytest.mark.parametrize("name", ["=1+1", "+cmd|' /C calc'!A0", "-2+3", "@SUM(1)", "\t=1", "\n=1", "＝1+1", "＠x"])
def test_what_a_spreadsheet_would_compute_is_a_text(name: str) -> None:
    assert text_cell(name) == f"'{name}"
    assert path_cell(name) == f"./{name}"


@pytest.mark.parametrize(
    "name", ["cat", "-1", "+1.5e3", "+", "-", "a=b", "p:=1", "x\ty\nz", "", "naïve 😀", "می\u200cخواهم"]
)
def test_anything_else_stays_as_it_is(name: str) -> None:
    assert text_cell(name) == path_cell(name) == name


def test_a_path_still_names_its_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("=1.png").touch()
    assert os.path.samefile(path_cell("=1.png"), "=1.png")


def test_what_moves_the_cursor_is_escaped_first() -> None:
    assert text_cell("a\x1b[2J\x9b\r") == "a\\x1b[2J\\x9b\\x0d"
    assert text_cell("\r=1+1") == "\\x0d=1+1"


@given(st.text())
def test_no_text_gets_through(text: str) -> None:
    stream = io.StringIO(newline="")
    csv.writer(stream).writerow([text_cell(text), path_cell(text)])
    ((one, other),) = csv.reader(io.StringIO(stream.getvalue(), newline=""))
    for cell in (one, other):
        assert not any((ord(c) < 32 and c not in "\t\n") or 127 <= ord(c) < 160 for c in cell)
        assert len(cell) < 2 or cell[0] not in "=+-@\t\n" or float(cell) is not None
