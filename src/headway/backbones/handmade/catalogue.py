"""The catalogue of hand-made descriptors."""

from __future__ import annotations

import difflib
import functools
import hashlib
import importlib
import importlib.metadata
import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from headway.backbones.info import BackboneInfo
from headway.errors import UnknownNameError, UserError, blaming
from headway.optional import import_optional

if TYPE_CHECKING:
    from headway.backbones.handmade.view import View
    from headway.types import FloatArray

INPUT_SIZE = 224  # as most networks; divisible by all that images are reduced by and cut into
LEAST_SIZE = 64  # below, an eighth of the image at a quarter of its size is a pixel or two
ALL = "handmade"
_JOIN = "+"
_REVISION = 1  # to be raised by whoever changes what a descriptor computes, other than by its parameters

# The packages that a module can come in.
_PACKAGES = {
    "PIL": ("pillow",),
    "skimage": ("scikit-image",),
    "cv2": ("opencv-python-headless", "opencv-python", "opencv-contrib-python-headless", "opencv-contrib-python"),
    "mahotas": ("mahotas",),
}


@dataclass(frozen=True)
class Descriptor:
    """One way to describe an image."""

    name: str
    title: str
    width: int  # length of an image's vector
    local: int  # length of a local descriptor, where the vector is a bag of them; else 0
    modules: tuple[str, ...]  # the libraries that compute it
    parameters: Mapping[str, Any]  # everything else that the numbers depend on, as JSON values
    describe: Callable[[View], FloatArray]

    @property
    def output(self) -> str:
        """The name of its output."""
        return f"{self.name}.local" if self.local else self.name


# Title, and the libraries besides Pillow.
_TABLE: dict[str, tuple[str, tuple[str, ...]]] = {
    "colour": ("histograms of colours", ()),
    "glcm": ("grey-level co-occurrence", ("skimage",)),
    "lbp": ("local binary patterns", ("skimage",)),
    "hog": ("histograms of oriented gradients", ("skimage",)),
    "edges": ("statistics of edges", ("cv2",)),
    "sift": ("SIFT on a grid, as visual words", ("cv2",)),
    "surf": ("SURF, as visual words", ("mahotas",)),
    "harris": ("statistics of Harris corners", ("cv2",)),
}
NAMES: tuple[str, ...] = (*_TABLE, ALL)


@functools.cache
def descriptor(name: str) -> Descriptor:
    """Return a descriptor; its module, and NumPy, are loaded now."""
    title, modules = _TABLE[name]
    module = importlib.import_module(f"headway.backbones.handmade.{name}")
    return Descriptor(
        name=name,
        title=title,
        width=module.WIDTH,
        local=getattr(module, "LOCAL", 0),
        modules=("PIL", *modules),
        parameters=module.PARAMETERS,
        describe=module.describe,
    )


def title(name: str) -> str:
    """Return what a descriptor is, in words.

    Examples
    --------
    >>> title("lbp")
    'local binary patterns'
    """
    return _TABLE[name][0]


def of_output(output: str) -> Descriptor:
    """Return the descriptor that computes an output."""
    return descriptor(output.removesuffix(".local"))


def is_name(name: str) -> bool:
    """Say whether a name is meant for descriptors: one of them, all, or several joined by ``+``.

    Examples
    --------
    >>> is_name("colour"), is_name("colour+lpb"), is_name("resnet50"), is_name("of+colour+and+lbp.onnx")
    (True, True, False, False)
    """
    if name.lower().endswith((".onnx", ".keras")):
        return False
    return name in NAMES or (_JOIN in name and not set(_named(name)).isdisjoint(NAMES))


def parts_of(name: str) -> tuple[str, ...]:
    """Return the descriptors that a name stands for, in the order of the catalogue.

    Examples
    --------
    >>> parts_of("hog+colour")
    ('colour', 'hog')
    """
    if name == ALL:
        return tuple(_TABLE)
    named = _named(name)
    if ALL in named:
        raise UserError(f"{ALL} is all descriptors together, and needs no other beside it: {name}")
    for part in named:
        if not part:
            raise UserError(f"a name is missing beside the {_JOIN} in {name!r}: leave the {_JOIN} out, or name another")
        if name != part and part not in NAMES and not difflib.get_close_matches(part.lower(), _TABLE, cutoff=0.5):
            raise UserError(
                f"networks and hand-made descriptors cannot be joined, and {part!r} is no descriptor: name networks "
                f"alone, or some of {', '.join(_TABLE)}"
            )
        if part not in _TABLE:
            raise UnknownNameError("hand-made descriptor", part, NAMES if name == part else _TABLE)
        if named.count(part) > 1:
            raise UserError(
                f"each descriptor must be named once, and {part} is named {named.count(part)} times: {name}"
            )
    return tuple(part for part in _TABLE if part in named)


def _named(name: str) -> list[str]:
    return [part.strip() for part in name.split(_JOIN)]


def info(name: str, image_size: int = 0) -> BackboneInfo:
    """Return the backbone metadata of a descriptor, of several (``"colour+lbp"``), or of all (``"handmade"``).

    ``image_size`` is in pixels, from 64; 0 for the usual 224. The ``sha256`` is that of everything the numbers depend
    on: parameters, and versions of the libraries.

    Examples
    --------
    >>> info("sift").dims, info("sift").local
    ({'sift.local': 12800}, {'sift.local': 128})
    """
    names = parts_of(name)
    size = image_size or INPUT_SIZE
    if size < LEAST_SIZE:
        with blaming("image_size"):
            raise UserError(
                f"hand-made descriptors need pictures of {LEAST_SIZE} pixels or more, not {size}: --image-size"
            )
    parts = [descriptor(part) for part in names]
    return BackboneInfo(
        name=name if name == ALL else _JOIN.join(names),
        title="all hand-made descriptors" if name == ALL else "; ".join(part.title for part in parts),
        dims={part.output: part.width for part in parts},
        map_shape=(0, 0, 0),
        input_size=size,
        parameters=0,
        licence="",
        imagenet_top1=None,
        source="computed" if not any(_TABLE[part][1] for part in names) else "pip install 'headway[handmade]'",
        sha256=_digest(parts, size),
        depths=tuple(part.output for part in parts),
        kind="descriptor",
        local={part.output: part.local for part in parts if part.local},
    )


def is_available(name: str) -> bool:
    """Return whether all libraries that a descriptor needs are installed."""
    return all(_version(module) for part in parts_of(name) for module in _TABLE[part][1])


def require(descriptors: Iterable[Descriptor]) -> None:
    """Import the libraries of some descriptors, or raise a MissingExtraError."""
    for module in sorted({module for descriptor in descriptors for module in descriptor.modules}):
        import_optional(module, "handmade")


def _digest(parts: Iterable[Descriptor], size: int) -> str:
    identity = {part.name: [part.parameters, {module: _version(module) for module in part.modules}] for part in parts}
    return hashlib.sha256(json.dumps([_REVISION, size, identity], sort_keys=True).encode()).hexdigest()


@functools.cache
def _version(module: str) -> str:
    """Return major and minor version of a library without importing it, ``""`` where it is not installed."""
    for package in _PACKAGES[module]:
        try:
            return ".".join(importlib.metadata.version(package).split(".")[:2])
        except importlib.metadata.PackageNotFoundError:
            continue
    return ""
