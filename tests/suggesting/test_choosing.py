"""Which images are chosen, on planted clusters and probabilities."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from headway.suggesting import choose, margins

if TYPE_CHECKING:
    from headway.types import FloatArray, IntArray


def planted(sizes: list[int], seed: int = 0, spread: float = 0.05) -> tuple[FloatArray, IntArray]:
    """Clusters far apart: features (m, 20), and the cluster of each."""
    random = np.random.default_rng(seed)
    cluster = np.repeat(np.arange(len(sizes)), sizes)
    random.shuffle(cluster)
    features = np.eye(20)[cluster] + random.normal(0, spread, (len(cluster), 20))
    return features.astype(np.float32), cluster


def sure_of(margin: FloatArray) -> FloatArray:
    """Probabilities of two classes with these margins."""
    return np.stack([(1 + margin) / 2, (1 - margin) / 2], axis=1).astype(np.float32)


@pytest.mark.parametrize("seed", range(5))
def test_without_a_model_each_planted_cluster_is_found_once_the_largest_first(seed: int) -> None:
    sizes = [80, 40, 20, 10, 5]
    features, cluster = planted(sizes, seed)
    chosen = choose(features, 5, seed=seed)
    assert cluster[chosen.rows].tolist() == [0, 1, 2, 3, 4]
    assert chosen.sizes.tolist() == sizes


def test_without_a_model_it_is_the_one_nearest_to_the_middle() -> None:
    features, cluster = planted([30, 20])
    first = choose(features, 2).rows[0]
    own = features[cluster == 0] / np.linalg.norm(features[cluster == 0], axis=1, keepdims=True)
    nearest = np.linalg.norm(own - own.mean(axis=0), axis=1).argmin()
    assert first == np.flatnonzero(cluster == 0)[nearest]


@pytest.mark.parametrize("seed", range(5))
def test_with_a_model_the_uncertain_ones_of_each_cluster_are_chosen(seed: int) -> None:
    features, cluster = planted([50, 50, 50, 50], seed)
    random = np.random.default_rng(seed)
    margin = random.uniform(0.5, 1, len(features))
    uncertain = np.concatenate([random.choice(np.flatnonzero(cluster == one), 5, replace=False) for one in range(4)])
    margin[uncertain] = random.uniform(0, 0.3, len(uncertain))
    chosen = choose(features, 4, sure_of(margin), seed=seed).rows
    assert sorted(cluster[chosen].tolist()) == [0, 1, 2, 3], "by margins alone two would often be of one cluster"
    for row in chosen.tolist():
        assert margin[row] == margin[cluster == cluster[row]].min()
    assert (np.diff(margin[chosen]) > 0).all(), "the most uncertain first"


def test_uncertain_ones_are_preferred_to_certain_ones_of_other_clusters() -> None:
    features, cluster = planted([100, 100])
    margin = np.where(cluster == 0, 0.1, 0.9) + np.linspace(0, 0.05, len(cluster))
    assert (cluster[choose(features, 10, sure_of(margin)).rows] == 0).all()


def test_one_of_nearly_identical_images_is_enough() -> None:
    features, cluster = planted([40, 40, 40], spread=0.001)
    for probabilities in (None, sure_of(np.linspace(0, 1, 120))):
        chosen = choose(features, 10, probabilities)
        assert sorted(cluster[chosen.rows].tolist()) == [0, 1, 2]


@pytest.mark.parametrize("n", [12, 13, 100])
def test_a_pool_that_is_too_small_is_given_whole(n: int) -> None:
    features, _ = planted([4, 4, 4])
    margin = np.linspace(0.9, 0, 12)
    assert choose(features, n, sure_of(margin)).rows.tolist() == list(range(11, -1, -1))
    assert sorted(choose(features, n).rows.tolist()) == list(range(12))


def test_the_same_seed_gives_the_same_choice() -> None:
    features, _ = planted([60, 60, 60], spread=1)
    probabilities = sure_of(np.random.default_rng(1).uniform(0, 1, 180))
    for given in (None, probabilities):
        once, again, other = (choose(features, 20, given, seed=seed).rows.tolist() for seed in (0, 0, 1))
        assert once == again != other
        assert len(set(once)) == 20


def test_clusters_of_a_very_large_pool_are_learned_from_a_part(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("headway.suggesting.choosing._MOST_CLUSTERED", 60)
    features, cluster = planted([200, 150, 100])
    chosen = choose(features, 3)
    assert cluster[chosen.rows].tolist() == [0, 1, 2]
    assert chosen.sizes.tolist() == [200, 150, 100]


def test_features_of_zero_are_no_trouble() -> None:
    assert len(choose(np.zeros((5, 3), np.float32), 3).rows) >= 1


def test_margins() -> None:
    assert margins(np.array([[0.2, 0.5, 0.3], [1, 0, 0]], np.float32)) == pytest.approx([0.2, 1])
