"""Random changes of training pictures, so that a network learns what does not matter.

Geometry and colour are done here, a batch at a time: whatever is asked for becomes one matrix a picture for its places
and one for its colours. RandAugment, mixup and cutmix are torchvision's.
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
    """Random changes of a batch of pictures; a change that is 0 or False is not made.

    Geometry comes first, then flips, colour, RandAugment, and last the mixing of pictures. `headway.changes.RANGES`
    has the units.

    Parameters
    ----------
    rotate, shift, shear, zoom : float
        Every picture is turned, moved, sheared and scaled by amounts of its own, uniform up to these.
    hflip, vflip : bool
        Every other picture is mirrored left to right, or top to bottom.
    colour : float
        Jitter of brightness, contrast and saturation.
    randaugment : float
        Two changes drawn from torchvision's list (Cubuk et al. 2020), of this strength.
    mixup, cutmix : float
        Pictures, and their labels, are mixed with others of the batch (Zhang et al. 2018, Yun et al. 2019). With both,
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
        """Read what a recipe's ``augment`` lists.

        Parameters
        ----------
        changes : iterable of str
            Names, each with ``=`` and a number or without: ``"rotate=40"``, ``"hflip"``.

        Raises
        ------
        UnknownNameError
            When there is no such change.
        UserError
            When a number is none, out of its range, given to a flip, or a change is listed twice.

        Examples
        --------
        >>> Augment.parse(["rotat"])
        Traceback (most recent call last):
        headway.errors.UnknownNameError: no augmentation is called 'rotat': did you mean rotate? There are: rotate, ...
        """
        return cls(**parse(changes))  # type: ignore[arg-type]

    @property
    def mixes(self) -> bool:
        """Whether pictures are mixed with each other, so that labels become shares of classes."""
        return self.mixup > 0 or self.cutmix > 0

    def __call__(
        self, pictures: Tensor, labels: Tensor, generator: Generator, *, n_classes: int
    ) -> tuple[Tensor, Tensor]:
        """Change a batch and its labels.

        Parameters
        ----------
        pictures : uint8 tensor (n, H, W, 3)
            Left as it is.
        labels : int64 tensor (n,)
            0 to ``n_classes - 1``.
        generator : torch.Generator
            On the CPU; the only source of randomness.
        n_classes : int
            Number of classes.

        Returns
        -------
        pictures : uint8 tensor (n, H, W, 3)
        targets : int64 tensor (n,), or float32 tensor (n, n_classes) where pictures are mixed
            Labels, or each class's share.
        """
        return self.mix(self.change(pictures, generator), labels, generator, n_classes=n_classes)

    def change(self, pictures: Tensor, generator: Generator) -> Tensor:
        """Change each picture by itself: all but mixing. Shapes as in `__call__`."""
        torch = import_optional("torch", "torch")
        if self.rotate or self.shift or self.shear or self.zoom:
            pictures = _warped(pictures, self._matrices(len(pictures), generator))
        for flips, axis in ((self.hflip, 2), (self.vflip, 1)):
            if flips:
                chosen = torch.rand(len(pictures), generator=generator) < 0.5
                pictures = torch.where(chosen[:, None, None, None], pictures.flip(axis), pictures)
        if self.colour:
            pictures = self._recoloured(pictures, generator)
        if self.randaugment:
            pictures = self._randaugmented(pictures, generator)
        return pictures

    def mix(self, pictures: Tensor, labels: Tensor, generator: Generator, *, n_classes: int) -> tuple[Tensor, Tensor]:
        """Mix pictures with others of the batch, and labels likewise. Shapes as in `__call__`."""
        torch = import_optional("torch", "torch")
        kinds = [("MixUp", self.mixup), ("CutMix", self.cutmix)]
        wanted = [(name, alpha) for name, alpha in kinds if alpha > 0]
        if not wanted:
            return pictures, labels
        name, alpha = wanted[int(torch.randint(len(wanted), (), generator=generator))]
        mixer = getattr(_transforms(), name)(alpha=alpha, num_classes=n_classes)
        with _seeded(generator):
            mixed, targets = mixer(pictures.permute(0, 3, 1, 2).float(), labels)
        return _as_bytes(mixed).permute(0, 2, 3, 1).contiguous(), targets.float()

    def _matrices(self, n: int, generator: Generator) -> Tensor:
        """Draw the way from each place of a new picture to its place in the old, float32 (n, 2, 3)."""
        torch = import_optional("torch", "torch")

        def drawn(most: float) -> Tensor:
            return (torch.rand(n, generator=generator) * 2 - 1) * most

        angle, shear, scale = drawn(math.radians(self.rotate)), drawn(self.shear), 1 / (1 + drawn(self.zoom))
        # Places run from -1 to 1, so a shift by the whole side is one of 2.
        across, down = drawn(2 * self.shift), drawn(2 * self.shift)
        cos, sin = torch.cos(angle) * scale, torch.sin(angle) * scale
        rows = [cos, cos * shear - sin, across, sin, sin * shear + cos, down]
        return torch.stack(rows, dim=1).view(n, 2, 3)

    def _recoloured(self, pictures: Tensor, generator: Generator) -> Tensor:
        torch = import_optional("torch", "torch")
        n = len(pictures)

        def factor() -> Tensor:
            return 1 + (torch.rand(n, 1, 1, generator=generator) * 2 - 1) * self.colour

        brightness, contrast, saturation = factor(), factor(), factor()
        pixels = pictures.reshape(n, -1, 3).float()
        grey = torch.tensor(_LUMA).view(3, 1)
        # Contrast is a distance from the picture's mean grey, saturation from each pixel's own: all three are linear.
        colours = brightness * contrast * (saturation * torch.eye(3) + (1 - saturation) * grey)
        level = (1 - contrast) * brightness * (pixels.mean(dim=1, keepdim=True) @ grey)
        return _as_bytes(torch.baddbmm(level, pixels, colours)).view_as(pictures)

    def _randaugmented(self, pictures: Tensor, generator: Generator) -> Tensor:
        torch = import_optional("torch", "torch")
        transforms = _transforms()
        change = transforms.RandAugment(
            magnitude=round(self.randaugment),
            num_magnitude_bins=_STRENGTHS,
            interpolation=transforms.InterpolationMode.BILINEAR,
            fill=_GREY,
        )
        with _seeded(generator):
            changed = [change(picture) for picture in pictures.permute(0, 3, 1, 2)]
        return torch.stack(changed).permute(0, 2, 3, 1).contiguous()


def _as_bytes(pixels: Tensor) -> Tensor:
    torch = import_optional("torch", "torch")
    rounded: Tensor = pixels.round_().clamp_(0, 255).to(torch.uint8)
    return rounded


def _warped(pictures: Tensor, matrices: Tensor) -> Tensor:
    functional = import_optional("torch.nn.functional", "torch")
    channels_first = pictures.permute(0, 3, 1, 2).float()
    places = functional.affine_grid(matrices, channels_first.shape, align_corners=False)
    # Outside, the border goes on, as in Keras: black corners would be the first thing that a network learns.
    warped = functional.grid_sample(channels_first, places, padding_mode="border", align_corners=False)
    return _as_bytes(warped).permute(0, 2, 3, 1).contiguous()


def _transforms() -> ModuleType:
    import_timm()  # torchvision with its guard
    return import_optional("torchvision.transforms.v2", "torch")


@contextmanager
def _seeded(generator: Generator) -> Iterator[None]:
    """Make torchvision, which knows only torch's own source of randomness, follow a generator."""
    torch = import_optional("torch", "torch")
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(int(torch.randint(2**62, (), generator=generator)))
        yield
