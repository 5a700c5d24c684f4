"""What holds for every head: the kinds that the search knows, through the same tests."""

from __future__ import annotations

import copy
import pickle
from collections.abc import Callable

import numpy as np
import pytest

from headway.calibration import softmax
from headway.errors import DataError, RunError
from headway.heads import (
    Head,
    Standardised,
    SvmPath,
    fit_centroid,
    fit_logistic,
    fit_majority,
    fit_mlp,
    fit_published,
    fit_ridge,
    parallel,
    standardise,
    unscaled,
)
from headway.search import HEADS

Fit = Callable[[Standardised, np.ndarray, np.ndarray, int, int], Head]

FITS: dict[str, Fit] = {
    "majority": lambda data, labels, weights, k, seed: fit_majority(data, labels, weights, k),
    "centroid": lambda data, labels, weights, k, seed: fit_centroid(data, labels, weights, k),
    "ridge": lambda data, labels, weights, k, seed: fit_ridge(data, labels, weights, k),
    "logistic": lambda data, labels, weights, k, seed: fit_logistic(data, labels, weights, k, C=0.1),
    "mlp": fit_mlp,
    "svm": lambda data, labels, weights, k, seed: SvmPath(data, labels, weights, k).fit(1.0),
    "dense100": lambda data, labels, weights, k, seed: fit_published(data, labels, weights, k, seed, 100)[0],
    "dense256": lambda data, labels, weights, k, seed: fit_published(data, labels, weights, k, seed, 256)[0],
}
SEEDED = {"mlp", "dense100", "dense256"}
RAW = {"dense100", "dense256"}  # they read features in their own units

every_head = pytest.mark.parametrize("kind", FITS)


def _blobs(n: int = 200, d: int = 6, k: int = 3, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    random = np.random.default_rng(seed)
    labels = np.maximum(random.permutation(np.arange(n) % (k + 1)) - 1, 0)  # the first class is twice as large
    centres = np.random.default_rng(7).uniform(-2, 2, (k, d))
    return (3 * centres[labels] + random.standard_normal((n, d))).astype("float32"), labels


def _fit(kind: str, features: np.ndarray, labels: np.ndarray, k: int = 3, weights=None, seed: int = 0) -> Head:
    weights = np.ones(len(labels), "float32") if weights is None else weights
    data = unscaled(features) if kind in RAW else standardise(features)
    return FITS[kind](data, labels, weights, k, seed)


def _bytes(head: Head, features: np.ndarray) -> bytes:
    return head.logits(features).tobytes()


def test_every_kind_of_the_search_is_here() -> None:
    assert tuple(FITS) == HEADS


@every_head
def test_a_head_knows_its_kind_and_shape_and_gives_float32(kind: str) -> None:
    features, labels = _blobs()
    head = _fit(kind, features, labels)
    assert isinstance(head, Head)
    assert (head.kind, head.n_features, head.n_classes) == (kind, 6, 3)
    for rows in (features, features[:1], features[:0], features.astype("float64"), np.asfortranarray(features)):
        logits = head.logits(rows)
        assert logits.dtype == np.float32
        assert logits.shape == (len(rows), 3)
        assert np.isfinite(logits).all()


@every_head
def test_a_head_learns_and_leaves_what_it_is_given_as_it_was(kind: str) -> None:
    features, labels = _blobs()
    weights = np.ones(len(labels), "float32")
    given = [array.copy() for array in (features, labels, weights)]
    head = _fit(kind, features, labels, weights=weights)
    others, expected = _blobs(seed=1)
    right = (head.logits(others).argmax(axis=1) == expected).mean()
    assert right == (expected == 0).mean() if kind == "majority" else right > 0.9
    for array, before in zip((features, labels, weights), given, strict=True):
        assert array.tobytes() == before.tobytes()


@every_head
def test_one_row_does_not_depend_on_the_others_that_are_predicted(kind: str) -> None:
    features, labels = _blobs()
    head = _fit(kind, features, labels)
    alone = np.concatenate([head.logits(features[row : row + 1]) for row in range(20)])
    np.testing.assert_allclose(head.logits(features)[:20], alone, rtol=1e-3, atol=1e-4)


@every_head
def test_the_same_seed_gives_the_same_bytes_on_any_number_of_cores(kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    features, labels = _blobs(n=1300)  # more than one block of rows
    first = _bytes(_fit(kind, features, labels, seed=3), features)
    monkeypatch.setattr(parallel, "cpu_count", lambda: 1)
    assert _bytes(_fit(kind, features, labels, seed=3), features) == first
    assert (_bytes(_fit(kind, features, labels, seed=4), features) == first) == (kind not in SEEDED)


@every_head
def test_a_class_without_a_row_does_no_harm(kind: str) -> None:
    features, labels = _blobs()
    head = _fit(kind, features, np.array([0, 2, 3])[labels], k=5)
    logits = head.logits(features)
    assert logits.shape == (200, 5)
    assert np.isfinite(logits).all()
    if kind != "centroid":  # of which a class without a row is the origin
        assert not np.isin(logits.argmax(axis=1), [1, 4]).any()


@every_head
def test_one_feature_is_enough(kind: str) -> None:
    features = np.repeat([[-3.0], [3.0]], 50, axis=0).astype("float32")
    features += np.linspace(-1, 1, 100, dtype="float32")[:, None]
    labels = np.repeat([0, 1], 50)
    head = _fit(kind, features, labels, k=2)
    assert head.n_features == 1
    right = (head.logits(features).argmax(axis=1) == labels).mean()
    assert right == 0.5 if kind == "majority" else right > 0.95


@every_head
@pytest.mark.parametrize("rows", [1, 2])
def test_one_or_two_rows_a_class_are_enough(kind: str, rows: int) -> None:
    features = np.repeat(np.eye(3, dtype="float32") * 5, rows, axis=0)
    head = _fit(kind, features, np.repeat(np.arange(3), rows))
    assert np.isfinite(head.logits(features)).all()
    if kind in ("centroid", "logistic", "svm"):
        assert head.logits(features).argmax(axis=1).tolist() == np.repeat(np.arange(3), rows).tolist()


@every_head
@pytest.mark.parametrize("value", [0.0, 0.1, 1234.5])
def test_constant_features_say_nothing_and_do_no_harm(kind: str, value: float) -> None:
    features, labels = _blobs()
    head = _fit(kind, np.full_like(features, value), labels)
    logits = head.logits(np.full_like(features, value))
    assert np.isfinite(logits).all()
    np.testing.assert_array_equal(logits, np.broadcast_to(logits[0], logits.shape))
    if kind in RAW and value > 100:  # in raw units a constant so large is all that the network sees
        return
    features[:, 2] = value
    right = (_fit(kind, features, labels).logits(features).argmax(axis=1) == labels).mean()
    assert right == (labels == 0).mean() if kind == "majority" else right > 0.9


@every_head
@pytest.mark.parametrize("factor", [2.0**-30, 2.0**30])
def test_large_and_small_values_stay_finite(kind: str, factor: float) -> None:
    features, labels = _blobs()
    scaled = features * np.float32(factor)
    try:
        logits = _fit(kind, scaled, labels).logits(scaled)
    except RunError as error:  # gradients are in the units of the features
        assert kind in RAW
        assert "learning rate" in str(error)
        return
    assert np.isfinite(logits).all()
    if kind not in RAW:
        expected = softmax(_fit(kind, features, labels).logits(features))
        np.testing.assert_allclose(softmax(logits), expected, atol=2e-3)


@every_head
def test_rows_of_weight_0_are_not_trained_on(kind: str) -> None:
    features, labels = _blobs()
    weights = (np.arange(200) < 150).astype("float32")
    head = _fit(kind, features, labels, weights=weights)
    relabelled = np.where(weights > 0, labels, (labels + 1) % 3)
    assert _bytes(_fit(kind, features, relabelled, weights=weights), features) == _bytes(head, features)
    if kind not in SEEDED:
        alone = _fit(kind, features[:150], labels[:150])
        np.testing.assert_allclose(head.logits(features), alone.logits(features), rtol=1e-3, atol=0.01)


@every_head
def test_weights_shift_the_balance(kind: str) -> None:
    labels = np.arange(400) % 2
    features = np.random.default_rng(0).standard_normal((400, 3)).astype("float32")
    head = _fit(kind, features, labels, k=2, weights=np.where(labels == 1, 9, 1).astype("float32"))
    share = (head.logits(features).argmax(axis=1) == 1).mean()
    if kind in ("centroid", "ridge"):  # of a mean only weights within a class matter
        assert 0.3 < share < 0.7
    else:
        assert share > (0.8 if kind in RAW else 0.9)


@every_head
def test_other_columns_than_those_of_the_fit_are_refused(kind: str) -> None:
    head = _fit(kind, *_blobs())
    for shape in ((3, 5), (3, 7), (6,), (1, 3, 6)):
        with pytest.raises(DataError, match=r"shape \(n, 6\), got"):
            head.logits(np.ones(shape, "float32"))


@every_head
def test_a_head_survives_pickling_and_copying(kind: str) -> None:
    features, labels = _blobs()
    head = _fit(kind, features, labels)
    for other in (pickle.loads(pickle.dumps(head)), copy.deepcopy(head)):
        assert (other.kind, other.n_features, other.n_classes) == (head.kind, 6, 3)
        assert _bytes(other, features) == _bytes(head, features)
