"""Recipes as TOML: what is written is read again."""

from __future__ import annotations

import tomllib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from headway import Recipe
from headway.errors import UserError
from headway.recipes import parse, write
from tests.recipes.strategies import VALUES, recipes

TEXT = st.text(max_size=20)
READING = st.fixed_dictionaries(
    {},
    optional={
        "label_pattern": TEXT,
        "group_column": TEXT,
        "class_names": st.one_of(TEXT, st.lists(TEXT), st.dictionaries(TEXT, TEXT)),
    },
)


@given(recipe=recipes(), reading=READING, comment=st.text(max_size=60))
def test_what_is_written_is_read_again(recipe, reading, comment) -> None:
    read = parse(write(recipe, reading, comment=comment))
    assert read.recipe == recipe
    assert read.reading == reading


def test_every_field_is_drawn() -> None:
    assert set(VALUES) == set(Recipe().to_dict())


@given(recipe=recipes())
def test_only_what_differs_is_written(recipe) -> None:
    written = tomllib.loads(write(recipe))
    default = Recipe().to_dict()
    assert set(written) == {key for key, value in recipe.to_dict().items() if value != default[key]}


def test_the_default_is_an_empty_text() -> None:
    assert write(Recipe()).strip() == ""


def test_half_of_a_pair_of_utf16_is_refused() -> None:
    with pytest.raises(UserError, match="cannot be written"):
        write(Recipe(backbone="a\udc80.onnx"))
