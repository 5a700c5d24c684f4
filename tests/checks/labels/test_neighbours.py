"""Labels of the most similar images."""

from __future__ import annotations

import numpy as np
import pytest

from headway.checks.labels import neighbours


@pytest.mark.parametrize("most", [10_000, 150])
def test_neighbours_vote_and_an_image_does_not_for_itself(most: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(neighbours, "_REFERENCES", most)
    monkeypatch.setattr(neighbours, "_BLOCK", 64)
    random = np.random.default_rng(0)
    labels = np.arange(300) % 3
    features = (5 * random.standard_normal((3, 20))[labels] + random.standard_normal((300, 20))).astype(np.float32)
    alone = labels.copy()
    alone[7] = 3
    counts = neighbours.votes(features, np.arange(300), alone, 4, seed=0)
    assert (counts.sum(axis=1) == 10).all()
    assert counts[7, 3] == 0 and counts[7, labels[7]] == 10
    assert (counts[np.arange(300), labels] >= 9).mean() > 0.95


def test_votes_raise_the_probability_of_the_class_around() -> None:
    random = np.random.default_rng(0)
    labels = np.arange(60) % 2
    features = (9 * labels[:, None] + random.standard_normal((60, 5))).astype(np.float32)
    together = neighbours.joined(np.full((60, 2), 0.5, np.float32), features, np.arange(60), labels, seed=0)
    np.testing.assert_allclose(together.sum(axis=1), 1, rtol=1e-5)
    assert (together[np.arange(60), labels] > 0.5).all()


def test_all_that_are_as_near_as_the_tenth_share_their_votes() -> None:
    features = np.zeros((40, 5), np.float32)
    labels = np.repeat([0, 1], [10, 30])
    counts = neighbours.votes(features, np.arange(40), labels, 2, seed=0)
    assert counts[0] == pytest.approx([10 * 9 / 39, 10 * 30 / 39])
