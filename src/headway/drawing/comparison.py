"""Recipes side by side."""

from __future__ import annotations

from collections.abc import Sequence

from matplotlib.figure import Figure

from headway.drawing.lettering import label
from headway.drawing.style import (
    GOOD,
    INK,
    MUTED,
    SMALL,
    SURFACE,
    describe,
    drawn,
    legend_above,
    new_figure,
    note,
    percent,
    share,
)
from headway.facts.comparison import Row

_NAME_LETTERS = 34


@drawn
def ranking(rows: Sequence[Row]) -> Figure:
    """Draw the accuracy of each recipe on the test pictures, with its 95 % interval, the best on top."""
    figure, [axes] = new_figure("Which recipe is best", 7.4, max(2.2, 1.5 + 0.28 * len(rows)))
    verdicts = {"best": ("best", GOOD, GOOD), "level": ("not distinguishable from it", GOOD, SURFACE),
                "worse": ("worse beyond chance", MUTED, MUTED)}  # fmt: skip
    for verdict, (words, line, face) in verdicts.items():
        chosen = [(place, row) for place, row in enumerate(rows) if row.verdict == verdict]
        if not chosen:
            continue
        places = [place for place, _ in chosen]
        axes.hlines(places, [row.low for _, row in chosen], [row.high for _, row in chosen], color=line, linewidth=1.6)
        axes.plot([row.accuracy for _, row in chosen], places, "o", color=line, markerfacecolor=face, markersize=6,
                  markeredgewidth=1.6, label=words)  # fmt: skip
    axes.set_yticks(range(len(rows)), [label(row.name, _NAME_LETTERS) for row in rows])
    axes.set_ylim(len(rows) - 0.5, -0.5)
    low, high = min(row.low for row in rows), max(row.high for row in rows)
    axes.set_xlim(max(0.0, low - 0.03), min(1.0, high + 0.03))
    axes.set_xlabel(f"accuracy on {rows[0].n:,} test pictures, with 95 % interval")
    percent(axes.xaxis)
    axes.grid(False, axis="y")
    axes.grid(True, axis="x")
    right = axes.secondary_yaxis("right")
    right.set_yticks(range(len(rows)), [f"{share(row.accuracy)}, {_time(row.seconds)}" for row in rows], fontsize=SMALL)
    right.tick_params(length=0, labelcolor=INK)
    right.spines["right"].set_visible(False)
    legend_above(axes)
    note(figure, "Right: accuracy, and what training takes. Whether two differ is tested picture by picture or fold by "
         "fold,\nnot by whether their intervals overlap.")  # fmt: skip
    best = rows[0]
    return describe(figure, f"Ranking of {len(rows):,} recipes: the best is {best.name} with {share(best.accuracy)}")


def _time(seconds: float) -> str:
    return f"{seconds:,.1f} s" if seconds < 100 else f"{seconds / 60:,.0f} min"
