"""Training a small network from random weights."""

from __future__ import annotations

import hashlib
import os
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import astuple, dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import numpy as np
from PIL import Image

from headway.errors import PictureError, RunError
from headway.heads import DenseHead
from headway.images.source import opened
from headway.optional import import_optional
from headway.training.augment import Augment
from headway.training.checkpoint import place, prune
from headway.training.memory import keep_memory
from headway.training.plan import Plan, balanced, given
from headway.types import Silent

if TYPE_CHECKING:
    from headway.dataset import Dataset
    from headway.training.plan import Epoch
    from headway.training.sources import PictureExamples
    from headway.types import FloatArray, IntArray, Picture, Progress, ResizePolicy

PLANS: Mapping[str, Plan] = {
    # As published: docs/scratch.md.
    "food11": Plan(
        epochs=10, batch=32, learning_rate=1e-3, optimiser="adam", schedule="constant", criterion="accuracy"
    ),
    "residual": Plan(epochs=30, batch=32, learning_rate=3e-3, weight_decay=0.05, warm_up=0.2),
}
"""How each network is trained, unless something else is asked for."""

_VERSION = 1  # of all that a checkpoint depends on besides its key: to be changed when training changes
_SIZES_OF = 32  # pictures whose sizes are looked at
_SIZE_STEP = 16


@dataclass(frozen=True, eq=False)
class ScratchResult:
    """A small network that was trained from random weights, and its head.

    Attributes
    ----------
    network : bytes
        An ONNX file with the input ``images``, uint8 (N, H, W, 3), and the outputs ``head.mean`` and ``map``.
    head : DenseHead
        Its last layer, which reads ``head.mean``.
    part : str
        The name of the architecture.
    image_size : int
        Height and width of the pictures that it takes, in pixels.
    history : tuple of Epoch
        For learning curves; the first is the start.
    best : int
        The epoch that is kept.
    validation_logits : float32 array (n, k)
        Of the validation rows, in that epoch.
    diverged : bool
        Whether training was stopped because the loss was no number.
    parameters, trained_parameters : int
        How many numbers the whole has, all of them learnt.
    seconds : mapping of str to float
        ``inputs`` (decoding), ``training`` and ``total``.
    """

    network: bytes = field(repr=False)
    head: DenseHead
    part: str
    image_size: int
    history: tuple[Epoch, ...]
    best: int
    validation_logits: FloatArray = field(repr=False)
    diverged: bool
    parameters: int
    trained_parameters: int
    seconds: Mapping[str, float]


def train_scratch(
    dataset: Dataset,
    train: IntArray,
    validation: IntArray,
    *,
    architecture: str,
    image_size: int = 0,
    resize: ResizePolicy,
    seed: int = 0,
    balance: Literal["none", "weights"] = "none",
    augment: Sequence[str] = (),
    epochs: int = 0,
    learning_rate: float = 0.0,
    device: str = "cpu",
    cache: str | Path | None = None,
    progress: Progress | None = None,
) -> ScratchResult:
    """Train a small network from random weights.

    Pictures are decoded once. A run that is killed goes on after its last epoch when it is started again, and ends with
    the same result.

    Parameters
    ----------
    dataset : Dataset
        The pictures.
    train, validation : ndarray of int64
        Rows to learn from, and rows of the training split to choose the best epoch on.
    architecture : {"food11", "residual"}
        Which network: see `headway.training.architectures`.
    image_size : int
        Height and width of its pictures, in pixels; 0 takes the network's own, or that of the pictures where they are
        smaller.
    resize : {"crop", "squash", "letterbox"}
        How a picture becomes a square.
    seed : int
        The only source of randomness.
    balance : {"none", "weights"}
        Whether each class weighs as much in the loss as any other.
    augment : sequence of str
        Random changes of training pictures, see `headway.changes.RANGES`.
    epochs : int
        0 takes the network's own.
    learning_rate : float
        0 takes the network's own.
    device : {"cpu", "cuda"}
        Where to train.
    cache : path, optional
        Headway's cache folder, if it is not the usual one: for decoded pictures, and for the state after each epoch.
    progress : Progress, optional
        Told what goes on.

    Returns
    -------
    ScratchResult

    Raises
    ------
    UnknownNameError
        When there is no such network or augmentation.
    UserError
        When the pictures are too small for the network, or there is no such device.
    DataError
        When a picture cannot be read, or a part is empty.
    RunError
        When nothing was learnt, or memory does not suffice.
    MissingExtraError
        Without torch.

    Examples
    --------
    >>> import headway
    >>> dataset = headway.read(headway.demo.pictures())
    >>> even, odd = np.arange(0, 240, 2), np.arange(1, 240, 2)
    >>> made = train_scratch(dataset, even, odd, architecture="food11", image_size=16, resize="squash", epochs=1)
    >>> made.head.n_features, len(made.history), made.image_size
    (64, 2, 16)
    """
    import_optional("torch", "torch")
    keep_memory()
    from headway.training import architectures, loop
    from headway.training.onnxfile import to_onnx
    from headway.training.sources import picture_examples

    begin = time.perf_counter()
    changes = Augment.parse(augment)
    n_classes = len(dataset.classes)
    network = architectures.Scratch(architecture, n_classes, seed)
    size = image_size or _fitting_size(dataset, train, network.architecture.image_size)
    architectures.check_size(architecture, size)
    plan = replace(PLANS[architecture], **given(seed=seed, device=device, epochs=epochs, learning_rate=learning_rate))
    learn, validate = picture_examples(
        dataset, (train, validation), augment=changes, size=size, resize=resize, cache=cache, progress=progress
    )
    ready = time.perf_counter()
    key = _key(architecture, plan, balance, changes, (learn, validate))
    prune(cache)
    trained = loop.train(
        network,
        learn,
        validate,
        plan,
        class_weights=balanced(learn.labels, n_classes) if balance == "weights" else None,
        checkpoint=place(key, cache),
        key=key,
        progress=progress or Silent(),
    )
    if not trained.best:
        raise RunError(
            f"{architecture} learnt nothing: no epoch was better than random weights. "
            f"Try a lower rate (--learning-rate {plan.lower_rate:.1g}) or more --epochs"
        )
    weight, bias = (parameter.detach().numpy() for parameter in network.classifier.parameters())
    count = sum(parameter.numel() for parameter in network.parameters())
    return ScratchResult(
        network=to_onnx(network, size),
        head=DenseHead("scratch", (np.ascontiguousarray(weight.T),), (bias,)),
        part=architecture,
        image_size=size,
        history=trained.history,
        best=trained.best,
        validation_logits=trained.validation_logits,
        diverged=trained.diverged,
        parameters=count,
        trained_parameters=count,
        seconds={"inputs": ready - begin, "training": trained.seconds, "total": time.perf_counter() - begin},
    )


def _fitting_size(dataset: Dataset, rows: IntArray, most: int) -> int:
    """Return a network's own size, or that of the pictures where they are smaller: enlarging them tells it nothing."""
    sides = []
    for row in rows[:: max(1, len(rows) // _SIZES_OF)].tolist():
        with suppress(PictureError):
            sides.append(max(_sides(dataset.pictures[row])))
    if not sides:
        return most
    return min(most, max(1, -(-int(np.median(sides)) // _SIZE_STEP)) * _SIZE_STEP)


def _sides(picture: Picture) -> tuple[int, ...]:
    if isinstance(picture, str | os.PathLike | bytes):
        with opened(picture) as (_, image, _):
            return image.size
    return picture.size if isinstance(picture, Image.Image) else picture.shape[:2]


def _key(
    architecture: str, plan: Plan, balance: str, augment: Augment, sources: tuple[PictureExamples, PictureExamples]
) -> str:
    """Name all that the weights after an epoch depend on."""
    import torch

    from headway.training.team import team

    words = [_VERSION, torch.__version__, torch.get_num_threads(), team(plan.device).size]
    words += [architecture, astuple(plan), balance, augment]
    digest = hashlib.sha256(repr(words).encode())
    for examples in sources:
        digest.update(b"".join(examples.digests))
        digest.update(np.ascontiguousarray(examples.labels).data)
    return digest.hexdigest()
