"""How good a classifier is: what it mistakes for what, whether it can be believed, and what it is sure of."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.collections import PolyCollection
from matplotlib.colors import to_rgba
from matplotlib.figure import Figure
from matplotlib.ticker import FixedLocator
from numpy.typing import NDArray

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
    percent,
    proxies,
    share,
    whole_numbers,
)
from headway.facts.scores import ConfusionCell, CoveragePoint, Reliability, ReliabilityBin

MOST_CELLS_A_SIDE = 40  # with names and numbers; larger matrices are beside their most confused pairs
MOST_PAIRS = 20
_WEAKEST = 0.06  # opacity of a single picture among many
_MATRIX_TITLE = "What is taken for what"


@drawn
def confusion(classes: Sequence[str], cells: Sequence[ConfusionCell]) -> Figure:
    """Draw the confusion matrix: a row for each true class, a column for each predicted one.

    Classes that neither occur nor are predicted are left out. More than 40 are drawn without names, beside the pairs
    that are most often confused.
    """
    shown = sorted({place for cell in cells for place in (cell.true, cell.predicted)})
    matrix = np.zeros((len(shown), len(shown)), np.int64)
    position = {place: row for row, place in enumerate(shown)}
    for cell in cells:
        matrix[position[cell.true], position[cell.predicted]] = cell.count
    names = [classes[place] for place in shown]
    large = len(shown) > MOST_CELLS_A_SIDE
    figure = _large_matrix(names, matrix) if large else _matrix(names, matrix)
    lines = ["The shade of a cell is its part of the pictures of its true class."]
    if absent := len(classes) - len(shown):
        lines.append(f"Not drawn: {absent:,} of {len(classes):,} classes, which neither occur nor are predicted.")
    note(figure, "\n".join(lines))
    right, n = int(np.trace(matrix)), int(matrix.sum())
    return describe(figure, f"Confusion matrix of {len(shown):,} classes: {right:,} of {n:,} pictures are right")


def _matrix(names: Sequence[str], matrix: NDArray[np.int64]) -> Figure:
    k = len(names)
    side = min(0.9, max(0.24, 5.0 / k))  # of a cell, in inches
    widest = 0.075 * max(len(label(name)) for name in names)
    figure, [axes] = new_figure(_MATRIX_TITLE, max(4.2, k * side + widest + 1.3), k * side + widest + 1.3)
    _draw_cells(axes, matrix)
    size = min(10.0, 26 * side, 72 * 1.3 * side / len(f"{matrix.max(initial=0):,}"))
    for row, column in np.argwhere(matrix).tolist():
        axes.text(column, row, f"{matrix[row, column]:,}", ha="center", va="center", fontsize=size,
                  fontweight="bold" if row == column else "normal")  # fmt: skip
    labels = [label(name) for name in names]
    small = min(8.5, 40 * side)
    axes.set_yticks(range(k), labels, fontsize=small)
    upright = max(map(len, labels)) * 0.07 < side
    axes.set_xticks(range(k), labels, fontsize=small, rotation=0 if upright else 45,
                    ha="center" if upright else "right", rotation_mode="anchor", color=INK)  # fmt: skip
    right = axes.secondary_yaxis("right")
    right.set_yticks(range(k), [_hits(matrix, row) for row in range(k)], fontsize=small, color=MUTED)
    right.tick_params(length=0)
    right.spines["right"].set_visible(False)
    axes.annotate("right", (1, 1), (4, 5), xycoords="axes fraction", textcoords="offset points", color=MUTED,
                  fontsize=small)  # fmt: skip
    axes.tick_params(length=0)
    return figure


def _hits(matrix: NDArray[np.int64], row: int) -> str:
    n = int(matrix[row].sum())
    return f"{matrix[row, row]:,} of {n:,}" if n else "none occurs"


def _large_matrix(names: Sequence[str], matrix: NDArray[np.int64]) -> Figure:
    k = len(names)
    figure, [axes, pairs] = new_figure(_MATRIX_TITLE, 12, 6.4, columns=2, width_ratios=(1.25, 1))
    _draw_cells(axes, matrix)
    axes.set_xlabel(f"predicted class, from 1 to {k:,}")
    for axis in (axes.xaxis, axes.yaxis):
        axis.set_major_formatter(lambda place, _: f"{place + 1:,.0f}")
        axis.set_major_locator(FixedLocator(np.linspace(0, k - 1, 6).round().tolist()))
    wrong = np.where(np.eye(k, dtype=bool), 0, matrix)
    order = np.argsort(-wrong, axis=None, kind="stable")[: min(MOST_PAIRS, int((wrong > 0).sum()))]
    true, predicted = (places.tolist() for places in np.unravel_index(order, wrong.shape))
    counts = wrong.ravel()[order]
    pairs.set_title("Most often mistaken: the true class, and what it was taken for")
    pairs.barh(range(len(counts)), counts, 0.72, color=BAD)
    for place, (other, count) in enumerate(zip(predicted, counts.tolist(), strict=True)):
        pairs.annotate(f"{count:,} × {label(names[other])}", (count, place), (4, 0), textcoords="offset points",
                       va="center", fontsize=SMALL)  # fmt: skip
    pairs.set_yticks(range(len(counts)), [label(names[place]) for place in true], fontsize=SMALL)
    pairs.set_ylim(max(len(counts), 8) - 0.5, -0.5)
    pairs.set_xlim(0, 3 * max(counts.max(initial=0), 1))
    pairs.set_xticks([])
    pairs.grid(False)
    pairs.spines["bottom"].set_visible(False)
    if not len(counts):
        pairs.text(0, 0, "No picture is mistaken.", transform=pairs.get_yaxis_transform(), va="center", color=MUTED)
    return figure


def _draw_cells(axes: Axes, matrix: NDArray[np.int64]) -> None:
    """Draw the cells that are not 0, with the scale of the axes and a legend of the two colours."""
    k = len(matrix)
    rows, columns = np.nonzero(matrix)
    part = matrix[rows, columns] / matrix.sum(axis=1)[rows]
    opacity = _WEAKEST + (STRONGEST - _WEAKEST) * part
    gap = 0.03 if k <= MOST_CELLS_A_SIDE else 0.0
    corners = np.array(
        [(-0.5 + gap, -0.5 + gap), (0.5 - gap, -0.5 + gap), (0.5 - gap, 0.5 - gap), (-0.5 + gap, 0.5 - gap)]
    )
    squares = np.stack([columns, rows], axis=1)[:, None, :] + corners
    if k > MOST_CELLS_A_SIDE:  # nothing is written there: colours may be strong, and must be where cells are tiny
        opacity = 0.6 + 0.4 * part
    shades = [
        to_rgba(GOOD if row == column else BAD, each) for row, column, each in zip(rows, columns, opacity, strict=True)
    ]
    axes.add_collection(PolyCollection(squares, facecolors=shades, edgecolors="none"))
    axes.set(xlim=(-0.5, k - 0.5), ylim=(k - 0.5, -0.5), aspect="equal")
    axes.set_xlabel("predicted class")
    axes.set_ylabel("true class")
    axes.grid(False)
    for spine in axes.spines.values():
        spine.set_visible(True)
    legend_above(axes, handles=proxies([("right", GOOD), ("wrong", BAD)]))


@drawn
def reliability(found: Reliability, ece_before: float, ece_after: float) -> Figure:
    """Draw how often predictions are right against how sure they are, before and after calibration."""
    figure, axes = new_figure(
        "Can probabilities be believed?", 6.4, 4.2, 2, 2, height_ratios=(4, 1), sharex=True, sharey="row"
    )
    before, after = _spread(found.before), _spread(found.after)
    for place, (title, bins, error) in enumerate((("before", before, ece_before), ("after", after, ece_after))):
        upper, lower = axes[place], axes[2 + place]
        upper.plot([0, 1], [0, 1], color=MUTED, linewidth=1, linestyle=":")
        upper.vlines(bins["confidence"], bins["confidence"], bins["accuracy"], color=BAD, linewidth=1.2)
        upper.plot(bins["confidence"], bins["accuracy"], color=GOOD, marker="o", markersize=4, clip_on=False)
        upper.set_title(f"{title} calibration: {share(error)} off on average")
        upper.set(xlim=(0, 1), ylim=(0, 1))
        percent(upper.yaxis)
        lower.bar(bins["low"], bins["n"], 1 / 15, align="edge", color=to_rgba(GOOD, STRONGEST), edgecolor="none")
        lower.set_xlabel("probability of the predicted class")
        whole_numbers(lower.yaxis, 2)
        percent(lower.xaxis)
    axes[0].set_ylabel("right")
    axes[2].set_ylabel("pictures")
    note(
        figure, "On the dotted line, probabilities are what they say; below it they are too sure. Orange: by how much."
    )
    return describe(
        figure,
        f"Reliability: probabilities are {share(ece_before)} off before calibration, {share(ece_after)} after it",
    )


def _spread(bins: Sequence[ReliabilityBin]) -> dict[str, NDArray[np.float64]]:
    return {name: np.array([getattr(each, name) for each in bins]) for name in ("low", "n", "confidence", "accuracy")}


@drawn
def coverage(points: Sequence[CoveragePoint]) -> Figure:
    """Draw the accuracy of the surest predictions against how many these are."""
    figure, [axes] = new_figure("If unsure pictures are left to people", 6.4, 3.2)
    shares, accuracy = ([getattr(point, name) for point in points] for name in ("coverage", "accuracy"))
    axes.plot(shares, accuracy, color=GOOD, marker="o", markersize=3)
    low = max(0.0, min(*accuracy, 0.9) - 0.3 * (1 - min(*accuracy, 0.9)))  # so that there is room for words
    axes.set(xlim=(0, 1.03), ylim=(low, 1 + 0.03 * (1 - low)))
    axes.set_xlabel("part of the pictures that are decided, the surest first")
    axes.set_ylabel("right")
    percent(axes.xaxis)
    percent(axes.yaxis)
    marked, last = _better(points), points[-1]
    said = [f"of all pictures {share(last.accuracy)} are right"]
    _mark(axes, last, f"all decided:\n{share(last.accuracy)} right", low)
    if marked is not None:
        decided, right = share(marked.coverage, 0), share(marked.accuracy)
        said.append(f"of the surest {decided}, {right}")
        _mark(axes, marked, f"sure to {share(marked.threshold, 0)} or more:\n{decided} decided, {right} right", low)
    return describe(figure, f"Accuracy against coverage: {'; '.join(said)}")


def _mark(axes: Axes, point: CoveragePoint, words: str, low: float) -> None:
    """Mark a point, with words below it, or above where there is no room, to its left: the curve falls."""
    axes.plot([point.coverage], [point.accuracy], "o", color=BAD, markersize=6, clip_on=False)
    below = point.accuracy - low > 0.2 * (1 - low)
    axes.annotate(words, (point.coverage, point.accuracy), (-6, -8 if below else 8), textcoords="offset points",
                  ha="right", va="top" if below else "bottom", fontsize=SMALL)  # fmt: skip


def _better(points: Sequence[CoveragePoint]) -> CoveragePoint | None:
    """Return the point of most pictures at which half the mistakes of all, or more, are avoided."""
    last = points[-1]
    fitting = [point for point in points[:-1] if 1 - point.accuracy <= (1 - last.accuracy) / 2 + 1e-9]
    return fitting[-1] if fitting and last.accuracy < 1 else None
