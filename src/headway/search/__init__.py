"""Which head, which features, how strong a penalty: chosen by cross-validation, with a score corrected for choosing."""

from headway.search.bootstrap import BootstrapScore
from headway.search.choice import C_GRID, HEADS, SVM_GRID, Choice
from headway.search.pool import SearchResult
from headway.search.run import refit, search

__all__ = [
    "C_GRID",
    "HEADS",
    "SVM_GRID",
    "BootstrapScore",
    "Choice",
    "SearchResult",
    "refit",
    "search",
]
