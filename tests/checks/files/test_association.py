"""Ties between values and classes, against a search of all sets."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from headway.checks.files.association import accuracy_alone, count, strength, strongest_tie


def correlation(table: np.ndarray, values: tuple[int, ...], classes: tuple[int, ...]) -> float:
    """Of the indicators of both, image by image."""
    cells = table.astype(int)
    having = np.repeat(np.isin(np.indices(table.shape)[0], values).ravel(), cells.ravel())
    being = np.repeat(np.isin(np.indices(table.shape)[1], classes).ravel(), cells.ravel())
    if min(having.sum(), (~having).sum(), being.sum(), (~being).sum()) < 10:
        return 0.0
    return float(np.corrcoef(having, being)[0, 1])


@given(st.lists(st.lists(st.integers(0, 40), min_size=3, max_size=3), min_size=2, max_size=4))
def test_the_strongest_tie_is_that_of_a_search_of_all(cells: list[list[int]]) -> None:
    table = np.array(cells, np.float64)
    found = strongest_tie(table)
    sets = (range(len(table)), range(3))
    several = [[chosen for n in range(1, len(of)) for chosen in combinations(of, n)] for of in sets]
    best = max(
        [correlation(table, values, (one,)) for values in several[0] for one in sets[1]]
        + [correlation(table, (one,), classes) for classes in several[1] for one in sets[0]]
        if table.sum()
        else [0.0]
    )
    assert strength(table) == pytest.approx(max(best, 0.0), abs=1e-9)
    if found is None:
        assert best <= 1e-9
    else:
        assert correlation(table, tuple(found.values), tuple(found.classes)) == pytest.approx(found.phi)


def test_accuracy_is_of_each_image_by_the_others() -> None:
    rng = np.random.default_rng(0)
    codes, labels = rng.integers(0, 4, 60), rng.integers(0, 3, 60)
    right = 0
    for row in range(60):
        others = (np.arange(60) != row) & (codes == codes[row])
        right += bool(others.any()) and np.bincount(labels[others], minlength=3).argmax() == labels[row]
    assert accuracy_alone(count(codes, labels, 4, 3)) == right / 60
