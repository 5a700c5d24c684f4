"""The confusion matrix: what is taken for what."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from matplotlib.axes import Axes
from matplotlib.collections import PolyCollection
from matplotlib.colors import to_rgba
from matplotlib.figure import Figure
from matplotlib.ticker import FixedLocator

from headway.drawing.lettering import label
from headway.drawing.style import (
    BAD,
    GOOD,
    INK,
    MUTED,
    SMALL,
    STRONGEST,
    describe,
    drawn,
    legend_above,
    new_figure,
    note,
    proxies,
)
from headway.facts.scores import ConfusionCell

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from headway.types import IntArray

MOST_NAMED = 40  # classes; larger matrices are beside their most confused pairs
MOST_PAIRS = 20
_TITLE = "Confusion matrix: what is taken for what"
_WEAKEST = 0.06  # opacity of a single picture among many
_VECTORS = 5_000  # cells; of more, an SVG holds a picture
_SMALLEST = 1 / 300  # of the matrix: a side of a cell, so that it can be seen


@dataclass(frozen=True, eq=False)
class _Cells:
    """The cells that are not 0: a matrix of 20,000 classes would take gigabytes."""

    names: Sequence[str]  # of the classes that occur or are predicted
    rows: IntArray  # (n,): true class, as position among these
    columns: IntArray  # (n,): predicted class
    counts: IntArray  # (n,)

    @property
    def right(self) -> IntArray:
        """How many of each class are right."""
        return self._count(self.rows == self.columns)

    @property
    def total(self) -> IntArray:
        """How many pictures of each class there are."""
        return self._count(np.ones(len(self.rows), bool))

    def _count(self, chosen: NDArray[np.bool_]) -> IntArray:
        found = np.zeros(len(self.names), np.int64)
        np.add.at(found, self.rows[chosen], self.counts[chosen])
        return found


@drawn
def confusion(classes: Sequence[str], cells: Sequence[ConfusionCell]) -> Figure:
    """Draw the confusion matrix: a row for each true class, a column for each predicted one.

    Classes that neither occur nor are predicted are left out. More than 40 are drawn without names, beside the pairs
    that are most often confused.
    """
    table = np.array([(cell.true, cell.predicted, cell.count) for cell in cells], np.int64)
    shown, places = np.unique(table[:, :2], return_inverse=True)
    rows, columns = places.reshape(-1, 2).T
    found = _Cells([classes[place] for place in shown.tolist()], rows, columns, table[:, 2])
    figure = _with_names(found) if len(shown) <= MOST_NAMED else _beside_pairs(found)
    lines = ["The darker a cell, the larger its part of the pictures of its true class."]
    if absent := len(classes) - len(shown):
        lines.append(f"Not drawn: {absent:,} of {len(classes):,} classes, which neither occur nor are predicted.")
    note(figure, "\n".join(lines))
    right, n = found.right.sum(), found.total.sum()
    return describe(figure, f"Confusion matrix of {len(shown):,} classes: {right:,} of {n:,} pictures are right")


def _with_names(cells: _Cells) -> Figure:
    k, labels = len(cells.names), [label(name) for name in cells.names]
    side = min(0.9, max(0.24, 5.0 / k))  # of a cell, in inches
    room = 0.075 * max(map(len, labels)) + 1.3
    figure, [axes] = new_figure(_TITLE, max(4.2, k * side + room), k * side + room)
    part = cells.counts / cells.total[cells.rows]
    _draw_cells(axes, cells, opacity=_WEAKEST + (STRONGEST - _WEAKEST) * part, side=0.94)
    size = min(10.0, 26 * side, 72 * 1.3 * side / len(f"{cells.counts.max():,}"))
    for row, column, count in zip(cells.rows.tolist(), cells.columns.tolist(), cells.counts.tolist(), strict=True):
        axes.text(column, row, f"{count:,}", ha="center", va="center", fontsize=size,
                  fontweight="bold" if row == column else "normal")  # fmt: skip
    small = min(8.5, 40 * side)
    axes.set_yticks(range(k), labels, fontsize=small)
    upright = max(map(len, labels)) * 0.07 < side
    axes.set_xticks(range(k), labels, fontsize=small, rotation=0 if upright else 45,
                    ha="center" if upright else "right", rotation_mode="anchor", color=INK)  # fmt: skip
    axes.tick_params(length=0)
    hits = [
        f"{right:,} of {n:,}" if n else "none occurs"
        for right, n in zip(cells.right.tolist(), cells.total.tolist(), strict=True)
    ]
    beside = axes.secondary_yaxis("right")
    beside.set_yticks(range(k), hits, fontsize=small, color=MUTED)
    beside.tick_params(length=0)
    beside.spines["right"].set_visible(False)
    axes.annotate("right", (1, 1), (4, 5), xycoords="axes fraction", textcoords="offset points", color=MUTED,
                  fontsize=small)  # fmt: skip
    return figure


def _beside_pairs(cells: _Cells) -> Figure:
    k = len(cells.names)
    figure, [axes, pairs] = new_figure(_TITLE, 12, 6.4, columns=2, width_ratios=(1.25, 1))
    # Nothing is written there: colours may be strong, and must be where cells are tiny.
    part = cells.counts / cells.total[cells.rows]
    _draw_cells(axes, cells, opacity=0.6 + 0.4 * part, side=max(1.0, k * _SMALLEST))
    axes.set_xlabel(f"predicted class, from 1 to {k:,}")
    for axis in (axes.xaxis, axes.yaxis):
        axis.set_major_formatter(lambda place, _: f"{place + 1:,.0f}")
        axis.set_major_locator(FixedLocator(np.linspace(0, k - 1, 6).round().tolist()))
    _draw_pairs(pairs, cells)
    return figure


def _draw_pairs(axes: Axes, cells: _Cells) -> None:
    """Draw a bar for each of the most confused pairs, between the names of the true and of the predicted class."""
    wrong = np.flatnonzero(cells.rows != cells.columns)
    chosen = wrong[np.argsort(-cells.counts[wrong], kind="stable")][:MOST_PAIRS]
    true, predicted = (
        [label(cells.names[place]) for place in places[chosen].tolist()] for places in (cells.rows, cells.columns)
    )
    counts = cells.counts[chosen].tolist()
    axes.set_title("Most often mistaken: the true class, and what it was taken for")
    axes.barh(range(len(counts)), counts, 0.72, color=BAD)
    for place, (name, count) in enumerate(zip(predicted, counts, strict=True)):
        axes.annotate(f"{count:,} × {name}", (count, place), (4, 0), textcoords="offset points", va="center",
                      fontsize=SMALL)  # fmt: skip
    axes.set_yticks(range(len(counts)), true, fontsize=SMALL)
    axes.set_ylim(max(len(counts), 8) - 0.5, -0.5)
    axes.set_xlim(0, 3 * max(counts, default=1))
    axes.set_xticks([])
    axes.grid(False)
    axes.spines["bottom"].set_visible(False)
    if not counts:
        axes.text(0, 0, "No picture is mistaken.", transform=axes.get_yaxis_transform(), va="center", color=MUTED)


def _draw_cells(axes: Axes, cells: _Cells, opacity: NDArray[np.float64], side: float) -> None:
    """Draw the cells as squares, with the scale of the axes and a legend of the two colours."""
    k = len(cells.names)
    corners = side / 2 * np.array([(-1, -1), (1, -1), (1, 1), (-1, 1)])
    squares = np.stack([cells.columns, cells.rows], axis=1)[:, None, :] + corners
    right = (cells.rows == cells.columns).tolist()
    shades = [to_rgba(GOOD if hit else BAD, each) for hit, each in zip(right, opacity.tolist(), strict=True)]
    axes.add_collection(
        PolyCollection(list(squares), facecolors=shades, edgecolors="none", rasterized=len(squares) > _VECTORS)
    )
    axes.set(xlim=(-0.5, k - 0.5), ylim=(k - 0.5, -0.5), aspect="equal")
    axes.set_xlabel("predicted class")
    axes.set_ylabel("true class")
    axes.grid(False)
    axes.spines[:].set_visible(True)
    legend_above(axes, handles=proxies([("right", GOOD), ("wrong", BAD)]))
