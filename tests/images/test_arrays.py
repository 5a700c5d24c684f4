"""Arrays as pictures."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from headway.errors import PictureError
from headway.images.arrays import floats_to_bytes, to_image


@pytest.mark.parametrize(
    ("shape", "mode"),
    [((4, 6), "L"), ((4, 6, 1), "L"), ((4, 6, 2), "LA"), ((4, 6, 3), "RGB"), ((4, 6, 4), "RGBA")],
)
@pytest.mark.parametrize("dtype", [np.uint8, np.uint16, np.bool_, np.float16, np.float32, np.float64])
def test_shapes_and_types(shape: tuple[int, ...], mode: str, dtype: type[np.generic]) -> None:
    for array in (np.ones(shape, dtype), np.ones((12, *shape[1:]), dtype)[::3]):
        image = to_image(array)
        assert image.mode == mode and image.size == (6, 4)
        lightest = 1 if dtype is np.uint8 else 0 if dtype is np.uint16 else 255
        assert np.asarray(image).min() == np.asarray(image).max() == lightest


@pytest.mark.parametrize(
    ("array", "said"),
    [
        (np.zeros(5, np.uint8), r"shape \(5,\)"),
        (np.zeros((2, 3, 5), np.uint8), r"shape \(2, 3, 5\)"),
        (np.zeros((1, 2, 3, 3), np.uint8), r"shape \(1, 2, 3, 3\)"),
        (np.zeros((0, 3), np.uint8), "empty array"),
        (np.zeros((3, 8, 9), np.uint8), r"\(H, W\) .* is read: array.transpose\(1, 2, 0\) puts the channels last"),
        (np.full((2, 2), 255, np.int64), r'int64; .* is read: array.astype\("uint8"\)'),
        (np.full((2, 2), 256, np.int64), "int64; uint8, uint16, bool or float is read$"),
        (np.full((2, 2), -1, np.int64), "int64; uint8, uint16, bool or float is read$"),
        (np.zeros((2, 2), np.complex64), "array of complex64"),
        (np.full((2, 2), None), "array of object"),
    ],
)
def test_what_is_refused(array: np.ndarray, said: str) -> None:
    with pytest.raises(PictureError, match=said):
        to_image(array)


@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64])
def test_floats_beyond_0_to_1_are_refused(dtype: type[np.generic]) -> None:
    array = np.zeros((4, 6, 4), dtype)
    array[..., 3] = 0.5
    assert (np.asarray(to_image(array))[..., 3] == 128).all()
    for value, said in ((200, "from 0 to 200"), (-1, "from -1 to 0.5"), (np.inf, "from 0 to inf")):
        array[0, 0, 0] = value
        with pytest.raises(PictureError, match=f'{said}: give array.astype\\("uint8"\\)'):
            to_image(array)
    array[2, 3, 1] = np.nan
    with pytest.raises(PictureError, match="it has NaN"):
        to_image(array)


@example(np.array([-5e-324, 0.0]))
@example(np.array([-1.7e308, 1.7e308]))
@given(hnp.arrays(st.sampled_from([np.float32, np.float64]), hnp.array_shapes(max_dims=2, max_side=6)))
def test_any_floats_keep_their_order(values: np.ndarray) -> None:
    scaled = floats_to_bytes(values)
    assert scaled.dtype == np.uint8 and (scaled[np.isnan(values)] == 0).all()
    order = np.argsort(values[~np.isnan(values)], kind="stable")
    assert (np.diff(scaled[~np.isnan(values)][order].astype(int)) >= 0).all()
    finite = values[np.isfinite(values)]
    if finite.size and finite.min() >= 0 and finite.max() <= 1:
        assert np.abs(scaled[np.isfinite(values)] - finite.astype(np.float64) * 255).max() <= 0.5 + 1e-9
    elif finite.size and finite.min() < finite.max():
        assert scaled[np.isfinite(values)].min() == 0 and scaled[np.isfinite(values)].max() == 255
