"""Figures as SVG and PNG files, and as SVG within a page; the same figure gives the same bytes."""

from __future__ import annotations

import hashlib
import html
import io
import re
import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from matplotlib.figure import Figure

from headway.drawing.lettering import legible
from headway.drawing.style import DPI, GRID, INK, MUTED, SERIES, SURFACE, style
from headway.errors import OutputError
from headway.places import replacing

FORMATS = (".svg", ".png")

_TAG = re.compile("<[^>]+>")
_VARIABLES = {INK: "ink", MUTED: "muted", GRID: "grid", SURFACE: "surface"} | {
    colour: f"series-{number}" for number, colour in enumerate(SERIES, start=1)
}


@dataclass(frozen=True)
class Drawing:
    """A figure that has not been drawn yet.

    Parameters
    ----------
    draw : callable
        Draws it, given names of the classes.
    classes : sequence of str
        These names.
    """

    draw: Callable[[Sequence[str]], Figure]
    classes: Sequence[str] = ()


def save(drawing: Drawing, path: str | Path, *, option: str = "--plots") -> None:
    """Write a drawing as ``.svg``, or as ``.png``, in which classes are numbers where no font has their letters.

    Raises
    ------
    OutputError
        When the file is of another kind, or cannot be written.

    Examples
    --------
    >>> import tempfile
    >>> from headway.drawing.scores import confusion
    >>> from headway.facts.scores import ConfusionCell
    >>> cells = [ConfusionCell(0, 0, 8), ConfusionCell(1, 0, 1), ConfusionCell(1, 1, 7)]
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     save(Drawing(lambda classes: confusion(classes, cells), ["cat", "dog"]), f"{folder}/confusion.svg")
    """
    path = Path(path)
    suffix = path.suffix.lower()
    if suffix not in FORMATS:
        raise OutputError(f"a drawing is written as {' or '.join(FORMATS)}, and {path.name} does not end so")
    if suffix == ".svg":
        content = _svg(drawing.draw(drawing.classes)).encode()
    else:
        content = _png(drawing.draw(legible(drawing.classes)))
    with replacing(path, option=option) as file:
        file.write(content)


def is_ours(path: Path) -> bool:
    """Return whether a file looks like one that `save` wrote."""
    with path.open("rb") as file:
        beginning = file.read(2048)
    return b"Software\0Headway" in beginning or b"<dc:title>Headway</dc:title>" in beginning


def inline(figure: Figure) -> str:
    """Return a figure as SVG to stand within a page, whose font and colours it takes.

    Its colours are the page's CSS variables ``--ink``, ``--muted``, ``--grid``, ``--surface`` and ``--series-1`` to
    ``--series-8``; it has no title, which stands in the page, and is as wide as there is room.
    """
    figure.suptitle("")
    figure.patch.set_visible(False)
    for axes in figure.axes:
        axes.patch.set_visible(False)
    body = re.sub(r"\A.*?(?=<g )|<!--.*?-->|<style.*?</style>|(?<=>)\s+(?=<)", "", _svg(figure), flags=re.DOTALL)
    body = _TAG.sub(_take_from_page, body)
    used = set(re.findall(r"(?:href=\"|url\()#([\w-]+)", "".join(_TAG.findall(body))))
    prefix = f"f{hashlib.sha256(body.encode()).hexdigest()[:8]}-"
    body = _TAG.sub(lambda tag: _prefix_ids(tag[0], used, prefix), body)
    width, height = (round(72 * inches, 2) for inches in figure.get_size_inches())
    says = html.escape(str(figure.get_label()))
    return (
        f'<svg viewBox="0 0 {width:g} {height:g}" width="100%" role="img" aria-label="{says}" '
        f'stroke-linejoin="round" stroke-linecap="butt">\n{body}'
    )


def _take_from_page(tag: re.Match[str]) -> str:
    """Take the font and the colours of one tag from the page, and shorten it; what stands between tags is text."""
    short = re.sub(r"\d+\.\d{3,}", lambda number: f"{float(number[0]):.2f}".rstrip("0").rstrip("."), tag[0])
    short = re.sub(r"(?<=[\dz])\s*\n(?=[A-Za-z\"])| transform=\"rotate\(-0 [^\"]*\"", "", short)
    short = re.sub(r" ?font-family: [^;\"]*;?", "", short).replace("xlink:href", "href")
    colours = "|".join(_VARIABLES)
    return re.sub(colours, lambda colour: f"var(--{_VARIABLES[colour[0]]}, {colour[0]})", short)


def _prefix_ids(tag: str, used: set[str], prefix: str) -> str:
    """Make the names within a figure its own, and leave out those that nothing refers to."""
    tag = re.sub(r' id="([\w.-]+)"', lambda name: f' id="{prefix}{name[1]}"' if name[1] in used else "", tag)
    return re.sub(r'(href="|url\()#', rf"\1#{prefix}", tag)


def _svg(figure: Figure) -> str:
    drawing = io.StringIO()
    with style(), warnings.catch_warnings():
        warnings.filterwarnings(
            "ignore", message="Glyph"
        )  # who shows the file may have a font where there is none here
        figure.savefig(drawing, format="svg", metadata={"Creator": "Headway", "Date": None})
    return drawing.getvalue()


def _png(figure: Figure) -> bytes:
    drawing = io.BytesIO()
    with style():
        figure.savefig(drawing, format="png", dpi=DPI, metadata={"Software": "Headway"})
    return drawing.getvalue()
