"""Networks of timm and torchvision made into backbones."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from headway.backbones.catalogue import listed
from headway.backbones.convert.architecture import build, find_architecture
from headway.backbones.convert.hub import fetch
from headway.backbones.convert.run import convert_module
from headway.backbones.convert.statefile import fill, read_state
from headway.backbones.info import BackboneInfo
from headway.backbones.provenance import IN_UNITS, Provenance
from headway.backbones.published import Network

if TYPE_CHECKING:
    from headway.session import Session
    from headway.types import Scaling

RANDOM = "random"


def convert_pretrained(
    name: str, key: str, entry: Network | None, weights: str, image_size: int, scaling: Scaling, session: Session
) -> BackboneInfo:
    """Build a network, fill it with weights, and convert it.

    ``name`` is that of timm or torchvision, ``key`` that of the conversion; ``entry`` is that of the short name, if the
    user gave one.
    """
    names = [info.name for info in listed()]
    architecture = find_architecture(entry.architecture if entry else name, also=names)
    title = entry.title if entry else architecture.name
    size = image_size or architecture.size
    if weights == RANDOM:
        how = "with random weights"
        provenance = Provenance(key, f"{title} {how}", f"{architecture} {how}", "none: random weights")
        module = build(architecture, image_size)
    elif weights:
        path = Path(weights)
        source = f"{architecture} with {path.name}"
        provenance = Provenance(key, f"{title} with weights of {path.name}", source, "not known")
        module = fill(architecture, read_state(path), image_size, source=str(path))
    else:
        path = fetch(architecture, session)
        pretrained = architecture.pretrained
        licence = entry.licence if entry else (pretrained.licence if pretrained else "")
        top1 = entry.imagenet_top1 if entry and size == architecture.size else None
        provenance = Provenance(key, title, f"{architecture} with {path.name}", licence or "not known", top1)
        module = fill(architecture, read_state(path), image_size, source=str(path))
    mean, std = architecture.mean, architecture.std
    if scaling == "unit":
        mean, std = (0.0, 0.0, 0.0), (1.0, 1.0, 1.0)
    words = IN_UNITS[scaling]
    provenance = replace(provenance, title=provenance.title + words, source=provenance.source + words)
    return convert_module(module, provenance, session, size=size, mean=mean, std=std)
