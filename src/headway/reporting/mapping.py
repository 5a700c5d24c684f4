"""The map of the pictures, as paths of an SVG."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from headway.rendering import report as wording
from headway.rendering.blocks import Line
from headway.reporting.parts import Layer, Map, Part

if TYPE_CHECKING:
    from headway.reporting.pictures import Pictures

_COLOURS = 8


def picture_map(pictures: Pictures) -> Iterator[Part]:
    """Yield the map; a sentence where there is none."""
    if not pictures.points:
        yield Line(wording.NO_MAP)
        return
    positions: dict[int, list[int]] = {}
    for position in pictures.points:
        positions.setdefault(int(pictures.true[position]), []).append(position)
    layers = tuple(
        Layer(label, pictures.classes[label], len(inside), label % _COLOURS + 1, _path(pictures, inside))
        for label, inside in sorted(positions.items())
        if label >= 0
    )
    shown = layers or (Layer(-1, wording.NO_LABEL, len(pictures.points), 1, _path(pictures, pictures.points)),)
    wrong = [
        position for position in pictures.points if pictures.predicted[position] not in (-1, pictures.true[position])
    ]
    held_out = sum(position >= pictures.scored for position in wrong)
    label = wording.map_label(len(pictures.points), len(pictures), len(layers), len(wrong), held_out)
    caption = wording.BY_FEATURES if len(layers) <= _COLOURS else f"{wording.BY_FEATURES} {wording.COLOURS_REPEAT}"
    yield Map(shown, _path(pictures, wrong), label, caption)


def _path(pictures: Pictures, positions: Iterable[int]) -> str:
    return "".join("M{} {}h0".format(*pictures.points[position]) for position in positions)
