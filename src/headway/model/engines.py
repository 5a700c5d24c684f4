"""The engine that computes what the head of a model reads."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from headway import backbones
from headway.backbones import BackboneInfo, Engine
from headway.errors import ModelError, UnknownNameError

if TYPE_CHECKING:
    from headway.backbones import FeatureEngine
    from headway.types import Precision


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
