"""What was predicted, image by image."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, TypeAlias, cast

import numpy as np

from headway.facts.predictions import PictureResult
from headway.predictions import class_probabilities, to_frame
from headway.splits import NAMES

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from headway.dataset import Dataset
    from headway.types import FloatArray, IntArray, Quarantined

Part: TypeAlias = Literal["train", "validation", "test"]


@dataclass(frozen=True, eq=False, repr=False)
class Predictions:
    """Calibrated probabilities of images, and what is known of each: rows are made as they are read.

    Parameters
    ----------
    source : {"cross-validation", "validation", "test"}
        What the predictions were made for.
    paths : sequence of str
        Names of the m images.
    labels : int64 array (m,)
        Their classes, as positions in ``classes``.
    probabilities : float32 array (m, classes)
        Rows sum to 1.
    classes : tuple of str
        Names.
    seen_in_training : bool array (m,)
        Whether what predicted an image had learned from it.
    split : int array (m,), optional
        Which part of the split each is in: 0 training, 1 validation, 2 test.
    fold : int64 array (m,), optional
        In which fold each was held out.
    """

    source: Literal["cross-validation", "validation", "test"]
    paths: Sequence[str]
    labels: IntArray
    probabilities: FloatArray
    classes: tuple[str, ...]
    seen_in_training: NDArray[np.bool_]
    split: NDArray[Any] | None = None
    fold: IntArray | None = None

    def __len__(self) -> int:
        return len(self.labels)

    def __iter__(self) -> Iterator[PictureResult]:
        predicted = self.probabilities.argmax(axis=1)
        for row, path in enumerate(self.paths):
            label, best = int(self.labels[row]), int(predicted[row])
            yield PictureResult(
                path=path,
                source=self.source,
                split=None if self.split is None else cast("Part", NAMES[int(self.split[row])]),
                fold=None if self.fold is None else int(self.fold[row]),
                true_class=self.classes[label] if label >= 0 else None,
                predicted_class=self.classes[best],
                probability=float(self.probabilities[row, best]),
                probabilities=class_probabilities(self.classes, self.probabilities[row]),
                seen_in_training=bool(self.seen_in_training[row]),
            )

    def __repr__(self) -> str:
        return f"<headway.evaluation.Predictions: {len(self):,} images, {self.source}>"

    def to_frame(self) -> Any:
        """Return the rows as a pandas DataFrame: see `headway.Evaluation.to_frame`."""
        return to_frame(self, self.classes)


def unreadable(
    images: Sequence[Quarantined], dataset: Dataset, readable: IntArray, split: NDArray[Any] | None
) -> Iterator[PictureResult]:
    """Yield a row for each image that could not be read, with the reason and what the data set says of it.

    ``images`` are in the order of the data set, ``readable`` the positions of all others; ``split`` (n,) as for
    `Predictions`.
    """
    positions = np.setdiff1d(np.arange(len(dataset)), readable).tolist()
    for image, position in zip(images, positions, strict=True):
        label = int(dataset.labels[position])
        yield PictureResult(
            path=image.path,
            source=None,
            split=None if split is None else cast("Part", NAMES[int(split[position])]),
            true_class=dataset.classes[label] if label >= 0 else None,
            reason=image.reason,
        )
