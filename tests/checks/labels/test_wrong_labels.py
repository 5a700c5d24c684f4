"""301 wrong-labels."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

import headway
from headway.auditing.predicting import predict_out_of_fold
from headway.checks import Context, OutOfFold, TooLittle
from headway.checks.labels.neighbours import joined
from headway.checks.labels.slips import fit_slips
from headway.recipe import Recipe
from headway.types import Silent
from tests.checks.helpers import context, run, synthetic


def predicted(looked_at: Context) -> Context:
    """With predictions by classifiers that learn from the labels as they are."""
    found = predict_out_of_fold(looked_at.data, looked_at.hashes, looked_at.features, Recipe(), Silent()).predictions
    return replace(looked_at, predictions=found)


def relabelled(looked_at: Context, labels: np.ndarray) -> Context:
    return replace(looked_at, data=replace(looked_at.data, labels=labels))


@pytest.fixture(scope="module")
def drawings() -> Context:
    """The carried drawings, with features of the last layer of the carried network."""
    looked_at = context(headway.demo.pictures(), "efficientnet_lite0")
    return replace(looked_at, features=looked_at.features[:, -1280:])


@pytest.mark.parametrize(("rate", "precision", "recall"), [(0.05, 0.6, 0.4), (0.1, 0.7, 0.5)])
def test_flipped_labels_of_real_pictures_are_found(
    drawings: Context, rate: float, precision: float, recall: float
) -> None:
    random = np.random.default_rng(1)
    flipped = random.permutation(len(drawings))[: round(rate * len(drawings))]
    labels = drawings.labels.copy()
    labels[flipped] = (labels[flipped] + random.integers(1, 8, len(flipped))) % 8
    [found] = run("wrong-labels", predicted(relabelled(drawings, labels)))
    right = np.isin(found.rows, flipped)
    assert found.severity == "warning" or rate < 0.1  # 12 pictures are few
    assert right.mean() >= precision and right.sum() >= recall * len(flipped)
    assert rate / 2.5 < found.evidence["share"] < 2 * rate and found.evidence["least"] <= found.evidence["share"]
    assert min(found.values) > 0.5
    proposed = [drawings.data.classes.index(proposal.to) for proposal in found.proposals]
    assert (np.array(proposed) == drawings.labels[found.rows])[right].mean() > 0.7


def test_the_order_is_at_least_cleanlabs_on_real_pictures(drawings: Context) -> None:
    rank = pytest.importorskip("cleanlab.rank")
    from sklearn.metrics import average_precision_score

    ahead = []
    for seed in range(4):
        random = np.random.default_rng(seed)
        flipped = np.isin(np.arange(len(drawings)), random.permutation(len(drawings))[:24])
        labels = np.where(flipped, (drawings.labels + random.integers(1, 8, len(drawings))) % 8, drawings.labels)
        looked_at = predicted(relabelled(drawings, labels))
        assert looked_at.predictions is not None
        probabilities = looked_at.predictions.probabilities
        slips = fit_slips(probabilities, labels)  # by the same probabilities, without the neighbours
        theirs = 1 - rank.get_label_quality_scores(labels, probabilities)
        ahead.append(average_precision_score(flipped, slips.order) - average_precision_score(flipped, theirs))
        together = joined(probabilities, looked_at.features, np.arange(len(labels)), labels, looked_at.seed)
        [found] = run("wrong-labels", looked_at)
        suspicion = fit_slips(together, labels).order[found.rows].tolist()
        assert suspicion == sorted(suspicion, reverse=True)
    assert min(ahead) > -0.001


def test_labels_flipped_to_a_similar_class_are_found() -> None:
    looked_at, truth = _points(similar=True)
    random = np.random.default_rng(2)
    flipped = random.permutation(len(truth))[: len(truth) // 10]
    labels = truth.copy()
    labels[flipped] ^= 1  # classes 2i and 2i + 1 are neighbours
    [found] = run("wrong-labels", predicted(relabelled(looked_at, labels)))
    right = np.isin(found.rows, flipped)
    assert found.severity == "warning"
    assert right.mean() >= 0.8 and right.sum() >= 0.4 * len(flipped)


def test_clean_drawings_get_no_warning_though_a_fifth_is_predicted_wrongly(drawings: Context) -> None:
    looked_at = predicted(drawings)
    assert looked_at.predictions is not None and looked_at.predictions.accuracy(drawings.labels) < 0.9
    assert all(found.severity == "note" and len(found.rows) <= 3 for found in run("wrong-labels", looked_at))


@pytest.mark.parametrize("seed", range(5))
def test_labels_that_are_drawn_from_the_probabilities_get_no_warning(seed: int) -> None:
    random = np.random.default_rng(seed)
    probabilities = random.dirichlet([0.4] * 5, 400).astype(np.float32)
    labels = np.array([random.choice(5, p=row / row.sum()) for row in probabilities.astype(np.float64)])
    looked_at = synthetic(
        labels, random.standard_normal((400, 20)), predictions=OutOfFold(np.arange(400), probabilities)
    )
    assert all(found.severity == "note" for found in run("wrong-labels", looked_at))


def test_copies_count_once_and_are_all_listed() -> None:
    looked_at, truth = _points()
    labels = truth.copy()
    labels[[5, 6]] = truth[[5, 6]] = (truth[5] + 4) % 8  # both of one class, and of the same wrong label
    hashes = list(looked_at.hashes)
    hashes[6] = hashes[5]
    features = looked_at.features.copy()
    features[6] = features[5]
    labels[5] = labels[6]
    planted = predicted(replace(relabelled(looked_at, labels), hashes=hashes, features=features))
    [found] = run("wrong-labels", planted)
    assert found.evidence["labels"] == len(truth) - 1
    assert {5, 6} <= set(found.rows.tolist())


def test_small_classes_are_left_out_and_few_labels_are_too_little() -> None:
    looked_at, truth = _points()
    labels = truth.copy()
    labels[truth == 7] = 6
    labels[np.flatnonzero(truth == 7)[:3]] = 7
    probabilities = np.full((len(labels), 8), 0.01, np.float32)
    probabilities[np.arange(len(labels)), np.where(labels == 7, 0, labels)] = 0.93
    told = replace(relabelled(looked_at, labels), predictions=OutOfFold(np.arange(len(labels)), probabilities))
    assert not any(np.isin(np.flatnonzero(labels == 7), found.rows).any() for found in run("wrong-labels", told))
    few = replace(told, predictions=OutOfFold(np.arange(20), probabilities[:20]))
    with pytest.raises(TooLittle) as little:
        run("wrong-labels", few)
    assert (little.value.needs, little.value.found) == ("predictions", 20)
    with pytest.raises(TooLittle):
        run("wrong-labels", looked_at)


def _points(similar: bool = False) -> tuple[Context, np.ndarray]:
    """Clouds of points of 8 classes, of which two and two are near each other where they are ``similar``."""
    random = np.random.default_rng(0)
    truth = np.arange(640) % 8
    centres = 3 * random.standard_normal((8, 16))
    if similar:
        centres[1::2] = centres[::2] + 1.3 * random.standard_normal((4, 16))
    return synthetic(truth, centres[truth] + random.standard_normal((640, 16))), truth
