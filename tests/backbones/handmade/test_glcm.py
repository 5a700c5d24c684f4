"""Grey-level co-occurrence, against matrices that are counted by hand."""

from __future__ import annotations

import numpy as np
import pytest

from headway.backbones.handmade.glcm import LEVELS, PROPERTIES, cooccurrence, properties
from headway.backbones.handmade.view import View
from tests.backbones.handmade.helpers import checkerboard, described, flat, noise


def by_hand(grey: np.ndarray, down: int, right: int) -> dict[str, float]:
    """All properties of one matrix, by their definitions."""
    levels = grey.astype(int) * LEVELS // 256
    height, width = levels.shape
    matrix = np.zeros((LEVELS, LEVELS))
    for y in range(height):
        for x in range(width):
            if 0 <= y + down < height and 0 <= x + right < width:
                matrix[levels[y, x], levels[y + down, x + right]] += 1
    matrix = matrix + matrix.T
    matrix /= matrix.sum()
    i, j = np.indices(matrix.shape)
    mean = (i * matrix).sum()
    variance = ((i - mean) ** 2 * matrix).sum()
    positive = matrix[matrix > 0]
    return {
        "contrast": ((i - j) ** 2 * matrix).sum(),
        "dissimilarity": (abs(i - j) * matrix).sum(),
        "homogeneity": (matrix / (1 + (i - j) ** 2)).sum(),
        "energy": np.sqrt((matrix**2).sum()),
        "correlation": ((i - mean) * (j - mean) * matrix).sum() / variance if variance else 1.0,
        "ASM": (matrix**2).sum(),
        "entropy": -(positive * np.log2(positive)).sum(),
    }


@pytest.mark.parametrize("picture", [checkerboard(3, 16), noise(1, 16), checkerboard(1, 16)], ids=["3", "noise", "1"])
def test_properties_are_what_their_definitions_say(picture: np.ndarray) -> None:
    grey = View(picture).grey()
    computed = properties(cooccurrence(grey, (1, 2)))
    for distance_index, distance in enumerate((1, 2)):
        diagonal = round(distance / np.sqrt(2))
        steps = ((0, distance), (diagonal, diagonal), (distance, 0), (diagonal, -diagonal))
        for angle, (down, right) in enumerate(steps):
            expected = by_hand(grey, down, right)
            np.testing.assert_allclose(
                computed[:, distance_index, angle], [expected[name] for name in PROPERTIES], atol=1e-9
            )


@pytest.mark.parametrize("picture", [checkerboard(3), noise(2), flat(), flat((255, 255, 255))])
def test_properties_are_those_of_scikit_image(picture: np.ndarray) -> None:
    from skimage.feature import graycoprops

    matrices = cooccurrence(View(picture).grey(), (1, 5))
    expected = np.stack([graycoprops(matrices, name) for name in PROPERTIES])
    expected[PROPERTIES.index("entropy")] /= np.log(2)  # there it is in nats
    np.testing.assert_allclose(properties(matrices), expected, rtol=1e-9, atol=1e-9)


def test_neighbours_on_a_checkerboard_differ_and_diagonal_ones_do_not() -> None:
    at_one = dict(zip(PROPERTIES, properties(cooccurrence(View(checkerboard()).grey(), (1,)))[:, 0], strict=True))
    np.testing.assert_allclose(at_one["contrast"], [31**2, 0, 31**2, 0])
    np.testing.assert_allclose(at_one["correlation"], [-1, 1, -1, 1])
    np.testing.assert_allclose(at_one["entropy"], 1)
    np.testing.assert_allclose(at_one["ASM"], 0.5)


def test_a_flat_picture_is_all_energy_and_no_entropy() -> None:
    values = dict(zip(PROPERTIES, properties(cooccurrence(View(flat()).grey(), (1,)))[:, 0], strict=True))
    for name, expected in {"contrast": 0, "entropy": 0, "energy": 1, "homogeneity": 1, "correlation": 1}.items():
        np.testing.assert_allclose(values[name], expected)


def test_a_picture_turned_by_a_right_angle_or_mirrored_has_the_same_texture() -> None:
    picture = noise()
    for other in (np.rot90(picture), picture[:, ::-1], picture[::-1]):
        np.testing.assert_allclose(
            described("glcm", picture), described("glcm", np.ascontiguousarray(other)), rtol=1e-4, atol=1e-5
        )
