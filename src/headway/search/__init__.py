"""Which head, which features, how strong a penalty: chosen by cross-validation, with a score corrected for choosing."""

from headway.search.bootstrap import BootstrapScore
from headway.search.bounds import MOST_CHECKED, WHOLE, Plan, plan, plan_predictions
from headway.search.choice import C_GRID, HEADS, SVM_GRID, Choice
from headway.search.pool import SearchResult
from headway.search.run import kinds_of, refit, search

__all__ = [
    "C_GRID",
    "HEADS",
    "MOST_CHECKED",
    "SVM_GRID",
    "WHOLE",
    "BootstrapScore",
    "Choice",
    "Plan",
    "SearchResult",
    "kinds_of",
    "plan",
    "plan_predictions",
    "refit",
    "search",
]
