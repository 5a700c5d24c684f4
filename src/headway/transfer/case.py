"""Which of the four cases of transfer learning it is.

::

                 similar to ImageNet                 different from it
    small        1 freeze, train a new head          3 features of earlier layers
    large        2 fine-tune the whole network       4 train all of it, from scratch or from the pretrained weights
"""

from __future__ import annotations

from typing import Literal

from headway.facts.transfer import Case, CurvePoint, Similarity

_LEVELLED = 0.01  # accuracy that the last doubling brings where more images no longer help a frozen network
_ENOUGH = 300  # training images per class, without which a levelled curve is not believed
_PLENTY = 1_000  # training images per class that are many whatever the curve says


def classify(train: int, classes: int, curve: tuple[CurvePoint, ...], similarity: Similarity) -> Case:
    """Return the case: a data set is large with many images per class, or with enough when twice as many add nothing.

    ``train`` are the training images, ``classes`` how many classes they are of; the curve may be empty.
    """
    gain = curve[-1].accuracy - curve[-2].accuracy if len(curve) > 1 else None
    per_class = train / classes
    large = per_class >= _PLENTY or (per_class >= _ENOUGH and gain is not None and gain < _LEVELLED)
    number: Literal[1, 2, 3, 4] = (2 if similarity.similar else 4) if large else (1 if similarity.similar else 3)
    return Case(number=number, train=train, classes=classes, large=large, curve=curve, gain=gain, similarity=similarity)
