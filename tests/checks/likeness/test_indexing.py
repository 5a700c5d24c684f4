"""The index for very many vectors."""

from __future__ import annotations

import numpy as np
import pytest

from headway.checks.likeness import engine, indexing
from headway.checks.likeness.nearest import nearest_pairs, reduce
from headway.types import Silent


class Notes(Silent):
    def __init__(self) -> None:
        self.notes: list[str] = []

    def note(self, text: str) -> None:
        self.notes.append(text)


@pytest.fixture
def vectors() -> np.ndarray:
    random = np.random.default_rng(0)
    some = random.standard_normal((2000, 64)).astype(np.float32)
    some[1::20] = some[::20] + 0.1 * random.standard_normal((100, 64)).astype(np.float32)
    return reduce(some)


def test_it_finds_nearly_what_the_exact_search_finds(vectors: np.ndarray) -> None:
    pytest.importorskip("usearch")
    exact = set(map(tuple, nearest_pairs(vectors, most=5, least=0.5).tolist()))
    found = set(map(tuple, indexing.approximate_pairs(vectors, most=5, least=0.5).tolist()))
    assert {(row, row + 1) for row in range(0, 2000, 20)} <= exact
    assert len(found & exact) >= 0.98 * len(exact) and len(found - exact) <= 0.02 * len(exact)


def test_without_it_many_vectors_are_searched_exactly_and_how_long_is_said(
    vectors: np.ndarray, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(indexing, "FEWEST", 1000)
    monkeypatch.setattr(indexing, "is_installed", lambda: False)
    progress = Notes()
    pairs = engine._by_features(vectors, progress)
    assert np.array_equal(pairs, nearest_pairs(vectors, most=10, least=0.5))
    assert "headway[index]" in progress.notes[0]
