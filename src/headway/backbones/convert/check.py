"""Comparison of a converted network with its PyTorch form on real images."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[Any]
CHECKED = 4  # images, of different classes
_TINY = 1e-12  # in place of a norm of 0


@dataclass(frozen=True)
class Difference:
    """How far a feature of the ONNX file is from the PyTorch network's, over some images."""

    largest: float  # absolute difference of a value
    relative: float  # largest Euclidean norm of an image's difference, over that of the PyTorch feature
    cosine: float  # smallest cosine similarity of an image's two features
    spread: float  # largest difference of a value between two images, in PyTorch


def compare(ours: Array, theirs: Array) -> Difference:
    """Compare two tables of features (n, d)."""
    ours, theirs = ours.astype(np.float64), theirs.astype(np.float64)
    off = np.linalg.norm(ours - theirs, axis=1)
    norm = np.maximum(np.linalg.norm(theirs, axis=1), _TINY)
    cosine = (ours * theirs).sum(1) / (np.maximum(np.linalg.norm(ours, axis=1), _TINY) * norm)
    largest, spread = np.abs(ours - theirs).max(), np.ptp(theirs, axis=0).max()
    return Difference(float(largest), float((off / norm).max()), float(cosine.min()), float(spread))


def run_both_engines(
    model: Path | bytes,
    names: Sequence[str],
    images: npt.NDArray[np.uint8],
    truth: Callable[[npt.NDArray[np.uint8]], Mapping[str, Array]],
) -> tuple[dict[str, Array], dict[str, Array]]:
    """Return features (n, d) of images by name of the output: of the ONNX file in OpenVINO, and of ``truth``."""
    from headway.backbones.openvino import Engine

    engine = Engine(model, names)
    got = np.concatenate([rows for _, rows in engine.map((None, image[None]) for image in images)])
    edges = np.cumsum([engine.widths[name] for name in names])[:-1]
    ours = dict(zip(names, np.split(got, edges, axis=1), strict=True))
    batches = [truth(images[start : start + 8]) for start in range(0, len(images), 8)]
    return ours, {
        name: np.concatenate([batch[name].reshape(len(batch[name]), -1) for batch in batches]) for name in names
    }


def read_image(path: Path, size: int) -> npt.NDArray[np.uint8]:
    """Read an image, squashed to ``size``."""
    from PIL import Image

    with Image.open(path) as image:
        return np.asarray(image.convert("RGB").resize((size, size), Image.Resampling.BILINEAR))


def differences(ours: Mapping[str, Array], theirs: Mapping[str, Array]) -> dict[str, Difference]:
    """Compare tables of features (n, d) by name."""
    return {name: compare(ours[name], theirs[name]) for name in ours}


@dataclass(frozen=True, eq=False)
class Comparison:
    """Features (n, d) of some images by name of the output: of an ONNX file, and of the PyTorch network."""

    ours: dict[str, Array]
    theirs: dict[str, Array]

    @property
    def count(self) -> int:
        """The number of images."""
        return len(next(iter(self.ours.values())))

    @cached_property
    def differences(self) -> dict[str, Difference]:
        """How far the file is from the network, by name of the output."""
        return differences(self.ours, self.theirs)


def compare_on_pictures(
    model: bytes, names: Sequence[str], size: int, truth: Callable[[npt.NDArray[np.uint8]], Mapping[str, Array]]
) -> Comparison:
    """Compute the outputs of an ONNX file, and ``truth``, for some of the pictures that Headway carries.

    ``truth`` takes uint8 (n, size, size, 3).
    """
    from headway import demo

    paths = sorted(demo.pictures().rglob("*.webp"))
    images = np.stack([read_image(path, size) for path in paths[:: max(1, len(paths) // CHECKED)][:CHECKED]])
    return Comparison(*run_both_engines(model, names, images, truth))
