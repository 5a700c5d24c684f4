import numpy as np
import pytest

from headway.heads import parallel


@pytest.mark.parametrize("n", [1, 5, 1024, 2500])
def test_products_are_those_of_numpy(n):
    random = np.random.default_rng(0)
    values, left = random.standard_normal((n, 7), "float32"), random.standard_normal((3, 7), "float32")
    np.testing.assert_allclose(parallel.times_transposed(left, values), left @ values.T, atol=1e-4)
    other = random.standard_normal((3, n), "float32")
    np.testing.assert_allclose(parallel.times(other, values), other @ values, atol=1e-3)


def test_results_come_in_order_and_errors_come_through():
    assert parallel.each(lambda x: x * x, [3, 1, 2]) == [9, 1, 4]
    with pytest.raises(ZeroDivisionError):
        parallel.each(lambda x: 1 / x, [1, 0])


def test_same_bytes_on_any_number_of_cores(monkeypatch):
    values = np.random.default_rng(0).standard_normal((5000, 20), "float32")
    left = np.random.default_rng(1).standard_normal((4, 5000), "float32")
    results = []
    for cores in (1, 2, 5):
        monkeypatch.setattr(parallel, "cpu_count", lambda cores=cores: cores)
        results.append(parallel.times(left, values).tobytes())
    assert len(set(results)) == 1
