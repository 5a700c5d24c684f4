"""Heads of linear layers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from headway.errors import DataError
from headway.heads.base import check_features

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from headway.types import FloatArray


@dataclass(frozen=True, eq=False)
class DenseHead:
    """Linear layers with ReLU between them, from raw features to logits.

    The standardisation of the features is folded into the first layer, so that a head is arrays and nothing else.
    Shapes that do not chain are a `DataError`.

    Examples
    --------
    >>> head = DenseHead("centroid", (np.eye(2, dtype="float32"),), (np.zeros(2, "float32"),))
    >>> head.logits(np.array([[3, 1]], "float32")).tolist()
    [[3.0, 1.0]]
    """

    kind: str  # how it was trained: "logistic", "ridge", "mlp", "centroid", "majority", "dense100" or "dense256"
    weights: tuple[FloatArray, ...]  # (d_in, d_out), one matrix a layer
    biases: tuple[FloatArray, ...]  # (d_out,), one vector a layer

    def __post_init__(self) -> None:
        outputs = [weight.shape[-1] for weight in self.weights]
        chained = all(weight.ndim == 2 for weight in self.weights) and outputs[:-1] == [
            w.shape[0] for w in self.weights[1:]
        ]
        if not self.weights or not chained or [bias.shape for bias in self.biases] != [(size,) for size in outputs]:
            raise DataError(
                f"the layers of a head must chain, got weights {[w.shape for w in self.weights]} "
                f"and biases {[b.shape for b in self.biases]}"
            )

    @property
    def n_features(self) -> int:
        """Number of features that the head reads."""
        return int(self.weights[0].shape[0])

    @property
    def n_classes(self) -> int:
        """Number of logits that the head gives."""
        return int(self.weights[-1].shape[1])

    @property
    def n_parameters(self) -> int:
        """Number of weights and biases."""
        return sum(values.size for values in (*self.weights, *self.biases))

    def logits(self, features: FloatArray) -> FloatArray:
        """As in `headway.heads.Head.logits`."""
        check_features(features, self)
        values: FloatArray = features.astype(np.float32, copy=False)
        for layer, (weight, bias) in enumerate(zip(self.weights, self.biases, strict=True)):
            if layer:
                values = np.maximum(values, 0)
            values = values @ weight
            values += bias  # in place: of thousands of classes, another copy takes a gigabyte
        return values


def fold_in(
    kind: str, layers: Sequence[tuple[FloatArray, FloatArray]], moments: tuple[NDArray[np.float64], NDArray[np.float64]]
) -> DenseHead:
    """Make a head on raw features from layers that read ``(features - mean) / scale``; ``moments`` are these two."""
    (first, bias), *rest = layers
    mean, scale = moments
    weight = first / scale[:, None]
    folded = [(weight, bias - mean @ weight), *rest]
    return DenseHead(
        kind,
        tuple(np.ascontiguousarray(w, dtype=np.float32) for w, _ in folded),
        tuple(np.ascontiguousarray(b, dtype=np.float32) for _, b in folded),
    )
