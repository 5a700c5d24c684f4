"""Recipes on identical splits and folds, in one table: what each reaches, and what it costs.

::

    run          the same pictures, split and folds for all; goes on where it was
    ├── methods      what is compared
    ├── budget       whether there is time for one more
    ├── outcome      what is known of a recipe that has run; timing: how quickly it predicts
    ├── rates        how quickly features are computed, shared by the recipes that read the same
    └── kept         finished recipes in the cache
    ranking      outcomes → rows: the best, and who cannot be told from it
    advice       rows → which to take, what the next best costs, what a colour histogram says
    case         which of the four cases of transfer learning it is; curve, similarity: what tells them apart
    result       Comparison; markdown: as a page
"""

from headway.comparison.methods import DEFAULT
from headway.comparison.ranking import Row
from headway.comparison.result import Comparison, LeftOut
from headway.comparison.run import compare

__all__ = ["DEFAULT", "Comparison", "LeftOut", "Row", "compare"]
