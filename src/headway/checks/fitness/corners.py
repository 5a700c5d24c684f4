"""What is around the thing in a picture: colours of the corners of its thumbnail, which things seldom reach."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from headway.types import FloatArray, UInt8Array

_SIDE = 8  # pixels of a thumbnail of 64


def corner_colours(thumbnails: UInt8Array) -> FloatArray:
    """Return mean and spread of each channel in each corner, of thumbnails (m, side, side, 3): float32 (m, 24).

    Examples
    --------
    >>> corner_colours(np.full((1, 64, 64, 3), 7, np.uint8))[0, :6].tolist()
    [7.0, 7.0, 7.0, 0.0, 0.0, 0.0]
    """
    near, far = slice(_SIDE), slice(-_SIDE, None)
    measured = [thumbnails[:, rows, columns].astype(np.float32) for rows in (near, far) for columns in (near, far)]
    columns = [column for corner in measured for column in (corner.mean(axis=(1, 2)), corner.std(axis=(1, 2)))]
    return np.concatenate(columns, axis=1).astype(np.float32)
