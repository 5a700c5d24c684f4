"""A grid of augmented images, to be looked at before training."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING

import numpy as np

from headway.dataset.samples import SIZE, choose
from headway.optional import import_optional
from headway.training.augment import Augment

if TYPE_CHECKING:
    from headway.dataset import Dataset
    from headway.drawing import Drawing
    from headway.types import Bands, ResizePolicy

VIEWS = 7


def draw_augmented(
    dataset: Dataset,
    augment: Sequence[str],
    *,
    resize: ResizePolicy,
    bands: Bands = (),
    size: int = SIZE,
    n: int = 6,
    seed: int = 0,
) -> Drawing:
    """Return a drawing with a row for each of a few images: as it is decoded, then augmented `VIEWS` times.

    The ``n`` images are drawn from each class in turn, and mixed with others of the grid where ``augment`` asks for
    that; ``size`` is their side in pixels. Raises DataError when no image can be read.
    """
    from headway.drawing import Drawing
    from headway.drawing.pictures import augmented

    torch = import_optional("torch", "torch")
    changes = Augment.parse(augment)
    rows, originals = choose(dataset, n, resize=resize, bands=bands, size=size, seed=seed)
    labels = dataset.labels[rows]
    generator = torch.Generator().manual_seed(seed)
    batch, targets = torch.from_numpy(originals), torch.from_numpy(np.maximum(labels, 0))
    n_classes = max(1, len(dataset.classes))
    views = [changes(batch, targets, generator, n_classes=n_classes)[0].numpy() for _ in range(VIEWS)]
    pictures = list(zip(originals, *views, strict=True))
    return Drawing(
        partial(augmented, labels=labels.tolist(), pictures=pictures, changes=tuple(augment)), dataset.classes
    )
