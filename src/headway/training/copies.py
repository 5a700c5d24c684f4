"""Changed copies of a picture, drawn at random, for features that are computed once."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from typing import TYPE_CHECKING

from headway.embedding import Copies
from headway.errors import UserError
from headway.optional import import_optional
from headway.training.augment import Augment

if TYPE_CHECKING:
    from headway.types import UInt8Array


def changed_copies(changes: Iterable[str], count: int, seed: int = 0) -> Copies:
    """Return how ``count`` copies of each picture are made by the changes of a recipe's ``augment``.

    A picture's copies depend on its pixels and the seed alone.

    Raises
    ------
    UnknownNameError
        When there is no such change.
    UserError
        When a number is out of its range, or the change would mix pictures.

    Examples
    --------
    >>> import numpy as np
    >>> changed_copies(["rotate=40", "hflip"], 5).change(np.zeros((32, 32, 3), np.uint8)).shape
    (5, 32, 32, 3)
    """
    torch = import_optional("torch", "torch")
    augment = Augment.parse(changes)
    if augment.mixes:
        raise UserError("mixup and cutmix blend the labels of pictures, and a copy has one label: take other changes")

    def change(image: UInt8Array) -> UInt8Array:
        drawn = hashlib.sha256(f"{seed} ".encode() + image.tobytes()).digest()
        generator = torch.Generator().manual_seed(int.from_bytes(drawn[:8], "little") >> 1)
        copied: UInt8Array = augment.change(torch.tensor(image).expand(count, *image.shape), generator).numpy()
        return copied

    return Copies(count, f"{count} copies by {augment}, seed {seed}", change)
