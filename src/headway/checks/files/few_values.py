"""106 few-values: images of few levels where the others have many: posterised, or scaled wrongly from more bits.

Levels are counted in the pixels of the file, where resizing has not mixed any: of the channel that has most. Only what
is compressed without loss can keep few, and then its file is small, so only those are decoded that take less than
two thirds of the median bytes per pixel. Evidence: median (levels of a sample of the others). Value: levels.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from typing import TYPE_CHECKING

import numpy as np

from headway.checks.base import Found, TooLittle
from headway.checks.files.unlike import FEWEST, showing
from headway.cores import cpu_count
from headway.images.levelcount import count_levels
from headway.pipeline import parallel

if TYPE_CHECKING:
    from headway.checks.context import Context
    from headway.types import IntArray

_LOSSLESS = ("PNG", "TIFF", "BMP", "GIF")
_SMALLER = 2 / 3
_SAMPLE = 100
_FEW, _MANY = 16, 48


def run(context: Context) -> Iterator[Found]:
    """Find images of few levels."""
    facts = dict(showing(context.facts))
    bytes_per_pixel = {
        row: file.bytes / (facts[row].width * facts[row].height)
        for row, file in enumerate(context.files)
        if file and row in facts and file.format in _LOSSLESS
    }
    rows, size = np.array([*bytes_per_pixel], np.int64), np.array([*bytes_per_pixel.values()])
    if len(rows) < FEWEST:
        raise TooLittle("files", FEWEST, len(rows))
    some = np.random.default_rng(context.seed).permutation(len(rows))[:_SAMPLE]
    usual = float(np.median(_levels(context, rows[some])))
    if usual < _MANY:
        return
    small = rows[size < _SMALLER * np.median(size)]
    levels = _levels(context, small)
    few = np.flatnonzero(levels <= _FEW)
    if len(few):
        order = few[np.argsort(levels[few], kind="stable")]
        yield Found("note", small[order], {"median": usual}, values=levels[order].tolist())


def _levels(context: Context, rows: IntArray) -> IntArray:
    """Count the levels of images; what cannot be counted has all."""
    pictures = (context.data.pictures[row] for row in rows.tolist())
    with closing(parallel(pictures, count_levels, threads=cpu_count(), ahead=4 * cpu_count())) as counts:
        return np.array([256 if count is None else count for count in counts], np.int64)
