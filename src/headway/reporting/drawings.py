"""Drawings with what is said of them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from headway.reporting.parts import Part

if TYPE_CHECKING:
    from headway.facts.data import Data
    from headway.facts.scores import Scores
    from headway.facts.training import Training


def trust(scores: Scores) -> Iterator[Part]:
    """Yield reliability, and accuracy against coverage."""
    yield from ()


def class_distribution(data: Data) -> Iterator[Part]:
    """Yield the pictures of each class by part."""
    yield from ()


def curves(training: Training) -> Iterator[Part]:
    """Yield the curves of a training."""
    yield from ()
