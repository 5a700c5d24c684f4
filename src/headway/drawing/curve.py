"""What more pictures have brought, and what more of them would bring."""

from __future__ import annotations

from collections.abc import Sequence

from matplotlib.figure import Figure
from matplotlib.ticker import NullLocator

from headway.drawing.style import BAD, GOOD, SMALL, describe, drawn, legend_above, new_figure, percent, share
from headway.facts.forecast import CurvePoint, Forecast

_BAND = 0.25  # opacity


@drawn
def learning_curve(points: Sequence[CurvePoint], forecasts: Sequence[Forecast] = ()) -> Figure:
    """Draw the accuracy of a logistic head on frozen features against the number of training pictures.

    Forecasts follow as a band, the first of them of the pictures that there are now.
    """
    figure, [axes] = new_figure("What more pictures bring", 6.4, 3.4 if forecasts else 3.2)
    pictures, accuracy = [point.pictures for point in points], [point.accuracy for point in points]
    spread = [(point.pictures, point.accuracy, point.spread) for point in points if forecasts and point.spread]
    for n, value, std in spread:
        axes.plot([n, n], [value - std, value + std], color=GOOD, linewidth=1.2, solid_capstyle="butt")
    axes.plot(pictures, accuracy, color=GOOD, marker="o", markersize=5, clip_on=False, label="measured")
    ticks = dict.fromkeys(pictures)
    if forecasts:
        later = [one.pictures for one in forecasts]
        axes.fill_between(later, [one.low for one in forecasts], [one.high for one in forecasts], color=BAD,
                          alpha=_BAND, linewidth=0, label="95 % interval")  # fmt: skip
        middle = [one.accuracy for one in forecasts]
        axes.plot([pictures[-1], *later], [accuracy[-1], *middle], color=BAD, linestyle="--", label="forecast")
        axes.plot(later, middle, "o", color=BAD, markersize=4)
        # The last measured point is so near to what there is now that its number would not fit beside it.
        ticks = dict.fromkeys([*pictures[:-1], *later])
        legend_above(axes)
    axes.set_xscale("log", base=2)
    axes.set_xticks(list(ticks), [f"{n:,}" for n in ticks])
    axes.xaxis.set_minor_locator(NullLocator())
    axes.margins(x=0.12 if forecasts else 0.15, y=0.15 if forecasts else 0.25)
    axes.set_ylim(top=min(axes.get_ylim()[1], 1.0))
    labelled = [*zip(pictures, accuracy, strict=True), *((one.pictures, one.accuracy) for one in forecasts[1:])]
    for n, value in labelled:
        axes.annotate(f"{share(value)}", (n, value), (-4, 5), textcoords="offset points", ha="right", fontsize=SMALL)
    axes.set_xlabel("pictures learned from" if forecasts else "training pictures (each step doubles them)")
    axes.set_ylabel("accuracy on held-out pictures" if forecasts else "accuracy on the test pictures")
    percent(axes.yaxis)
    first, last = share(accuracy[0]), share(accuracy[-1])
    said = f"Learning curve: {first} with {pictures[0]:,} pictures, {last} with {pictures[-1]:,}"
    if forecasts:
        end = forecasts[-1]
        said += f"; forecast: {share(end.low)} to {share(end.high)} with {end.pictures:,}"
    return describe(figure, said)
