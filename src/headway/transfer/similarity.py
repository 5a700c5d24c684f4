"""How similar images are to those of ImageNet, measured with the carried network.

Two measurements, neither of which knows the labels:

*Shift.* The batch normalisations of a network keep, from its training, mean and standard deviation of every channel
over ImageNet. The same are taken here over the pictures at hand, after the first block of each later stage and before
the last activation. In units of the channel's standard deviation on ImageNet, the squared 2-Wasserstein distance of two
normal distributions is (difference of means)² + (ratio of standard deviations - 1)²; its mean over the channels of a
tensor, and then over tensors, is the square of the shift. It is what the Fréchet inception distance (Heusel et al.
2017, arXiv 1706.08500) measures, channel by channel, and what adaptive batch normalisation (Li et al. 2016, arXiv
1603.04779) removes.

*Peakedness.* 1 - (mean entropy of the 1,000 ImageNet probabilities) ÷ log 1000: 0 where the network has no idea what it
sees, 1 where it is certain.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING

import numpy as np

from headway import backbones
from headway.calibration import log_softmax
from headway.errors import DataError, PictureError
from headway.facts.transfer import Similarity
from headway.pipeline import stream
from headway.preparation.association import sample_rows
from headway.types import AS_USUAL, Silent

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from headway.types import Picture, Progress, Reading

NETWORK = "efficientnet_lite0"
PICTURES = 256
SIMILAR = 0.55  # from here on images count as similar; benchmarks/similarity.py shows what lies where
_HALVED_AT = 0.5  # the shift, in standard deviations, at which half of the likeness is gone


def measure(
    pictures: Sequence[Picture],
    *,
    reading: Reading = AS_USUAL,
    most: int = PICTURES,
    seed: int = 0,
    progress: Progress | None = None,
) -> Similarity:
    """Measure how similar images are to those of ImageNet.

    Up to ``most`` of them, drawn at random, are looked at; those that cannot be read are skipped, and none left is a
    `DataError`.

    Examples
    --------
    >>> noise = np.random.default_rng(0).integers(0, 256, (4, 64, 64, 3)).astype(np.uint8)
    >>> measure(list(noise)).similar
    False
    """
    progress = progress or Silent()
    info = backbones.find(NETWORK)
    reference = _reference()
    chosen = sample_rows(len(pictures), most, np.random.default_rng(seed)).tolist()
    progress.start("similarity to ImageNet", len(chosen))
    # In fp32: what is compared are statistics of the network as it was trained.
    engine = backbones.Engine(backbones.read(info), (*reference, "logits"), "fp32")
    totals = {tensor: np.zeros((3, len(mean))) for tensor, (mean, _) in reference.items()}
    entropies: list[float] = []
    images = (pictures[i] for i in chosen)
    for _, row in stream(images, lambda: engine, size=info.input_size, resize="squash", reading=reading):
        progress.advance()
        if isinstance(row, PictureError):
            continue
        start = 0
        for tensor, total in totals.items():
            width = engine.widths[tensor]
            places = row[start : start + width].reshape(total.shape[1], -1).astype(np.float64)
            total += np.full(total.shape[1], places.shape[1]), places.sum(axis=1), (places**2).sum(axis=1)
            start += width
        entropies.append(_entropy(row[start:]))
    if not entropies:
        raise DataError("none of the pictures can be read")
    shift = float(np.sqrt(np.mean(list(_distances(totals, reference)))))
    peakedness = 1 - float(np.mean(entropies)) / float(np.log(info.dims["logits"]))
    likeness = (2.0 ** -((shift / _HALVED_AT) ** 2) + peakedness) / 2
    return Similarity(shift, peakedness, likeness, len(entropies), likeness >= SIMILAR)


def _distances(
    totals: dict[str, NDArray[np.float64]], reference: dict[str, tuple[NDArray[np.float32], NDArray[np.float32]]]
) -> Iterator[float]:
    """Yield the squared shift of each tensor, from count, sum and sum of squares of its channels."""
    for tensor, (count, total, squares) in totals.items():
        mean = total / count
        std = np.sqrt(np.maximum(squares / count - mean**2, 0))
        mean_there, std_there = reference[tensor]
        yield float(np.mean(((mean - mean_there) / std_there) ** 2 + (std / std_there - 1) ** 2))


def _entropy(logits: NDArray[np.float32]) -> float:
    """Return the entropy of the softmax of logits (k,), in nats."""
    logs = log_softmax(logits[np.newaxis].astype(np.float64))[0]
    return -float((np.exp(logs) * logs).sum())


@cache
def _reference() -> dict[str, tuple[NDArray[np.float32], NDArray[np.float32]]]:
    """Return mean and standard deviation of the channels on ImageNet, by tensor (scripts/imagenet_statistics.py)."""
    with files("headway.transfer").joinpath("data/imagenet_statistics.npz").open("rb") as file:
        arrays = np.load(file, allow_pickle=False)
        tensors = dict.fromkeys(name.partition(":")[0] for name in arrays.files)
        return {tensor: (arrays[f"{tensor}:mean"], arrays[f"{tensor}:std"]) for tensor in tensors}
