"""The hand-made descriptors that there are."""

from __future__ import annotations

import functools
import hashlib
import importlib
import importlib.metadata
import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from headway.backbones.info import BackboneInfo
from headway.errors import UnknownNameError, UserError
from headway.optional import import_optional

if TYPE_CHECKING:
    from headway.backbones.handmade.view import View
    from headway.types import FloatArray

INPUT_SIZE = 224  # as most networks; divisible by all that pictures are reduced by and cut into
LEAST_SIZE = 64  # below, an eighth of the picture at a quarter of its size is a pixel or two
ALL = "handmade"
_REVISION = 1  # to be raised by whoever changes what a descriptor computes, other than by its parameters

# What to install for a module, by the names under which it can come; and what to import of it.
_PACKAGES = {
    "PIL": ("pillow",),
    "skimage": ("scikit-image",),
    "cv2": ("opencv-python-headless", "opencv-python", "opencv-contrib-python-headless", "opencv-contrib-python"),
    "mahotas": ("mahotas",),
}


@dataclass(frozen=True)
class Descriptor:
    """One way of describing a picture.

    Parameters
    ----------
    name : str
        What users type.
    title : str
        Its name in prose.
    width : int
        Length of a picture's vector.
    local : int
        Where that is a bag of local descriptors, the length of one; else 0.
    modules : tuple of str
        The libraries that compute it.
    parameters : mapping
        All else that the numbers depend on, as JSON knows it.
    describe : callable
        Gets a `View`, returns float32 (width,).
    """

    name: str
    title: str
    width: int
    local: int
    modules: tuple[str, ...]
    parameters: Mapping[str, Any]
    describe: Callable[[View], FloatArray]

    @property
    def output(self) -> str:
        """The name of what it computes, among the outputs of a backbone."""
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
    """Return one of the descriptors; only now are its module, and NumPy, loaded.

    Examples
    --------
    >>> descriptor("surf").output
    'surf.local'
    """
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


def of_output(output: str) -> Descriptor:
    """Return the descriptor that computes an output.

    Examples
    --------
    >>> of_output("surf.local").name
    'surf'
    """
    return descriptor(output.removesuffix(".local"))


def info(name: str, image_size: int = 0) -> BackboneInfo:
    """Describe one kind of descriptors, or all together, as a backbone.

    Parameters
    ----------
    name : str
        One of `NAMES`.
    image_size : int
        Height and width of the pictures in pixels, from 64; 0 for the usual 224.

    Returns
    -------
    BackboneInfo
        Its ``sha256`` is that of everything the numbers depend on: parameters, and versions of the libraries.

    Raises
    ------
    UnknownNameError
        When there is none of that name.
    UserError
        When the pictures would be too small.

    Examples
    --------
    >>> info("sift").dims, info("sift").local
    ({'sift.local': 12800}, {'sift.local': 128})
    """
    if name not in NAMES:
        raise UnknownNameError("hand-made descriptor", name, NAMES)
    size = image_size or INPUT_SIZE
    if size < LEAST_SIZE:
        raise UserError(f"hand-made descriptors need pictures of {LEAST_SIZE} pixels or more, not {size}: --image-size")
    parts = [descriptor(part) for part in (_TABLE if name == ALL else [name])]
    return BackboneInfo(
        name=name,
        title="all hand-made descriptors" if name == ALL else parts[0].title,
        dims={part.output: part.width for part in parts},
        map_shape=(0, 0, 0),
        input_size=size,
        parameters=0,
        licence="",
        imagenet_top1=None,
        source="computed" if name == "colour" else "pip install 'headway[handmade]'",
        sha256=_digest(parts, size),
        depths=tuple(part.output for part in parts),
        kind="descriptor",
        local={part.output: part.local for part in parts if part.local},
    )


def is_here(name: str) -> bool:
    """Say whether all libraries are installed that a kind of descriptors needs.

    Examples
    --------
    >>> is_here("colour")
    True
    """
    return all(_version(module) for part in (_TABLE if name == ALL else [name]) for module in _TABLE[part][1])


def require(descriptors: Iterable[Descriptor]) -> None:
    """Import the libraries of some descriptors, or say how to get them.

    Raises
    ------
    MissingExtraError
        When one is not installed.
    """
    for module in sorted({module for descriptor in descriptors for module in descriptor.modules}):
        import_optional(module, "handmade")


def _digest(parts: Iterable[Descriptor], size: int) -> str:
    meant = {part.name: [part.parameters, {module: _version(module) for module in part.modules}] for part in parts}
    said = json.dumps([_REVISION, size, meant], sort_keys=True)
    return hashlib.sha256(said.encode()).hexdigest()


@functools.cache
def _version(module: str) -> str:
    """Return major and minor version of a library without importing it, ``""`` where it is not installed."""
    for package in _PACKAGES[module]:
        try:
            return ".".join(importlib.metadata.version(package).split(".")[:2])
        except importlib.metadata.PackageNotFoundError:
            continue
    return ""
