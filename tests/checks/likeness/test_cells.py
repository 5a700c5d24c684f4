"""The search among very many vectors, by cells."""

from __future__ import annotations

import numpy as np
import pytest

from headway.checks.likeness import cells, engine
from headway.checks.likeness.nearest import nearest_pairs, reduce


@pytest.fixture
def vectors() -> np.ndarray:
    """Return vectors around 40 centres; each that comes before a multiple of 20 has a near copy there."""
    random = np.random.default_rng(0)
    centres = random.standard_normal((40, 64))
    some = (centres[random.integers(0, 40, 4000)] + random.standard_normal((4000, 64))).astype(np.float32)
    some[1::20] = some[::20] + 0.3 * random.standard_normal((200, 64)).astype(np.float32)
    return reduce(some)


def test_it_finds_nearly_what_the_exact_search_finds(vectors: np.ndarray, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cells, "_PROBES", 16)  # of 126 cells
    exact = set(map(tuple, nearest_pairs(vectors, most=10, least=0.5).tolist()))
    found = set(map(tuple, cells.nearly_all_pairs(vectors, most=10, least=0.5).tolist()))
    planted = {(row, row + 1) for row in range(0, 4000, 20)}
    assert planted <= exact
    assert len(planted & found) >= 0.99 * len(planted)
    assert len(found & exact) >= 0.95 * len(exact)


@pytest.mark.parametrize("at_once", [4096, 20])
def test_with_all_cells_it_finds_just_what_the_exact_search_finds(
    vectors: np.ndarray, monkeypatch: pytest.MonkeyPatch, at_once: int
) -> None:
    monkeypatch.setattr(cells, "_PROBES", 1000)
    monkeypatch.setattr(cells, "_AT_ONCE", at_once)  # cells in pieces
    found = cells.nearly_all_pairs(vectors, most=5, least=0.3)
    assert np.array_equal(found, nearest_pairs(vectors, most=5, least=0.3))


@pytest.mark.parametrize("n", [2, 3, 10, 300])
def test_vectors_that_are_all_the_same_are_found(n: int) -> None:
    same = np.zeros((n, 8), np.float32)
    same[:, 0] = 1
    assert len(np.unique(cells.nearly_all_pairs(same, most=3, least=0.5))) == n


def test_the_seed_decides(vectors: np.ndarray, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cells, "_PROBES", 2)
    one, same, other = (cells.nearly_all_pairs(vectors, most=10, least=0.2, seed=seed) for seed in (1, 1, 2))
    assert np.array_equal(one, same) and not np.array_equal(one, other)


def test_many_images_are_searched_by_cells(vectors: np.ndarray, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = []
    monkeypatch.setattr(cells, "nearly_all_pairs", lambda some, **_: asked.append(len(some)))
    engine._by_features(vectors, 0)
    monkeypatch.setattr(cells, "FEWEST", 4000)
    engine._by_features(vectors, 0)
    assert asked == [4000]
