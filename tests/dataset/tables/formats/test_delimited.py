"""CSV and TSV files as columns of values."""

import csv
import io

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from headway.dataset.tables.formats import open_table
from headway.dataset.tables.formats.delimited import DELIMITERS
from headway.errors import DataError


def read(path):
    """Return the header, the columns and where the rows stand."""
    table = open_table(path)
    values, where = table.fetch(table.header)
    return table.header, [list(column) for column in values], [where(row) for row in range(len(values[0]))]


@pytest.mark.parametrize(
    ("text", "header", "row"),
    [
        (
            '"path";"note, or other, text";"label"\n"1";"a, b";"x"\n',
            ["path", "note, or other, text", "label"],
            ["1", "a, b", "x"],
        ),
        ("path;weight, in g;label\n1;1,5;x\n2;2,5;y\n", ["path", "weight, in g", "label"], ["1", "1,5", "x"]),
        ("path,a;b,label\n1,2,x\n", ["path", "a;b", "label"], ["1", "2", "x"]),
        ("path|label\n1|x, y\n", ["path", "label"], ["1", "x, y"]),
        (" path , label \n1,x\n", ["path", "label"], ["1", "x"]),
        ("path,label,,\n1,x,,\n", ["path", "label"], ["1", "x"]),
        ("path\n1\n", ["path"], ["1"]),
        ("path;label", ["path", "label"], None),
    ],
)
def test_the_delimiter_divides_the_header_and_the_rows_alike(write, text, header, row):
    found, columns, _ = read(write("t.csv", text)) if row else (open_table(write("t.csv", text)).header, None, None)
    assert found == header
    assert row is None or [column[0] for column in columns] == row


def test_excel_may_declare_the_delimiter(write):
    header, columns, where = read(write("t.csv", "sep=|\r\npath|label;kind\r\n1|x;y\r\n"))
    assert (header, columns, where) == (["path", "label;kind"], [["1"], ["x;y"]], ["line 3"])
    assert open_table(write("u.csv", "sep=;")).header == []


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_unicode_with_a_mark_at_its_beginning(write, encoding):
    header, columns, _ = read(write("t.csv", "path\tlabel\né.png\tü\n".encode(encoding)))
    assert (header, columns) == (["path", "label"], [["é.png"], ["ü"]])


CELLS = st.text("ab1é ,;|\t\"'\n", max_size=6).map(str.strip)


@settings(max_examples=200, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(
    rows=st.lists(st.tuples(CELLS, CELLS, CELLS), min_size=3, max_size=8).filter(
        lambda rows: all(any(row) for row in rows)
    ),
    delimiter=st.sampled_from(DELIMITERS),
)
def test_quoted_text_with_any_delimiter_in_it_comes_back(write, rows, delimiter):
    text = io.StringIO()
    writer = csv.writer(text, delimiter=delimiter, quoting=csv.QUOTE_ALL)
    writer.writerows([("path", "a, note; or two | three", "label"), *rows])
    header, columns, _ = read(write("t.csv", text.getvalue()))
    assert header == ["path", "a, note; or two | three", "label"]
    assert [tuple(row) for row in zip(*columns, strict=True)] == rows


def test_a_large_table_is_sampled_evenly(write):
    table = open_table(write("t.csv", "number,kind\n" + "".join(f"{i},{i // 15_000}\n" for i in range(30_000))))
    numbers, kinds = table.sample()
    assert len(numbers) == len(set(numbers)) == 10_000
    assert 4500 < kinds.count("0") < 5500
    assert table.sample() == [numbers, kinds]


def test_very_many_columns_are_no_list_of_pictures(write):
    with pytest.raises(DataError, match="it has over 10,000 columns"):
        open_table(write("t.csv", ",".join(f"c{i}" for i in range(10_001))))
