"""The views of a picture whose maps are kept: it is learnt from one of them in each epoch."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from headway.errors import UserError
from headway.optional import import_optional

if TYPE_CHECKING:
    from headway.training.augment import Augment
    from headway.types import UInt8Array

DRAWN = 8
"""How many views are kept where changes are drawn at random, the picture itself included."""


@dataclass(frozen=True)
class Views:
    """The picture itself, which comes first, and what augmentation makes of it.

    Flips alone give every mirrored picture once; other changes are drawn.

    Parameters
    ----------
    augment : Augment
        Changes of single pictures.
    seed : int
        Of what is drawn; a picture's views depend on it and on the picture only.

    Raises
    ------
    UserError
        When pictures are to be mixed with each other.

    Examples
    --------
    >>> from headway.training.augment import Augment
    >>> views = Views(Augment(hflip=True, vflip=True))
    >>> views.count, views.of(np.zeros((4, 4, 3), np.uint8), b"").shape
    (4, (4, 4, 4, 3))
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
        """Axes to flip for each view, or None when there is more to do than that."""
        only = type(self.augment)(hflip=self.augment.hflip, vflip=self.augment.vflip)
        if self.augment != only:
            return None
        flips: list[tuple[int, ...]] = [()]
        for axis, wanted in ((1, only.hflip), (0, only.vflip)):
            flips += [(*axes, axis) for axes in flips] if wanted else []
        return flips

    @property
    def count(self) -> int:
        """How many there are."""
        return DRAWN if (flips := self._flips) is None else len(flips)

    @property
    def key(self) -> str:
        """Name all that the views depend on besides the picture."""
        return f"flips {self._flips}" if self._flips is not None else f"{self.augment} seed {self.seed}"

    def of(self, picture: UInt8Array, digest: bytes) -> UInt8Array:
        """Make the views of a picture.

        Parameters
        ----------
        picture : ndarray of uint8, shape (H, W, 3)
        digest : bytes
            Of its content.

        Returns
        -------
        ndarray of uint8, shape (count, H, W, 3)
        """
        if (flips := self._flips) is not None:
            return np.stack([np.flip(picture, axes) for axes in flips])
        torch = import_optional("torch", "torch")
        words = [int.from_bytes(digest[:8], "little"), self.seed]
        state = int(np.random.SeedSequence(words).generate_state(1, np.uint64)[0] >> np.uint64(1))
        generator = torch.Generator().manual_seed(state)
        same = torch.from_numpy(picture).expand(DRAWN - 1, *picture.shape)
        changed: UInt8Array = self.augment.change(same, generator).numpy()
        return np.concatenate([picture[None], changed])
