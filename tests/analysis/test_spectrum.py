"""Effective rank, against what is known of simple matrices."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from headway.analysis import spectrum
from headway.analysis import spectrum as spectrum_function
from headway.analysis.spectrum import Spectrum, standardise


@given(n=st.integers(3, 40), d=st.integers(1, 40), seed=st.integers(0, 100))
@settings(deadline=None)
def test_variances_are_those_of_the_singular_values(n: int, d: int, seed: int) -> None:
    features = np.random.default_rng(seed).normal(3, 2, (n, d)).astype(np.float32)
    found = spectrum(features)
    z = (features - features.mean(axis=0)) / features.astype(np.float64).std(axis=0)
    expected = np.linalg.svd(z, compute_uv=False) ** 2
    np.testing.assert_allclose(found.variances, expected / expected.sum(), atol=1e-5)
    singular = np.sqrt(expected[expected > 1e-5 * expected[0]])
    share = singular / singular.sum()
    assert found.effective_rank == pytest.approx(np.exp(-(share * np.log(share)).sum()), rel=0.02)
    assert 1 <= found.participation_ratio <= found.effective_rank + 1e-6 <= min(n, d) + 1e-3


def test_repeated_features_add_no_rank() -> None:
    rng = np.random.default_rng(0)
    three = rng.normal(size=(100, 3))
    features = np.concatenate([three, 2 * three - 1, np.full((100, 2), 5)], axis=1).astype(np.float32)
    found = spectrum(features)
    assert found.effective_rank == pytest.approx(3, abs=0.1)
    assert found.directions(1.0) == 3
    assert found.directions(0.1) == 1


def test_constant_features_have_none() -> None:
    found = spectrum(np.ones((5, 4), np.float32))
    assert (found.effective_rank, found.participation_ratio, found.directions(0.9)) == (0, 0, 0)
    assert Spectrum(np.zeros(0), 0).effective_rank == 0


def test_many_pictures_are_sampled_the_same_way_each_time() -> None:
    features = np.random.default_rng(0).normal(size=(2_500, 8)).astype(np.float32)
    one, other = spectrum_function(features), spectrum_function(features)
    assert one.n == 2_000
    np.testing.assert_array_equal(one.variances, other.variances)


def test_standardised_is_float32_whatever_the_offset() -> None:
    features = np.array([[1e4, 2], [1e4 + 1, 2]], np.float32)
    np.testing.assert_allclose(standardise(features), [[-1, 0], [1, 0]])
    assert standardise(features).dtype == np.float32
