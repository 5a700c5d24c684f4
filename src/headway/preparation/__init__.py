"""What is fitted on the training rows before the head: visual words, a selection of features, balanced classes."""

from headway.preparation.balance import BalanceChoice, class_weights
from headway.preparation.prepare import Preparation, PreparedData
from headway.preparation.select import SelectChoice
from headway.preparation.transform import Transform
from headway.preparation.vocabulary import Vocabulary

__all__ = ["BalanceChoice", "Preparation", "PreparedData", "SelectChoice", "Transform", "Vocabulary", "class_weights"]
