"""Would a bigger network or fine-tuning do better? What a comparison measured, and nothing else.

``headway compare`` leaves its table in the cache, under a key of contents, labels, groups and division. A fit of
exactly these weighs its model against the table, on the same test images one by one.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import inf
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from headway import metrics
from headway.facts.alternatives import Alternative
from headway.fitting.cache import OutcomeCache, data_key

if TYPE_CHECKING:
    from typing import Literal

    from numpy.typing import NDArray

    from headway.fitting.outcome import Job, Tested, TrainedClassifier
    from headway.types import Progress

LEVEL = 0.05  # p-values below it distinguish
_NAME = "ways"
_MOST = 40  # ways of a data set that are remembered


@dataclass(frozen=True, kw_only=True)
class Way:
    """A pretrained network that a comparison ran, in the cache."""

    key: str  # of its recipe
    recipe: str  # what it is called
    backbone: str
    parameters: int  # of the backbone
    tuned: bool
    reading: tuple[tuple[int, ...], str]  # bands and range of values
    as_one: bool  # whether identical images count as one
    accuracy: float
    low: float
    high: float
    right: str  # which test images are right: bits in hexadecimal
    seconds: float
    command: str


@dataclass(frozen=True)
class Ways:
    """All that comparisons of a data set ran, the last one at the end."""

    ways: tuple[Way, ...]


def remember(cache: OutcomeCache, ways: Sequence[Way], progress: Progress) -> None:
    """Store what a comparison measured beside what earlier ones of the same data did."""
    known, new = cache.load(_NAME, Ways), {way.key for way in ways}
    older = () if known is None else (way for way in known.ways if way.key not in new)
    cache.try_save(_NAME, Ways((*older, *ways)[-_MOST:]), progress)


def find_alternatives(job: Job, classifier: TrainedClassifier, tested: Tested | None) -> tuple[Alternative, ...]:
    """Return the best fine-tuning and the best bigger network that a comparison measured; none where there is none."""
    backbone, division, recipe = job.backbone, job.division, job.recipe
    if tested is None or backbone is None or not backbone.parameters:
        return ()
    ways = _comparable(job)
    if not ways:
        return ()
    test = division.parts.test
    right = classifier.calibration.logits(classifier.test_logits).argmax(axis=1) == division.labels[test]
    model = _Judged(right, division.counted(recipe)[test], tested.scores.accuracy)
    is_tuned = recipe.finetune != "none" and (classifier.trial is None or classifier.trial.chosen == "fine-tuned")
    tuned = [] if is_tuned else [way for way in ways if way.tuned and way.backbone == backbone.name]
    bigger = [way for way in ways if way.parameters > backbone.parameters]
    found = (_best("fine-tuning", tuned, model), _best("bigger-network", bigger, model))
    return tuple(one for one in found if one is not None)


class _Judged(NamedTuple):
    """How the model of a fit does on the test images."""

    right: NDArray[np.bool_]  # (t,)
    counts: NDArray[np.bool_]  # (t,): not the copies of others, where identical images count as one
    accuracy: float


def _comparable(job: Job) -> list[Way]:
    """Return the ways on record that read the images of a fit, and count copies, as it does."""
    division, recipe = job.division, job.recipe
    known = OutcomeCache(data_key(division), job.session.cache).load(_NAME, Ways)
    alike = (recipe.bands, recipe.value_range), division.counts_as_one(recipe)
    return [
        way
        for way in (() if known is None else known.ways)
        if (way.reading, way.as_one) == alike and _is_plausible(way, len(division.parts.test))
    ]


def _is_plausible(way: Way, n: int) -> bool:
    """Say whether figures from a file can be shown and compared on n test images."""
    try:
        unpack(way.right, n)
    except ValueError:
        return False
    return 0 <= way.low <= way.accuracy <= way.high <= 1 and 0 <= way.seconds < inf


def _best(kind: Literal["fine-tuning", "bigger-network"], ways: Sequence[Way], model: _Judged) -> Alternative | None:
    """Return the most accurate of the ways of one kind, compared with the model image by image."""
    if not ways:
        return None
    way = max(ways, key=lambda one: one.accuracy)
    theirs = unpack(way.right, len(model.right))
    only_theirs, only_own = (int(one[model.counts].sum()) for one in (theirs & ~model.right, model.right & ~theirs))
    p = min(1.0, metrics.mcnemar(only_theirs, only_own).mid_p * len(ways))  # Bonferroni: it is the best of so many
    gain = way.accuracy - model.accuracy
    return Alternative(
        kind=kind,
        recipe=way.recipe,
        backbone=way.backbone,
        tuned=way.tuned,
        n=int(model.counts.sum()),
        accuracy=way.accuracy,
        low=way.low,
        high=way.high,
        gain=gain,
        p=p,
        better=gain > 0 and p < LEVEL,
        seconds=way.seconds,
        command=way.command,
    )


def pack(right: NDArray[np.bool_]) -> str:
    """Return flags as hexadecimal, eight to a byte.

    Examples
    --------
    >>> pack(np.array([True, False, True]))
    'a0'
    """
    return np.packbits(right).tobytes().hex()


def unpack(text: str, n: int) -> NDArray[np.bool_]:
    """Return the n flags that `pack` was given; a ValueError where the text does not hold so many.

    Examples
    --------
    >>> unpack("a0", 3)
    array([ True, False,  True])
    """
    packed = np.frombuffer(bytes.fromhex(text), np.uint8)
    if len(packed) != -(-n // 8):
        raise ValueError(f"{n} flags cannot be in {len(packed)} bytes")
    return np.unpackbits(packed, count=n).astype(np.bool_)
