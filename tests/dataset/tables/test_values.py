"""What the values of a column look like."""

import numpy as np
import pytest

from headway.dataset.tables.values import Column


@pytest.mark.parametrize(
    ("values", "looks"),
    [
        (["a", "b"] * 4, {"is_categorical"}),
        ([1, 0] * 4, {"is_categorical", "is_numeric", "is_boolean"}),
        ([True, False] * 4, {"is_categorical", "is_boolean"}),
        (["yes", "NO"] * 4, {"is_categorical", "is_boolean"}),
        (["yes", "no", ""] * 4, set()),
        (["yes"] * 8, set()),
        (["0,5", "1,5"] * 4, {"is_numeric", "has_fractions"}),
        (["1.0", "2.0"] * 4, {"is_categorical", "is_numeric"}),
        ([1e-9, -2.5] * 4, {"is_numeric", "has_fractions"}),
        (list("abcdefgh"), set()),
        (["2020-01-02", "03.04.2021 10:00"] * 4, set()),
        (["a/1.png", "b.JPG"] * 4, {"ends_as_pictures"}),
        (["http://x", "http://y/1.png"] * 4, set()),
        (["http://x/0.png", "http://y/1.png"] * 4, set()),
        (["x" * 201, "y"] * 4, set()),
        (["train", "val"] * 4, {"is_categorical", "names_splits"}),
        (["test", "val"] * 4, {"is_categorical"}),
        ([None, float("nan")] * 4, set()),
        ([b"x" * 500] * 4, {"holds_pictures"}),
        ([None, np.zeros((2, 2))], {"holds_pictures"}),
        ([["a"], ["b"]] * 4, set()),
        ([], set()),
    ],
)
def test_looks(values, looks):
    column = Column("x", values)
    all_looks = (
        "is_categorical",
        "is_numeric",
        "is_boolean",
        "has_fractions",
        "names_splits",
        "holds_pictures",
        "ends_as_pictures",
    )
    assert {look for look in all_looks if getattr(column, look)} == looks
