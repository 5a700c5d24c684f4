"""How a training went: loss and accuracy after each epoch."""

from __future__ import annotations

import math
from collections.abc import Sequence

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from headway.drawing.style import BAD, GOOD, SURFACE, describe, drawn, new_figure, percent, share, whole_numbers
from headway.facts.training import Epoch


@drawn
def curves(history: Sequence[Epoch], best: int | None = None) -> Figure:
    """Draw loss and accuracy after each epoch, on training and validation pictures.

    ``best`` is the number of the epoch to mark: the one whose weights were kept.
    """
    figure, [loss, accuracy] = new_figure("Training, epoch by epoch", 7.4, 3.4, columns=2)
    epochs = [epoch.number for epoch in history]
    binary = "binary " if any(epoch.train_binary_accuracy is not None for epoch in history) else ""
    panels = (
        (loss, f"loss ({binary}cross-entropy, nats)", "train_loss", "validation_loss", "{:.3f}".format),
        (accuracy, "accuracy", "train_accuracy", "validation_accuracy", share),
    )
    kept = []
    for axes, title, train, validation, form in panels:
        for field, colour, label in ((train, GOOD, "training"), (validation, BAD, "validation")):
            axes.plot(epochs, _values(history, field), color=colour, label=label, marker="o", markersize=2.5)
        axes.margins(x=0.06)
        axes.set_title(title)
        axes.set_xlabel("epoch")
        if len(epochs) == 1:
            axes.set_xlim(epochs[0] - 0.5, epochs[0] + 0.5)
        whole_numbers(axes.xaxis, 8)
        if best is not None and best in epochs:
            value = _values(history, validation)[epochs.index(best)]
            if math.isfinite(value):
                kept.append(form(value))
                _mark(axes, best, value, f"kept: {kept[-1]}")
    # From a little below 0 to a little above all, so that no marker is clipped.
    top = loss.get_ylim()[1]
    loss.set_ylim(-0.03 * top, 1.05 * top)
    low, high = accuracy.get_ylim()
    accuracy.set_ylim(min(low, max(0.0, high - 0.1)), max(high, low + 0.1))
    percent(accuracy.yaxis)
    figure.legend(*loss.get_legend_handles_labels(), loc="outside lower center", ncols=2)
    said = f": epoch {best:,} was kept, validation loss {kept[0]}, accuracy {kept[1]}" if len(kept) == 2 else ""
    return describe(figure, f"Learning curves of {max(epochs):,} epochs{said}")


def _values(history: Sequence[Epoch], field: str) -> list[float]:
    values = [getattr(epoch, field) for epoch in history]
    return [math.nan if value is None else value for value in values]


def _mark(axes: Axes, epoch: int, value: float, words: str) -> None:
    """Ring the best epoch, and write its value above the panel, where no line can cross it."""
    axes.plot([epoch], [value], "o", color=BAD, markersize=8, markerfacecolor=SURFACE, markeredgewidth=1.8)
    axes.set_title(words, loc="right", color=BAD)
