"""A converted network compared with its PyTorch form on real pictures."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from headway.backbones.catalogue import STD_EPSILON, BackboneInfo
from headway.optional import import_optional
from headway.types import Precision

Array = npt.NDArray[Any]


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
    """

    largest: float
    relative: float
    cosine: float


@dataclass(frozen=True)
class Check:
    """A comparison of an ONNX file with its PyTorch network."""

    pictures: int
    differences: dict[str, Difference]
    top1_agree: int
    top5_agree: int


def compare(ours: Array, theirs: Array) -> Difference:
    """Compare two tables of features (n, d)."""
    ours, theirs = ours.astype(np.float64), theirs.astype(np.float64)
    off = np.linalg.norm(ours - theirs, axis=1)
    norm = np.linalg.norm(theirs, axis=1)
    cosine = (ours * theirs).sum(1) / (np.linalg.norm(ours, axis=1) * norm)
    return Difference(float(np.abs(ours - theirs).max()), float((off / norm).max()), float(cosine.min()))


def reference(info: BackboneInfo, network: Any, images: npt.NDArray[np.uint8]) -> dict[str, npt.NDArray[np.float32]]:
    """Compute a backbone's features with PyTorch, in float32.

    Parameters
    ----------
    info : BackboneInfo
        The backbone.
    network : torch.nn.Module
        What :func:`load_network` returns.
    images : ndarray of uint8, shape (n, H, W, 3)
        Pictures of the backbone's input size.

    Returns
    -------
    dict of str to ndarray of float32, shape (n, dim)
        By the names of ``info.dims``, and ``map`` (n, C, h, w).
    """
    torch = import_optional("torch", "torch")
    found: dict[str, Any] = {}

    def pool(name: str, value: Any) -> None:
        found[f"{name}.mean"] = value.mean((2, 3))
        found[f"{name}.std"] = (value.var((2, 3), unbiased=False) + STD_EPSILON).sqrt()

    with torch.inference_mode():
        x = (torch.from_numpy(images).float().permute(0, 3, 1, 2) - 127) / 128
        x = network.bn1(network.conv_stem(x))
        for number, stage in enumerate(network.blocks):
            x = stage(x)
            pool(f"block{number}", x)
        x = network.bn2(network.conv_head(x))
        pool("head", x)
        found["map"] = x
        found["logits"] = network.classifier(found["head.mean"])
    return {name: found[name].numpy() for name in (*info.dims, "map")}


def check(
    info: BackboneInfo, network: Any, model: Path, pictures: Sequence[Path], precision: Precision = "fp32"
) -> Check:
    """Compare an ONNX file, as the OpenVINO engine runs it, with its PyTorch network on pictures.

    Parameters
    ----------
    info : BackboneInfo
        The backbone.
    network : torch.nn.Module
        What :func:`load_network` returns.
    model : Path
        The ONNX file.
    pictures : sequence of Path
        Pictures; each is squashed to the input size.
    precision : {"fp32", "bf16"}
        What the engine computes in.

    Returns
    -------
    Check
    """
    from headway.backbones.openvino import Engine

    images = np.stack([_picture(path, info.input_size) for path in pictures])
    wanted = [reference(info, network, images[start : start + 8]) for start in range(0, len(images), 8)]
    names = [*info.dims, "map"]
    engine = Engine(model, names, precision)
    got = np.concatenate([rows for _, rows in engine.map((None, image[None]) for image in images)])
    parts = dict(
        zip(names, np.split(got, np.cumsum([engine.widths[name] for name in names])[:-1], axis=1), strict=True)
    )
    truth = {name: np.concatenate([batch[name].reshape(len(batch[name]), -1) for batch in wanted]) for name in names}
    top = [np.argsort(-logits, axis=1, kind="stable")[:, :5] for logits in (parts["logits"], truth["logits"])]
    return Check(
        pictures=len(images),
        differences={name: compare(parts[name], truth[name]) for name in names},
        top1_agree=int((top[0][:, 0] == top[1][:, 0]).sum()),
        top5_agree=sum(set(a) == set(b) for a, b in zip(*top, strict=True)),
    )


def _picture(path: Path, size: int) -> npt.NDArray[np.uint8]:
    from PIL import Image

    with Image.open(path) as picture:
        return np.asarray(picture.convert("RGB").resize((size, size), Image.Resampling.BILINEAR))


def report(result: Check) -> Iterator[str]:
    """Yield the lines of a comparison, for people."""
    yield f"{'output':12} {'largest':>10} {'relative':>10} {'cosine':>10}"
    for name, off in result.differences.items():
        yield f"{name:12} {off.largest:10.6f} {off.relative:10.6f} {off.cosine:10.7f}"
    yield (
        f"ImageNet top-1 the same on {result.top1_agree}, top-5 on {result.top5_agree} of {result.pictures} pictures"
    )
