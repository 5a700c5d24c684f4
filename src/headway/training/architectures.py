"""Small networks that are trained from random weights.

::

    images uint8 (n, H, W, 3) ─ colours ─ features ─ map (n, C, h, w) ─ pool ─ head.mean (n, d) ─ classifier ─ logits
"""

from __future__ import annotations

import itertools
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import torch
from torch import nn

from headway.errors import UnknownNameError, UserError

if TYPE_CHECKING:
    from torch import Tensor


class Colours(NamedTuple):
    """What becomes of red, green and blue in 0…255: put in ``order``, less ``mean`` (in that order), by ``scale``."""

    order: tuple[int, int, int]
    mean: tuple[float, float, float]
    scale: float


RGB = Colours((0, 1, 2), (123.675, 116.28, 103.53), 57.375)
"""Less ImageNet's mean of each, in units of the mean of their standard deviations."""
BGR = Colours((2, 1, 0), (103.939, 116.779, 123.68), 1.0)
"""Blue first, less ImageNet's mean of each, as the VGG networks were published and Keras' ``caffe`` mode does."""


@dataclass(frozen=True)
class Architecture:
    """A network that can be built for any number of classes."""

    title: str
    image_size: int  # height and width of the images that it is meant for, in pixels
    smallest: int  # the least that leave a map of one pixel
    width: int  # number of features that the classifier reads
    colours: Colours
    make: Callable[[], tuple[nn.Sequential, nn.Sequential]]  # features and pool, with random weights


class ScratchNetwork(nn.Module):  # type: ignore[misc]
    """A small network, from images to logits, by one of the names in `ARCHITECTURES`.

    Examples
    --------
    >>> network = ScratchNetwork("food11", 11)
    >>> sum(parameter.numel() for parameter in network.parameters())
    139147
    >>> network(torch.zeros((2, 48, 48, 3), dtype=torch.uint8)).shape
    torch.Size([2, 11])
    """

    def __init__(self, name: str, n_classes: int, seed: int = 0) -> None:
        super().__init__()
        self.architecture = find(name)
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(seed)
            self.features, self.pool = self.architecture.make()
            self.classifier = nn.Linear(self.architecture.width, n_classes)
            _glorot(self.classifier)
        self.register_buffer("mean", torch.tensor(self.architecture.colours.mean), persistent=False)

    def forward(self, images: Tensor) -> Tensor:
        """Compute logits (n, k) of uint8 images (n, H, W, 3)."""
        return self.classifier(self.pool(self.features(self.coloured(images))))

    def coloured(self, images: Tensor) -> Tensor:
        """Return what the first layer reads, float32 (n, 3, H, W)."""
        order, _, scale = self.architecture.colours
        if order != RGB.order:
            images = images[..., list(order)]
        return ((images - self.mean) / scale).permute(0, 3, 1, 2)


class Residual(nn.Module):  # type: ignore[misc]
    """Two convolutions beside a shortcut (He et al. 2016), which halve the sides of a map."""

    def __init__(self, width_in: int, width_out: int) -> None:
        super().__init__()
        self.body = nn.Sequential(
            *_normalised(width_in, width_out, 3, 2), nn.ReLU(), *_normalised(width_out, width_out, 3, 1)
        )
        # Pooled before the convolution of stride 1, so that no pixel is skipped (He et al. 2019, ResNet-D).
        self.shortcut = nn.Sequential(nn.MaxPool2d(2, ceil_mode=True), *_normalised(width_in, width_out, 1, 1))

    def forward(self, tensor: Tensor) -> Tensor:
        """Map (n, width_in, h, w) to (n, width_out, h / 2, w / 2), rounded up."""
        return nn.functional.relu(self.body(tensor) + self.shortcut(tensor))


def _normalised(width_in: int, width_out: int, kernel: int, stride: int) -> tuple[nn.Conv2d, nn.BatchNorm2d]:
    """Return a convolution, initialised for ReLUs after it or its sum (He et al. 2015), and its batch norm."""
    convolution = nn.Conv2d(width_in, width_out, kernel, stride, kernel // 2, bias=False)
    nn.init.kaiming_normal_(convolution.weight, mode="fan_out")
    return convolution, nn.BatchNorm2d(width_out)


def _glorot(layer: nn.Conv2d | nn.Linear) -> nn.Conv2d | nn.Linear:
    """Initialise a layer as Keras does (Glorot and Bengio 2010)."""
    nn.init.xavier_uniform_(layer.weight)
    nn.init.zeros_(layer.bias)
    return layer


def _food11() -> tuple[nn.Sequential, nn.Sequential]:
    """Without padding: of 224 pixels remain maps of 222, 111, 109, 54, 52, 26, 24 and 12, as the publication prints."""
    widths = (3, 32, 64, 64, 128)
    features = nn.Sequential()
    for before, after in itertools.pairwise(widths):
        features.extend([_glorot(nn.Conv2d(before, after, 3)), nn.ReLU(), nn.MaxPool2d(2)])
    return features, nn.Sequential(nn.AdaptiveAvgPool2d(1), nn.Flatten(), _glorot(nn.Linear(128, 64)), nn.ReLU())


def _residual() -> tuple[nn.Sequential, nn.Sequential]:
    widths = (32, 64, 128, 192)
    features = nn.Sequential(*_normalised(3, widths[0], 3, 2), nn.ReLU())
    features.extend([Residual(before, after) for before, after in itertools.pairwise(widths)])
    return features, nn.Sequential(nn.AdaptiveAvgPool2d(1), nn.Flatten())


ARCHITECTURES: dict[str, Architecture] = {
    "food11": Architecture("the small CNN of the Food-11 experiment", 224, 46, 64, BGR, _food11),
    "residual": Architecture("a small residual network", 128, 16, 192, RGB, _residual),
}
"""By the values of a recipe's ``scratch``."""


def find(name: str) -> Architecture:
    """Return the architecture of a name; raise UnknownNameError where there is none."""
    if name not in ARCHITECTURES:
        raise UnknownNameError("network to train from scratch", name, ARCHITECTURES)
    return ARCHITECTURES[name]


def check_size(name: str, size: int) -> None:
    """Raise UserError where images are so small that not even one pixel of the map would be left."""
    smallest = ARCHITECTURES[name].smallest
    if size < smallest:
        raise UserError(
            f"{name} needs pictures of at least {smallest} × {smallest} pixels, not {size} × {size}: "
            f"take --image-size {smallest} or more"
        )
