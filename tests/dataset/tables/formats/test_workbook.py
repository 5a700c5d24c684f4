"""Excel workbooks as columns of values."""

import datetime
import io
import os
import re
import zipfile

import pytest

from headway import read
from headway.dataset.tables.formats import open_table, workbook
from headway.errors import DataError

openpyxl = pytest.importorskip("openpyxl")
pytest.importorskip("defusedxml")

ROWS = [["file", "label"], ["1.png", "a"], ["2.png", "b"]]


@pytest.fixture
def table(make):
    """Return a function that writes sheets of rows beside 1.png, 2.png and 0003.png, and returns the path."""
    root = make("1.png", "2.png", "0003.png")

    def write_table(*sheets, name="t.xlsx"):
        book = openpyxl.Workbook()
        book.remove(book.active)
        for rows in sheets:
            sheet = book.create_sheet()
            for row in rows:
                sheet.append(row)
        path = os.path.join(root, name)
        book.save(path)
        return path

    return write_table


def changed(path, change):
    """Write a workbook again, each part changed by ``change``, and return its path."""
    with zipfile.ZipFile(path) as old:
        parts = [(name, change(name, old.read(name))) for name in old.namelist()]
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as new:
        for name, content in parts:
            new.writestr(name, content)
    return path


def test_cells_as_their_user_sees_them(table):
    path = table([[], *ROWS, [], [3, 7.0]], [])
    dataset = read(path)
    assert dataset.classes == ("7", "a", "b")
    assert [os.path.basename(picture) for picture in dataset.pictures] == ["1.png", "2.png", "0003.png"]
    assert dataset.source.columns == {"path": "file", "label": "label"}
    values, where = open_table(table([["path", None, "taken", None], ["1.png", "x", datetime.date(2020, 1, 2)]])).fetch(
        ["taken"]
    )
    assert str(values[0][0]).startswith("2020-01-02")
    assert where(0) == "row 2"


@pytest.mark.parametrize(
    ("sheets", "message"),
    [
        ([[]], "is empty: its first row must name the columns"),
        ([ROWS, ROWS], "must have one sheet with rows, and has 'Sheet', 'Sheet1': save the one that is meant as CSV"),
        ([ROWS[:1]], "a header and no rows"),
        ([[*ROWS, ["9.png", "a"]]], r"1 of 3 files is not there, .*9.png' \(row 4 of"),
    ],
)
def test_wrong_sheets(table, sheets, message):
    with pytest.raises(DataError, match=message):
        read(table(*sheets))


def test_hostile_workbooks(table, monkeypatch):
    beginning = b'<?xml version="1.0"?>'
    assert len(read(changed(table(ROWS), lambda name, content: beginning + content.split(b"?>")[-1]))) == 2
    entities = beginning + b'<!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]>'
    for part in ("xl/workbook.xml", "xl/worksheets/sheet1.xml"):
        path = changed(
            table(ROWS),
            lambda name, content, part=part: entities + content.split(b"?>")[-1] if name == part else content,
        )
        with pytest.raises(DataError, match="is damaged or something else"):
            read(path)
    path = changed(table(ROWS), lambda name, content: content.replace(b'ref="A1:B3"', b'ref="A1:XFD1048576"'))
    assert len(read(path)) == 2
    path = changed(table(ROWS), lambda name, content: content[:200] if "sheet1" in name else content)
    with pytest.raises(DataError, match="is damaged or something else"):
        read(path)
    monkeypatch.setattr(workbook, "MAX_UNPACKED", 1000)
    with pytest.raises(DataError, match="it unpacks to over"):
        read(table(ROWS))


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04", b"path,label\n1.png,a\n", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"])
def test_other_files(table, content):
    path = table(ROWS)
    with open(path, "wb") as handle:
        handle.write(content)
    with pytest.raises(DataError) as caught:
        read(path)
    assert re.search(
        "must be an Excel workbook, and is damaged or something else: save its sheet as CSV", str(caught.value)
    )
    assert "\n" not in str(caught.value)


def test_an_archive_of_something_else(table):
    path = table(ROWS)
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        archive.writestr("1.png", b"")
    with open(path, "wb") as handle:
        handle.write(content.getvalue())
    with pytest.raises(DataError, match="is damaged or something else"):
        read(path)


def test_a_sheet_has_no_more_rows_than_the_format_allows(table, monkeypatch):
    path = table(ROWS)
    monkeypatch.setattr(workbook, "MAX_ROWS", 2)
    with pytest.raises(DataError, match="at most 2 rows, and one of the table 't.xlsx' has more"):
        read(path)
