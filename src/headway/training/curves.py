"""Learning curves: loss and accuracy after each epoch, on training and validation images."""

from __future__ import annotations

import io
import math
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from headway.errors import OutputError, UserError
from headway.optional import import_optional
from headway.places import replacing

if TYPE_CHECKING:
    from headway.facts.training import Epoch

FORMATS = (".png", ".svg")

STYLE = {
    "axes.edgecolor": "#888888",
    "axes.labelcolor": "#333333",
    "axes.spines.right": False,
    "axes.spines.top": False,
    "axes.titlelocation": "left",
    "axes.titlesize": 11,
    "figure.constrained_layout.use": True,
    "font.family": "sans-serif",
    "font.size": 9.5,
    "grid.color": "#e6e6e6",
    "svg.fonttype": "none",
    "svg.hashsalt": "headway",  # otherwise the names inside the file are random
    "xtick.color": "#555555",
    "ytick.color": "#555555",
}
# Okabe and Ito's blue and vermilion, which the colour-blind tell apart.
_TRAIN, _VALIDATION = "#0072b2", "#d55e00"


def save_curves(history: Sequence[Epoch], path: str | Path, *, best: int | None = None) -> None:
    """Draw learning curves as a ``.png`` or ``.svg`` file; the same history gives the same bytes.

    ``best`` is the number of the epoch to mark: the one whose weights were taken. Raises UserError when there is no
    epoch to draw, and OutputError when the file is of another kind.
    """
    path = Path(path)
    if path.suffix.lower() not in FORMATS:
        raise OutputError(
            f"learning curves are written as {' or '.join(FORMATS)}, not {path.suffix or 'without suffix'}"
        )
    if not history:
        raise UserError("learning curves need at least one epoch, and there is none")
    matplotlib = import_optional("matplotlib", "plots")
    drawing = io.BytesIO()
    with matplotlib.rc_context(STYLE):
        figure = draw(history, best)
        is_svg = path.suffix.lower() == ".svg"
        metadata = {"Date": None} if is_svg else {"Software": "Headway"}
        figure.savefig(drawing, format="svg" if is_svg else "png", dpi=150, metadata=metadata)
    with replacing(path, option="--curves") as file:
        file.write(drawing.getvalue())


def draw(history: Sequence[Epoch], best: int | None) -> Any:
    """Return the matplotlib figure; to be drawn and saved with `STYLE`."""
    # Not pyplot: it would choose a window system, and keep every figure.
    figure = import_optional("matplotlib.figure", "plots").Figure(figsize=(8, 3.2))
    loss, accuracy = figure.subplots(1, 2)
    epochs = [epoch.number for epoch in history]
    panels = (
        (loss, "loss (cross-entropy, nats)", "train_loss", "validation_loss", "{:.3f}"),
        (accuracy, "accuracy", "train_accuracy", "validation_accuracy", "{:.1%}"),
    )
    for axes, title, train, validation, form in panels:
        for field, colour, label in ((train, _TRAIN, "train"), (validation, _VALIDATION, "validation")):
            axes.plot(
                epochs, _values(history, field), color=colour, label=label, linewidth=1.8, marker="o", markersize=2.5
            )
        if best is not None and best in epochs:
            _mark(axes, best, _values(history, validation)[epochs.index(best)], form)
        axes.margins(x=0.06)
        axes.set_title(title)
        axes.set_xlabel("epoch")
        axes.xaxis.get_major_locator().set_params(integer=True)
        axes.grid(axis="y")
        axes.set_axisbelow(True)
    # A little below 0, so that no marker is clipped.
    loss.set_ylim(bottom=-0.03 * loss.get_ylim()[1])
    accuracy.yaxis.set_major_formatter(import_optional("matplotlib.ticker", "plots").PercentFormatter(1, decimals=0))
    figure.legend(*loss.get_legend_handles_labels(), frameon=False, loc="outside lower center", ncols=2)
    return figure


def _values(history: Sequence[Epoch], field: str) -> list[float]:
    values = [getattr(epoch, field) for epoch in history]
    return [math.nan if value is None else value for value in values]


def _mark(axes: Any, epoch: int, value: float, form: str) -> None:
    """Ring the best epoch, and write its value above the panel, where no line can cross it."""
    if not math.isfinite(value):
        return
    axes.plot([epoch], [value], "o", color=_VALIDATION, markersize=8, markerfacecolor="white", markeredgewidth=1.8)
    axes.set_title(f"kept: {form.format(value)}", loc="right", color=_VALIDATION, fontsize=9.5)
