"""The engine that computes what the head of a model reads."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from headway import backbones
from headway.backbones import Engine
from headway.errors import ModelError, UnknownNameError

if TYPE_CHECKING:
    from headway.backbones import BackboneInfo, FeatureEngine
    from headway.types import Precision


def arithmetic(trained: str) -> Precision:
    """Return the precision to compute in: that of training, or fp32 where this processor has no bf16."""
    return "bf16" if trained == backbones.best_precision() == "bf16" else "fp32"


def open_engine(
    name: str, source: bytes | BackboneInfo, outputs: Sequence[str], precision: Precision, width: int
) -> FeatureEngine:
    """Make the engine of a model's file, or of the descriptors that it reads, which must give ``width`` numbers."""
    # Not "embedding", which joins the outputs: in bf16 a value depends a little on which are asked for, and the
    # features in the store were computed like this.
    try:
        engine: FeatureEngine = (
            Engine(source, outputs, precision)
            if isinstance(source, bytes)
            else backbones.open_engine(source, outputs, precision)
        )
    except (ModelError, UnknownNameError) as error:
        raise ModelError(f"{name}: {error}") from error
    if engine.width != width:
        raise ModelError(f"{name}: its head reads {width:,} numbers, not {engine.width:,}")
    return engine
