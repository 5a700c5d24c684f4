"""The views of an image whose maps are stored: each epoch trains on one of them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import torch

from headway.errors import UserError
from headway.training.stepper import random_state

if TYPE_CHECKING:
    from headway.training.augment import Augment
    from headway.types import UInt8Array

DRAWN = 8
"""Number of views where changes are drawn at random, the image itself included."""


@dataclass(frozen=True)
class Views:
    """The image itself, which comes first, and augmented copies.

    Flips alone give every mirrored image once; other changes are drawn, by ``seed`` and image only. Images cannot be
    mixed with each other.
    """

    augment: Augment
    seed: int = 0

    def __post_init__(self) -> None:
        if self.augment.mixes:
            raise UserError(
                "mixup and cutmix mix whole pictures, and with --finetune last-block only their maps are at hand: "
                "take --finetune all, or other changes"
            )

    @property
    def _flips(self) -> list[tuple[int, ...]] | None:
        """Axes to flip for each view, or None when there are other changes."""
        only = type(self.augment)(hflip=self.augment.hflip, vflip=self.augment.vflip)
        if self.augment != only:
            return None
        flips: list[tuple[int, ...]] = [()]
        for axis, wanted in ((1, only.hflip), (0, only.vflip)):
            flips += [(*axes, axis) for axes in flips] if wanted else []
        return flips

    @property
    def count(self) -> int:
        """Number of views."""
        return DRAWN if (flips := self._flips) is None else len(flips)

    @property
    def key(self) -> str:
        """All that the views depend on besides the image, in words."""
        return f"flips {self._flips}" if self._flips is not None else f"{self.augment} seed {self.seed}"

    def make(self, image: UInt8Array, digest: bytes) -> UInt8Array:
        """Make the views of an image (H, W, 3), whose content has a digest: uint8 (count, H, W, 3)."""
        if (flips := self._flips) is not None:
            return np.stack([np.flip(image, axes) for axes in flips])
        generator = torch.Generator().manual_seed(random_state(int.from_bytes(digest[:8], "little"), self.seed))
        copies = torch.from_numpy(image).expand(DRAWN - 1, *image.shape)
        changed: UInt8Array = self.augment.change(copies, generator).numpy()
        return np.concatenate([image[None], changed])
