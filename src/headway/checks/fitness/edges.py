"""What is around the thing in a picture: colours of a frame of pixels along the edge of its thumbnail."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from headway.types import FloatArray, UInt8Array

_WIDTH = 4  # pixels of a thumbnail of 64


def edge_colours(thumbnails: UInt8Array) -> FloatArray:
    """Return mean and spread of each channel along each side, of thumbnails (m, side, side, 3): float32 (m, 24).

    Examples
    --------
    >>> edge_colours(np.full((1, 64, 64, 3), 7, np.uint8))[0, :6].tolist()
    [7.0, 7.0, 7.0, 0.0, 0.0, 0.0]
    """
    sides = (
        thumbnails[:, :_WIDTH],
        thumbnails[:, -_WIDTH:],
        thumbnails[:, :, :_WIDTH],
        thumbnails[:, :, -_WIDTH:],
    )
    measured = [of.astype(np.float32) for of in sides]
    columns = [column for side in measured for column in (side.mean(axis=(1, 2)), side.std(axis=(1, 2)))]
    return np.concatenate(columns, axis=1).astype(np.float32)
