"""Accuracy by the depth of a network."""

from __future__ import annotations

from matplotlib.figure import Figure

from headway.drawing.style import (
    GOOD,
    MUTED,
    SMALL,
    describe,
    drawn,
    legend_above,
    new_figure,
    note,
    percent,
    share,
)
from headway.facts.depths import DepthsReport


@drawn
def accuracy_by_depth(report: DepthsReport) -> Figure:
    """Draw the cross-validated accuracy of a head on each depth, with its 95 % interval, the first layers left."""
    depths, together = report.depths, report.together
    figure, [axes] = new_figure("From general to specific", max(6.0, 1.6 + 0.8 * len(depths)), 3.4)
    places = range(len(depths))
    axes.axhline(together.accuracy, color=MUTED, linewidth=1.2, linestyle="--",
                 label=f"all together: {share(together.accuracy)}")  # fmt: skip
    axes.vlines(places, [depth.low for depth in depths], [depth.high for depth in depths], color=GOOD, linewidth=1.6)
    axes.plot(places, [depth.accuracy for depth in depths], color=GOOD, marker="o", markersize=5)
    for place, depth in enumerate(depths):
        axes.annotate(share(depth.accuracy), (place, depth.high), (0, 3), textcoords="offset points",
                      ha="center", fontsize=SMALL)  # fmt: skip
    axes.set_xticks(places, [f"{depth.name}\n{depth.dim:,} features" for depth in depths])
    axes.margins(x=0.12, y=0.15)
    axes.set_ylabel("cross-validated accuracy")
    percent(axes.yaxis)
    legend_above(axes)
    note(figure, "A logistic head on each depth of the network, the first layers left, with 95 % intervals.")
    first, last = depths[0], depths[-1]
    return describe(
        figure,
        f"Accuracy by depth: {share(first.accuracy)} from {first.name}, {share(last.accuracy)} from the last layer, "
        f"{share(together.accuracy)} from all together",
    )
