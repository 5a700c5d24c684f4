"""303 outliers."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

import headway
from headway.checks import Context, TooLittle
from headway.checks.labels import outliers
from tests.checks.helpers import context, names, run, synthetic

NETWORK = "efficientnet_lite0"


def cells(n: int, seed: int = 0) -> np.ndarray:
    """Features of pictures that resemble each other, in two classes."""
    random = np.random.default_rng(seed)
    centres = random.uniform(0, 1, (2, 64))
    return np.maximum(centres[np.arange(n) % 2] + 0.3 * random.standard_normal((n, 64)), 0)


def foreign(n: int, seed: int = 1) -> np.ndarray:
    """Features of something else, which also resemble each other."""
    random = np.random.default_rng(seed)
    return np.maximum(random.uniform(-1, 1, 64) + 0.3 * random.standard_normal((n, 64)), 0)


def planted(n: int, of: int = 600, **fields: object) -> Context:
    features = np.concatenate([cells(of), foreign(n)]).astype(np.float32)
    return synthetic(np.arange(of + n) % 2, features, **fields)


@pytest.mark.parametrize("rate", [0.005, 0.01, 0.03])
def test_pictures_of_something_else_are_found_though_they_resemble_each_other(rate: float) -> None:
    n = round(600 * rate)
    [found] = run("outliers", planted(n))
    assert found.severity == "warning"
    assert sorted(found.rows.tolist()) == list(range(600, 600 + n))
    assert list(found.values) == sorted(found.values, reverse=True) and found.values[-1] > found.evidence["limit"] > 1
    assert {proposal.decision for proposal in found.proposals} == {"drop"}


def test_many_are_a_warning_though_none_is_very_far(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(outliers, "VERY_FAR", 1000.0)
    assert [[found.severity for found in run("outliers", planted(n))] for n in (1, 18)] == [["note"], ["warning"]]


def last(looked_at: Context) -> Context:
    """With features of the last layer of the carried network only, as in an audit."""
    return replace(looked_at, features=looked_at.features[:, -1280:])


def test_noise_among_real_drawings_is_found(tmp_path: Path) -> None:
    random = np.random.default_rng(0)
    paths = [str(tmp_path / f"noise{number}.png") for number in range(2)]
    for path in paths:
        Image.fromarray(random.integers(0, 256, (128, 128, 3)).astype(np.uint8)).save(path)
    drawings = headway.read(headway.demo.pictures())
    labels = [drawings.classes[label] for label in drawings.labels]
    looked_at = last(context(headway.read([*drawings.pictures, *paths], [*labels, "birds", "fruit"]), NETWORK))
    [found] = run("outliers", looked_at)
    assert sorted(names(looked_at, found)) == sorted(f"{tmp_path.name}/{Path(path).name}" for path in paths)


def test_clean_drawings_have_none() -> None:
    assert run("outliers", last(context(headway.demo.pictures(), NETWORK))) == []


@pytest.mark.parametrize("seed", range(10))
def test_clean_clouds_get_no_warning(seed: int) -> None:
    found = run("outliers", synthetic(np.arange(600) % 2, cells(600, seed)))
    assert all(one.severity == "note" and len(one.rows) == 1 for one in found)


def test_a_wrong_label_is_no_outlier() -> None:
    looked_at = synthetic(np.arange(600) % 2, cells(600))
    labels = looked_at.labels.copy()
    labels[:6] ^= 1
    assert run("outliers", replace(looked_at, data=replace(looked_at.data, labels=labels))) == []


def test_without_labels_all_are_one_class_and_blocks_change_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    looked_at = planted(4)
    unlabelled = replace(looked_at, data=replace(looked_at.data, labels=np.full(604, -1)))
    [whole] = run("outliers", unlabelled)
    assert sorted(whole.rows.tolist()) == [600, 601, 602, 603]
    [first] = run("outliers", looked_at)
    monkeypatch.setattr(outliers, "_BLOCK", 100)
    [second] = run("outliers", looked_at)
    np.testing.assert_allclose(first.values, second.values, rtol=1e-4)


def test_few_pictures_are_too_little() -> None:
    with pytest.raises(TooLittle) as little:
        run("outliers", synthetic(np.arange(60) % 2, cells(60)))
    assert (little.value.needs, little.value.least, little.value.found) == ("pictures", 100, 60)
