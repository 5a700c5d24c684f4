"""Recipes on identical splits and folds, in one table: what each reaches, and what it costs.

::

    run          the same images, split and folds for all; continues where an earlier run stopped
    ├── methods      what is compared
    ├── budget       how much time is left; progress stops what takes longer
    ├── estimates    whether there is time for one more recipe
    ├── outcome      what a recipe reached; timing: how quickly its model predicts
    ├── rates        how quickly features are computed, shared by the recipes that read the same
    └── ways         what is left for later fits of the same data
    ranking      outcomes → rows: the best, and what is not distinguishable from it
    advice       rows → which to take, what the next best costs, what a colour histogram says
    agreement    whether they bear out what the case of transfer learning suggests; curve: the learning curve
    descriptors  hand-made ones: each alone, all together, and chosen one by one
    depths       a head on each depth of a network: accuracy from general to specific
    result       Comparison: the facts, and their tables and sentences by `headway.rendering.comparison`
"""

from headway.comparison.methods import DEFAULT
from headway.comparison.result import Comparison
from headway.comparison.run import compare
from headway.facts.comparison import LeftOut, Row

__all__ = ["DEFAULT", "Comparison", "LeftOut", "Row", "compare"]
