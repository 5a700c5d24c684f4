"""Networks of timm and torchvision, by name."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from headway.backbones.convert.network import import_timm
from headway.errors import UnknownNameError, UserError, blaming

LIBRARIES = ("timm", "torchvision")
LEAST_SIZE = 32  # pixels; fewer leave no map behind five halvings
RANDOM_SEED = 0
# Parts of torchvision's networks that come after the last map, or are for training only.
_TORCHVISION_HEADS = ("classifier.", "fc.", "head.", "heads.", "AuxLogits.", "aux1.", "aux2.")
_TORCHVISION_OPTIONS = {
    "googlenet": {"transform_input": True, "aux_logits": True, "init_weights": True},
    "inception_v3": {"transform_input": True, "aux_logits": True, "init_weights": True},
}


@dataclass(frozen=True)
class Pretrained:
    """The place of a network's pretrained weights, or "" for what is unknown.

    Either a ``repository`` of the Hugging Face hub and a ``filename`` in it, or a ``url`` whose file name holds the
    first digits of its sha256. ``licence`` is as published.
    """

    repository: str = ""
    filename: str = ""
    url: str = ""
    licence: str = ""


@dataclass(frozen=True)
class Architecture:
    """A network of timm or torchvision that can be built."""

    library: str
    name: str  # of timm with the tag of its weights
    size: int  # height and width of the images that it was trained for, in pixels
    mean: tuple[float, ...]  # of its normalisation, for colours from 0 to 1
    std: tuple[float, ...]
    pretrained: Pretrained | None
    heads: tuple[str, ...]  # prefixes of the names of tensors that are not used
    resizes: bool = False  # whether another image size makes another network (of a transformer: other positions)

    def __str__(self) -> str:
        return f"{self.library}:{self.name}"


def find_architecture(name: str, also: Sequence[str] = ()) -> Architecture:
    """Look a network up.

    ``name`` is as timm or torchvision have it, looked for in this order, or with the library before it:
    ``"torchvision:alexnet"``. Where neither has it, an UnknownNameError suggests similar names, ``also`` among them.
    """
    library, _, own = name.rpartition(":")
    if library not in ("", *LIBRARIES):
        raise UserError(f"backbones come from {' or '.join(LIBRARIES)}, not from {library!r}: try {LIBRARIES[0]}:{own}")
    looks: dict[str, Callable[[str], Architecture | None]] = {"timm": _of_timm, "torchvision": _of_torchvision}
    for each in [library] if library else LIBRARIES:
        if (found := looks[each](own)) is not None:
            return found
    raise UnknownNameError("backbone", own, architecture_names(library), list_all=False, first=also)


def architecture_names(library: str = "") -> list[str]:
    """Return the names of all networks of timm and torchvision, without tags."""
    timm = import_timm()
    import torchvision

    names = [] if library == "torchvision" else timm.list_models()
    own = [] if library == "timm" else torchvision.models.list_models(module=torchvision.models)
    return sorted({*names, *own})


def _of_timm(name: str) -> Architecture | None:
    timm = import_timm()
    base, _, tag = name.partition(".")
    if not timm.is_model(base):
        return None
    tags = [full.partition(".")[2] for full in timm.list_pretrained(f"{base}.*")]
    if tag and tag not in tags:
        raise UnknownNameError(f"set of weights of {base}", tag, tags)
    config = timm.get_pretrained_cfg(name)
    classifier = config.classifier or ()
    heads = (classifier,) if isinstance(classifier, str) else tuple(classifier)
    pretrained = None
    if config.hf_hub_id or config.url:
        repository = config.hf_hub_id or ""
        pretrained = Pretrained(
            repository=repository,
            filename=(config.hf_hub_filename or "model.safetensors") if repository else "",
            url="" if repository else config.url,
            licence=config.license or "",
        )
    return Architecture(
        library="timm",
        name=f"{base}.{tag or config.tag}" if tag or config.tag else base,
        size=max(config.input_size[1:]),
        mean=tuple(config.mean),
        std=tuple(config.std),
        pretrained=pretrained,
        heads=tuple(f"{head}." for head in heads),
        resizes=bool(config.fixed_input_size),
    )


def _of_torchvision(name: str) -> Architecture | None:
    import_timm()  # guards the import of torchvision
    import torchvision

    if name not in torchvision.models.list_models(module=torchvision.models):
        return None
    weights = torchvision.models.get_model_weights(name).DEFAULT
    if hasattr(type(weights), "IMAGENET1K_V1"):
        weights = type(weights).IMAGENET1K_V1  # the original recipe; see `headway.backbones.published`
    transform = weights.transforms()
    return Architecture(
        library="torchvision",
        name=name,
        size=int(transform.crop_size[0]),
        mean=tuple(transform.mean),
        std=tuple(transform.std),
        pretrained=Pretrained(url=weights.url, licence="BSD-3-Clause"),
        heads=_TORCHVISION_HEADS,
        resizes=name.startswith("vit_"),
    )


def build(architecture: Architecture, image_size: int = 0) -> Any:
    """Build a network in evaluation mode, with random weights from a fixed seed.

    Its input is float (N, 3, size, size), normalised; ``image_size`` is 0 for its own. Where it cannot take images of
    this size, a UserError has sizes near it that it can.
    """
    size = image_size or architecture.size
    module = _try_build(architecture, size) if size >= LEAST_SIZE else None
    if module is None:
        near = [side for side in _near(size) if _try_build(architecture, side) is not None]
        works = f"{' or '.join(map(str, near))} would do" if near else f"its own {architecture.size} would do"
        with blaming("image_size"):
            raise UserError(f"{architecture.name} cannot take pictures of {size} pixels: --image-size {works}")
    return module


def _near(size: int) -> list[int]:
    """Return sizes near an impossible one: multiples of what networks halve or cut images into."""
    sizes = {
        max(step, LEAST_SIZE) if size < step else size // step * step + more
        for step in (14, 16, 32)
        for more in (0, step)
    }
    possible = (side for side in sizes if side >= LEAST_SIZE and side != size)
    return sorted(possible, key=lambda side: abs(side - size))[:3]


def _try_build(architecture: Architecture, size: int) -> Any | None:
    """Build a network and run it on an image; return None where it cannot."""
    import torch

    import_timm()
    try:
        with torch.random.fork_rng(devices=[]), torch.no_grad():
            torch.manual_seed(RANDOM_SEED)
            module = _construct(architecture, size).eval()
            output = module(torch.zeros(1, 3, size, size))
    except (RuntimeError, AssertionError, ValueError, ZeroDivisionError, TypeError):  # of many authors
        if size == architecture.size:
            raise
        return None
    return module if bool(torch.isfinite(output).all()) else None


def _construct(architecture: Architecture, size: int) -> Any:
    timm = import_timm()
    import torchvision

    other = architecture.resizes and size != architecture.size
    if architecture.library == "timm":
        return timm.create_model(architecture.name, pretrained=False, **({"img_size": size} if other else {}))
    options: dict[str, Any] = dict(_TORCHVISION_OPTIONS.get(architecture.name, {}))
    return torchvision.models.get_model(
        architecture.name, weights=None, **options, **({"image_size": size} if other else {})
    )
