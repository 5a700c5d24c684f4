from __future__ import annotations

import sys
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
import pytest

from headway.heads import parallel, standardise
from headway.heads.span import Span, span_of, spares


def features(n: int = 1100, columns: int = 2500) -> Any:
    random = np.random.default_rng(0)
    return np.maximum(random.standard_normal((n, columns)), 0).astype(np.float32)


def basis(span: Span) -> Any:
    """Return the rows that the coordinates are along."""
    return span.on_columns(np.eye(span.values.shape[1], dtype=np.float32))


def test_features_are_products_with_an_orthonormal_basis() -> None:
    values = features()
    span = span_of(values)
    assert span.values.shape == (1100, 1100)
    np.testing.assert_allclose(span.values @ basis(span), values, atol=1e-4)
    np.testing.assert_allclose(basis(span) @ basis(span).T, np.eye(1100), atol=1e-4)


def test_one_column_of_the_basis() -> None:
    span = span_of(features(50, 120))
    np.testing.assert_allclose(span.column(7), basis(span)[:, 7], atol=1e-5)


@pytest.mark.parametrize("scale", [1e-3, 1, 1e4])
def test_rows_that_others_span_add_no_coordinate(scale: float) -> None:
    values = features(60, 300) * np.float32(scale)
    values[10:20], values[20], values[30] = values[:10], 0, values[31] + values[32]
    span = span_of(values)
    assert span.values.shape == (60, 48)
    np.testing.assert_allclose(span.values @ basis(span), values, atol=2e-4 * scale)


def test_rows_of_zeros_have_one_coordinate_that_says_nothing() -> None:
    span = span_of(np.zeros((3, 8), np.float32))
    assert span.values.shape == (3, 1)
    assert abs(span.values).max() < 1e-12
    assert not span.on_columns(np.ones((2, 1), np.float32)).any()


def test_same_bytes_on_any_number_of_cores(monkeypatch: pytest.MonkeyPatch) -> None:
    values, found = features(2100, 600), []
    for cores in (1, 3):
        monkeypatch.setattr(parallel, "cpu_count", lambda cores=cores: cores)
        with parallel.one_blas_thread():
            found.append(span_of(values).values.tobytes())
    assert found[0] == found[1]


def test_threads_share_one(monkeypatch: pytest.MonkeyPatch) -> None:
    found: list[Span] = []
    monkeypatch.setattr(
        sys.modules["headway.heads.standardising"], "span_of", lambda values: found.append(span_of(values)) or found[-1]
    )
    data = standardise(features(200, 500))
    with ThreadPoolExecutor(4) as pool:
        assert len({id(span) for span in pool.map(lambda _: data.span, range(8))}) == 1
    assert len(found) == 1


def test_it_is_worth_its_cost_where_columns_are_many() -> None:
    assert spares(100, 200)
    assert not spares(101, 200)
