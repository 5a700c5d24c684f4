"""Fine-tuning: the last block of a network, or all of it, trained together with the head."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Literal, cast

import numpy as np

from headway.backbones import best_precision
from headway.errors import DataError
from headway.optional import import_optional
from headway.posix import keep_memory
from headway.rendering.training import once_more
from headway.training.augment import Augment
from headway.training.prospects import Rival, calibrated_losses
from headway.training.results import FineTunedNetwork

if TYPE_CHECKING:
    from headway.backbones import BackboneInfo
    from headway.dataset import Dataset
    from headway.heads import DenseHead
    from headway.session import Session
    from headway.training.job import FineTunedPart, Job
    from headway.training.methods import Part
    from headway.training.settings import TrainingSettings
    from headway.types import FloatArray, IntArray

ALL_FROM = 2_000
"""Training images from which on ``auto`` tries the whole network, too, where there is a GPU."""


def finetune(
    dataset: Dataset,
    train: IntArray,
    validation: IntArray,
    *,
    info: BackboneInfo,
    network: bytes,
    head: DenseHead,
    part: Literal["last-block", "all", "auto"],
    settings: TrainingSettings,
    session: Session,
    development_head: DenseHead | None = None,
    frozen_logits: FloatArray | None = None,
    outputs: Sequence[str] = ("head.mean",),
) -> FineTunedNetwork:
    """Train a part of a network further, together with a head that starts as the fitted linear probe.

    For ``last-block`` the part before it is a fixed function: its maps of the views that ``augment`` asks for are
    computed once by OpenVINO and stored on disk, and only the rest is trained on them. A killed run resumes after its
    last epoch when it is started again, and ends with the same result.

    Parameters
    ----------
    dataset : Dataset
    train, validation : ndarray of int64
        Rows to train on, and rows of the training split to choose the best epoch on.
    info : BackboneInfo
        The backbone; gives the input size.
    network : bytes
        Its ONNX file.
    head : DenseHead
        Fitted on the backbone's ``outputs`` of the rows of ``train``, side by side.
    part : {"last-block", "all", "auto"}
        What to train; ``"auto"`` tries the last block and, for 2,000 images or more on a GPU, all, and takes what is
        better on the validation rows.
    settings : TrainingSettings
    session : Session
        Its cache folder is for maps, and for the state after each epoch.
    development_head : DenseHead, optional
        Fitted like ``head``, but on the rows of ``train`` and ``validation``. With it training is repeated from there,
        on all these rows and for as many epochs as were best: every image counts where there are few.
    frozen_logits : float32 array (n, k), optional
        Logits of a frozen model for the validation rows, to be compared with; by default those of the start. Where
        training ends behind them beyond chance, network and head stay as they are. With ``"auto"`` it ends early where
        it will not beat them, and is repeated only where it does.
    outputs : sequence of str
        What heads read of the backbone: ``head.mean``, means and deviations of blocks, or ``flat``.

    Raises
    ------
    UserError
        When the network cannot be cut or trained, or there is no such device; says why.
    DataError
        When an image cannot be read, or a head does not fit network and data.
    MissingExtraError
        Without torch.

    Notes
    -----
    Kumar et al., Fine-Tuning can Distort Pretrained Features and Underperform Out-of-Distribution, ICLR 2022, start
    from the probe (LP-FT). Lower rates for earlier layers: Howard and Ruder, ACL 2018.

    Examples
    --------
    >>> import headway
    >>> from headway.heads import DenseHead
    >>> from headway.session import Session
    >>> from headway.testing import TINY, tiny_backbone_onnx
    >>> from headway.training import TrainingSettings
    >>> dataset = headway.read(headway.demo.pictures())
    >>> k = len(dataset.classes)
    >>> start = DenseHead("centroid", (np.zeros((32, k), "float32"),), (np.zeros(k, "float32"),))
    >>> with Session.open() as session:
    ...     tuned = finetune(dataset, np.arange(0, 240, 2), np.arange(1, 240, 2), info=TINY,
    ...                      network=tiny_backbone_onnx(), head=start, part="last-block",
    ...                      settings=TrainingSettings(resize="squash", epochs=2), session=session)
    >>> tuned.head.n_features, len(tuned.history)
    (32, 3)
    """
    import_optional("torch", "torch")
    keep_memory()
    from headway.backbones.torch.graph import untied
    from headway.training.job import Job

    begin = time.perf_counter()
    for start in (head, development_head or head):
        _check(start, info, outputs, len(dataset.classes))
    job = Job(
        dataset=dataset,
        train=train,
        validation=validation,
        info=info,
        network=untied(network, outputs),
        head=head,
        settings=settings,
        augment=Augment.parse(settings.augment),
        precision=best_precision() if settings.precision == "auto" else settings.precision,
        session=session,
        outputs=tuple(outputs),
        repeats=development_head is not None,
    )
    labels = dataset.labels[validation]
    if frozen_logits is None:
        frozen_logits = job.validation_logits(network, head)
    job = replace(job, rival=Rival(frozen_logits, ends_training=part == "auto"))
    candidates = [job.run(candidate) for candidate in _parts(part, settings.device, len(train))]
    logits = [job.validation_logits(candidate.network, candidate.head) for candidate in candidates]
    losses = [float(calibrated_losses(values, labels).mean()) for values in logits]
    best = int(np.argmin(losses))
    chosen = candidates[best]
    frozen_log_loss = float(calibrated_losses(frozen_logits, labels).mean())
    is_lost = part == "auto" and (not chosen.result.best or losses[best] >= frozen_log_loss)
    final = chosen if is_lost else _repeat_on_all_rows(job, chosen, development_head)
    return FineTunedNetwork(
        network=final.network,
        head=final.head,
        dims={name: info.dims[name] for name in outputs},
        part=chosen.part,
        image_size=info.input_size,
        parameters=info.parameters,
        trained_parameters=chosen.n_parameters,
        history=chosen.result.history,
        best=chosen.result.best,
        diverged=chosen.result.diverged,
        validation_network=chosen.network,
        validation_head=chosen.head,
        validation_logits=logits[best],
        last=chosen.last,
        cut=chosen.cut,
        log_loss=losses[best],
        frozen_log_loss=frozen_log_loss,
        seconds={
            "inputs": sum(candidate.inputs_s for candidate in candidates),
            "training": sum(candidate.result.seconds for candidate in candidates),
            "again": 0.0 if final.result is chosen.result else final.result.seconds,
            "total": time.perf_counter() - begin,
        },
        expected=chosen.result.expected,
        gave_up=chosen.result.gave_up,
    )


def _parts(part: str, device: str, n_images: int) -> list[Part]:
    """Return the parts to try."""
    if part != "auto":
        return [cast("Part", part)]
    return ["last-block", "all"] if device != "cpu" and n_images >= ALL_FROM else ["last-block"]


def _repeat_on_all_rows(job: Job, chosen: FineTunedPart, head: DenseHead | None) -> FineTunedPart:
    """Train on the validation rows, too, from a head that was fitted on all; without one, return what there is."""
    if head is None:
        return chosen
    epochs = chosen.result.best
    if not epochs:
        return replace(chosen, head=head)
    job.session.progress.note(once_more(epochs, chosen.result.history[-1].number))
    repeated = job.on_all_rows(head, epochs).run(chosen.part)
    return chosen if repeated.result.diverged else repeated


def _check(head: DenseHead, info: BackboneInfo, outputs: Sequence[str], n_classes: int) -> None:
    width = sum(info.dims[name] for name in outputs)
    if head.n_features != width or head.n_classes != n_classes:
        raise DataError(
            f"the head to start from must read {', '.join(outputs)}, {width:,} features, for {n_classes} classes; "
            f"it reads {head.n_features} for {head.n_classes}"
        )
