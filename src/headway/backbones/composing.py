"""Networks made of networks: for pictures of another size, several side by side, mirrored views averaged.

What is made here is described by a `BackboneInfo` like any other, and its graph is composed when it is read. Features
are computed and stored by part (`headway.embedding.parts`), so that what one network has in common with another is
computed once.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

from headway.backbones.info import BackboneInfo
from headway.errors import UserError, blaming

JOIN = "+"
LEAST_SIZE = 32  # pixels: the networks halve a picture five times
_HUB = "hf:"  # as in `headway.backbones.hub`, which stands on this module
_WHOLE_IMAGE = ("map", "flat")


def resized(info: BackboneInfo, size: int) -> BackboneInfo:
    """Return an EfficientNet-Lite for pictures of another size, in pixels.

    Examples
    --------
    >>> from headway.backbones import find
    >>> resized(find("efficientnet_lite0"), 288).map_shape
    (1280, 9, 9)
    """
    if size == info.input_size:
        return info
    if size < LEAST_SIZE:
        with blaming("image_size"):
            raise UserError(f"{info.name} needs pictures of {LEAST_SIZE} pixels or more, not {size}: --image-size")
    side = -(-size // 32)
    return replace(
        info,
        input_size=size,
        map_shape=(info.map_shape[0], side, side),
        sha256=_digest("resized", info.sha256, str(size)),
        origin=info,
    )


def is_joined(name: str) -> bool:
    """Say whether a name is meant for several networks, joined by ``+``, the last of which may be a file.

    Examples
    --------
    >>> is_joined("efficientnet_lite0+resnet50"), is_joined("a+b.onnx"), is_joined("tiny+hf:owner/name:a.onnx")
    (True, False, True)
    """
    *others, last = (part.strip() for part in name.split(JOIN))
    if not _is_path(last) or not others:
        return bool(others)
    # A file may have the sign in its name; where it is not there, a part that is a file tells what is meant.
    return not Path(name).is_file() and any(_is_path(part) and Path(part).is_file() for part in (last, *others))


def _is_path(name: str) -> bool:
    return name.lower().endswith((".onnx", ".keras")) and not name.startswith(_HUB)


def joined_by(name: str, size: int, find: Callable[[str, int], BackboneInfo]) -> BackboneInfo:
    """Return the networks of a name joined by ``+``; ``find`` gets the name of each, and the size of its pictures.

    Without a size, in pixels, all take pictures of the size that the first takes.
    """
    first, *others = (part.strip() for part in name.split(JOIN))
    if not all((first, *others)):
        with blaming("backbone"):
            raise UserError(f"a name is missing beside the {JOIN} in {name!r}: leave the {JOIN} out, or name another")
    found = find(first, size)
    return joined([found, *(find(other, size or found.input_size) for other in others)])


def joined(parts: Sequence[BackboneInfo]) -> BackboneInfo:
    """Return several networks side by side, which take pictures of one size.

    Raises
    ------
    UserError
        When one stands there twice, or they take pictures of different sizes.

    Examples
    --------
    >>> from headway.backbones import find
    >>> both = joined([find("efficientnet_lite0"), resized(find("efficientnet_lite2"), 224)])
    >>> both.name, both.feature_sets["last"]
    ('efficientnet_lite0+efficientnet_lite2', ('efficientnet_lite0/head.mean', 'efficientnet_lite2/head.mean'))
    """
    names = [part.name for part in parts]
    name = JOIN.join(names)
    if repeated := next((one for one in names if names.count(one) > 1), None):
        raise UserError(
            f"each network must be named once, and {repeated} is named {names.count(repeated)} times: {name}"
        )
    sizes = {part.input_size for part in parts}
    if len(sizes) > 1:
        raise UserError(
            f"networks that are joined take one size of pictures, and {name} take "
            f"{' and '.join(str(part.input_size) for part in parts)} pixels: give --image-size, or others"
        )
    return BackboneInfo(
        name=name,
        title=" and ".join(part.title for part in parts),
        dims={f"{part.name}/{output}": dim for part in parts for output, dim in _vectors(part).items()},
        map_shape=(0, 0, 0),
        input_size=sizes.pop(),
        parameters=sum(part.parameters for part in parts),
        licence=" AND ".join(dict.fromkeys(part.licence for part in parts)),
        imagenet_top1=None,
        source=" and ".join(dict.fromkeys(part.source for part in parts)),
        sha256=_digest("joined", *(part.sha256 for part in parts)),
        depths=tuple(f"{part.name}/{output}" for part in parts for output in part.depths),
        parts=tuple(parts),
    )


def mirrored(info: BackboneInfo) -> BackboneInfo:
    """Return a network whose outputs are means over a picture and the picture mirrored, left to right.

    Examples
    --------
    >>> from headway.backbones import find
    >>> mirrored(find("tiny")).depths == find("tiny").depths
    True
    """
    return replace(
        info,
        dims=_vectors(info),
        map_shape=(0, 0, 0),
        sha256=_digest("mirrored", info.sha256),
        path=None,
        layers=(),
        origin=None,
        parts=info.parts or (info,),
        mirrored=True,
    )


def compose(info: BackboneInfo, read: Callable[[BackboneInfo], bytes]) -> bytes:
    """Return the ONNX file of a network that is made of others, which ``read`` reads."""
    if info.origin is not None:
        from headway.backbones.resizing import resize

        return resize(read(info.origin), info.input_size)
    networks = {part.name: read(part) for part in info.parts}
    if len(networks) == 1:
        (network,) = networks.values()
    else:
        from headway.backbones.joining import join

        network = join(networks)
    if not info.mirrored:
        return network
    from headway.backbones.mirrors import views

    return views(network, ("identity", "hflip"), list(info.dims))


def _vectors(info: BackboneInfo) -> dict[str, int]:
    """Return the outputs that do not depend on places in the picture, and their lengths."""
    return {name: dim for name, dim in info.dims.items() if name not in _WHOLE_IMAGE}


def _digest(*identity: str) -> str:
    return hashlib.sha256("\n".join(identity).encode()).hexdigest()
