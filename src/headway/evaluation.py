"""How good a model is on labelled pictures: numbers only."""

from __future__ import annotations

import base64
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from headway import metrics
from headway.calibration import log_softmax, softmax
from headway.dataset import Dataset, align, read
from headway.embedding import embed
from headway.errors import DataError, ModelError
from headway.model import Model
from headway.splits import TEST
from headway.store import Store
from headway.types import Quarantined, Silent

if TYPE_CHECKING:
    from headway.types import FloatArray, IntArray, Progress

TOP_5_ABOVE = 10  # classes; with fewer, the five most probable ones say little


@dataclass(frozen=True)
class Evaluation:
    """Scores of a model on a number of pictures. How each is computed: ``docs/numbers.md``.

    Parameters
    ----------
    n, right : int
        Pictures scored, and how many of them have the most probable class right.
    accuracy, low, high : float
        Their ratio, and its 95 % interval (Wilson 1927).
    top5_accuracy : float or None
        How often the right class is among the five most probable; None with 10 classes or fewer.
    balanced_accuracy, macro_f1 : float
        Means over the classes that occur, of recall and of F1.
    log_loss, brier : float
        Of the calibrated probabilities; 0 is perfect. The Brier score is summed over classes, from 0 to 2.
    ece, ece_uncalibrated : float
        Expected calibration error with and without temperature scaling, from 0 to 1.
    majority_accuracy : float
        Accuracy of always naming the most frequent class of the training pictures.
    classes : tuple of str
        Names, in the order of the confusion matrix.
    confusion : tuple of tuple of int
        Pictures by true class (row) and named class (column).
    per_class : tuple of mapping
        ``class``, ``precision``, ``recall``, ``f1`` and ``support`` of each.
    quarantined : tuple of Quarantined
        Pictures that could not be read, and are not among the ``n``.
    seen_in_training : int
        How many of the ``n`` the model learnt from; unless it is 0, the scores are too good.
    """

    n: int
    right: int
    accuracy: float
    low: float
    high: float
    top5_accuracy: float | None
    balanced_accuracy: float
    macro_f1: float
    log_loss: float
    brier: float
    ece: float
    ece_uncalibrated: float
    majority_accuracy: float
    classes: tuple[str, ...]
    confusion: tuple[tuple[int, ...], ...]
    per_class: tuple[Mapping[str, Any], ...]
    quarantined: tuple[Quarantined, ...] = ()
    seen_in_training: int = 0


def score(
    logits: FloatArray, labels: IntArray, temperature: float, classes: Sequence[str], majority: int
) -> Evaluation:
    """Turn logits into scores.

    Parameters
    ----------
    logits : float32 array (n, classes)
        Before temperature scaling.
    labels : int64 array (n,)
        Indices into ``classes``.
    temperature : float
        What logits are divided by, above 0.
    classes : sequence of str
        Names.
    majority : int
        The most frequent class of the training pictures.

    Returns
    -------
    Evaluation

    Raises
    ------
    DataError
        When there is nothing to score.

    Examples
    --------
    >>> import numpy as np
    >>> scores = score(np.array([[2, 0], [0, 1], [3, 0]], "f4"), np.array([0, 1, 1]), 1.0, ["cat", "dog"], majority=1)
    >>> scores.right, scores.confusion
    (2, ((1, 0), (1, 1)))
    """
    if not len(labels):
        raise DataError("there is no labelled picture to score")
    k = len(classes)
    predicted = logits.argmax(axis=1)
    probabilities = softmax(logits, temperature)
    right = int((predicted == labels).sum())
    interval = metrics.wilson(right, len(labels))
    each = metrics.per_class(labels, predicted, k)
    return Evaluation(
        n=len(labels),
        right=right,
        accuracy=metrics.accuracy(labels, predicted),
        low=interval.low,
        high=interval.high,
        top5_accuracy=metrics.top_k_accuracy(labels, logits, 5) if k > TOP_5_ABOVE else None,
        balanced_accuracy=metrics.balanced_accuracy(labels, predicted, k),
        macro_f1=metrics.macro_f1(labels, predicted, k),
        log_loss=metrics.log_loss(labels, log_softmax(logits, temperature)),
        brier=metrics.brier(labels, probabilities),
        ece=metrics.calibration_error(labels, probabilities),
        ece_uncalibrated=metrics.calibration_error(labels, softmax(logits)),
        majority_accuracy=metrics.accuracy(labels, np.full_like(labels, majority)),
        classes=tuple(classes),
        confusion=tuple(tuple(row) for row in metrics.confusion(labels, predicted, k).tolist()),
        per_class=tuple(
            {
                "class": name,
                "precision": float(each.precision[i]),
                "recall": float(each.recall[i]),
                "f1": float(each.f1[i]),
                "support": int(each.support[i]),
            }
            for i, name in enumerate(classes)
        ),
    )


def evaluate(
    model: Model,
    data: Dataset | str | Path,
    *,
    cache: str | Path | None = None,
    max_bad: float = 0.1,
    progress: Progress | None = None,
) -> Evaluation:
    """Score a model on labelled pictures; where they have a test split, on that.

    Parameters
    ----------
    model : Model
        Fitted or loaded.
    data : Dataset or path
        Its classes are matched by name with those of the model; it may lack some.
    cache : path, optional
        Folder of the feature store, if it is not the usual one.
    max_bad : float
        Largest part of the pictures that may be unreadable, from 0 to 1.
    progress : Progress, optional
        Told what goes on.

    Returns
    -------
    Evaluation

    Raises
    ------
    DataError
        When a class is unknown to the model, or there is nothing to score.
    """
    if not isinstance(model, Model):
        raise ModelError(f"a model must be a headway.Model, not {type(model).__name__}: headway.load reads one")
    dataset = data if isinstance(data, Dataset) else read(data)
    if dataset.given is not None and (dataset.given == TEST).any():
        dataset = dataset.subset(dataset.given == TEST)
    dataset = align(dataset, model.classes)
    progress = progress or Silent()
    info = model.backbone(cache)
    if (caveat := model.caveat(info)) is not None:
        progress.note(caveat)
    outputs = model.features if set(model.features) <= set(info.dims) else tuple(info.dims)
    with Store.open(cache) as store:
        table = embed(
            dataset,
            info,
            resize=model.resize,
            precision=model.precision,
            outputs=info.depths if set(outputs) <= set(info.depths) else outputs,
            store=store,
            max_bad=max_bad,
            progress=progress,
        )
        logits = model.logits(table.read(names=outputs))
    majority = model.classes.index(model.metadata["data"]["majority"])
    scores = score(logits, dataset.labels[table.rows], model.temperature, model.classes, majority)
    learnt = set(_digests(model.metadata["data"]["learnt"]))
    seen = sum(digest[:_PREFIX] in learnt for digest in table.hashes)
    return replace(scores, quarantined=tuple(table.quarantined), seen_in_training=seen)


_PREFIX = 6  # bytes of a digest: among a million pictures, one in 300 million is taken for another


def abridged(digests: Iterable[bytes]) -> str:
    """Return the beginnings of digests as text, for a model's metadata, sorted: their order says nothing."""
    return base64.b64encode(b"".join(sorted({digest[:_PREFIX] for digest in digests}))).decode()


def _digests(text: str) -> Iterator[bytes]:
    packed = base64.b64decode(text)
    return (packed[start : start + _PREFIX] for start in range(0, len(packed), _PREFIX))
