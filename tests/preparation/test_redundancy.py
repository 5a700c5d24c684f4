"""Which features repeat another, against the table of all correlations."""

from __future__ import annotations

import warnings

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from headway.preparation import redundancy as redundancy_module
from headway.preparation.redundancy import redundancy
from tests.preparation.making import matrix


@given(
    n=st.integers(5, 50),
    d=st.integers(1, 40),
    seed=st.integers(0, 1000),
    limit=st.sampled_from([0.3, 0.6, 0.95, 0.999]),
)
@settings(deadline=None)
def test_the_nearest_other_is_that_of_numpy(n: int, d: int, seed: int, limit: float) -> None:
    features, _ = matrix(n, d, 2, seed)
    if d > 3:
        features[:, 3] = -2 * features[:, 0] + 1
        features[:, 1] = 7
    usable = np.arange(d) != 2
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(redundancy_module, "BLOCK_COLUMNS", 7)
        found = redundancy(features, usable, limit)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        table = np.nan_to_num(np.atleast_2d(np.corrcoef(features.astype(np.float64), rowvar=False)))
    np.fill_diagonal(table, 0)
    np.testing.assert_allclose(np.abs(found.correlation), np.abs(table).max(axis=0), atol=2e-5)
    for column in np.flatnonzero(found.nearest >= 0):
        assert table[column, found.nearest[column]] == pytest.approx(found.correlation[column], abs=2e-5)
    distinct = usable & (found.repeats < 0)
    size = np.abs(table)
    for column in range(d):
        other = found.repeats[column]
        if other >= 0:
            assert other < column
            assert distinct[other]
            assert size[column, other] >= limit - 2e-5
        elif distinct[column]:
            assert (size[column, :column][distinct[:column]] < limit + 2e-5).all()
        largest = size[column, :column][distinct[:column]].max(initial=0)
        assert found.earlier[column] == pytest.approx(largest, abs=2e-5)
