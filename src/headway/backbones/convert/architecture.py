"""Networks of timm and torchvision, by name."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from headway.backbones.convert.network import import_timm
from headway.errors import UnknownNameError, UserError

LIBRARIES = ("timm", "torchvision")
LEAST_SIZE = 32  # pixels; fewer leave no map behind five halvings
RANDOM_SEED = 0
_IMAGENET = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)
# Parts of torchvision's networks that come after the last map, or are for training only.
_TORCHVISION_HEADS = ("classifier.", "fc.", "head.", "heads.", "AuxLogits.", "aux1.", "aux2.")
_TORCHVISION_OPTIONS = {
    "googlenet": {"transform_input": True, "aux_logits": True, "init_weights": True},
    "inception_v3": {"transform_input": True, "aux_logits": True, "init_weights": True},
}


@dataclass(frozen=True)
class Pretrained:
    """Where a network's pretrained weights are.

    Attributes
    ----------
    repository, filename : str
        On the Hugging Face hub, or ``""``.
    url : str
        Elsewhere, or ``""``; the file's name holds the first digits of its sha256.
    licence : str
        What their publisher says, or ``""``.
    """

    repository: str = ""
    filename: str = ""
    url: str = ""
    licence: str = ""


@dataclass(frozen=True)
class Architecture:
    """A network that can be built.

    Attributes
    ----------
    library : {"timm", "torchvision"}
        Where it comes from.
    name : str
        Its name there; of timm with the tag of its weights.
    size : int
        Height and width of the pictures it was trained for, in pixels.
    mean, std : tuple of float
        Of its normalisation, for colours from 0 to 1.
    pretrained : Pretrained or None
        Where its weights are, if there are any.
    heads : tuple of str
        Beginnings of the names of tensors that are not used.
    resizes : bool
        Whether another size of pictures makes another network (of a transformer: other positions).
    """

    library: str
    name: str
    size: int
    mean: tuple[float, ...]
    std: tuple[float, ...]
    pretrained: Pretrained | None
    heads: tuple[str, ...]
    resizes: bool = False

    def __str__(self) -> str:
        return f"{self.library}:{self.name}"


def find_architecture(name: str, also: Sequence[str] = ()) -> Architecture:
    """Look a network up.

    Parameters
    ----------
    name : str
        As timm or torchvision call it, in this order; or with the library before it: ``"torchvision:alexnet"``.
    also : sequence of str
        Other names that may have been meant.

    Raises
    ------
    UnknownNameError
        When neither has it; says near names.
    MissingExtraError
        When torch, timm or torchvision is not installed.

    Examples
    --------
    >>> find_architecture("timm:resnet18").pretrained.repository
    'timm/resnet18.a1_in1k'
    """
    library, _, own = name.rpartition(":")
    if library not in ("", *LIBRARIES):
        raise UserError(f"backbones come from {' or '.join(LIBRARIES)}, not from {library!r}: try {LIBRARIES[0]}:{own}")
    looks: dict[str, Callable[[str], Architecture | None]] = {"timm": _of_timm, "torchvision": _of_torchvision}
    for each in [library] if library else LIBRARIES:
        if (found := looks[each](own)) is not None:
            return found
    raise UnknownNameError("backbone", own, [*also, *architecture_names(library)], list_all=False)


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
        weights = type(weights).IMAGENET1K_V1  # the original recipe; see `headway.backbones.known`
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
    """Make a network, with random weights from a fixed seed.

    Parameters
    ----------
    architecture : Architecture
        Which one.
    image_size : int
        Height and width of its pictures, in pixels; 0 for its own.

    Returns
    -------
    torch.nn.Module
        In evaluation mode. Its input is float (N, 3, size, size), normalised.

    Raises
    ------
    UserError
        When it cannot take pictures of this size; says near sizes that it can.
    """
    size = image_size or architecture.size
    module = _built(architecture, size) if size >= LEAST_SIZE else None
    if module is None:
        near = [side for side in _near(size) if _built(architecture, side) is not None]
        works = f"{' or '.join(map(str, near))} would do" if near else f"its own {architecture.size} would do"
        raise UserError(f"{architecture.name} cannot take pictures of {size} pixels: --image-size {works}")
    return module


def _near(size: int) -> list[int]:
    """Return sizes near one that did not do: multiples of what networks halve or cut pictures into."""
    sizes = {
        max(step, LEAST_SIZE) if size < step else size // step * step + more
        for step in (14, 16, 32)
        for more in (0, step)
    }
    return sorted((side for side in sizes if side >= LEAST_SIZE and side != size), key=lambda side: abs(side - size))[
        :3
    ]


def _built(architecture: Architecture, size: int) -> Any | None:
    """Make a network, and let it look at a picture; return None where it cannot."""
    import torch

    import_timm()
    try:
        with torch.random.fork_rng(devices=[]), torch.no_grad():
            torch.manual_seed(RANDOM_SEED)
            module = _make(architecture, size).eval()
            seen = module(torch.zeros(1, 3, size, size))
    except (RuntimeError, AssertionError, ValueError, ZeroDivisionError, TypeError):  # whatever its authors thought of
        if size == architecture.size:
            raise
        return None
    return module if bool(torch.isfinite(seen).all()) else None


def _make(architecture: Architecture, size: int) -> Any:
    timm = import_timm()
    import torchvision

    other = architecture.resizes and size != architecture.size
    if architecture.library == "timm":
        return timm.create_model(architecture.name, pretrained=False, **({"img_size": size} if other else {}))
    options: dict[str, Any] = dict(_TORCHVISION_OPTIONS.get(architecture.name, {}))
    return torchvision.models.get_model(
        architecture.name, weights=None, **options, **({"image_size": size} if other else {})
    )
