from pathlib import Path

import numpy as np
import pytest

from headway import backbones, demo
from headway.errors import DataError
from headway.transfer import similarity


def photographs() -> list[np.ndarray]:
    """Random crops of the two photographs that scikit-learn carries."""
    from sklearn.datasets import load_sample_image

    random = np.random.default_rng(0)
    crops = []
    for name in ("china.jpg", "flower.jpg"):
        picture = load_sample_image(name)
        for _ in range(8):
            y, x = random.integers(0, 200), random.integers(0, 300)
            crops.append(picture[y : y + 227, x : x + 340])
    return crops


def test_photographs_are_nearer_than_drawings_and_those_than_noise() -> None:
    noise = list(np.random.default_rng(0).integers(0, 256, (16, 100, 100, 3)).astype(np.uint8))
    drawings = sorted(demo.pictures().glob("*/*.webp"))[::15]
    near, between, far = (similarity.measure(pictures) for pictures in (photographs(), drawings, noise))
    assert near.similarity > between.similarity > far.similarity
    assert near.shift < between.shift < far.shift
    assert not far.similar
    assert 0 <= far.similarity <= near.similarity <= 1


def test_the_reference_fits_the_carried_network() -> None:
    """On photographs nearly all channels lie where the statistics of the weights say that they lie on ImageNet."""
    reference = similarity._reference()
    engine = backbones.Engine(backbones.read(backbones.find(similarity.NETWORK)), tuple(reference))
    from headway.images import load

    rows = engine.run(np.stack([load(picture, 224, "squash") for picture in photographs()]))
    start = 0
    for tensor, (mean, std) in reference.items():
        width = engine.widths[tensor]
        places = rows[:, start : start + width].reshape(len(rows), len(mean), -1).astype(np.float64)
        start += width
        found = places.mean(axis=(0, 2))
        assert np.mean(np.abs(found - mean) / std) < 0.5, tensor
        assert 0.7 < np.median(places.std(axis=(0, 2)) / std) < 1.3, tensor


def test_the_shift_of_the_reference_itself_is_nothing() -> None:
    reference = similarity._reference()
    totals = {
        tensor: np.stack(
            [np.full(len(mean), 10.0), 10.0 * mean, 10.0 * (std.astype(float) ** 2 + mean.astype(float) ** 2)]
        )
        for tensor, (mean, std) in reference.items()
    }
    assert max(similarity._distances(totals, reference)) < 1e-9
    shifted = {tensor: total + [[0], [10.0], [0]] * reference[tensor][1] for tensor, total in totals.items()}
    for tensor, total in shifted.items():  # means moved by one standard deviation, and these kept
        mean, std = reference[tensor]
        total[2] = 10.0 * (std.astype(float) ** 2 + (mean.astype(float) + std) ** 2)
    assert list(similarity._distances(shifted, reference)) == pytest.approx([1.0] * len(reference))


def test_a_sample_is_drawn_and_bad_pictures_are_passed_over(tmp_path: Path) -> None:
    bad = tmp_path / "bad.png"
    bad.write_bytes(b"no picture")
    pictures = photographs()
    assert similarity.measure([*pictures[:3], bad]).pictures == 3
    assert similarity.measure(pictures, most=4).pictures == 4
    assert similarity.measure(pictures, most=4, seed=1) == similarity.measure(pictures, most=4, seed=1)
    with pytest.raises(DataError, match="none of the pictures"):
        similarity.measure([bad])
