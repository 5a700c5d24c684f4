import os

import pytest

from headway.dataset.classnames import new_names
from headway.errors import DataError

FOUND = ["0", "1", "2"]
EXPECTED = {"0": "bread", "1": "dairy product", "2": "egg"}


@pytest.mark.parametrize(
    "text",
    [
        "0 bread\n1 dairy product\n2 egg\n",
        "0,bread\n1,dairy product\n2,egg",
        "0: bread\n1: dairy product\n\n2:\tegg\n",
        "\ufeff0\tbread\r\n1\tdairy product\r\n2\tegg\r\n",
        "2;egg\n0;bread\n1;dairy product\n3;unused",
        "id,name\n0,bread\n1,dairy product\n2,egg\n",
        "bread\ndairy product\negg\n",
        '{"0": "bread", "1": "dairy product", "2": "egg"}',
        '{"bread": 0, "dairy product": 1, "egg": 2}',
        ' ["bread", "dairy product", "egg"]',
    ],
)
def test_forms_of_the_file(write, text):
    assert new_names(FOUND, write("names", text)) == EXPECTED


def test_from_python():
    assert new_names(FOUND, ["bread", "dairy product", "egg"]) == EXPECTED
    assert new_names(FOUND, {0: "bread", 1: "dairy product", 2: "egg"}) == EXPECTED
    assert new_names(FOUND, None) is None


def test_codes_and_leading_zeros(write):
    assert new_names(["n01", "n02"], write("names", "n01 tench, Tinca\nn02 goldfish\n")) == {
        "n01": "tench, Tinca",
        "n02": "goldfish",
    }
    assert new_names(["00", "01"], {"0": "a", "1": "b"}) == {"00": "a", "01": "b"}


def test_names_that_begin_with_digits_are_names(write):
    assert new_names(["0", "1"], write("names", "7up\ncola\n")) == {"0": "7up", "1": "cola"}


def test_data_that_has_the_names_already():
    assert new_names(["bread", "egg"], ["bread", "egg", "soup"]) == {"bread": "bread", "egg": "egg"}


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("0 bread\n1 egg\n", "'2' has none there, only '0', '1'"),
        ("0 a\n1 a\n2 b", "'0' and '1' are both 'a'"),
        ("0 a\n0 b\n2 c", "names one class twice"),
        ("0 a\n1 b\nc\n2 d", "'c' differs from the others"),
        ("", "is empty"),
        ("{", "not valid JSON"),
        ('{"0": ["a"]}', "must give a name for each class"),
        ('{"0": ""}', "must give a name for each class"),
        ("[" * 100_000, "not valid JSON"),
        (b"\xff\xfe0\x00", "must be UTF-8"),
        (b"a\0b", "binary"),
        ("x" * (16 * 2**20 + 1), "too large"),
    ],
)
def test_wrong_files(write, content, message):
    with pytest.raises(DataError, match=message) as caught:
        new_names(FOUND, write("names", content))
    assert "\n" not in str(caught.value)


def test_no_such_file(tmp_path):
    with pytest.raises(DataError, match="cannot be read: No such file"):
        new_names(FOUND, tmp_path / "none.txt")
    with pytest.raises(DataError, match="not int"):
        new_names(FOUND, 7)


def test_only_files_are_opened(tmp_path):
    os.mkfifo(tmp_path / "pipe")
    for name, what in (("pipe", "a pipe or a device"), ("", "a folder"), ("nul\0", "null byte")):
        with pytest.raises(DataError, match=what):
            new_names(FOUND, str(tmp_path / name))
