"""A network layer by layer, as Keras prints it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from headway.rendering.blocks import Block, Line, table
from headway.rendering.words import percent

if TYPE_CHECKING:
    from headway.facts.layers import Layer, LayersReport


def layers(report: LayersReport) -> Iterator[Block]:
    """Yield the layers of a network, and how many of its parameters are trained."""
    column = "trained" if report.is_model else "last-block"
    shows = report.trained > 0
    columns = ("layer", "kind", *((column,) if shows else ()), "output", "parameters")
    yield table(columns, (_row(layer, shows=shows) for layer in report.layers), left=len(columns) - 2)
    yield Line()
    yield Line(f"Parameters: {report.parameters:,}")
    if not report.is_model and report.parameters:
        yield Line(f"Trained with a head on its features: 0 of them; frozen: {report.parameters:,}")
    if not report.trained:
        return
    share = percent(report.trained / report.parameters)
    what = "Trained" if report.is_model else "Trained with --finetune last-block"
    behind = f", those after {report.cut}" if report.cut is not None else ""
    yield Line(f"{what}: {report.trained:,} ({share}){behind}; frozen: {report.frozen:,}")


def _row(layer: Layer, *, shows: bool) -> list[str]:
    shape = " × ".join(map(str, layer.shape))
    trained = ("trained" if layer.trained else "frozen") if layer.parameters else ""
    return [layer.name, layer.kind, *((trained,) if shows else ()), shape, f"{layer.parameters:,}"]
