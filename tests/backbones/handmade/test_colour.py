"""Histograms of colours."""

from __future__ import annotations

import subprocess
import sys

import numpy as np
import pytest

from headway.backbones.handmade.colour import BINS
from tests.backbones.handmade.helpers import described, flat, halves, noise


def channels(picture: np.ndarray) -> np.ndarray:
    """The six histograms: red, green, blue, hue, saturation, value."""
    return described("colour", picture).reshape(6, BINS)


def test_a_picture_of_one_colour_is_in_one_bin_of_each_channel() -> None:
    histograms = channels(flat((255, 0, 64)))
    assert [int(np.argmax(part)) for part in histograms[:3]] == [15, 0, 4]
    assert [int(np.argmax(part)) for part in histograms[4:]] == [15, 15]  # saturation and value are full
    np.testing.assert_array_equal(np.sort(histograms, axis=1)[:, -1], 1)


def test_halves_of_a_picture_share_the_histogram_equally() -> None:
    np.testing.assert_allclose(channels(halves())[0, [0, 15]] ** 2, 0.5, atol=1e-6)


def test_where_pixels_stand_does_not_matter() -> None:
    picture = noise()
    shuffled = np.random.default_rng(1).permutation(picture.reshape(-1, 3)).reshape(picture.shape)
    np.testing.assert_array_equal(described("colour", picture), described("colour", shuffled))


def test_another_order_of_the_channels_is_another_histogram() -> None:
    picture = flat((10, 100, 200))
    swapped = np.ascontiguousarray(picture[..., ::-1])
    np.testing.assert_array_equal(channels(picture)[:3], channels(swapped)[2::-1])


def test_colours_need_no_extra() -> None:
    program = (
        "import sys\n"
        "for name in ('cv2', 'skimage', 'mahotas', 'scipy', 'openvino'): sys.modules[name] = None\n"
        "import numpy as np\n"
        "from headway.backbones import find, open_engine\n"
        "info = find('colour')\n"
        "print(open_engine(info, info.depths, 'fp32').run(np.zeros((1, 224, 224, 3), np.uint8)).sum())\n"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert float(done.stdout) == pytest.approx(6)  # channels, of one bin each
