"""From a PyTorch network to a backbone in the cache: written down, checked, described, kept."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from headway.backbones import converted
from headway.backbones.about import About, describe
from headway.backbones.convert.check import agreement
from headway.backbones.convert.export import export
from headway.backbones.convert.reading import outputs_of
from headway.backbones.info import BackboneInfo
from headway.errors import RunError, UserError
from headway.optional import import_optional
from headway.types import Silent

if TYPE_CHECKING:
    from onnx import ModelProto

    from headway.types import Progress

TOLERANCE = 1e-3  # of the relative difference to PyTorch; measured: at most 1e-5 (docs/adr/0010-any-backbone.md)


def convert_module(
    module: Any,
    about: About,
    *,
    size: int,
    mean: Sequence[float],
    std: Sequence[float],
    cache: str | Path | None = None,
    progress: Progress | None = None,
) -> BackboneInfo:
    """Convert a PyTorch network, check the result on real pictures, and keep it.

    Parameters
    ----------
    module : torch.nn.Module
        In evaluation mode. Takes float32 (N, 3, size, size), normalised.
    about : About
        What is known of it.
    size : int
        Height and width of its pictures, in pixels.
    mean, std : sequence of 3 floats
        Of its normalisation, for colours from 0 to 1.
    cache : Path, optional
        Headway's cache folder, if it is not the usual one.
    progress : Progress, optional
        Told what goes on.

    Returns
    -------
    BackboneInfo

    Raises
    ------
    UserError
        When it cannot be written down, or says the same of all pictures.
    RunError
        When the result does not compute what PyTorch computes; then nothing is kept.
    """
    progress = progress or Silent()
    progress.start(f"converting {about.name} to ONNX")
    model = export(module, size=size, mean=mean, std=std)
    info = describe(model, about)
    _check(model, module, info, mean, std, progress)
    return converted.keep(model, info, cache)


def _check(
    model: ModelProto,
    module: Any,
    info: BackboneInfo,
    mean: Sequence[float],
    std: Sequence[float],
    progress: Progress,
) -> None:
    torch = import_optional("torch", "torch")
    read = outputs_of(module, info.input_size)
    centre, spread = (torch.tensor(values, dtype=torch.float32).reshape(1, 3, 1, 1) for values in (mean, std))

    def truth(images: Any) -> dict[str, Any]:
        with torch.inference_mode():
            x = torch.from_numpy(images).float().permute(0, 3, 1, 2) / 255
            return {name: value.numpy() for name, value in read((x - centre) / spread).items()}

    pictures, differences = agreement(model.SerializeToString(), [*info.dims], info.input_size, truth)
    name, worst = max(differences.items(), key=lambda item: item[1].relative)
    if not worst.relative <= TOLERANCE or not np.isfinite(worst.largest):
        raise RunError(
            f"{info.name} converted to ONNX does not compute what it computes in PyTorch ({name} differs by "
            f"{worst.relative:.1g} of its norm), and is not kept: please report it"
        )
    if differences["head.mean"].spread == 0:
        raise UserError(f"{info.source} gives the same for different pictures: are its weights all zero? Give others")
    progress.note(
        f"{info.name}: checked against PyTorch on {pictures} pictures, "
        f"largest difference {worst.relative:.0e} of the norm"
    )
