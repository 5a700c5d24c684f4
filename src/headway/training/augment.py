"""Random changes of training images, so that a network learns what does not matter.

Geometry and colour are done here, a batch at a time: all changes of an image together become one matrix for its
coordinates and one for its colours. RandAugment, mixup and cutmix are torchvision's.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from types import ModuleType
from typing import TYPE_CHECKING

from headway.backbones.convert.network import import_timm
from headway.changes import parse
from headway.optional import import_optional

if TYPE_CHECKING:
    from torch import Generator, Tensor


_STRENGTHS = 31  # of RandAugment, 0 to 30
_GREY = 128
_LUMA = (0.2989, 0.587, 0.114)  # shares of red, green and blue in grey, as torchvision has them


@dataclass(frozen=True)
class Augment:
    """Random changes of a batch of images; a change that is 0 or False is not made.

    Geometry comes first, then flips, colour, RandAugment, and last the mixing of images. `headway.changes.RANGES`
    has the units.

    Parameters
    ----------
    rotate, shift, shear, zoom : float
        Each image is rotated, shifted, sheared and scaled by random amounts up to these, uniformly.
    hflip, vflip : bool
        Each image is mirrored left to right, or top to bottom, with probability 1/2.
    colour : float
        Jitter of brightness, contrast and saturation.
    randaugment : float
        Two changes drawn from torchvision's list (Cubuk et al. 2020), of this strength.
    mixup, cutmix : float
        Images, and their labels, are mixed with others of the batch (Zhang et al. 2018, Yun et al. 2019). With both,
        each batch gets one of them.

    Examples
    --------
    >>> Augment.parse(["rotate=10", "hflip"])
    Augment(rotate=10.0, shift=0.0, shear=0.0, zoom=0.0, hflip=True, vflip=False, colour=0.0, ...)
    """

    rotate: float = 0.0
    shift: float = 0.0
    shear: float = 0.0
    zoom: float = 0.0
    hflip: bool = False
    vflip: bool = False
    colour: float = 0.0
    randaugment: float = 0.0
    mixup: float = 0.0
    cutmix: float = 0.0

    @classmethod
    def parse(cls, changes: Iterable[str]) -> Augment:
        """Read what a recipe's ``augment`` lists: names, each with ``=`` and a number (``"rotate=40"``) or without.

        Raises UnknownNameError for another name, and UserError for a number out of its range or a change listed twice.
        """
        return cls(**parse(changes))  # type: ignore[arg-type]

    @property
    def mixes(self) -> bool:
        """Whether images are mixed with each other, so that labels become shares of classes."""
        return self.mixup > 0 or self.cutmix > 0

    def __call__(
        self, images: Tensor, labels: Tensor, generator: Generator, *, n_classes: int
    ) -> tuple[Tensor, Tensor]:
        """Return a changed copy of a batch, uint8 (n, H, W, 3), and its targets.

        Targets are the int64 labels (n,), or float32 shares of the classes (n, n_classes) where images are mixed.
        ``generator``, on the CPU, is the only source of randomness.
        """
        return self.mix(self.change(images, generator), labels, generator, n_classes=n_classes)

    def change(self, images: Tensor, generator: Generator) -> Tensor:
        """Change each image by itself: all but mixing. Shapes as in `__call__`."""
        torch = import_optional("torch", "torch")
        if self.rotate or self.shift or self.shear or self.zoom:
            images = warp(images, self._draw_matrices(len(images), generator))
        for flips, axis in ((self.hflip, 2), (self.vflip, 1)):
            if flips:
                chosen = torch.rand(len(images), generator=generator) < 0.5
                images = torch.where(chosen[:, None, None, None], images.flip(axis), images)
        if self.colour:
            images = self._recolour(images, generator)
        if self.randaugment:
            images = self._apply_randaugment(images, generator)
        return images

    def mix(self, images: Tensor, labels: Tensor, generator: Generator, *, n_classes: int) -> tuple[Tensor, Tensor]:
        """Mix images with others of the batch, and labels likewise. Shapes as in `__call__`."""
        torch = import_optional("torch", "torch")
        both = [("MixUp", self.mixup), ("CutMix", self.cutmix)]
        mixers = [(name, alpha) for name, alpha in both if alpha > 0]
        if not mixers:
            return images, labels
        name, alpha = mixers[int(torch.randint(len(mixers), (), generator=generator))]
        mixer = getattr(_transforms(), name)(alpha=alpha, num_classes=n_classes)
        with _seeded(generator):
            mixed, targets = mixer(images.permute(0, 3, 1, 2).float(), labels)
        return _to_bytes(mixed).permute(0, 2, 3, 1).contiguous(), targets.float()

    def _draw_matrices(self, n: int, generator: Generator) -> Tensor:
        """Draw the affine maps from coordinates in the new images to those in the old, float32 (n, 2, 3)."""
        torch = import_optional("torch", "torch")

        def uniform(limit: float) -> Tensor:
            return (torch.rand(n, generator=generator) * 2 - 1) * limit

        angle, shear, scale = uniform(math.radians(self.rotate)), uniform(self.shear), 1 / (1 + uniform(self.zoom))
        # Coordinates run from -1 to 1, so a shift by the whole side is one of 2.
        across, down = uniform(2 * self.shift), uniform(2 * self.shift)
        cos, sin = torch.cos(angle) * scale, torch.sin(angle) * scale
        rows = [cos, cos * shear - sin, across, sin, sin * shear + cos, down]
        return torch.stack(rows, dim=1).view(n, 2, 3)

    def _recolour(self, images: Tensor, generator: Generator) -> Tensor:
        torch = import_optional("torch", "torch")
        n = len(images)

        def factor() -> Tensor:
            return 1 + (torch.rand(n, 1, 1, generator=generator) * 2 - 1) * self.colour

        brightness, contrast, saturation = factor(), factor(), factor()
        pixels = images.reshape(n, -1, 3).float()
        grey = torch.tensor(_LUMA).view(3, 1)
        # Contrast is a distance from the image's mean grey, saturation from each pixel's own: all three are linear.
        colours = brightness * contrast * (saturation * torch.eye(3) + (1 - saturation) * grey)
        level = (1 - contrast) * brightness * (pixels.mean(dim=1, keepdim=True) @ grey)
        return _to_bytes(torch.baddbmm(level, pixels, colours)).view_as(images)

    def _apply_randaugment(self, images: Tensor, generator: Generator) -> Tensor:
        torch = import_optional("torch", "torch")
        transforms = _transforms()
        change = transforms.RandAugment(
            magnitude=round(self.randaugment),
            num_magnitude_bins=_STRENGTHS,
            interpolation=transforms.InterpolationMode.BILINEAR,
            fill=_GREY,
        )
        with _seeded(generator):
            changed = [change(image) for image in images.permute(0, 3, 1, 2)]
        return torch.stack(changed).permute(0, 2, 3, 1).contiguous()


def _to_bytes(pixels: Tensor) -> Tensor:
    torch = import_optional("torch", "torch")
    rounded: Tensor = pixels.round_().clamp_(0, 255).to(torch.uint8)
    return rounded


def warp(images: Tensor, matrices: Tensor) -> Tensor:
    """Apply affine maps (n, 2, 3), from coordinates in the new images to those in the old, to images (n, H, W, 3)."""
    functional = import_optional("torch.nn.functional", "torch")
    channels_first = images.permute(0, 3, 1, 2).float()
    coordinates = functional.affine_grid(matrices, channels_first.shape, align_corners=False)
    # The border is repeated outside, as in Keras: black corners would be the first thing that a network learns.
    warped = functional.grid_sample(channels_first, coordinates, padding_mode="border", align_corners=False)
    return _to_bytes(warped).permute(0, 2, 3, 1).contiguous()


def _transforms() -> ModuleType:
    import_timm()  # torchvision with its guard
    return import_optional("torchvision.transforms.v2", "torch")


@contextmanager
def _seeded(generator: Generator) -> Iterator[None]:
    """Seed torch's global source of randomness, the only one that torchvision knows, from a generator."""
    torch = import_optional("torch", "torch")
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(int(torch.randint(2**62, (), generator=generator)))
        yield
