"""A converted network compared with its PyTorch form on real pictures."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from headway.types import Precision

Array = npt.NDArray[Any]
CHECKED = 4  # pictures, of different classes
_NOTHING = 1e-12  # what a feature's norm is taken for when it is 0


@dataclass(frozen=True)
class Difference:
    """How far a feature of the ONNX file is from the PyTorch network's, over some pictures.

    Attributes
    ----------
    largest : float
        Largest absolute difference of a value.
    relative : float
        Largest, over the pictures, of the Euclidean norm of the difference over that of the PyTorch feature.
    cosine : float
        Smallest cosine similarity of a picture's two features.
    spread : float
        Largest difference of a value between two pictures, in PyTorch.
    """

    largest: float
    relative: float
    cosine: float
    spread: float


def compare(ours: Array, theirs: Array) -> Difference:
    """Compare two tables of features (n, d)."""
    ours, theirs = ours.astype(np.float64), theirs.astype(np.float64)
    off = np.linalg.norm(ours - theirs, axis=1)
    norm = np.maximum(np.linalg.norm(theirs, axis=1), _NOTHING)
    cosine = (ours * theirs).sum(1) / (np.maximum(np.linalg.norm(ours, axis=1), _NOTHING) * norm)
    largest, spread = np.abs(ours - theirs).max(), np.ptp(theirs, axis=0).max()
    return Difference(float(largest), float((off / norm).max()), float(cosine.min()), float(spread))


def both(
    model: Path | bytes,
    names: Sequence[str],
    images: npt.NDArray[np.uint8],
    truth: Callable[[npt.NDArray[np.uint8]], Mapping[str, Array]],
    precision: Precision = "fp32",
) -> tuple[dict[str, Array], dict[str, Array]]:
    """Compute features of pictures with the OpenVINO engine, and as they should be.

    Parameters
    ----------
    model : Path or bytes
        The ONNX file.
    names : sequence of str
        The outputs to compute.
    images : ndarray of uint8, shape (n, H, W, 3)
        Pictures of the right size.
    truth : callable
        Computes the same of a batch.
    precision : {"fp32", "bf16"}
        What the engine computes in.

    Returns
    -------
    ours, theirs : dict of str to ndarray of float32, shape (n, d)
    """
    from headway.backbones.openvino import Engine

    engine = Engine(model, names, precision)
    got = np.concatenate([rows for _, rows in engine.map((None, image[None]) for image in images)])
    edges = np.cumsum([engine.widths[name] for name in names])[:-1]
    ours = dict(zip(names, np.split(got, edges, axis=1), strict=True))
    batches = [truth(images[start : start + 8]) for start in range(0, len(images), 8)]
    return ours, {
        name: np.concatenate([batch[name].reshape(len(batch[name]), -1) for batch in batches]) for name in names
    }


def picture(path: Path, size: int) -> npt.NDArray[np.uint8]:
    """Read a picture and squash it to ``size``."""
    from PIL import Image

    with Image.open(path) as picture:
        return np.asarray(picture.convert("RGB").resize((size, size), Image.Resampling.BILINEAR))


def agreement(
    model: bytes, names: Sequence[str], size: int, truth: Callable[[npt.NDArray[np.uint8]], Mapping[str, Array]]
) -> tuple[int, dict[str, Difference]]:
    """Compare a converted network with what it was made from, on some of the pictures that Headway carries.

    Parameters
    ----------
    model : bytes
        The ONNX file.
    names : sequence of str
        Its outputs.
    size : int
        Height and width of its pictures.
    truth : callable
        From pictures uint8 (n, size, size, 3) to what the outputs should be.

    Returns
    -------
    int
        Number of pictures.
    dict of str to Difference
        By output.
    """
    from headway import demo

    paths = sorted(demo.pictures().rglob("*.webp"))
    images = np.stack([picture(path, size) for path in paths[:: max(1, len(paths) // CHECKED)][:CHECKED]])
    ours, theirs = both(model, names, images, truth)
    return len(images), {name: compare(ours[name], theirs[name]) for name in names}
