"""Whether the probabilities of a classifier can be believed, and how it does where it is sure."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import to_rgba
from matplotlib.figure import Figure
from numpy.typing import NDArray

from headway.drawing.style import (
    BAD,
    GOOD,
    MUTED,
    SMALL,
    STRONGEST,
    describe,
    drawn,
    new_figure,
    note,
    percent,
    share,
    whole_numbers,
)
from headway.facts.scores import CoveragePoint, Reliability, ReliabilityBin

_WORDS = 0.36  # of the width of a drawing: as much as the words at a point take


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
        upper.set_title(f"{title} calibration: off by {_points(error)}")
        upper.set(xlim=(0, 1), ylim=(0, 1))
        percent(upper.yaxis)
        lower.bar(bins["low"], bins["n"], 1 / 15, align="edge", color=to_rgba(GOOD, STRONGEST), edgecolor="none")
        lower.set_xlabel("probability of the predicted class")
        whole_numbers(lower.yaxis, 2)
        percent(lower.xaxis)
    axes[0].set_ylabel("right")
    axes[2].set_ylabel("pictures")
    note(figure, "On the dotted line, probabilities hold; below it, the model is too sure. Orange: by how much.")
    return describe(
        figure,
        f"Reliability: off by {_points(ece_before)} before calibration, by {_points(ece_after)} after it",
    )


def _points(error: float) -> str:
    return f"{100 * error:.1f} points"


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
        _mark(axes, marked, f"{share(marked.threshold, 0)} sure or more:\n{decided} decided, {right} right", low)
    return describe(figure, f"Accuracy against coverage: {'; '.join(said)}")


def _mark(axes: Axes, point: CoveragePoint, words: str, low: float) -> None:
    """Mark a point, with words below it to its left, as the curve falls; above or right where there is no room."""
    axes.plot([point.coverage], [point.accuracy], "o", color=BAD, markersize=6, clip_on=False)
    below = point.accuracy - low > 0.2 * (1 - low)
    left = point.coverage > _WORDS
    axes.annotate(
        words, (point.coverage, point.accuracy), (-6 if left else 8, -8 if below and left else 8),
        textcoords="offset points", ha="right" if left else "left", va="top" if below and left else "bottom",
        fontsize=SMALL,
    )  # fmt: skip


def _better(points: Sequence[CoveragePoint]) -> CoveragePoint | None:
    """Return the point of most pictures at which half the mistakes of all, or more, are avoided."""
    last = points[-1]
    fitting = [point for point in points[:-1] if 1 - point.accuracy <= (1 - last.accuracy) / 2 + 1e-9]
    return fitting[-1] if fitting and last.accuracy < 1 else None
