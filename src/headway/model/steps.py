"""The two steps of a prediction one by one, for who runs them in threads of their own, as a server does.

What comes out is, digit for digit, what `Model.predict` computes: each image goes through network and head alone.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from headway.pipeline import decode as decode_guarded

if TYPE_CHECKING:
    from headway.model.core import Model
    from headway.types import FloatArray, Picture, UInt8Array


def decode(model: Model, picture: Picture) -> UInt8Array:
    """Return a picture as the square that the model takes, uint8 (size, size, 3); `PictureError` says why it cannot."""
    return decode_guarded(picture, model.size, model.resize, model.reading)


def classify(model: Model, squares: UInt8Array) -> FloatArray:
    """Return the probabilities, float32 (n, classes), of squares, uint8 (n, size, size, 3)."""
    features = model.engine.run(squares)
    rows = [model.calibration.probabilities(model.logits(row[np.newaxis]))[0] for row in features]
    return np.stack(rows) if rows else np.empty((0, len(model.classes)), np.float32)
