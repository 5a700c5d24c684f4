"""How every figure looks: colours, type, sizes; and that nothing of the user's own matplotlib settings matters."""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from typing import Any, ParamSpec

import matplotlib.style
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator, PercentFormatter

from headway.drawing.lettering import use_fonts

INK, MUTED, GRID, SURFACE = "#1f2937", "#667085", "#e4e7ec", "#ffffff"
# By Okabe and Ito (2008), for colour-blind readers, too; black and yellow, which do not show on dark and on light
# ground, are replaced.
SERIES = ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9", "#8c510a", "#b8a900")
GOOD, BAD = SERIES[:2]
# As far from these as possible; only where there are so many classes.
MORE_SERIES = (
    *("#7b3294", "#c51b3f", "#7fbf3f", "#00b3a4", "#f781bf", "#9e9ac8", "#5a6b00", "#a50f76", "#999999", "#00441b"),
    *("#ff9b85", "#333333"),
)
STRONGEST = 0.6  # opacity of a ground with text on it, which is legible in the light and in the dark

DPI = 150
SMALL = 8.0  # points, of notes and dense labels
_PAD = 0.1  # inches, around everything
_STYLE = {
    "axes.axisbelow": True,
    "axes.edgecolor": MUTED,
    "axes.facecolor": "none",
    "axes.grid": True,
    "axes.grid.axis": "y",
    "axes.labelcolor": MUTED,
    "axes.linewidth": 0.8,
    "axes.spines.left": False,
    "axes.spines.right": False,
    "axes.spines.top": False,
    "axes.titlecolor": INK,
    "axes.titlelocation": "left",
    "axes.titlesize": 9.5,
    "figure.constrained_layout.h_pad": _PAD,
    "figure.constrained_layout.use": True,
    "figure.constrained_layout.w_pad": _PAD,
    "figure.facecolor": SURFACE,
    "figure.titlesize": 11.5,
    "figure.titleweight": "bold",
    "font.family": ["DejaVu Sans"],
    "font.size": 9.0,
    "grid.color": GRID,
    "grid.linewidth": 0.8,
    "legend.frameon": False,
    "lines.linewidth": 1.8,
    "patch.edgecolor": "none",
    "svg.fonttype": "none",  # text stays text: it can be found, copied and read aloud
    "svg.hashsalt": "headway",  # otherwise the names inside the file are random
    "svg.image_inline": True,
    "text.color": INK,
    "text.parse_math": False,  # a $ in a name is a $
    "xtick.color": MUTED,
    "xtick.labelsize": 8.5,
    "ytick.color": MUTED,
    "ytick.labelcolor": INK,
    "ytick.labelsize": 8.5,
    "ytick.left": False,
}

P = ParamSpec("P")


def style() -> AbstractContextManager[None]:
    """Return what a figure must be made and saved in."""
    context: AbstractContextManager[None] = matplotlib.style.context([_STYLE], after_reset=True)
    return context


def drawn(function: Callable[P, Figure]) -> Callable[P, Figure]:
    """Make a function draw its figure in this style, and each of its texts in fonts that have its letters."""

    @functools.wraps(function)
    def wrapped(*args: P.args, **kwargs: P.kwargs) -> Figure:
        with style():
            figure = function(*args, **kwargs)
            use_fonts(figure)
        return figure

    return wrapped


def new_figure(
    title: str, width: float, height: float, rows: int = 1, columns: int = 1, **grid: Any
) -> tuple[Figure, list[Axes]]:
    """Return an empty figure, sized in inches, and its axes row by row."""
    # Not by pyplot, which chooses a window system, and keeps every figure.
    figure = Figure(figsize=(width, height))
    axes = figure.subplots(rows, columns, squeeze=False, **grid).ravel().tolist()
    figure.suptitle(title, x=_PAD / width, ha="left")
    return figure, axes


def describe(figure: Figure, text: str) -> Figure:
    """Say in a sentence what a figure shows, to those who cannot see it."""
    figure.set_label(text)
    return figure


def note(figure: Figure, text: str) -> None:
    """Write what one must know to read a figure below it."""
    figure.supxlabel(text, x=_PAD / figure.get_figwidth(), ha="left", fontsize=SMALL, color=MUTED)


def whole_numbers(axis: Any, most: int) -> None:
    """Mark at most so many whole numbers on an axis."""
    axis.set_major_locator(MaxNLocator(most, integer=True))
    axis.set_major_formatter("{x:,.0f}")


def percent(axis: Any) -> None:
    """Write the numbers of an axis in per cent."""
    axis.set_major_formatter(PercentFormatter(1, decimals=None, symbol=" %"))


def share(value: float, digits: int = 1) -> str:
    """Return a part of a whole in per cent, as messages have it.

    Examples
    --------
    >>> share(0.5), share(2 / 3, 0)
    ('50.0 %', '67 %')
    """
    return f"{100 * value:.{digits}f} %"


def legend_above(axes: Axes, **entries: Any) -> None:
    """Explain colours between the title and the panel, where nothing is covered."""
    axes.legend(**entries, loc="lower left", bbox_to_anchor=(0, 1), ncols=3, borderaxespad=0.2, borderpad=0.2,
                handlelength=1.2, columnspacing=1.5)  # fmt: skip


def colours(count: int) -> list[Any]:
    """Return a colour for each class: of those that are easily told apart as long as there are enough."""
    plain = [*SERIES, *MORE_SERIES]
    if count <= len(plain):
        return plain[:count]
    turbo = matplotlib.colormaps["turbo"]
    return [turbo(place / (count - 1)) for place in range(count)]


def proxies(entries: Sequence[tuple[str, str]]) -> list[Any]:
    """Return squares for a legend, of labels and colours."""
    from matplotlib.patches import Patch

    return [Patch(color=colour, label=label) for label, colour in entries]
