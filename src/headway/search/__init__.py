"""Which head, which features, how strong a penalty: chosen by cross-validation, and honest about having chosen."""

from headway.search.bootstrap import Corrected
from headway.search.choice import C_GRID, HEADS, SVM_GRID, Choice
from headway.search.run import refit, search
from headway.search.trial import Candidate, SearchResult

__all__ = ["C_GRID", "HEADS", "SVM_GRID", "Candidate", "Choice", "Corrected", "SearchResult", "refit", "search"]
