"""A grid of augmented pictures, to be looked at before anything is trained on their like."""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from PIL import Image, ImageDraw, ImageFont, PngImagePlugin

from headway.errors import DataError, PictureError
from headway.images import load
from headway.optional import import_optional
from headway.places import replacing
from headway.training.augment import Augment

if TYPE_CHECKING:
    from headway.dataset import Dataset
    from headway.types import ResizePolicy, UInt8Array

VIEWS = 7
_MARGIN, _GAP, _AFTER_ORIGINAL = 8, 4, 12  # pixels
_GROUND = (221, 221, 221)  # so that the edges of white pictures show
_INK, _TEXT, _LINE, _MOST_NAME = (51, 51, 51), 13, 20, 160  # colour and height of letters, of a line, width of a name


def save_samples(
    dataset: Dataset,
    augment: Sequence[str],
    path: str | Path,
    *,
    resize: ResizePolicy,
    size: int = 128,
    n: int = 6,
    seed: int = 0,
) -> None:
    """Write a PNG with a row for each of a few pictures: its class, it as it is decoded, then changed `VIEWS` times.

    Parameters
    ----------
    dataset : Dataset
        The pictures; they are drawn from each class in turn.
    augment : sequence of str
        The changes, see `headway.changes.RANGES`. Pictures are mixed with others of the grid.
    path : path
        Where to write; replaced if it is there.
    resize : {"crop", "squash", "letterbox"}
        How a picture becomes a square.
    size : int
        Side of a picture, in pixels.
    n : int
        Number of rows, where there are as many pictures.
    seed : int
        Which pictures and which changes.

    Raises
    ------
    UnknownNameError, UserError
        When there is no such change, or its number is out of its range.
    DataError
        When no picture can be read.
    OutputError
        When the file cannot be written.

    Examples
    --------
    >>> import tempfile
    >>> from headway.demo import pictures
    >>> from headway.dataset import read
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = Path(folder) / "samples.png"
    ...     save_samples(read(pictures()), ["rotate=20"], path, resize="squash", size=64)
    ...     path.read_bytes()[1:4]
    b'PNG'
    """
    torch = import_optional("torch", "torch")
    changes = Augment.parse(augment)
    rows, originals = _drawn(dataset, size, resize, n, np.random.default_rng(seed))
    labels = dataset.labels[rows]
    generator = torch.Generator().manual_seed(seed)
    batch, targets = torch.from_numpy(originals), torch.from_numpy(np.maximum(labels, 0))
    n_classes = max(1, len(dataset.classes))
    views = [changes(batch, targets, generator, n_classes=n_classes)[0].numpy() for _ in range(VIEWS)]
    names = [dataset.classes[label] if label >= 0 else "no class" for label in labels.tolist()]
    sheet = _lettered(_sheet(originals, views), names, "Changes: " + (", ".join(augment) or "none"), size)
    with replacing(Path(path), option="--samples") as file:
        written_by = PngImagePlugin.PngInfo()
        written_by.add_text("Software", "Headway")
        sheet.save(file, "PNG", pnginfo=written_by)


def _drawn(
    dataset: Dataset, size: int, resize: ResizePolicy, n: int, source: np.random.Generator
) -> tuple[list[int], UInt8Array]:
    """Return up to n pictures that can be read, one of each class in turn: their rows and their pixels."""
    shuffled = source.permutation(len(dataset))
    seen: dict[int, int] = {}
    turns = []
    for label in dataset.labels[shuffled].tolist():
        turns.append(seen.get(label, 0))
        seen[label] = turns[-1] + 1
    rows, found, reason = [], [], ""
    for row in shuffled[np.argsort(turns, kind="stable")].tolist():
        try:
            found.append(load(dataset.pictures[row], size, resize))
            rows.append(row)
        except PictureError as error:
            reason = f": {dataset.name(row)}: {error}"
        if len(found) == n:
            break
    if not found:
        raise DataError(f"a grid of samples needs a picture that can be read, and there is none{reason}")
    return rows, np.stack(found)


def _sheet(originals: UInt8Array, views: list[UInt8Array]) -> Image.Image:
    rows, size = originals.shape[:2]
    width = 2 * _MARGIN + (1 + len(views)) * size + _AFTER_ORIGINAL + (len(views) - 1) * _GAP
    height = 2 * _MARGIN + rows * size + (rows - 1) * _GAP
    sheet = Image.new("RGB", (width, height), _GROUND)
    for column, pictures in enumerate([originals, *views]):
        left = _MARGIN + column * (size + _GAP) + (_AFTER_ORIGINAL - _GAP if column else 0)
        for row, picture in enumerate(pictures):
            sheet.paste(Image.fromarray(picture), (left, _MARGIN + row * (size + _GAP)))
    return sheet


def _lettered(sheet: Image.Image, names: Sequence[str], title: str, size: int) -> Image.Image:
    """Add the title and the heads of the columns above a sheet, and the names of the rows left of it."""
    font = ImageFont.load_default(_TEXT)
    names = [_short(name, font, _MOST_NAME) for name in names]
    left, top = _MARGIN + math.ceil(max(font.getlength(name) for name in names)), 2 * _LINE
    whole = Image.new("RGB", (left + sheet.width, top + sheet.height), _GROUND)
    whole.paste(sheet, (left, top))
    draw = ImageDraw.Draw(whole)
    draw.text((_MARGIN, _MARGIN), _short(title, font, whole.width - 2 * _MARGIN), _INK, font)
    first = left + _MARGIN
    for start, width, head in (
        (first, size, "original"),
        (
            first + size + _AFTER_ORIGINAL,
            whole.width - first - size - _AFTER_ORIGINAL,
            "as the network sees it, each time anew",
        ),
    ):
        draw.text((start, top), _short(head, font, width), _INK, font, anchor="ls")
    for row, name in enumerate(names):
        draw.text((left, top + _MARGIN + row * (size + _GAP) + size // 2), name, _INK, font, anchor="rm")
    return whole


def _short(text: str, font: ImageFont.FreeTypeFont | ImageFont.ImageFont, width: float) -> str:
    """Return as much of a text as a line of some pixels holds."""
    line = "".join(c if c.isprintable() else "?" for c in text)
    if font.getlength(line) <= width:
        return line
    while line and font.getlength(line + "…") > width:
        line = line[:-1]
    return line + "…"
