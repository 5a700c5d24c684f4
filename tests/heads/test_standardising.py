import numpy as np
import pytest

from headway.errors import DataError
from headway.heads import standardise, unscaled


def test_columns_get_mean_0_and_deviation_1_over_several_chunks():
    features = np.random.default_rng(0).normal(100, 3, (9000, 3)).astype("float32")
    data = standardise(features)
    np.testing.assert_allclose(data.values.mean(axis=0), 0, atol=1e-5)
    np.testing.assert_allclose(data.values.std(axis=0), 1, atol=1e-5)
    np.testing.assert_allclose(data.values * data.scale + data.mean, features, atol=1e-3)


@pytest.mark.parametrize("value", [0.0, 0.1, 1e6])
def test_constant_column_has_scale_1(value):
    features = np.full((5000, 2), value, "float32")
    features[:, 1] = np.arange(5000)
    data = standardise(features)
    assert data.scale[0] == 1
    np.testing.assert_allclose(data.values[:, 0], 0, atol=1e-6 * max(value, 1))


def test_moments_of_a_part_are_those_of_its_rows():
    random = np.random.default_rng(0)
    features = random.normal(4, 2, (50, 6)).astype("float32")
    part = random.random(50) < 0.5
    data = standardise(features)
    mean, scale = data.in_raw_units(*(moment[0] for moment in data.part_moments(part[None])))
    np.testing.assert_allclose(mean, features[part].mean(axis=0), atol=1e-4)
    np.testing.assert_allclose(scale, features[part].std(axis=0), atol=1e-4)


def test_a_column_almost_silent_in_the_part_is_not_blown_up():
    features = np.random.default_rng(0).standard_normal((50, 3)).astype("float32")
    features[:, 0] = 0
    features[49, 0] = 1
    features[0, 0] = 1e-5
    part = np.arange(50) < 40
    data = standardise(features)
    _, scale = data.in_raw_units(*(moment[0] for moment in data.part_moments(part[None])))
    assert scale[0] == pytest.approx(0.01 * np.median(features[part].std(axis=0)), rel=1e-3)


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
def test_what_is_not_finite_is_named(bad):
    features = np.ones((4, 2), "float32")
    features[2, 1] = bad
    with pytest.raises(DataError, match=r"in 1 of 4 rows \(first: row 2"):
        standardise(features)


@pytest.mark.parametrize("shape", [(0, 3), (3, 0), (3,)])
def test_empty_matrices_are_refused(shape):
    with pytest.raises(DataError, match="at least one row"):
        standardise(np.ones(shape, "float32"))


def test_standardising_in_place_gives_the_same_and_copies_nothing():
    features = np.random.default_rng(0).normal(5, 2, (3000, 4)).astype("float32")
    expected = standardise(features)
    data = standardise(features, copy=False)
    assert data.values is features
    np.testing.assert_array_equal(data.values, expected.values)


def test_unscaled_features_are_centred_only_and_not_copied():
    features = np.random.default_rng(0).normal(5, 2, (50, 4)).astype("float32")
    data = unscaled(features)
    assert data.values is features
    parts = np.arange(50) % np.array([[3], [4]]) > 0
    mean, scale = data.part_moments(parts)
    np.testing.assert_allclose(mean, [features[part].mean(axis=0) for part in parts], atol=1e-5)
    assert (scale == 1).all()
    _, variances = data.spectrum
    expected = np.linalg.eigvalsh(np.cov(features.T, ddof=0))[::-1]
    np.testing.assert_allclose(variances, expected, rtol=1e-3)
    with pytest.raises(DataError, match="must be finite"):
        unscaled(np.full((2, 2), np.nan, "float32"))
