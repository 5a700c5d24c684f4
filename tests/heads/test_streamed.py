"""Logistic regression in passes: the optimum of the solver that has all rows in memory."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from headway.calibration import softmax
from headway.heads import LogisticPath, StreamedLogistic, standardise, streamed, sums_of
from tests.heads.test_sums import rows


def solver(data: tuple[np.ndarray, ...], k: int, block: int = 64) -> StreamedLogistic:
    n = len(data[0])

    def read() -> Iterator[tuple[np.ndarray, ...]]:
        for start in range(0, n, block):
            yield tuple(part[start : start + block] for part in data)  # type: ignore[misc]

    return StreamedLogistic(read, sums_of(read(), data[0].mean(axis=0, dtype="float64"), k))  # type: ignore[arg-type]


def known(data: tuple[np.ndarray, ...], k: int) -> LogisticPath:
    features, labels, weights = data
    return LogisticPath(standardise(features), labels, weights[None], k)


@pytest.mark.parametrize("k", [2, 3, 12])
@pytest.mark.parametrize("weighted", [False, True])
def test_it_has_the_same_optimum_along_a_path_of_C(k: int, weighted: bool) -> None:
    features, labels, weights = rows(250, k=k)
    data = features, labels, weights if weighted else np.ones_like(weights)
    own, other = solver(data, k), known(data, k)
    for C in (1e-3, 0.1, 10.0):
        own.solve(C)
        other.solve(C)
        found, wanted = own.head(), other.head()
        for ours, theirs in ((found.weights[0], wanted.weights[0]), (found.logits(features), wanted.logits(features))):
            np.testing.assert_allclose(ours, theirs, atol=2e-3 * np.abs(theirs).max())
    assert own.passes_ < 150


@settings(max_examples=5, deadline=None)
@given(st.integers(20, 200))
def test_how_the_rows_are_cut_does_not_matter(block: int) -> None:
    data = rows(200, k=3)
    whole, cut = solver(data, 3, block=200), solver(data, 3, block=block)
    whole.solve(0.1)
    cut.solve(0.1)
    np.testing.assert_allclose(cut.coef_, whole.coef_, atol=1e-4)


def test_a_class_without_rows_and_a_constant_column_do_no_harm() -> None:
    features, labels, weights = rows(200, k=3)
    features[:, 2] = 4
    data = features, labels, weights
    own, other = solver(data, 5), known(data, 5)
    own.solve(0.1)
    other.solve(0.1)
    shares = (softmax(head.logits(features)) for head in (own.head(), other.head()))
    np.testing.assert_allclose(*shares, atol=1e-3)


def test_it_goes_on_from_another_one() -> None:
    features, labels, weights = rows(400, k=3)
    first = solver((features[:300], labels[:300], weights[:300]), 3)
    first.solve(1.0)
    fresh, on = solver((features, labels, weights), 3), solver((features, labels, weights), 3)
    on.go_on_from(first, first.solution)
    np.testing.assert_allclose(on.head().logits(features), first.head().logits(features), atol=1e-3)
    fresh.solve(1.0, gap=1e-7)
    on.solve(1.0, gap=1e-7)
    np.testing.assert_allclose(on.coef_, fresh.coef_, atol=2e-2)
    assert on.passes_ < fresh.passes_


def test_moves_of_many_weights_are_few(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(streamed, "_PAIR_BYTES", 0)
    own, other = solver(rows(), 4), known(rows(), 4)
    own.solve(0.1)
    other.solve(0.1)
    np.testing.assert_allclose(own.head().weights[0], other.head().weights[0], atol=2e-3)


def test_what_bends_the_wrong_way_is_not_remembered() -> None:
    memory = streamed._Memory(6)
    move = np.ones((2, 3))
    memory.learn(move, -move, 1.0)
    guess: Callable[[np.ndarray], np.ndarray] = lambda slope: slope / 2  # noqa: E731
    np.testing.assert_array_equal(memory.step(move, guess, 1.0), move / 2)
