"""502 shortcut."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from headway.checks import Context, OutOfFold, TooLittle
from tests.checks.files.planting import FACTS, USUAL, with_files
from tests.checks.helpers import run


def looked_at(
    n: int,
    small: float,
    *,
    network: float = 0.95,
    jpeg: tuple[float, float] = (0.5, 0.5),
    side: tuple[int, int] = (300, 300),
    ring: tuple[int, int] = (128, 128),
    seed: int = 0,
) -> Context:
    """Two classes, a network that is right so often, and what each class has: JPEG at a rate, a side, a grey around."""
    rng = np.random.default_rng(seed)
    labels = (rng.random(n) < small).astype(int)
    said = np.where(rng.random(n) < network, labels, 1 - labels)
    files = [replace(USUAL, format="JPEG" if rng.random() < jpeg[label] else "PNG") for label in labels.tolist()]
    sides = [int(side[label] + rng.normal(0, 10)) for label in labels.tolist()]
    squares = rng.integers(0, 256, (n, 64, 64, 3)).astype(np.uint8)
    for square, label in zip(squares, labels.tolist(), strict=True):
        square[[*range(4), *range(60, 64)]] = np.clip(rng.normal(ring[label], 20), 0, 255)
    return with_files(
        labels.tolist(),
        files,
        [replace(FACTS, width=one, height=one) for one in sides],
        squares,
        predictions=OutOfFold(np.arange(n), np.eye(2, dtype=np.float32)[said]),
    )


@pytest.mark.parametrize("small", [0.5, 0.1])
@pytest.mark.parametrize(
    ("planted", "by", "severity"),
    [
        ({"jpeg": (0.0, 1.0)}, "files", "severe"),
        ({"jpeg": (0.02, 0.98)}, "files", "severe"),
        ({"side": (300, 500)}, "size", "warning"),
        ({"ring": (40, 220)}, "corners", "warning"),
    ],
)
def test_a_planted_shortcut_is_found(planted: dict[str, tuple[int, int]], by: str, severity: str, small: float) -> None:
    [found] = run("shortcut", looked_at(400, small, **planted))  # type: ignore[arg-type]
    assert (found.evidence["by"], found.severity) == (by, severity)
    assert float(found.evidence["accuracy"]) > float(found.evidence["majority"])
    assert found.evidence["majority"] == pytest.approx(1 - small, abs=0.06)
    assert found.evidence["network"] == pytest.approx(0.95, abs=0.03)


@pytest.mark.parametrize("small", [0.5, 0.1])
def test_nothing_is_found_in_draws_without_a_shortcut(small: float) -> None:
    for seed in range(5):
        assert run("shortcut", looked_at(120, small, seed=seed)) == []


def test_a_network_that_is_no_better_than_guessing_is_no_shortcut() -> None:
    for seed in range(3):
        assert run("shortcut", looked_at(120, 0.5, network=0.5, seed=seed)) == []


def test_a_background_that_only_helps_is_not_found() -> None:
    assert run("shortcut", looked_at(400, 0.5, ring=(118, 138), network=0.98)) == []


def test_without_predictions_and_of_twenty_pictures_it_cannot_be_told() -> None:
    with pytest.raises(TooLittle):
        run("shortcut", with_files([0, 1] * 50, [USUAL] * 100))
    with pytest.raises(TooLittle):
        run("shortcut", looked_at(20, 0.5))
