"""What a search found, kept in the store."""

from __future__ import annotations

import numpy as np
import pytest

from headway.checks.likeness.remembering import name_of, recall, remember


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
