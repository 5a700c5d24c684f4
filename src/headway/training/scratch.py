"""Training a small network from random weights."""

from __future__ import annotations

import os
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import astuple, dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
from PIL import Image

from headway.errors import PictureError, RunError, blaming
from headway.heads import DenseHead
from headway.images.source import open_image
from headway.optional import import_optional
from headway.posix import keep_memory
from headway.rendering.training import once_more
from headway.training.augment import Augment
from headway.training.checkpoint import N_PROCESSES, Checkpoint, run_key
from headway.training.plan import Plan
from headway.training.results import Stage, TrainedNetwork

if TYPE_CHECKING:
    from headway.dataset import Dataset
    from headway.session import Session
    from headway.training.architectures import ScratchNetwork
    from headway.training.plan import LoopResult
    from headway.training.settings import TrainingSettings
    from headway.training.sources import ImageExamples
    from headway.types import IntArray, Picture

PLANS: Mapping[str, Plan] = {
    # As published: docs/scratch.md.
    "food11": Plan(epochs=10).as_keras("adam"),
    "residual": Plan(epochs=30, batch=32, learning_rate=3e-3, weight_decay=0.05, warm_up=0.2),
}
"""By architecture; epochs and learning rate unless others are asked for."""

_VERSION = 2  # of all that a checkpoint depends on besides its key: to be changed when training changes
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

    Images are decoded once. The epoch that does best on the validation rows is kept; where the settings say ``refit``,
    training is then repeated on all rows, for as many epochs. A killed run resumes after its last epoch when it is
    started again, and ends with the same result.

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
    ...     trained = train_scratch(dataset, even, odd, architecture="food11", image_size=48,
    ...                             settings=TrainingSettings(resize="squash", epochs=1), session=session)
    >>> trained.head.n_features, len(trained.history), trained.image_size
    (64, 2, 48)
    """
    import_optional("torch", "torch")
    keep_memory()
    from headway.training import architectures
    from headway.training.sources import image_examples

    begin = time.perf_counter()
    augment = Augment.parse(settings.augment)
    n_classes = len(dataset.classes)
    own = architectures.find(architecture)
    size = image_size or fitting_size(dataset, train, own.smallest, own.image_size)
    with blaming("image_size"):
        architectures.check_size(architecture, size)
    [everything] = image_examples(
        dataset,
        [np.concatenate([train, validation])],
        augment=augment,
        size=size,
        resize=settings.resize,
        reading=settings.reading,
        session=session,
    )
    ready = time.perf_counter()
    plan = settings.plan(PLANS[architecture])
    runs = _Runs(architecture, n_classes, settings, plan, augment, size, session)
    chosen = runs.choose(everything.part(0, len(train)), everything.part(len(train), len(everything.labels)))
    final, again_s = runs.repeat(everything, chosen) if settings.refit else (chosen.best, 0.0)
    return TrainedNetwork(
        network=final.network,
        head=final.head,
        dims={"head.mean": final.head.n_features},
        part=architecture,
        image_size=size,
        parameters=chosen.n_parameters,
        trained_parameters=chosen.n_parameters,
        history=chosen.result.history,
        best=chosen.result.best,
        diverged=chosen.result.diverged,
        validation_network=chosen.best.network,
        validation_head=chosen.best.head,
        validation_logits=chosen.result.validation_logits,
        last=None if settings.refit else chosen.last,
        seconds={
            "inputs": ready - begin,
            "training": chosen.result.seconds,
            "again": again_s,
            "total": time.perf_counter() - begin,
        },
        expected=chosen.result.expected,
    )


@dataclass(frozen=True, eq=False)
class _Chosen:
    """A training that watched the validation examples."""

    result: LoopResult
    best: Stage
    last: Stage | None
    n_parameters: int


@dataclass(frozen=True, eq=False)
class _Runs:
    """Trainings of one network on the same images, or on some of them."""

    architecture: str
    n_classes: int
    settings: TrainingSettings
    plan: Plan
    augment: Augment
    size: int
    session: Session

    def choose(self, training: ImageExamples, validation: ImageExamples) -> _Chosen:
        """Train, and keep the best epoch."""
        from headway.training.stepper import changing, copy_into

        again = len(training.labels) + len(validation.labels) if self.settings.refit else 0
        module, result = self._train(self.plan, [training, validation], again)
        if not result.best:
            raise RunError(
                f"{self.architecture} learned nothing: no epoch was better than random weights. "
                f"Try a lower rate (--learning-rate {self.plan.lower_rate:.1g}) or more --epochs"
            )
        best, last = self._stage(module), None
        if result.last is not None:
            copy_into(changing(module), result.last)
            last = self._stage(module)
        return _Chosen(result, best, last, sum(parameter.numel() for parameter in module.parameters()))

    def repeat(self, everything: ImageExamples, chosen: _Chosen) -> tuple[Stage, float]:
        """Train on all images, for as many epochs as were best; return what is to be used, and the seconds it took."""
        best = chosen.result.best
        self.session.progress.note(once_more(best, chosen.result.history[-1].number))
        module, result = self._train(replace(self.plan, epochs=best), [everything])
        return chosen.best if result.diverged else self._stage(module), result.seconds

    def _train(self, plan: Plan, examples: list[ImageExamples], again: int = 0) -> tuple[ScratchNetwork, LoopResult]:
        import torch

        from headway.training import loop
        from headway.training.architectures import ScratchNetwork

        module = ScratchNetwork(self.architecture, self.n_classes, plan.seed)
        # The words, their order and their form are part of the keys of checkpoints that users have.
        words = [_VERSION, torch.__version__, torch.get_num_threads(), N_PROCESSES]
        words += [self.architecture, astuple(plan), self.settings.balance, self.augment, len(examples)]
        result = loop.train(
            module,
            examples[0],
            examples[1] if len(examples) > 1 else None,
            plan,
            class_weights=self.settings.class_weights(examples[0].labels, self.n_classes),
            checkpoint=Checkpoint.in_cache(run_key(words, [], examples), self.session.cache),
            again=again,
            progress=self.session.progress,
        )
        return module, result

    def _stage(self, module: ScratchNetwork) -> Stage:
        """Return a network as it is now."""
        from headway.training.onnxfile import to_onnx

        weight, bias = (parameter.detach().numpy().copy() for parameter in module.classifier.parameters())
        return Stage(to_onnx(module, self.size), DenseHead("scratch", (np.ascontiguousarray(weight.T),), (bias,)))


def fitting_size(dataset: Dataset, rows: IntArray, smallest: int, largest: int) -> int:
    """Return an architecture's own size, or that of the images where they are smaller: enlarging them adds nothing.

    It is no smaller than the architecture needs.
    """
    sides = []
    for row in rows[:: max(1, len(rows) // _SIZES_OF)].tolist():
        with suppress(PictureError):
            sides.append(max(_sides(dataset.pictures[row])))
    if not sides:
        return largest
    side = max(smallest, int(np.median(sides)))
    return min(largest, -(-side // _SIZE_STEP) * _SIZE_STEP)


def _sides(picture: Picture) -> tuple[int, ...]:
    if isinstance(picture, str | os.PathLike | bytes):
        with open_image(picture) as (_, image, _):
            return image.size
    return picture.size if isinstance(picture, Image.Image) else np.asarray(picture).shape[:2]
