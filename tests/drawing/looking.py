"""What is written in a figure."""

from __future__ import annotations

from matplotlib.figure import Figure
from matplotlib.text import Text


def texts(figure: Figure) -> set[str]:
    """Return every text of a figure that is seen."""
    figure.draw_without_rendering()
    return {text.get_text() for text in figure.findobj(Text) if text.get_visible() and text.get_text()}


def overlapping(figure: Figure, chosen: list[Text]) -> list[tuple[str, str]]:
    """Return which of some texts cover each other."""
    figure.draw_without_rendering()
    boxes = [(text.get_text(), text.get_window_extent()) for text in chosen if text.get_text()]
    return [
        (one, other)
        for place, (one, box) in enumerate(boxes)
        for other, second in boxes[place + 1 :]
        if box.overlaps(second)
    ]


def is_whole(figure: Figure) -> bool:
    """Return whether nothing of a figure reaches beyond its edges."""
    figure.draw_without_rendering()
    box, (width, height) = figure.get_tightbbox(), figure.get_size_inches()
    return bool(box.x0 >= -0.01 and box.y0 >= -0.01 and box.x1 <= width + 0.01 and box.y1 <= height + 0.01)
