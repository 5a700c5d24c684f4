"""Slips: how many labels are wrong, and which."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from headway.checks.labels.slips import fit_slips


def draw(seed: int, n: int = 800, k: int = 6, share: float = 0.0) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Probabilities; labels drawn from them, but for a share that is drawn from the other classes; which these are."""
    random = np.random.default_rng(seed)
    probabilities = random.dirichlet([0.3] * k, n).astype(np.float32)
    cumulated = probabilities.astype(np.float64).cumsum(axis=1)
    labels = np.minimum((random.random(n)[:, None] > cumulated).sum(axis=1), k - 1)
    slips = np.arange(n) < round(share * n)
    labels[slips] = (labels[slips] + random.integers(1, k, slips.sum())) % k
    return probabilities, labels, slips


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("share", [0.05, 0.1, 0.2])
def test_the_share_is_estimated_and_what_is_probable_is_so_often(share: float, seed: int) -> None:
    probabilities, labels, slips = draw(seed, n=2000, share=share)
    found = fit_slips(probabilities, labels)
    assert found.share == pytest.approx(share, rel=0.35, abs=0.01)
    assert 0 < found.least <= share * 1.3 and found.evidence > 12
    likely = found.probability > 0.5
    assert slips[likely].mean() >= found.probability[likely].mean() - 0.1


def test_there_is_no_evidence_where_there_are_no_slips() -> None:
    evidence = [fit_slips(*draw(seed)[:2]).evidence for seed in range(40)]
    assert np.mean(np.array(evidence) > 6) <= 0.05 and max(evidence) < 12


def test_an_order_at_least_as_good_as_cleanlabs() -> None:
    rank = pytest.importorskip("cleanlab.rank")
    from sklearn.metrics import average_precision_score

    ahead = []
    for seed in range(10):
        probabilities, labels, slips = draw(seed, share=0.1)
        theirs = [
            average_precision_score(slips, 1 - rank.get_label_quality_scores(labels, probabilities, method=method))
            for method in ("self_confidence", "normalized_margin")
        ]
        ahead.append(average_precision_score(slips, fit_slips(probabilities, labels).order) - max(theirs))
    assert np.mean(ahead) > -0.005


@settings(deadline=None, max_examples=25)
@given(st.integers(0, 10**6))
def test_the_order_of_images_does_not_matter_and_a_surer_contradiction_is_more_probable(seed: int) -> None:
    probabilities, labels, _ = draw(seed, n=120, share=0.1)
    probabilities[:2], labels[:2] = [[0.05, 0.8, 0.05, 0.05, 0.03, 0.02], [0.01, 0.95, 0.01, 0.01, 0.01, 0.01]], 0
    found = fit_slips(probabilities, labels)
    rows = np.random.default_rng(seed).permutation(120)
    np.testing.assert_allclose(
        fit_slips(probabilities[rows], labels[rows]).probability, found.probability[rows], atol=1e-6
    )
    assert found.probability.min() >= 0 and found.probability.max() <= 1
    assert found.probability[1] >= found.probability[0]
