"""Windows of many squares at once, and where they fit best: to a fraction of a pixel.

The method is that of Lucas and Kanade (1981, "An iterative image registration technique with an application to stereo
vision"): what is cut from a square changes nearly linearly with the edges of the window, and with gain and offset of
brightness, so the window that fits best follows by least squares, a few times over.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from headway.checks.likeness.windows import standardise

if TYPE_CHECKING:
    from headway.types import FloatArray

_SMALLEST = 0.88  # side of a window
_FARTHEST = 0.04  # that an edge moves at once
_RIDGE = 1e-4


def cut_each(squares: FloatArray, edges: FloatArray, size: int) -> FloatArray:
    """Return of each square (m, n, n) its own window, in ``size`` pixels by means over areas, float32 (m, size, size).

    ``edges`` (m, 4) are top, bottom, left and right, as parts of the side.
    """
    rows, columns = _means(squares.shape[-1], size, edges[:, :2]), _means(squares.shape[-1], size, edges[:, 2:])
    return np.asarray(rows @ squares @ columns.transpose(0, 2, 1), np.float32)


def align(squares: FloatArray, templates: FloatArray, edges: FloatArray, steps: int) -> FloatArray:
    """Return the edges, near the given ones, of the windows of squares that templates (m, size, size) fit best."""
    size = templates.shape[-1]
    wanted = standardise(templates)
    best, highest = edges, np.full(len(edges), -2.0, np.float32)
    for step in range(steps + 1):
        parts = cut_each(squares, edges, size)
        fit = np.einsum("mp,mp->m", standardise(parts), wanted)
        better = fit > highest
        best, highest = np.where(better[:, None], edges, best), np.maximum(fit, highest)
        if step < steps:
            edges = _inside(edges + _moves(parts, wanted, edges))
    return best


def _moves(parts: FloatArray, wanted: FloatArray, edges: FloatArray) -> FloatArray:
    """Return by how much to move edges, so that parts come nearer to what is wanted."""
    m, size, _ = parts.shape
    far = ((np.arange(size) + 0.5) / size).astype(np.float32)
    down = np.gradient(parts, axis=1) * size / (edges[:, 1] - edges[:, 0])[:, None, None]
    right = np.gradient(parts, axis=2) * size / (edges[:, 3] - edges[:, 2])[:, None, None]
    columns = [down * (1 - far)[:, None], down * far[:, None], right * (1 - far), right * far, parts]
    design = np.stack([column.reshape(m, -1) for column in columns], axis=1)
    design -= design.mean(axis=2, keepdims=True)
    normal = design @ design.transpose(0, 2, 1)
    scale = np.sqrt(np.einsum("mkk->mk", normal)) + 1e-9
    normal /= scale[:, :, None] * scale[:, None, :]
    solved = np.linalg.solve(
        normal + _RIDGE * np.eye(5, dtype=np.float32), (design @ wanted[:, :, None]) / scale[:, :, None]
    )
    solved = solved[:, :, 0] / scale
    gain = solved[:, 4:]
    moves = np.where(gain > 1e-9, solved[:, :4] / np.maximum(gain, 1e-9), 0.0)
    return np.asarray(np.clip(moves, -_FARTHEST, _FARTHEST), np.float32)


def _inside(edges: FloatArray) -> FloatArray:
    """Return windows within the square, and not too small."""
    moved = np.empty_like(edges)
    for first in (0, 2):
        side = np.clip(edges[:, first + 1] - edges[:, first], _SMALLEST, 1.0)
        moved[:, first] = np.clip(edges[:, first], 0.0, 1.0 - side)
        moved[:, first + 1] = moved[:, first] + side
    return moved


def _means(n: int, size: int, edges: FloatArray) -> FloatArray:
    """Return matrices (m, size, n) that take means of n pixels over ``size`` equal stretches between two edges."""
    far = np.linspace(0.0, 1.0, size + 1, dtype=np.float32)
    widths = edges[:, 1:] - edges[:, :1]
    bounds = n * (edges[:, :1] + widths * far)
    before = bounds[:, :, None] - np.arange(n, dtype=np.float32)  # of each pixel, the part before each bound
    np.clip(before, 0.0, 1.0, out=before)
    shared = before[:, 1:] - before[:, :-1]
    shared *= (size / (n * widths))[:, :, None]
    return np.asarray(shared)
