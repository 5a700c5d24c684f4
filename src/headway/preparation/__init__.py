"""What is fitted on the training rows before the head: visual words, a selection of features, balanced classes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from headway.lazily import lazily

if TYPE_CHECKING:
    from headway.preparation.balance import BalanceChoice as BalanceChoice
    from headway.preparation.balance import class_weights as class_weights
    from headway.preparation.prepare import Preparation as Preparation
    from headway.preparation.prepare import PreparedData as PreparedData
    from headway.preparation.select import SelectChoice as SelectChoice
    from headway.preparation.transform import Transform as Transform
    from headway.preparation.vocabulary import Vocabulary as Vocabulary

__getattr__, __all__ = lazily(
    __name__,
    {
        "headway.preparation.balance": "BalanceChoice class_weights",
        "headway.preparation.prepare": "Preparation PreparedData",
        "headway.preparation.select": "SelectChoice",
        "headway.preparation.transform": "Transform",
        "headway.preparation.vocabulary": "Vocabulary",
    },
)
