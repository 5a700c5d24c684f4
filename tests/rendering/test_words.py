"""Names in messages."""

from __future__ import annotations

import pytest

from headway.rendering.words import some, some_counted


@pytest.mark.parametrize(
    ("name", "quoted"),
    [
        ("a\u200d\U0001f467", "'a\u200d\U0001f467'"),
        ("\u202e\u200c\n", "'\\u202e\u200c\\n'"),
        (r"a\u200d", r"'a\\u200d'"),
        ("\\\u200d", "'\\\\\u200d'"),
        ("it's", '"it\'s"'),
    ],
)
def test_letters_stay_joined_and_nothing_else_is_let_through(name: str, quoted: str) -> None:
    assert some([name]) == quoted


def test_counts_stand_outside_of_names() -> None:
    assert some_counted({"a": 1_000, "b": 2, "c": 3}, most=2) == "'a' (1,000), 'b' (2) and 1 more"
