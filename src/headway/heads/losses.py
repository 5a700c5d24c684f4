"""What a network with one hidden layer is to make small, and how its outputs are read."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple, Protocol

import numpy as np

if TYPE_CHECKING:
    from headway.types import FloatArray, IntArray

_LEAST = 1e-7  # of a probability; Keras' own


class RowScores(NamedTuple):
    """What a loss says of each of n rows."""

    losses: FloatArray  # (n,), nats
    right: FloatArray  # (n,): 1 where the largest logit is that of the label, otherwise 0
    binary: FloatArray | None = None  # (n,): part of the classes that are rightly answered with yes or no


class Loss(Protocol):
    """A loss of logits (n, k) for labels (n,)."""

    def rows(self, logits: FloatArray, labels: IntArray) -> RowScores:
        """Score each row."""

    def slope(self, logits: FloatArray, labels: IntArray) -> FloatArray:
        """Return the derivatives (n, k) of each row's loss by its logits."""

    def constant(self, frequencies: FloatArray) -> FloatArray:
        """Logits (k,) that give every row the frequencies of the classes."""


class CrossEntropy:
    """Of a softmax over the classes."""

    def rows(self, logits: FloatArray, labels: IntArray) -> RowScores:
        """Score each row."""
        shifted = logits - logits.max(axis=1, keepdims=True)
        own = shifted[np.arange(len(labels)), labels]
        return RowScores(np.log(np.exp(shifted).sum(axis=1)) - own, _right(logits, labels))

    def slope(self, logits: FloatArray, labels: IntArray) -> FloatArray:
        """Softmax less one at the label."""
        slope: FloatArray = np.exp(logits - logits.max(axis=1, keepdims=True))
        slope /= slope.sum(axis=1, keepdims=True)
        slope[np.arange(len(labels)), labels] -= 1
        return slope

    def constant(self, frequencies: FloatArray) -> FloatArray:
        """Return the logarithm, which a softmax undoes."""
        logits: FloatArray = np.log(np.maximum(frequencies, _LEAST))
        return logits


class BinaryCrossEntropy:
    """Of a sigmoid for each class, which answers yes to its own pictures and no to all others; the mean over classes.

    A row is rightly answered for a class where the sigmoid is over one half for the label, or not for another class:
    what Keras calls accuracy here.
    """

    def rows(self, logits: FloatArray, labels: IntArray) -> RowScores:
        """Score each row."""
        wanted = _one_hot(logits, labels)
        losses = (np.logaddexp(np.float32(0), logits) - wanted * logits).mean(axis=1)
        answered = ((logits > 0) == (wanted > 0)).mean(axis=1, dtype=np.float32)
        return RowScores(losses, _right(logits, labels), answered)

    def slope(self, logits: FloatArray, labels: IntArray) -> FloatArray:
        """Sigmoids less one at the label, over the number of classes."""
        slope: FloatArray = np.exp(-np.logaddexp(np.float32(0), -logits))
        slope -= _one_hot(logits, labels)
        slope /= logits.shape[1]
        return slope

    def constant(self, frequencies: FloatArray) -> FloatArray:
        """Return the logarithm of the odds, which a sigmoid undoes."""
        known = np.clip(frequencies, _LEAST, 1 - _LEAST)
        odds: FloatArray = np.log(known / (1 - known))
        return odds


def _right(logits: FloatArray, labels: IntArray) -> FloatArray:
    right: FloatArray = (logits.argmax(axis=1) == labels).astype(np.float32)
    return right


def _one_hot(logits: FloatArray, labels: IntArray) -> FloatArray:
    wanted = np.zeros_like(logits)
    wanted[np.arange(len(labels)), labels] = 1
    return wanted
