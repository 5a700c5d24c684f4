"""Where in a TOML text a key stands."""

from __future__ import annotations

import time
import tomllib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from headway.recipes.lines import line_of
from headway.recipes.writing import write
from tests.recipes.strategies import recipes


@pytest.mark.parametrize(
    ("text", "keys", "line"),
    [
        ('head = "mlp"\n\nfolds = 3', ("folds",), 3),
        ('# folds = 2\nhead = "folds = 1"\nfolds = 3', ("folds",), 3),
        ('a = """\nfolds = 1\n"""\nfolds = 3', ("folds",), 4),
        ("[data]\nfolds = 1\n[recipe]\nfolds = 3", ("recipe", "folds"), 4),
        ("C = [\n  1,\n  2,\n]\n", ("C",), 1),
        ('"folds" = 3', ("folds",), 1),
        ('\n data . label_pattern = "x"', ("data", "label_pattern"), 2),
        ('\ndata = {label_pattern = "x"}', ("data", "label_pattern"), 2),
        ("\n\n[data]", ("data",), 3),
        ("\n[[data]]\na = 1", ("data",), 2),
        ('\n"f\\u006Flds" = 3', ("folds",), 1),
        ("data.class_names = [\n1]", ("data", "class_names"), 1),
        ("", ("folds",), 1),
    ],
)
def test_finds_the_line(text: str, keys: tuple[str, ...], line: int) -> None:
    assert line_of(text, *keys) == line


@given(recipe=recipes())
def test_finds_every_line_of_a_written_recipe(recipe) -> None:
    text = write(recipe)
    for number, line in enumerate(text.rstrip("\n").split("\n"), start=1):
        for key in tomllib.loads(line):
            assert line_of(text, key) == number


@given(text=st.text(max_size=200), key=st.text("abc.=[]\"' \\", min_size=1, max_size=5))
def test_never_fails(text: str, key: str) -> None:
    assert 1 <= line_of(text, "data", key) <= text.count("\n") + 1


def test_a_text_made_to_take_long_does_not() -> None:
    text = 'a = """\n' + "folds = 1\n" * 6_000 + '"""\nfolds = 3'
    start = time.perf_counter()
    assert line_of(text, "folds") == 1
    assert time.perf_counter() - start < 5
