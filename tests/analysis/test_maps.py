"""Pictures on a plane."""

from __future__ import annotations

import sys
from types import SimpleNamespace

import numpy as np
import pytest

from headway.analysis import maps
from headway.analysis.maps import MAPS, check_map, lay_out
from headway.errors import DataError, MissingExtraError, UnknownNameError


def groups(n: int = 60) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(0)
    labels = np.arange(n) % 3
    return (rng.normal(size=(3, 20))[labels] * 8 + rng.normal(size=(n, 20))).astype(np.float32), labels


def neighbours_of_the_same_class(places: np.ndarray, labels: np.ndarray) -> float:
    distances = ((places[:, np.newaxis] - places) ** 2).sum(axis=2)
    np.fill_diagonal(distances, np.inf)
    return float((labels[distances.argmin(axis=1)] == labels).mean())


def test_pca_is_that_of_the_singular_vectors() -> None:
    features, _ = groups()
    rows, places = lay_out(features, "pca")
    z = (features - features.mean(axis=0)) / features.astype(np.float64).std(axis=0)
    u, s, _ = np.linalg.svd(z - z.mean(axis=0), full_matrices=False)
    np.testing.assert_allclose(np.abs(places), np.abs(u[:, :2] * s[:2]), atol=1e-3)
    assert rows.tolist() == list(range(60))


@pytest.mark.parametrize("method", ["pca", "tsne"])
def test_a_map_keeps_classes_together_and_is_the_same_each_time(method) -> None:
    features, labels = groups()
    _, places = lay_out(features, method)
    assert places.shape == (60, 2)
    assert places.dtype == np.float32
    assert neighbours_of_the_same_class(places, labels) > 0.9
    np.testing.assert_array_equal(places, lay_out(features, method)[1])


def test_umap_is_given_few_components_and_the_seed(monkeypatch: pytest.MonkeyPatch) -> None:
    seen = {}

    class Fake:
        def __init__(self, **options: object) -> None:
            seen.update(options)

        def fit_transform(self, components: np.ndarray) -> np.ndarray:
            seen["shape"] = components.shape
            return components[:, :2]

    monkeypatch.setitem(sys.modules, "umap", SimpleNamespace(UMAP=Fake))
    check_map("umap")
    _, places = lay_out(groups(9)[0], "umap", seed=3)
    assert places.shape == (9, 2)
    assert seen == {"n_neighbors": 8, "random_state": 3, "shape": (9, 9)}


def test_many_pictures_are_sampled_but_for_pca(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(maps, "_MOST_ROWS", 30)
    features, _ = groups()
    rows, places = lay_out(features, "tsne")
    assert len(rows) == len(places) == 30
    assert len(lay_out(features, "pca")[0]) == 60


@pytest.mark.parametrize("method", MAPS)
def test_constant_features_are_all_at_one_place(method: str) -> None:
    _, places = lay_out(np.full((10, 4), 2.5, np.float32), method)  # type: ignore[arg-type]
    assert places.shape == (10, 2) and not places.any()


def test_what_is_no_map_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    for refuse in (check_map, lambda method: lay_out(groups()[0], method)):
        with pytest.raises(UnknownNameError, match="did you mean tsne"):
            refuse("tsn")
    with pytest.raises(DataError, match="at least 3 pictures"):
        lay_out(np.zeros((2, 5), np.float32), "pca")
    monkeypatch.setitem(sys.modules, "umap", None)
    with pytest.raises(MissingExtraError, match=r"headway\[umap\]"):
        check_map("umap")
    assert MAPS == ("pca", "tsne", "umap")
