"""What there is to choose from and what is kept: the documents of ``backbones --json`` and ``cache --json``."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True)
class Space:
    """Features of one kind that the store holds.

    Parameters
    ----------
    space : str
        Everything that they depend on but the pictures; what stands before the first ``:`` is the backbone.
    features : int
        Pictures whose features are stored.
    bytes : int
        Size of their vectors.
    last_used : str
        The last day (UTC) on which one was written or asked for, as ``2026-11-22``.
    """

    space: str
    features: int
    bytes: int
    last_used: str


@dataclass(frozen=True)
class Area:
    """A folder of the cache.

    Parameters
    ----------
    path : str
        The folder.
    bytes : int
        Size of its files.
    """

    path: str
    bytes: int


@dataclass(frozen=True, kw_only=True)
class CacheReport:
    """What is kept between runs.

    Parameters
    ----------
    schema : int
        Number of this form.
    path : str
        File of the feature store.
    bytes : int
        Size of the store on disk.
    removed : int
        Pictures whose features were deleted just now.
    spaces : tuple of Space
        What the store holds.
    areas : mapping of str to Area
        The other folders of the cache, by purpose.
    """

    schema: int = 1
    path: str
    bytes: int
    removed: int
    spaces: tuple[Space, ...]
    areas: Mapping[str, Area]


@dataclass(frozen=True)
class BackboneEntry:
    """A network or descriptor to borrow features from.

    Parameters
    ----------
    name : str
        As users type it.
    title : str
        Name in prose.
    kind : {"network", "descriptor"}
        Whether it is an ONNX network, or hand-made formulas.
    dim : int
        How many numbers of a picture a head reads, of the last layer alone.
    dims : mapping of str to int
        Length of each output, by name.
    input_size : int
        Height and width of its pictures in pixels.
    parameters : int
        Number of learned parameters.
    licence : str
        SPDX identifier of the weights' licence; empty where it is not known.
    imagenet_top1 : float or None
        Published accuracy on ImageNet, from 0 to 1.
    available : bool
        Whether it is on this machine.
    source : str
        How to get it, for people.
    sha256 : str
        Of its file, in hexadecimal; empty where there is none yet.
    """

    name: str
    title: str
    kind: Literal["network", "descriptor"]
    dim: int
    dims: Mapping[str, int]
    input_size: int
    parameters: int
    licence: str
    imagenet_top1: float | None
    available: bool
    source: str
    sha256: str


@dataclass(frozen=True, kw_only=True)
class BackbonesReport:
    """The backbones to choose from, or the one that was fetched.

    Parameters
    ----------
    schema : int
        Number of this form.
    backbones : tuple of BackboneEntry
        In the order of the listing.
    """

    schema: int = 1
    backbones: tuple[BackboneEntry, ...]
