"""Whether probabilities are to be believed, and another calibration where they are not."""

from __future__ import annotations

import numpy as np
import pytest

from headway import metrics
from headway.calibration import Calibration, fit_calibration, log_softmax, softmax
from headway.recalibration import Predictions, chance_error, check, fit, other_for
from headway.search import HEADS, search
from headway.splits import folds


def predictions(logits: np.ndarray, labels: np.ndarray) -> Predictions:
    return Predictions.of(logits.astype(np.float32), labels)


def drawn(probabilities: np.ndarray, seed: int) -> np.ndarray:
    """Draw a label for each row."""
    below = probabilities.cumsum(axis=1) < np.random.default_rng(seed).random((len(probabilities), 1))
    return np.minimum(below.sum(axis=1), probabilities.shape[1] - 1)


def true_logits(n: int, k: int, seed: int = 0) -> np.ndarray:
    return 2 * np.random.default_rng(seed).standard_normal((n, k))


def test_a_true_model_is_above_the_limit_once_in_a_hundred_times():
    random, alarms, n = np.random.default_rng(0), 0, 600
    confidence = random.uniform(0.3, 1, 400)
    limit = chance_error(confidence, np.ones(400, np.float32), np.arange(400), seed=0)
    for _ in range(n):
        rows = metrics.Top(random.random(400) < confidence, confidence)
        alarms += metrics.calibration_error(rows) > limit
    assert 0.001 < alarms / n < 0.022


def test_draws_of_the_top_class_are_draws_of_labels():
    probabilities = softmax(true_logits(200, 4))
    confidence, ones = probabilities.max(axis=1), np.ones(200, np.float32)
    errors = [metrics.calibration_error(metrics.top(drawn(probabilities, seed), probabilities)) for seed in range(1500)]
    for level in (0.5, 0.9, 0.99):
        found = chance_error(confidence, ones, np.arange(200), seed=0, level=level)
        assert found == pytest.approx(np.quantile(errors, level), rel=0.08)


def test_identical_images_are_drawn_together():
    confidence, ones = np.full(400, 0.8), np.ones(400, np.float32)
    alone = chance_error(confidence, ones, np.arange(400), seed=0)
    by_ten = chance_error(confidence, ones, np.arange(400) // 10, seed=0)
    as_one = chance_error(np.full(40, 0.8), np.ones(40, np.float32), np.arange(40), seed=0)
    assert 2 * alone < by_ten and by_ten == pytest.approx(as_one)


@pytest.mark.parametrize("seed", range(5))
def test_honest_probabilities_are_left_alone(seed: int):
    logits = true_logits(1500, 5, seed)
    rows = predictions(logits * 3, drawn(softmax(logits), seed))
    calibration = fit_calibration(rows.logits, rows.labels)
    checked = check(rows, calibration, "vector")
    assert checked.calibration is calibration and checked.logits is None and not checked.fact.is_doubtful


@pytest.mark.slow
def test_vector_scaling_mends_a_class_that_says_little():
    def both(seed: int) -> tuple[np.ndarray, np.ndarray]:
        logits = np.random.default_rng(seed).standard_normal((1000, 3)) * [4, 1, 1]
        return logits, drawn(softmax(logits * [0.05, 3, 3]), seed)

    logits, labels = both(0)
    rows = predictions(logits, labels)
    checked = check(rows, fit_calibration(rows.logits, labels), "vector")
    fact = checked.fact
    assert fact.kind == "vector" == checked.calibration.kind and not fact.is_doubtful
    assert fact.error_before is not None and fact.error_before > 0.05 and fact.error < 0.6 * fact.error_before
    assert fact.log_loss is not None and fact.log_loss_before is not None and fact.log_loss < fact.log_loss_before
    assert checked.logits is not None and checked.logits.shape == logits.shape
    fresh, now = both(1)
    assert metrics.calibration_error(metrics.top(now, checked.calibration.probabilities(fresh))) < 0.06


@pytest.mark.slow
def test_platts_calibration_mends_margins():
    random = np.random.default_rng(0)
    side = np.where(random.random((1000, 1)) < 0.5, 1, -1)  # several classes say yes, or none does
    margins = side * random.uniform(0.2, 1, (1000, 6))
    honest = 1 / (1 + np.exp(-20 * margins))
    labels = drawn(honest / honest.sum(axis=1, keepdims=True), 1)
    rows = predictions(margins, labels)
    checked = check(rows, fit_calibration(rows.logits, labels), other_for("svm"))
    assert checked.calibration.kind == "platt" and checked.fact.error_before is not None
    assert checked.fact.error_before > 0.05 and checked.fact.error < 0.6 * checked.fact.error_before


def test_what_cannot_be_mended_is_doubtful():
    random = np.random.default_rng(0)
    sure = random.random(2000) < 0.5
    logits = np.where(sure, 2.2, 0.4) * np.where(random.random(2000) < 0.5, 1, -1)
    right = random.random(2000) < np.where(sure, 0.6, 0.95)
    labels = ((logits > 0) == right).astype(np.int64)
    rows = predictions(np.stack([-logits / 2, logits / 2], axis=1), labels)
    fact = check(rows, fit_calibration(rows.logits, labels), "vector").fact
    assert fact.is_doubtful and fact.kind == "temperature" and fact.tried == "vector"
    assert check(rows, fit_calibration(rows.logits, labels), None).fact.tried is None


@pytest.mark.parametrize("kind", ["vector", "platt"])
def test_a_calibration_is_at_the_least_loss(kind: str):
    logits = true_logits(300, 3)
    labels = drawn(softmax(logits * [1, 2, 3]), 0)
    found = fit(predictions(logits, labels), kind)  # type: ignore[arg-type]
    wanted = np.eye(3)[labels]

    def loss(scale: np.ndarray, shift: np.ndarray) -> float:
        values = logits / found.temperature * scale + shift
        each = -wanted * log_softmax(-np.logaddexp(0, -values) if kind == "platt" else values)
        return float(each.sum() + 0.005 * ((scale - 1) ** 2 + shift**2).sum())

    scale, shift = np.array(found.scale), np.array(found.shift)
    least = loss(scale, shift)
    for step in np.random.default_rng(1).standard_normal((20, 2, 3)):
        assert loss(scale + 0.5 * step[0], shift + 0.5 * step[1]) > least


def test_log_probabilities_add_up_and_agree():
    calibration = Calibration(0.5, "platt", (1.0, 2.0), (0.0, -1.0))
    logits = np.array([[50, -50], [0.1, 0.2]], np.float32)
    assert calibration.probabilities(logits).sum(axis=1) == pytest.approx([1, 1])
    assert calibration.log_probabilities(logits).dtype == np.float32


@pytest.mark.parametrize("head", [head for head in HEADS if not head.startswith("dense")])
def test_every_head_ships_probabilities_to_be_believed_or_says_so(head: str):
    random = np.random.default_rng(0)
    labels = np.arange(240) % 4
    centres = 0.6 * random.standard_normal((4, 20))
    features = (centres[labels] + random.standard_normal((240, 20))).astype(np.float32)
    found = search({"last": features}, labels, folds(labels), n_classes=4, head=head)  # type: ignore[arg-type]
    assert found.checked.fact.n == 240 and not found.checked.fact.is_doubtful
    assert found.ece == found.checked.fact.error
