"""A grid of augmented images, to be looked at before training."""

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
from headway.training.lettering import Font, font_for
from headway.types import AS_USUAL

if TYPE_CHECKING:
    from headway.dataset import Dataset
    from headway.types import Reading, ResizePolicy, UInt8Array

VIEWS = 7
_MARGIN, _GAP, _AFTER_ORIGINAL = 8, 4, 12  # pixels
_GROUND = (221, 221, 221)  # so that the edges of white images show
_INK, _TEXT, _LINE, _NAME_WIDTH = (51, 51, 51), 13, 20, 160  # colour and height of letters, of a line, width of a name


def save_samples(
    dataset: Dataset,
    augment: Sequence[str],
    path: str | Path,
    *,
    resize: ResizePolicy,
    reading: Reading = AS_USUAL,
    size: int = 128,
    n: int = 6,
    seed: int = 0,
) -> None:
    """Write a PNG with a row for each of a few images: its class, the image as decoded, then augmented `VIEWS` times.

    The ``n`` images are drawn from each class in turn, and mixed with others of the grid where ``augment`` asks for
    that; ``size`` is their side in pixels. A class whose name no font of this machine can draw is
    called by its number, from 1. Raises DataError when no image can be read.
    """
    torch = import_optional("torch", "torch")
    changes = Augment.parse(augment)
    rows, originals = _choose(dataset, size, resize, reading, n, np.random.default_rng(seed))
    labels = dataset.labels[rows]
    generator = torch.Generator().manual_seed(seed)
    batch, targets = torch.from_numpy(originals), torch.from_numpy(np.maximum(labels, 0))
    n_classes = max(1, len(dataset.classes))
    views = [changes(batch, targets, generator, n_classes=n_classes)[0].numpy() for _ in range(VIEWS)]
    names = [_title(dataset, label) for label in labels.tolist()]
    sheet = _add_labels(_sheet(originals, views), names, "Changes: " + (", ".join(augment) or "none"), size)
    with replacing(Path(path), option="--samples") as file:
        written_by = PngImagePlugin.PngInfo()
        written_by.add_text("Software", "Headway")
        sheet.save(file, "PNG", pnginfo=written_by)


def _title(dataset: Dataset, label: int) -> str:
    """Return the name of a class, or its number where no font has its letters."""
    if label < 0:
        return "no class"
    name = _printable(dataset.classes[label])
    return name if font_for(name, _TEXT) is not None else f"class {label + 1}"


def _choose(
    dataset: Dataset, size: int, resize: ResizePolicy, reading: Reading, n: int, source: np.random.Generator
) -> tuple[list[int], UInt8Array]:
    """Return the rows and the pixels of up to n readable images, one of each class in turn."""
    shuffled = source.permutation(len(dataset))
    seen: dict[int, int] = {}
    turns = []
    for label in dataset.labels[shuffled].tolist():
        turns.append(seen.get(label, 0))
        seen[label] = turns[-1] + 1
    rows, images, reason = [], [], ""
    for row in shuffled[np.argsort(turns, kind="stable")].tolist():
        try:
            images.append(load(dataset.pictures[row], size, resize, reading))
            rows.append(row)
        except PictureError as error:
            reason = f": {dataset.name(row)}: {error}"
        if len(images) == n:
            break
    if not images:
        raise DataError(f"a grid of samples needs a picture that can be read, and there is none{reason}")
    return rows, np.stack(images)


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


def _add_labels(sheet: Image.Image, names: Sequence[str], title: str, size: int) -> Image.Image:
    """Add a title and column heads above a sheet, and row names to its left."""
    font = ImageFont.load_default(_TEXT)
    fonts = [font_for(name, _TEXT) or font for name in names]
    names = [_truncate(name, own, _NAME_WIDTH) for name, own in zip(names, fonts, strict=True)]
    widest = max(own.getlength(name) for name, own in zip(names, fonts, strict=True))
    left, top = _MARGIN + math.ceil(widest), 2 * _LINE
    labelled = Image.new("RGB", (left + sheet.width, top + sheet.height), _GROUND)
    labelled.paste(sheet, (left, top))
    draw = ImageDraw.Draw(labelled)
    draw.text((_MARGIN, _MARGIN), _truncate(title, font, labelled.width - 2 * _MARGIN), _INK, font)
    first = left + _MARGIN
    second = first + size + _AFTER_ORIGINAL
    draw.text((first, top), _truncate("original", font, size), _INK, font, anchor="ls")
    head = _truncate("as the network sees it, each time anew", font, labelled.width - second)
    draw.text((second, top), head, _INK, font, anchor="ls")
    for row, (name, own) in enumerate(zip(names, fonts, strict=True)):
        draw.text((left, top + _MARGIN + row * (size + _GAP) + size // 2), name, _INK, own, anchor="rm")
    return labelled


def _printable(text: str) -> str:
    return "".join(c if c.isprintable() else "?" for c in text)


def _truncate(text: str, font: Font, width: float) -> str:
    """Return as much of a text as fits a width in pixels."""
    line = _printable(text)
    if font.getlength(line) <= width:
        return line
    while line and font.getlength(line + "…") > width:
        line = line[:-1]
    return line + "…"
