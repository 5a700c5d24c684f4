"""A converted EfficientNet-Lite compared with its PyTorch form on pictures."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from headway.backbones.convert.check import Difference, both, compare, picture
from headway.backbones.info import STD_EPSILON, BackboneInfo
from headway.optional import import_optional
from headway.types import Precision


@dataclass(frozen=True)
class Check:
    """A comparison of an ONNX file with its PyTorch network."""

    pictures: int
    differences: dict[str, Difference]
    top1_agree: int
    top5_agree: int


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
    images = np.stack([picture(path, info.input_size) for path in pictures])
    names = [*info.dims, "map"]
    parts, truth = both(model, names, images, lambda batch: reference(info, network, batch), precision)
    top = [np.argsort(-logits, axis=1, kind="stable")[:, :5] for logits in (parts["logits"], truth["logits"])]
    return Check(
        pictures=len(images),
        differences={name: compare(parts[name], truth[name]) for name in names},
        top1_agree=int((top[0][:, 0] == top[1][:, 0]).sum()),
        top5_agree=sum(set(a) == set(b) for a, b in zip(*top, strict=True)),
    )
