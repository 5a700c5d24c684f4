"""Which of the four cases of transfer learning it is, and whether the table agrees with what that suggests.

::

                 similar to ImageNet                 different from it
    small        1 freeze, train a new head          3 features of earlier layers
    large        2 fine-tune the whole network       4 train all of it, from scratch or from the pretrained weights
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Literal

from headway.facts.comparison import NETWORK_FAMILIES, Agreement, Case, CurvePoint, Family, Row, Similarity

if TYPE_CHECKING:
    from headway.comparison.ranking import PairedComparison

_LEVELLED = 0.01  # accuracy that the last doubling brings where more images no longer help a frozen network
_ENOUGH = 300  # training images per class, without which a levelled curve is not believed
_PLENTY = 1_000  # training images per class that are many whatever the curve says

_SUGGESTED: dict[int, tuple[Family, ...]] = {
    1: ("frozen", "depths"),
    2: ("tuned-whole",),
    3: ("depths",),
    4: ("tuned-whole", "scratch"),
}


def classify(train: int, classes: int, curve: tuple[CurvePoint, ...], similarity: Similarity) -> Case:
    """Return the case: a data set is large with many images per class, or with enough when twice as many add nothing.

    ``train`` are the training images, ``classes`` how many classes they are of; the curve may be empty.
    """
    gain = curve[-1].accuracy - curve[-2].accuracy if len(curve) > 1 else None
    per_class = train / classes
    large = per_class >= _PLENTY or (per_class >= _ENOUGH and gain is not None and gain < _LEVELLED)
    number: Literal[1, 2, 3, 4] = (2 if similarity.similar else 4) if large else (1 if similarity.similar else 3)
    return Case(number=number, train=train, classes=classes, large=large, curve=curve, gain=gain, similarity=similarity)


def agreement(number: int, rows: Sequence[Row], compare: Callable[[Row, Row], PairedComparison]) -> Agreement:
    """Compare the best recipe that does what a case suggests with the best that uses networks otherwise.

    What is not distinguishable bears out only that training the network is not worth it (case 1). Rows come with the
    best first; ``compare`` gives the paired test of two of them.
    """
    own = next((row for row in rows if row.family in _SUGGESTED[number]), None)
    other = next((row for row in rows if row.family in NETWORK_FAMILIES and row.family not in _SUGGESTED[number]), None)
    if own is None:
        return Agreement(agrees=None, code="not-run")
    if other is None:
        return Agreement(agrees=None, code="no-rival", recipe=own.name)
    test = compare(own, other)
    agrees: bool | None = test.ahead
    code: Literal["ahead", "behind", "level", "training-gains-nothing"] = "ahead" if agrees else "behind"
    if test.level:
        agrees, code = (True, "training-gains-nothing") if number == 1 else (None, "level")
    return Agreement(
        agrees=agrees,
        code=code,
        recipe=own.name,
        other=other.name,
        lead=test.lead,
        p=test.p,
        decided_by="test" if test.p_folds is None else "folds",
    )
