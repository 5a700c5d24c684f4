"""Learning curves: loss and accuracy after each epoch, on the training and the validation part."""

from __future__ import annotations

import io
import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from headway.errors import OutputError, UserError
from headway.optional import import_optional
from headway.places import replacing

FORMATS = (".png", ".svg")

_STYLE = {
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


def save_curves(history: Sequence[Mapping[str, Any]], path: str | Path, *, best: int | None = None) -> None:
    """Draw the course of a training run.

    Parameters
    ----------
    history : sequence of mapping
        The fields of `headway.training.plan.Epoch`, as a model's report has them; what is not known is None or NaN.
    path : path
        A ``.png`` or ``.svg`` file; replaced if it is there. The same history gives the same bytes.
    best : int, optional
        Number of the epoch whose weights were kept; it is marked.

    Raises
    ------
    UserError
        When there is no epoch to draw.
    OutputError
        When the file is of another kind, or cannot be written.
    MissingExtraError
        When matplotlib is not installed.

    Examples
    --------
    >>> import tempfile
    >>> from dataclasses import asdict
    >>> from headway.training.plan import Epoch
    >>> history = [asdict(Epoch(number, 1 / number, 0.5, 1.1 / number, 0.4, 0.001, 1.0)) for number in (1, 2, 3)]
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     save_curves(history, Path(folder) / "curves.svg", best=3)
    ...     (Path(folder) / "curves.svg").read_text().count("validation") > 0
    True
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
    with matplotlib.rc_context(_STYLE):
        figure = _drawn(history, best)
        is_svg = path.suffix.lower() == ".svg"
        metadata = {"Date": None} if is_svg else {"Software": "Headway"}
        figure.savefig(drawing, format="svg" if is_svg else "png", dpi=150, metadata=metadata)
    with replacing(path, option="--curves") as file:
        file.write(drawing.getvalue())


def _drawn(history: Sequence[Mapping[str, Any]], best: int | None) -> Any:
    # Not pyplot: it would choose a window system, and keep every figure.
    figure = import_optional("matplotlib.figure", "plots").Figure(figsize=(8, 3.2))
    loss, accuracy = figure.subplots(1, 2)
    epochs = [epoch["number"] for epoch in history]
    panels = (
        (loss, "loss (cross-entropy, nats)", "train_loss", "validation_loss", "{:.3f}"),
        (accuracy, "accuracy", "train_accuracy", "validation_accuracy", "{:.1%}"),
    )
    for axes, title, train, validation, form in panels:
        for field, colour, label in ((train, _TRAIN, "train"), (validation, _VALIDATION, "validation")):
            axes.plot(
                epochs, _numbers(history, field), color=colour, label=label, linewidth=1.8, marker="o", markersize=2.5
            )
        if best is not None and best in epochs:
            _mark(axes, best, _numbers(history, validation)[epochs.index(best)], form)
        axes.margins(x=0.06)
        axes.set_title(title)
        axes.set_xlabel("epoch")
        axes.xaxis.get_major_locator().set_params(integer=True)
        axes.grid(axis="y")
        axes.set_axisbelow(True)
    # A little below 0, so that no point is cut in half.
    loss.set_ylim(bottom=-0.03 * loss.get_ylim()[1])
    accuracy.yaxis.set_major_formatter(import_optional("matplotlib.ticker", "plots").PercentFormatter(1, decimals=0))
    figure.legend(*loss.get_legend_handles_labels(), frameon=False, loc="outside lower center", ncols=2)
    return figure


def _numbers(history: Sequence[Mapping[str, Any]], field: str) -> list[float]:
    return [math.nan if epoch[field] is None else float(epoch[field]) for epoch in history]


def _mark(axes: Any, epoch: int, value: float, form: str) -> None:
    """Ring the epoch whose weights were kept, and write its value above the panel, where no line can cross it."""
    if not math.isfinite(value):
        return
    axes.plot([epoch], [value], "o", color=_VALIDATION, markersize=8, markerfacecolor="white", markeredgewidth=1.8)
    axes.set_title(f"kept: {form.format(value)}", loc="right", color=_VALIDATION, fontsize=9.5)
