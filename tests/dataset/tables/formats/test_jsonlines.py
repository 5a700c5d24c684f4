"""JSON lines as columns of values."""

import re

import pytest

from headway import read
from headway.errors import DataError


@pytest.fixture
def table(make, write):
    make("1.png", "2.png", "3.png", "4.png")

    def write_table(text, name="metadata.jsonl"):
        return write(f"data/{name}", text)

    return write_table


@pytest.mark.parametrize("name", ["metadata.jsonl", "x.ndjson", "X.JSONL"])
def test_an_object_on_each_line(table, name):
    path = table(
        '\ufeff{"file_name": "1.png", "label": 2}\n\n{"label": 1.0, "file_name": "2.png", "split": null}\n', name
    )
    dataset = read(path)
    assert dataset.classes == ("1", "2")
    assert dataset.source.columns == {"path": "file_name", "label": "label"}


def test_a_key_that_is_missing_is_empty(table):
    path = table('{"path": "1.png", "label": "a"}\n{"path": "2.png", "label": "b", "patient": 1}\n{"path": "3.png"}\n')
    with pytest.raises(DataError, match="1 row has none in column 'label', the first is line 3"):
        read(path)
    path = table('{"path": "1.png", "label": "a"}\n{"path": "2.png", "label": "b", "patient": 1}\n')
    assert read(path).groups.tolist() == [0, 1]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "is empty: each line must be an object such as"),
        ("{}\n", "is empty"),
        ('{"path": "1.png"\n', "line 1 of the table 'metadata.jsonl' is not valid JSON"),
        ('{"path": "1.png", "label": "a"}\n[1]\n', "line 2 .* must be an object such as .*, and is list"),
        ("[" * 100_000 + "\n", "line 1 .* is not valid JSON"),
        ('{"path": "1.png", "label": ' + "9" * 5000 + "}\n", "line 1 .* is not valid JSON"),
        ("x" * (2**20 + 1), "line 1 has over 1,048,576 characters"),
        (b"\xff\xfe\xfd", "must be UTF-8 text"),
        ("{" + ",".join(f'"k{i}": 1' for i in range(10_001)) + "}", "it has over 10,000 columns"),
        (
            '{"path": "1.png", "label": ["a"]}\n',
            "each row of column 'label' .* must hold one label, and one holds a list",
        ),
        ('{"path": "1.png", "label": {"a": 1}}\n', "one holds an object: Headway learns one label"),
        ('{"image": {"path": "1.png"}, "label": "a"}\n', "picture 0 is dict"),
        ('{"image": ["1.png"], "label": "a"}\n', "picture 0 is list"),
    ],
)
def test_wrong_lines(table, text, message):
    with pytest.raises(DataError) as caught:
        read(table(text))
    assert re.search(message, str(caught.value)), str(caught.value)
    assert "\n" not in str(caught.value)
