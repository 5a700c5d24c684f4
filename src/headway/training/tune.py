"""Fine-tuning: the last block of a network, or all of it, learnt on together with the head."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Literal, cast

import numpy as np

from headway.backbones import best_precision
from headway.calibration import fit_temperature, log_softmax
from headway.errors import DataError
from headway.optional import import_optional
from headway.training.augment import Augment
from headway.training.memory import keep_memory
from headway.training.plan import given
from headway.types import Silent

if TYPE_CHECKING:
    from headway.backbones import BackboneInfo
    from headway.dataset import Dataset
    from headway.heads import DenseHead
    from headway.training.job import Job, Made
    from headway.training.methods import Part
    from headway.training.plan import Epoch
    from headway.types import FloatArray, IntArray, Precision, Progress, ResizePolicy

ALL_FROM = 2_000
"""Training pictures from which on ``auto`` tries the whole network, too, where there is a GPU."""


@dataclass(frozen=True, eq=False)
class Tuned:
    """A fine-tuned network and its head.

    Attributes
    ----------
    network : bytes
        The whole ONNX file, with the inputs and outputs of the backbone that it was made from.
    head : DenseHead
        On its ``head.mean``.
    watched : tuple of bytes and DenseHead
        The network and the head that had not seen the validation rows, and whose figures on these are told; the same
        two unless training was done once more on all rows.
    part : {"last-block", "all"}
        What was trained.
    cut : str
        The tensor after which it was trained.
    history : tuple of Epoch
        For learning curves; the first is the start, the linear probe.
    best : int
        The epoch that is kept; 0 if none was better than the start, and then network and head are as they were given.
    validation_logits : float32 array (n, k)
        What the watched network and head say of the validation rows, run as they will be in use.
    log_loss, rival_log_loss : float
        Of these, and of the rival, on the validation rows after temperature scaling; nats.
    diverged : bool
        Whether training was stopped because the loss was no number.
    trained_parameters : int
        How many numbers were learnt.
    seconds : mapping of str to float
        ``inputs`` (maps or decoded pictures), ``training`` and ``again`` (once more on all rows), both with what runs
        took that this one goes on from, and ``total``, what this one took with all else there was to do.
    """

    network: bytes = field(repr=False)
    head: DenseHead
    watched: tuple[bytes, DenseHead] = field(repr=False)
    part: Part
    cut: str
    history: tuple[Epoch, ...]
    best: int
    validation_logits: FloatArray
    log_loss: float
    rival_log_loss: float
    diverged: bool
    trained_parameters: int
    seconds: Mapping[str, float]

    @property
    def better(self) -> bool:
        """Whether anything was learnt that does better than the rival."""
        return self.best > 0 and self.log_loss < self.rival_log_loss


def finetune(
    dataset: Dataset,
    train: IntArray,
    validation: IntArray,
    *,
    info: BackboneInfo,
    network: bytes,
    head: DenseHead,
    part: Literal["last-block", "all", "auto"],
    resize: ResizePolicy,
    head_of_all: DenseHead | None = None,
    seed: int = 0,
    balance: Literal["none", "weights"] = "none",
    augment: Sequence[str] = (),
    epochs: int = 0,
    learning_rate: float = 0.0,
    device: str = "cpu",
    precision: Precision | Literal["auto"] = "auto",
    rival: FloatArray | None = None,
    cache: str | Path | None = None,
    progress: Progress | None = None,
) -> Tuned:
    """Train a part of a network further, together with a head that starts as the fitted linear probe.

    For ``last-block`` the part before it is a fixed function: its maps of the views that ``augment`` asks for are
    computed once by OpenVINO and kept on disk, and only the rest is trained on them. A run that is killed goes on after
    its last epoch when it is started again, and ends with the same result.

    Parameters
    ----------
    dataset : Dataset
        The pictures.
    train, validation : ndarray of int64
        Rows to learn from, and rows of the training split to choose the best epoch on.
    info : BackboneInfo
        The backbone; gives the input size.
    network : bytes
        Its ONNX file.
    head : DenseHead
        Fitted on ``head.mean`` of the rows of ``train``.
    part : {"last-block", "all", "auto"}
        What to train; ``"auto"`` tries the last block and, for 2,000 pictures or more on a GPU, all, and takes what is
        better on the validation rows.
    resize : {"crop", "squash", "letterbox"}
        How a picture becomes a square.
    head_of_all : DenseHead, optional
        Fitted like ``head``, but on the rows of ``train`` and ``validation``. With it training is done once more from
        there, on all these rows and for as many epochs as were best: every picture counts where there are few.
    seed : int
        The only source of randomness.
    balance : {"none", "weights"}
        Whether each class weighs as much in the loss as any other.
    augment : sequence of str
        Random changes of training pictures, see `headway.changes.RANGES`.
    epochs : int
        0 takes the method's own.
    learning_rate : float
        0 takes the method's own.
    device : {"cpu", "cuda"}
        Where to train.
    precision : {"auto", "fp32", "bf16"}
        What OpenVINO computes in.
    rival : float32 array (n, k), optional
        Logits of a frozen model for the validation rows, to be compared with; by default those of the start.
    cache : path, optional
        Headway's cache folder, if it is not the usual one: for maps, and for the state after each epoch.
    progress : Progress, optional
        Told what goes on.

    Returns
    -------
    Tuned

    Raises
    ------
    UserError
        When the network cannot be cut or trained, or there is no such device; says why.
    DataError
        When a picture cannot be read, or a head does not fit network and data.
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
    >>> from headway.testing import TINY, tiny_backbone_onnx
    >>> dataset = headway.read(headway.demo.pictures())
    >>> k = len(dataset.classes)
    >>> start = DenseHead("centroid", (np.zeros((32, k), "float32"),), (np.zeros(k, "float32"),))
    >>> tuned = finetune(dataset, np.arange(0, 240, 2), np.arange(1, 240, 2), info=TINY, network=tiny_backbone_onnx(),
    ...                  head=start, part="last-block", resize="squash", epochs=2)
    >>> tuned.head.n_features, len(tuned.history)
    (32, 3)
    """
    import_optional("torch", "torch")
    keep_memory()
    from headway.training.job import Job

    begin = time.perf_counter()
    for one in (head, head_of_all or head):
        _check(one, info, len(dataset.classes))
    job = Job(
        dataset=dataset,
        train=train,
        validation=validation,
        info=info,
        network=network,
        head=head,
        resize=resize,
        augment=Augment.parse(augment),
        balance=balance,
        precision=best_precision() if precision == "auto" else precision,
        cache=cache,
        progress=progress or Silent(),
        changes=given(seed=seed, device=device) | given(epochs=epochs, learning_rate=learning_rate),
    )
    labels = dataset.labels[validation]
    before = _loss(job.logits(network, head) if rival is None else rival, labels)
    runs = [job.run(one) for one in _parts(part, device, len(train))]
    said = [job.logits(made.network, made.head) for made in runs]
    losses = [_loss(logits, labels) for logits in said]
    chosen = int(np.argmin(losses))
    watched = runs[chosen]
    shipped = _once_more(job, watched, head_of_all)
    return Tuned(
        network=shipped.network,
        head=shipped.head,
        watched=(watched.network, watched.head),
        part=watched.part,
        cut=watched.cut,
        history=watched.trained.history,
        best=watched.trained.best,
        validation_logits=said[chosen],
        log_loss=losses[chosen],
        rival_log_loss=before,
        diverged=watched.trained.diverged,
        trained_parameters=watched.parameters,
        seconds={
            "inputs": sum(made.inputs_s for made in runs),
            "training": sum(made.trained.seconds for made in runs),
            "again": 0.0 if shipped.trained is watched.trained else shipped.trained.seconds,
            "total": time.perf_counter() - begin,
        },
    )


def _parts(part: str, device: str, pictures: int) -> list[Part]:
    """Return what to try."""
    if part != "auto":
        return [cast("Part", part)]
    return ["last-block", "all"] if device != "cpu" and pictures >= ALL_FROM else ["last-block"]


def _once_more(job: Job, watched: Made, head: DenseHead | None) -> Made:
    """Train on the validation rows, too, from a head that was fitted on all; without one, keep what there is."""
    if head is None:
        return watched
    best = watched.trained.best
    if not best:
        return replace(watched, head=head)
    job.progress.note(f"epoch {best} was the best; training once more, on the pictures of the validation part, too")
    again = job.on_all(head, best).run(watched.part)
    return watched if again.trained.diverged else again


def _check(head: DenseHead, info: BackboneInfo, n_classes: int) -> None:
    if head.n_features != info.dims["head.mean"] or head.n_classes != n_classes:
        raise DataError(
            f"the head to start from must read head.mean, {info.dims['head.mean']} features, for {n_classes} classes; "
            f"it reads {head.n_features} for {head.n_classes}"
        )


def _loss(logits: FloatArray, labels: IntArray) -> float:
    """Log-loss after temperature scaling, in nats."""
    said = log_softmax(logits, fit_temperature(logits, labels))
    return float(-said[np.arange(len(labels)), labels].mean())
