"""Grids of pictures to be looked at: samples of each class, and what augmentation makes of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from matplotlib.figure import Figure

from headway.drawing.lettering import label
from headway.drawing.style import describe, drawn, new_figure, note

if TYPE_CHECKING:
    from headway.types import UInt8Array

_TILE, _GAP, _AFTER_ORIGINAL = 0.8, 0.04, 0.12  # side of a picture, and spaces, in inches
_TITLE = 0.45  # inches


@drawn
def samples(classes: Sequence[str], pictures: Mapping[int, Sequence[UInt8Array]]) -> Figure:
    """Draw a row of pictures for each of several classes, by their positions among the names.

    All pictures are uint8 arrays (size, size, 3).
    """
    rows = [(classes[place], own) for place, own in pictures.items()]
    figure = _grid("A few pictures of each class", rows, after_first=_GAP)
    if left_out := len(classes) - len(rows):
        note(figure, f"The {len(rows):,} largest classes; {left_out:,} more are not drawn.")
    return describe(figure, f"A few pictures of each of {len(rows):,} classes")


@drawn
def augmented(
    classes: Sequence[str], labels: Sequence[int], pictures: Sequence[Sequence[UInt8Array]], changes: Sequence[str]
) -> Figure:
    """Draw a row for each of several pictures: first as it is, then changed at random, each time anew.

    ``labels`` are positions among the names; -1 is no class.
    """
    names = ["no class" if place < 0 else classes[place] for place in labels]
    said = ", ".join(changes) or "none"
    figure = _grid("As the network sees them", list(zip(names, pictures, strict=True)), after_first=_AFTER_ORIGINAL)
    note(figure, f"Left: the original. Then, each time anew, with these changes: {label(said, 90)}.")
    return describe(figure, f"Pictures as augmentation changes them: {said}")


def _grid(title: str, rows: Sequence[tuple[str, Sequence[UInt8Array]]], after_first: float) -> Figure:
    names = [label(name) for name, _ in rows]
    across = max(len(own) for _, own in rows)
    width = across * (_TILE + _GAP) + after_first
    height = len(rows) * (_TILE + _GAP)
    beside = 0.15 + 0.078 * max(map(len, names))
    figure, [axes] = new_figure(title, max(beside + width, 5.0), height + _TITLE + 0.3)
    for row, (_, own) in enumerate(rows):
        top = row * (_TILE + _GAP)
        for column, picture in enumerate(own):
            left = column * (_TILE + _GAP) + (after_first - _GAP if column else 0)
            # Bare pixels in the SVG, and neither smoothed nor cut.
            axes.imshow(picture, extent=(left, left + _TILE, top + _TILE, top), interpolation="none")
    axes.set(xlim=(0, width), ylim=(height, 0), aspect="equal", anchor="W")
    axes.set_xticks([])
    axes.set_yticks([(_TILE + _GAP) * row + _TILE / 2 for row in range(len(rows))], names)
    axes.grid(False)
    axes.spines[:].set_visible(False)
    return figure
