import numpy as np
import pytest

from headway.heads.spectrum import principal_components


@pytest.mark.parametrize(("n", "d"), [(200, 30), (30, 200)])
def test_same_as_the_exact_decomposition(n, d):
    random = np.random.default_rng(0)
    rows = (random.standard_normal((n, d)) * 2.0 ** -np.arange(d).clip(max=20)).astype("float32")
    components, variances = principal_components(rows, 4, np.random.default_rng(1), passes=6)
    _, singular, directions = np.linalg.svd(rows, full_matrices=False)
    np.testing.assert_allclose(variances, singular[:4] ** 2 / n, rtol=1e-3)
    np.testing.assert_allclose(np.abs(directions[:4] @ components), np.eye(4), atol=0.02)


@pytest.mark.parametrize("rank", [1, 3])
def test_fewer_where_the_rank_is_lower(rank):
    random = np.random.default_rng(0)
    rows = (random.standard_normal((50, rank)) @ random.standard_normal((rank, 20))).astype("float32")
    components, variances = principal_components(rows, 10, random, passes=2)
    np.testing.assert_allclose(components.T @ components, np.eye(components.shape[1]), atol=1e-4)
    assert (variances > 1e-4).sum() == rank


def test_rows_that_are_all_zero_vary_nowhere():
    _, variances = principal_components(np.zeros((5, 3), "float32"), 2, np.random.default_rng(0), passes=2)
    assert not variances.any()
