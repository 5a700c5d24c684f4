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
    body = re.sub(r".*?(?=<g )", "", _svg(figure, metadata=False), count=1, flags=re.DOTALL)
    body = re.sub(r"<defs>\s*<style.*?</style>\s*</defs>", "", body, flags=re.DOTALL)
    body = re.sub(r"<!--.*?-->|(?<=>)\s+(?=<)|(?<=[\dz])\s*\n(?=[A-Za-z\"])", "", body, flags=re.DOTALL)
    body = re.sub(r"\d+\.\d{3,}", lambda number: f"{float(number[0]):.2f}".rstrip("0").rstrip("."), body)
    body = re.sub(r' transform="rotate\(-0 [^"]*"', "", body).replace("xlink:href", "href")
    body = re.sub(r"font: ((?:\S+ )*?)([\d.]+)px [^;\"]*", _page_font, body)
    body = re.sub(r" ?font-family: [^;\"]*;?", "", body)
    body = re.sub(
        "|".join(_VARIABLES), lambda found: f"var(--{_VARIABLES[found[0]]}, {found[0]})", body, flags=re.IGNORECASE
    )
    used = set(re.findall(r"(?:href=\"|url\()#([\w-]+)", body))
    prefix = f"f{hashlib.sha256(body.encode()).hexdigest()[:8]}-"
    body = re.sub(r' id="([\w.-]+)"', lambda found: f' id="{prefix}{found[1]}"' if found[1] in used else "", body)
    body = re.sub(r'(href="|url\()#', rf"\1#{prefix}", body)
    width, height = (round(72 * inches, 2) for inches in figure.get_size_inches())
    says = html.escape(str(figure.get_label()))
    return (
        f'<svg viewBox="0 0 {width:g} {height:g}" width="100%" role="img" aria-label="{says}" '
        f'stroke-linejoin="round" stroke-linecap="butt">\n{body}'
    )


def _page_font(found: re.Match[str]) -> str:
    return f"font-size: {found[2]}px" + ("; font-weight: bold" if found[1].startswith("bold") else "")


def _svg(figure: Figure, *, metadata: bool = True) -> str:
    drawing = io.StringIO()
    with style(), warnings.catch_warnings():
        warnings.filterwarnings(
            "ignore", message="Glyph"
        )  # who shows the file may have a font where there is none here
        figure.savefig(drawing, format="svg", metadata={"Creator": "Headway" if metadata else None, "Date": None})
    return drawing.getvalue()


def _png(figure: Figure) -> bytes:
    drawing = io.BytesIO()
    with style():
        figure.savefig(drawing, format="png", dpi=DPI, metadata={"Software": "Headway"})
    return drawing.getvalue()
