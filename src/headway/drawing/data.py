"""The classes: how many pictures each has, and in which part."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.typing import NDArray

from headway.drawing.lettering import label
from headway.drawing.style import MUTED, SERIES, SMALL, describe, drawn, legend_above, new_figure, note, whole_numbers

MOST_NAMED = 40  # classes; of more, only sizes are drawn

_MOST_SIZES = 400  # of more classes, those at equal distances are drawn

_COLOURS = {"train": SERIES[0], "validation": SERIES[5], "test": SERIES[4], "pictures": SERIES[0]}
_LABELS = {"train": "training"}
_BAR = 0.24  # inches


@drawn
def class_distribution(classes: Sequence[str], by_part: Mapping[str, Mapping[str, int]]) -> Figure:
    """Draw how many pictures of each class are in each part.

    Parameters
    ----------
    classes : sequence of str
        Names to write, in the order of the counts.
    by_part : mapping of str to mapping of str to int
        Pictures of each class by part, as `Data.by_part` and `ReadReport.counts` have them.
    """
    counts = {part: np.array(list(of_class.values()), np.int64) for part, of_class in by_part.items()}
    total = sum(counts.values(), np.zeros(len(classes), np.int64))
    named = len(classes) <= MOST_NAMED
    figure, [axes] = new_figure("Pictures of each class", 6.4, 1.3 + _BAR * len(classes) if named else 3.6)
    if named:
        _draw_bars(axes, classes, counts, total)
    else:
        _draw_sizes(axes, counts, total)
        note(figure, _sizes(classes, total))
    if len(counts) > 1:
        legend_above(axes)
    return describe(
        figure,
        f"Pictures of each class: {total.sum():,} in {len(classes):,} classes; {_sizes(classes, total)}",
    )


def _draw_bars(
    axes: Axes, classes: Sequence[str], counts: Mapping[str, NDArray[np.int64]], total: NDArray[np.int64]
) -> None:
    """Draw a bar for each class, the first one on top, and how many pictures it stands for."""
    places = np.arange(len(classes))
    start = np.zeros_like(total)
    for part, values in counts.items():
        axes.barh(places, values, 0.72, left=start, color=_COLOURS[part], label=_LABELS.get(part, part))
        start = start + values
    for place, value in enumerate(total.tolist()):
        axes.annotate(f"{value:,}", (value, place), (4, 0), textcoords="offset points", va="center", color=MUTED,
                      fontsize=SMALL)  # fmt: skip
    axes.set_yticks(places, [label(name) for name in classes])
    axes.set_ylim(len(classes) - 0.5, -0.5)
    axes.set_xlim(0, max(1.0, 1.08 * float(total.max(initial=0))))
    axes.set_xlabel("pictures")
    whole_numbers(axes.xaxis, 6)
    axes.grid(False, axis="y")
    axes.grid(True, axis="x")


def _draw_sizes(axes: Axes, counts: Mapping[str, NDArray[np.int64]], total: NDArray[np.int64]) -> None:
    """Draw the sizes of very many classes, the largest first."""
    order = np.argsort(-total, kind="stable")
    places = np.linspace(0, len(order) - 1, min(len(order), _MOST_SIZES)).round().astype(np.int64)
    axes.stackplot(
        places + 1,
        *(values[order[places]] for values in counts.values()),
        colors=[_COLOURS[part] for part in counts],
        labels=[_LABELS.get(part, part) for part in counts],
        step="mid",
        linewidth=0,
    )
    axes.set_xlim(0.5, len(order) + 0.5)
    axes.set_ylim(bottom=0)
    axes.set_xlabel("classes, the largest first")
    axes.set_ylabel("pictures")
    whole_numbers(axes.yaxis, 6)


def _sizes(classes: Sequence[str], total: NDArray[np.int64]) -> str:
    largest, smallest = int(total.argmax()), int(total.argmin())
    if largest == smallest:  # the first of all that are equal
        return f"each has {total[largest]:,}"
    return (
        f"largest: {label(classes[largest])} ({total[largest]:,}), "
        f"smallest: {label(classes[smallest])} ({total[smallest]:,})"
    )
