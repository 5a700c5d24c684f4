"""Training a small network from random weights."""

from __future__ import annotations

import os
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import astuple
from typing import TYPE_CHECKING

import numpy as np
from PIL import Image

from headway.errors import PictureError, RunError, blaming
from headway.heads import DenseHead
from headway.images.source import open_image
from headway.optional import import_optional
from headway.posix import keep_memory
from headway.training.augment import Augment
from headway.training.checkpoint import N_PROCESSES, Checkpoint, run_key
from headway.training.plan import Plan
from headway.training.results import TrainedNetwork

if TYPE_CHECKING:
    from headway.dataset import Dataset
    from headway.session import Session
    from headway.training.settings import TrainingSettings
    from headway.types import IntArray, Picture

PLANS: Mapping[str, Plan] = {
    # As published: docs/scratch.md.
    "food11": Plan(
        epochs=10, batch=32, learning_rate=1e-3, optimiser="adam", schedule="constant", criterion="accuracy"
    ),
    "residual": Plan(epochs=30, batch=32, learning_rate=3e-3, weight_decay=0.05, warm_up=0.2),
}
"""By architecture; epochs and learning rate unless others are asked for."""

_VERSION = 1  # of all that a checkpoint depends on besides its key: to be changed when training changes
_SIZES_OF = 32  # images whose sizes are looked at
_SIZE_STEP = 16


def train_scratch(
    dataset: Dataset,
    train: IntArray,
    validation: IntArray,
    *,
    architecture: str,
    settings: TrainingSettings,
    session: Session,
    image_size: int = 0,
) -> TrainedNetwork:
    """Train a small network from random weights.

    Images are decoded once. A killed run resumes after its last epoch when it is started again, and ends with the same
    result.

    Parameters
    ----------
    dataset : Dataset
    train, validation : ndarray of int64
        Rows to train on, and rows of the training split to choose the best epoch on.
    architecture : {"food11", "residual"}
        See `headway.training.architectures`.
    settings : TrainingSettings
    session : Session
        Its cache folder is for decoded images, and for the state after each epoch.
    image_size : int
        Height and width of the images that the network takes, in pixels; 0 takes the architecture's own, or that of the
        images where they are smaller.

    Returns
    -------
    TrainedNetwork
        Its ONNX file has the outputs ``head.mean`` and ``map``; the validation logits are PyTorch's.

    Raises
    ------
    UnknownNameError
        When there is no such architecture or augmentation.
    UserError
        When the images are too small for the network, or there is no such device.
    DataError
        When an image cannot be read, or a part is empty.
    RunError
        When no epoch was better than random weights, or memory does not suffice.
    MissingExtraError
        Without torch.

    Examples
    --------
    >>> import headway
    >>> from headway.session import Session
    >>> from headway.training import TrainingSettings
    >>> dataset = headway.read(headway.demo.pictures())
    >>> even, odd = np.arange(0, 240, 2), np.arange(1, 240, 2)
    >>> with Session.open() as session:
    ...     trained = train_scratch(dataset, even, odd, architecture="food11", image_size=16,
    ...                             settings=TrainingSettings(resize="squash", epochs=1), session=session)
    >>> trained.head.n_features, len(trained.history), trained.image_size
    (64, 2, 16)
    """
    import_optional("torch", "torch")
    keep_memory()
    import torch

    from headway.training import architectures, loop
    from headway.training.onnxfile import to_onnx
    from headway.training.sources import image_examples

    begin = time.perf_counter()
    augment = Augment.parse(settings.augment)
    n_classes = len(dataset.classes)
    module = architectures.ScratchNetwork(architecture, n_classes, settings.seed)
    size = image_size or fitting_size(dataset, train, module.architecture.image_size)
    with blaming("image_size"):
        architectures.check_size(architecture, size)
    plan = settings.plan(PLANS[architecture])
    training, validating = image_examples(
        dataset,
        (train, validation),
        augment=augment,
        size=size,
        resize=settings.resize,
        reading=settings.reading,
        session=session,
    )
    ready = time.perf_counter()
    # The words, their order and their form are part of the keys of checkpoints that users have.
    words = [_VERSION, torch.__version__, torch.get_num_threads(), N_PROCESSES]
    words += [architecture, astuple(plan), settings.balance, augment]
    result = loop.train(
        module,
        training,
        validating,
        plan,
        class_weights=settings.class_weights(training.labels, n_classes),
        checkpoint=Checkpoint.in_cache(run_key(words, [], (training, validating)), session.cache),
        progress=session.progress,
    )
    if not result.best:
        raise RunError(
            f"{architecture} learned nothing: no epoch was better than random weights. "
            f"Try a lower rate (--learning-rate {plan.lower_rate:.1g}) or more --epochs"
        )
    weight, bias = (parameter.detach().numpy() for parameter in module.classifier.parameters())
    head = DenseHead("scratch", (np.ascontiguousarray(weight.T),), (bias,))
    network = to_onnx(module, size)
    n_parameters = sum(parameter.numel() for parameter in module.parameters())
    return TrainedNetwork(
        network=network,
        head=head,
        part=architecture,
        image_size=size,
        parameters=n_parameters,
        trained_parameters=n_parameters,
        history=result.history,
        best=result.best,
        diverged=result.diverged,
        validation_network=network,
        validation_head=head,
        validation_logits=result.validation_logits,
        seconds={"inputs": ready - begin, "training": result.seconds, "total": time.perf_counter() - begin},
        expected=result.expected,
    )


def fitting_size(dataset: Dataset, rows: IntArray, largest: int) -> int:
    """Return an architecture's own size, or that of the images where they are smaller: enlarging them adds nothing."""
    sides = []
    for row in rows[:: max(1, len(rows) // _SIZES_OF)].tolist():
        with suppress(PictureError):
            sides.append(max(_sides(dataset.pictures[row])))
    if not sides:
        return largest
    return min(largest, max(1, -(-int(np.median(sides)) // _SIZE_STEP)) * _SIZE_STEP)


def _sides(picture: Picture) -> tuple[int, ...]:
    if isinstance(picture, str | os.PathLike | bytes):
        with open_image(picture) as (_, image, _):
            return image.size
    return picture.size if isinstance(picture, Image.Image) else np.asarray(picture).shape[:2]
