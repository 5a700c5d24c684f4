import numpy as np
import pytest

from headway.errors import DataError
from headway.preparation import Transform, Vocabulary


def test_identity_is_no_copy():
    features = np.ones((3, 2), "float32")
    identity = Transform.identity()
    assert (identity.vocabularies, identity.columns) == ((), None)
    assert identity.apply(features) is features
    assert identity.apply(features, np.array([1, 1])).shape == (2, 2)
    assert identity.width(2) == 2


def test_bags_become_words_in_their_place_before_columns_are_kept():
    features = np.random.default_rng(0).uniform(1, 2, (2000, 12)).astype("float32")
    first = Vocabulary(1, 4, np.array([[1, 0], [0, 1], [0.7, 0.7]], "float32"))
    second = Vocabulary(8, 2, np.eye(2, dtype="float32"))
    whole = Transform((first, second), None)
    assert whole.width(12) == 11
    result = whole.apply(features)
    expected = [
        features[:, :1], first.encode(features[:, 1:5]), features[:, 5:8], second.encode(features[:, 8:10]),
        features[:, 10:],
    ]  # fmt: skip
    np.testing.assert_array_equal(result, np.concatenate(expected, axis=1))
    some = Transform((first, second), np.array([0, 2, 10]))
    assert some.width(12) == 3
    rows = np.array([5, 1, 1999])
    np.testing.assert_array_equal(some.apply(features, rows), result[rows][:, [0, 2, 10]])


def test_columns_of_rows_are_those_of_numpy():
    features = np.random.default_rng(0).standard_normal((3000, 9)).astype("float32")
    columns, rows = np.array([1, 4, 8]), np.random.default_rng(1).integers(0, 3000, 2500)
    np.testing.assert_array_equal(Transform((), columns).apply(features, rows), features[rows][:, columns])
    np.testing.assert_array_equal(Transform((), columns).apply(features), features[:, columns])


@pytest.mark.parametrize("columns", [[], [1, 1], [2, 1], [-1, 2], [[1]]])
def test_columns_must_ascend(columns):
    with pytest.raises(DataError, match="ascending"):
        Transform((), np.array(columns, "int64"))


def test_what_does_not_fit_is_said():
    words = np.eye(2, dtype="float32")
    with pytest.raises(DataError, match="not overlap"):
        Transform((Vocabulary(0, 4, words), Vocabulary(2, 4, words)), None)
    with pytest.raises(DataError, match="bag ends at feature 6, but there are only 5"):
        Transform((Vocabulary(2, 4, words),), None).apply(np.ones((1, 5), "float32"))
    with pytest.raises(DataError, match="feature 7 is read, but there are only 5"):
        Transform((), np.array([7])).apply(np.ones((1, 5), "float32"))
