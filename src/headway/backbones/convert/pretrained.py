"""Networks of timm and torchvision made into backbones."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from headway.backbones.about import About
from headway.backbones.catalogue import listed
from headway.backbones.convert.architecture import build, find_architecture
from headway.backbones.convert.hub import fetch
from headway.backbones.convert.run import convert_module
from headway.backbones.convert.statefile import fill, read_state
from headway.backbones.info import BackboneInfo
from headway.backbones.known import Known

if TYPE_CHECKING:
    from headway.types import Progress

RANDOM = "random"


def convert_pretrained(
    name: str,
    key: str,
    entry: Known | None,
    *,
    weights: str,
    image_size: int,
    offline: bool,
    cache: str | Path | None,
    progress: Progress,
) -> BackboneInfo:
    """Build a network, fill it with weights, convert it and keep it.

    Parameters
    ----------
    name : str
        A name of timm or torchvision; what is converted is called ``key``.
    key : str
        See `headway.backbones.converted.key`.
    entry : Known or None
        The entry of the short name that was asked for, if it was one.
    weights, image_size, offline, cache, progress
        See `headway.backbones.obtain`.

    Returns
    -------
    BackboneInfo
    """
    names = [info.name for info in listed()]
    architecture = find_architecture(entry.architecture if entry else name, also=names)
    title = entry.title if entry else architecture.name
    size = image_size or architecture.size
    if weights == RANDOM:
        about = About(
            key, f"{title} with random weights", f"{architecture} with random weights", "none: random weights"
        )
        module = build(architecture, image_size)
    elif weights:
        path = Path(weights)
        about = About(key, f"{title} with weights of {path.name}", f"{architecture} with {path.name}", "not known")
        module = fill(architecture, read_state(path), image_size, said=str(path))
    else:
        path = fetch(architecture, offline=offline, progress=progress)
        pretrained = architecture.pretrained
        licence = entry.licence if entry else (pretrained.licence if pretrained else "")
        top1 = entry.imagenet_top1 if entry and size == architecture.size else None
        about = About(key, title, f"{architecture} with {path.name}", licence or "not known", top1)
        module = fill(architecture, read_state(path), image_size, said=str(path))
    return convert_module(
        module, about, size=size, mean=architecture.mean, std=architecture.std, cache=cache, progress=progress
    )
