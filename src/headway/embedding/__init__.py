"""From pictures to features: decoded and computed once, kept in the store, read lazily.

::

    embed        Dataset × BackboneInfo → FeatureTable, through the store
    ├── pipeline     decoding threads, a bounded queue, asynchronous inference; `stream` does without a store
    ├── content      what a picture's features are kept under
    └── table        FeatureTable
    parquet      features as a file
    transformer  Embedder, for scikit-learn
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from headway.embedding.compute import embed
from headway.embedding.parquet import (
    backbone_of,
    check_features_target,
    is_features_file,
    read_parquet,
    write_parquet,
)
from headway.embedding.pipeline import stream
from headway.embedding.table import FeatureTable

if TYPE_CHECKING:
    from headway.embedding.transformer import Embedder as Embedder

__all__ = [
    "Embedder",
    "FeatureTable",
    "backbone_of",
    "check_features_target",
    "embed",
    "is_features_file",
    "read_parquet",
    "stream",
    "write_parquet",
]


def __getattr__(name: str) -> Any:
    # It is a scikit-learn estimator, and scikit-learn takes a second to import.
    if name == "Embedder":
        from headway.embedding.transformer import Embedder

        return Embedder
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
