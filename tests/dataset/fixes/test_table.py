"""The file of a list of fixes: what is read, what is refused, and that nothing of it is lost."""

from __future__ import annotations

import csv
import io
import os
import tempfile
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from headway.dataset.fixes import COLUMNS, new_list, read_fixes
from headway.dataset.fixes.table import Fix
from headway.errors import DataError
from tests.dataset.fixes.making import write_list

ROWS = [
    Fix(2, "red/00.png", "blank", "drop", ""),
    Fix(3, "a, b.png", "wrong-labels", "relabel", "cat"),
    Fix(4, "ä.png", "", None, "cat"),
]
LINES = ["file,finding,decision,to", "red/00.png,blank,drop,", '"a, b.png",wrong-labels,Relabel , cat', "ä.png,,,cat"]


@pytest.mark.parametrize("mark", ["", "\ufeff"])
@pytest.mark.parametrize("newline", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_a_list_is_read_as_spreadsheets_save_it(tmp_path: Path, mark: str, newline: str, delimiter: str) -> None:
    records = list(csv.reader(LINES))
    text = io.StringIO(newline="")
    csv.writer(text, delimiter=delimiter, lineterminator=newline).writerows(records)
    (tmp_path / "f.csv").write_bytes((mark + text.getvalue()).encode())
    fixes = read_fixes(tmp_path / "f.csv")
    assert (list(fixes.rows), fixes.mistakes, fixes.delimiter) == (ROWS, (), delimiter)


def test_columns_may_stand_in_any_order_among_others(tmp_path: Path) -> None:
    path = write_list(
        tmp_path / "f.csv", ["!", "", "keep", "a.png", "blank"], header=["Mine", "TO", " decision", "file", "finding"]
    )
    assert read_fixes(path).rows == (Fix(2, "a.png", "blank", "keep", ""),)


def test_lines_are_counted_as_an_editor_shows_them(tmp_path: Path) -> None:
    (tmp_path / "f.csv").write_text('file,finding,decision,to,why\na,,drop,,"two\nlines"\n\n,,,,\nb,,drop,\n')
    assert [fix.line for fix in read_fixes(tmp_path / "f.csv").rows] == [2, 6]


@pytest.mark.parametrize(
    ("row", "message"),
    [
        (["b.png", "blank", "dorp", ""], "line 3: no decision is called 'dorp': did you mean drop"),
        (["b.png", "blank", "relabel", ""], "line 3: 'relabel' needs the name of a class in the column 'to'"),
        (["b.png", "blank", "group", " "], "line 3: 'group' needs the name of a group in the column 'to'"),
        (["", "blank", "drop", ""], "line 3: 'drop' is decided, and no file is named"),
        (["b.png", "blank", "drop", "", "more"], "line 3: there are 5 cells under 4 columns"),
    ],
)
def test_a_mistake_in_a_row_names_its_line(tmp_path: Path, row: list[str], message: str) -> None:
    path = write_list(tmp_path / "f.csv", ["a.png", "blank", "drop", ""], row)
    with pytest.raises(DataError) as error:
        read_fixes(path).refuse()
    assert str(error.value).startswith(f"{path}, {message}") and "more mistake" not in str(error.value)
    assert [fix.file for fix in read_fixes(path).rows] == ["a.png"]


def test_of_several_mistakes_the_first_is_named_and_the_others_are_counted(tmp_path: Path) -> None:
    path = write_list(tmp_path / "f.csv", *[["a.png", "blank", word, ""] for word in ("keep", "no", "yes", "relabel")])
    with pytest.raises(DataError, match=r"line 3: no decision is called 'no'.* \(2 more mistakes below\)$"):
        read_fixes(path).refuse()


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "line 1: .* must name the columns file, finding, decision, to, and it names none"),
        (b"file,finding,decision\n", "line 1: .* and 'to' is none of 'file', 'finding', 'decision'"),
        (b"file,finding,decision,to,to\n", "line 1: .* it has two 'to'"),
        (b"path,label\na.png,cat\n", "line 1: .* and 'file' is none of 'path', 'label'"),
        ("file,finding,decision,to\nä,,,".encode("latin-1"), "line 2: .* must be UTF-8 text: save it as UTF-8"),
        ("file,finding,decision,to\nä,,,".encode("utf-16"), "must be UTF-8 text"),
        (b"file,finding,decision,to\na\0,,,", "line 2: .* holds binary data"),
        (b'file,finding,decision,to\na,,drop,\n"b,,drop,', "not a valid table below line 2"),
        (b'file,finding,decision,to\n"a"b,,drop,', "not a valid table below line 1"),
        (b"PK\x03\x04" + bytes(range(256)), "must be UTF-8 text"),
    ],
)
def test_what_is_no_list_is_refused(tmp_path: Path, content: bytes, message: str) -> None:
    (tmp_path / "f.csv").write_bytes(content)
    with pytest.raises(DataError, match=message) as error:
        read_fixes(tmp_path / "f.csv")
    assert "\n" not in str(error.value) and "f.csv" in str(error.value)


def test_a_folder_a_pipe_and_nothing_are_refused(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="it is a folder, not a file"):
        read_fixes(tmp_path)
    with pytest.raises(DataError, match="there is no list of fixes .*`headway audit DATA --fixes FILE` writes one"):
        read_fixes(tmp_path / "none.csv")
    if hasattr(os, "mkfifo"):
        os.mkfifo(tmp_path / "pipe.csv")
        with pytest.raises(DataError, match="a pipe"):
            read_fixes(tmp_path / "pipe.csv")


def test_a_list_that_is_too_large_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("headway.dataset.fixes.table._MAX_BYTES", 2**20)
    (tmp_path / "f.csv").write_bytes(b"file,finding,decision,to\n" + b"a,,,\n" * 2**18)
    with pytest.raises(DataError, match="too large to be a list of fixes: it has over 1 MiB"):
        read_fixes(tmp_path / "f.csv")


@pytest.mark.parametrize(
    "before",
    [
        b"file,finding,decision,to\na.png,blank,drop,",
        b"\xef\xbb\xbffile;finding;decision;to;mine\r\na.png;blank;keep;;\xc3\xa4 \r\n",
        b'decision\tfile\tto\tfinding\n"drop"\t"b""c.png"\t\t\n\n',
    ],
)
def test_what_stands_in_a_list_stays_byte_for_byte(tmp_path: Path, before: bytes) -> None:
    path = tmp_path / "f.csv"
    path.write_bytes(before)
    fixes = read_fixes(path)
    assert fixes.with_rows([]) == before
    after = fixes.with_rows([{"file": "new.png", "finding": "blank", "decision": "", "to": "", "why": "seen"}])
    assert after.startswith(before)
    path.write_bytes(after)
    again = read_fixes(path)
    assert again.rows[:-1] == fixes.rows and again.rows[-1][1:4] == ("new.png", "blank", None)
    assert (again.columns, again.delimiter) == (fixes.columns, fixes.delimiter)


def test_a_mark_of_utf8_is_written_where_a_spreadsheet_needs_it() -> None:
    assert not new_list("f.csv").with_rows([{"file": "a.png"}]).startswith(b"\xef\xbb\xbf")
    assert new_list("f.csv").with_rows([{"file": "ä.png"}]).startswith(b"\xef\xbb\xbf")


@given(st.binary(max_size=200), st.booleans())
def test_any_bytes_are_a_list_or_one_line(content: bytes, headed: bool) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "f.csv"
        path.write_bytes(b"file,finding,decision,to\n" * headed + content)
        try:
            read_fixes(path).refuse()
        except DataError as error:
            assert "\n" not in str(error).replace(folder, "") and len(str(error)) < 1000


texts = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0\r"), max_size=20)


@given(st.lists(st.fixed_dictionaries({name: texts for name in COLUMNS if name != "decision"}), max_size=5))
def test_whatever_is_written_is_read_again(rows: list[dict[str, str]]) -> None:
    filled = [row | {"decision": "group", "file": f"{row['file']}.png", "to": f"x{row['to']}y"} for row in rows]
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "f.csv"
        path.write_bytes(new_list(path).with_rows(filled[:2]))
        path.write_bytes(read_fixes(path).with_rows(filled[2:]))
        fixes = read_fixes(path)
    assert not fixes.mistakes
    assert [(fix.file, fix.finding, fix.to) for fix in fixes.rows] == [
        (row["file"], row["finding"].strip(), row["to"]) for row in filled
    ]
