"""Drawings with what is said of them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from headway.reporting.parts import Part

if TYPE_CHECKING:
    from headway.facts.comparison import CurvePoint, Row
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


def ranking(rows: Sequence[Row]) -> Iterator[Part]:
    """Yield the recipes of a comparison by their accuracy."""
    yield from ()


def learning_curve(points: Sequence[CurvePoint]) -> Iterator[Part]:
    """Yield the accuracy by the number of training pictures."""
    yield from ()
