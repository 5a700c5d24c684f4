"""What a report's page is made of, besides the blocks of `headway.rendering`: the template has a macro for each."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

from headway.rendering.advice import Advice
from headway.rendering.blocks import Block


@dataclass(frozen=True)
class Figures:
    """The numbers that a reader looks for first.

    Parameters
    ----------
    value, what : str
        The one number, large, and what it is.
    interval : str
        Its interval.
    low, high : float
        Ends of the interval, from 0 to 1, for a bar.
    at : float
        The number itself, from 0 to 1.
    baseline : float or None
        Accuracy of always naming the largest class, from 0 to 1; None where it is not known.
    """

    value: str
    what: str
    interval: str
    low: float
    high: float
    at: float
    baseline: float | None = None


@dataclass(frozen=True)
class Sentences:
    """Sentences to be read first, one to a line.

    Parameters
    ----------
    texts : tuple of str
    """

    texts: tuple[str, ...]


@dataclass(frozen=True)
class Points:
    """A list in order, of names or of what to do next.

    Parameters
    ----------
    texts : tuple of str or of Advice
    """

    texts: tuple[str, ...] | tuple[Advice, ...]


@dataclass(frozen=True)
class Drawing:
    """A drawing.

    Parameters
    ----------
    svg : str
        Markup, of `headway.drawing.inline`.
    caption : str
        What is to be seen.
    """

    svg: str
    caption: str


@dataclass(frozen=True)
class Sortable:
    """A table that its reader may sort.

    Parameters
    ----------
    caption : str
        What it shows; also for readers of a screen.
    columns : tuple of str
    rows : tuple of tuple of str
    left : int
        How many columns, from the first, hold text; the others hold numbers.
    links : tuple of str or None
        For each row, the id of what its first cell leads to.
    """

    caption: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    left: int = 1
    links: tuple[str | None, ...] = ()


@dataclass(frozen=True)
class Shown:
    """A picture as it is shown.

    Parameters
    ----------
    number : int
        Its place in the data block.
    name : str
        What it is called; empty where names are left out.
    thumb : int or None
        Number of its thumbnail; None where it has none.
    note : str
        What is said of it.
    """

    number: int
    name: str
    thumb: int | None
    note: str = ""


@dataclass(frozen=True)
class Gallery:
    """Pictures side by side.

    Parameters
    ----------
    pictures : tuple of Shown
    remark : str
        Said below, of those that are not shown, for instance; empty for nothing.
    """

    pictures: tuple[Shown, ...]
    remark: str = ""

    @property
    def has_thumbs(self) -> bool:
        """Whether any of them is shown as a picture."""
        return any(picture.thumb is not None for picture in self.pictures)


@dataclass(frozen=True)
class Samples:
    """A few pictures of a class.

    Parameters
    ----------
    position : int
        Of the class.
    name : str
        Of the class.
    count : str
        Pictures of the class, in words.
    pictures : tuple of Shown
    """

    position: int
    name: str
    count: str
    pictures: tuple[Shown, ...]


@dataclass(frozen=True)
class ClassSamples:
    """A few pictures of each class.

    Parameters
    ----------
    classes : tuple of Samples
    """

    classes: tuple[Samples, ...]


@dataclass(frozen=True)
class Cell:
    """A cell of the confusion matrix that is not 0.

    Parameters
    ----------
    key : str
        Positions of the true and the predicted class, as ``"3-7"``.
    count : int
    share : float
        Part of the pictures of the true class.
    right : bool
        Whether the two classes are the same.
    label : str
        What is in it, in words.
    has_pictures : bool
        Whether its pictures are listed.
    """

    key: str
    count: int
    share: float
    right: bool
    label: str
    has_pictures: bool


@dataclass(frozen=True)
class Matrix:
    """The confusion matrix.

    Parameters
    ----------
    columns : tuple of str
        Names of the predicted classes.
    rows : tuple of (str, tuple of Cell or None)
        Name of each true class, and its cells.
    """

    columns: tuple[str, ...]
    rows: tuple[tuple[str, tuple[Cell | None, ...]], ...]


@dataclass(frozen=True)
class Sparse:
    """Where the matrix of many classes is drawn, by the page's own script."""


@dataclass(frozen=True)
class CellPictures:
    """The pictures of a cell.

    Parameters
    ----------
    key : str
        Of the cell.
    title : str
        What they have in common.
    gallery : Gallery
    """

    key: str
    title: str
    gallery: Gallery


@dataclass(frozen=True)
class Cells:
    """The pictures of the cells, each hidden until it is asked for.

    Parameters
    ----------
    cells : tuple of CellPictures
    """

    cells: tuple[CellPictures, ...]


@dataclass(frozen=True)
class Layer:
    """Pictures of a class on the map, or all of them where none has a label.

    Parameters
    ----------
    position : int
        Of the class; -1 without labels.
    name : str
        Of the class.
    count : int
        How many pictures.
    colour : int
        Which of the eight colours, from 1.
    path : str
        The points, as the path of an SVG.
    """

    position: int
    name: str
    count: int
    colour: int
    path: str


@dataclass(frozen=True)
class Map:
    """Pictures on a plane.

    Parameters
    ----------
    layers : tuple of Layer
    wrong : str
        Path of the points that are predicted wrongly.
    label : str
        What it shows, in words.
    caption : str
    """

    layers: tuple[Layer, ...]
    wrong: str
    label: str
    caption: str


@dataclass(frozen=True)
class Snippet:
    """Something to copy.

    Parameters
    ----------
    title : str
        What it is for; empty where that has been said.
    language : str
        ``"shell"``, ``"python"``, ``"toml"``.
    text : str
    """

    title: str
    language: str
    text: str


@dataclass(frozen=True)
class Pairs:
    """Names and values.

    Parameters
    ----------
    pairs : tuple of (str, str)
    """

    pairs: tuple[tuple[str, str], ...]


Part: TypeAlias = (
    Block
    | Figures
    | Sentences
    | Points
    | Drawing
    | Sortable
    | Gallery
    | ClassSamples
    | Matrix
    | Sparse
    | Cells
    | Map
    | Snippet
    | Pairs
)


@dataclass(frozen=True)
class Section:
    """A part of the page with a heading.

    Parameters
    ----------
    id : str
        What links lead to.
    title : str
    parts : tuple of Part
    """

    id: str
    title: str
    parts: tuple[Part, ...]


@dataclass(frozen=True)
class Page:
    """A report, before it is HTML.

    Parameters
    ----------
    title : str
        Its heading.
    kind : str
        What it reports on, in a word or two.
    headway : str
        Version of Headway that made it.
    privacy : str
        What of the pictures is in the file.
    sections : tuple of Section
    data : str
        What the page's script reads, as JSON.
    thumbnails : tuple of str
        WebP in base64, by number.
    """

    title: str
    kind: str
    headway: str
    privacy: str
    sections: tuple[Section, ...]
    data: str
    thumbnails: tuple[str, ...] = ()
