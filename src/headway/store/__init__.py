"""The feature store: what was computed once is kept, under the content of the picture it was computed from."""

from headway.store.stat_index import Seen, fingerprint, is_settled
from headway.store.store import FeaturesGoneError, SpaceSummary, Store

__all__ = ["FeaturesGoneError", "Seen", "SpaceSummary", "Store", "fingerprint", "is_settled"]
