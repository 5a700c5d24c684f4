"""How good a model is on labelled images.

::

    run           model × images → Evaluation; two models on the same images
    matching      the classes of the images and those of the models, by name
    scoring       logits and labels → scores
    predictions   what was predicted, image by image
"""

from headway.evaluation.predictions import Predictions
from headway.evaluation.run import Evaluation, evaluate, evaluate_pair, evaluate_within
from headway.evaluation.scoring import Scored, binary_scores, count_repeats, score, score_part

__all__ = [
    "Evaluation",
    "Predictions",
    "Scored",
    "binary_scores",
    "count_repeats",
    "evaluate",
    "evaluate_pair",
    "evaluate_within",
    "score",
    "score_part",
]
