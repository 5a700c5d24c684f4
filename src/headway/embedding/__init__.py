"""From images to features: decoded and computed once, stored, read when needed.

::

    opening          embed, open_features: a path and a backbone's name → FeatureTable
    └── compute      embed_images, read_hashes: what is missing in the store is computed
        ├── planner      what is known, and what is to be done
        ├── extractor    items → outcomes, a pure function
        │   ├── pipeline     decoding threads, a bounded queue; `stream` does without a store
        │   └── content      the keys of features and facts
        ├── writer       outcomes → store
        └── table        FeatureTable
    digests          the hashes of contents, without decoding them
    squares          small grey squares, for near copies
    rows             what is to be written to a file; with copies, changed ones of training pictures
    ranging          the range of values that suits the training pictures
    files            features to a file and back, of any format
    ├── parquet          one file
    ├── arrays, mapped   .npy and .npz with tables beside them: written, and read
    └── described        what the features are of, in words
    transformer      Embedder, for scikit-learn
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from headway.embedding.compute import count_missing, embed_images, read_hashes
from headway.embedding.copies import Copies
from headway.embedding.described import backbone_of
from headway.embedding.digests import digests
from headway.embedding.files import (
    check_features_target,
    is_features_file,
    read_features,
    write_features,
)
from headway.embedding.opening import OpenedFeatures, embed, open_features
from headway.embedding.parquet import read_parquet, write_parquet
from headway.embedding.pipeline import stream
from headway.embedding.ranging import choose_reading, find_reading, range_beside
from headway.embedding.rows import outputs_to_write, rows_to_write
from headway.embedding.squares import grey_squares, squares_of
from headway.embedding.table import FeatureTable

if TYPE_CHECKING:
    from headway.embedding.transformer import Embedder as Embedder

__all__ = [
    "Copies",
    "Embedder",
    "FeatureTable",
    "OpenedFeatures",
    "backbone_of",
    "check_features_target",
    "choose_reading",
    "count_missing",
    "digests",
    "embed",
    "embed_images",
    "find_reading",
    "grey_squares",
    "is_features_file",
    "open_features",
    "outputs_to_write",
    "range_beside",
    "read_features",
    "read_hashes",
    "read_parquet",
    "rows_to_write",
    "squares_of",
    "stream",
    "write_features",
    "write_parquet",
]


def __getattr__(name: str) -> Any:
    # It is a scikit-learn estimator, and scikit-learn takes a second to import.
    if name == "Embedder":
        from headway.embedding.transformer import Embedder

        return Embedder
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
