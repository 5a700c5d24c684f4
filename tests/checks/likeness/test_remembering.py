"""What a search found, kept in the store."""

from __future__ import annotations

import numpy as np
import pytest

from headway.checks.likeness.remembering import name_of, name_of_sets, recall, recall_sets, remember, remember_sets


class Texts(dict[str, str]):
    def fact(self, name: str) -> str | None:
        return self.get(name)

    def put_fact(self, name: str, value: str) -> None:
        self[name] = value


def test_what_is_kept_comes_back() -> None:
    memory, pairs, agreements = Texts(), np.array([[0, 3], [1, 2]]), np.array([0.93, 0.99], np.float32)
    remember(memory, "name", pairs, agreements)
    found = recall(memory, "name", 4)
    assert found is not None
    assert np.array_equal(found[0], pairs) and np.allclose(found[1], agreements, atol=1e-6)
    assert recall(memory, "another", 4) is None


@pytest.mark.parametrize(
    "text", ["", "{}", '{"pairs": [[0, 9]], "agreements": [1]}', '{"pairs": [[0, 1]], "agreements": []}']
)
def test_what_is_damaged_is_not_used(text: str) -> None:
    assert recall(Texts(name=text), "name", 4) is None


def test_other_images_features_or_readings_have_another_name() -> None:
    features = np.zeros((2, 3), np.float32)
    names = {
        name_of([b"a", b"b"], features, "", 0),
        name_of([b"b", b"a"], features, "", 0),
        name_of([b"a", b"b"], features + 1, "", 0),
        name_of([b"a", b"b"], features, "/keras", 0),
        name_of([b"a", b"b"], features, "", 1),
    }
    assert len(names) == 5


def test_sets_that_are_kept_come_back() -> None:
    memory, sets = Texts(), [np.array([0, 3]), np.array([1, 2, 4])]
    remember_sets(memory, "name", sets)
    found = recall_sets(memory, "name", 5)
    assert found is not None and [rows.tolist() for rows in found] == [[0, 3], [1, 2, 4]]
    assert recall_sets(memory, "another", 5) is None


@pytest.mark.parametrize("text", ["", "{}x", "[[0, 9]]", "[[0]]", "[0, 1]", "[[[0, 1]]]", '[["a", "b"]]', "null"])
def test_damaged_sets_are_not_used(text: str) -> None:
    assert recall_sets(Texts(name=text), "name", 5) is None


def test_other_candidates_have_another_name() -> None:
    hashes = [b"a", b"b", b"c", b"d"]
    names = {
        name_of_sets(hashes, [np.array([0, 1])], ""),
        name_of_sets(hashes, [np.array([0, 2])], ""),
        name_of_sets(hashes, [np.array([0, 1]), np.array([2, 3])], ""),
        name_of_sets(hashes, [np.array([0, 1, 2, 3])], ""),
        name_of_sets(hashes, [np.array([0, 1])], "/keras"),
        name_of_sets([b"x", *hashes[1:]], [np.array([0, 1])], ""),
    }
    assert len(names) == 6
