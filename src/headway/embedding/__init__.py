"""From images to features: decoded and computed once, stored, read when needed.

::

    opening          embed, open_features: a path and a backbone's name → FeatureTable
    └── compute      embed_images, read_hashes: what is missing in the store is computed
        ├── planner      what is known, and what is to be done
        ├── extractor    items → outcomes, a pure function
        │   └── content      the keys of features and facts
        ├── writer       outcomes → store
        └── table        FeatureTable
    hashing          the hashes of contents, without decoding them
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

from typing import TYPE_CHECKING

from headway.lazily import lazily

if TYPE_CHECKING:
    from headway.embedding.compute import count_missing as count_missing
    from headway.embedding.compute import embed_images as embed_images
    from headway.embedding.compute import read_hashes as read_hashes
    from headway.embedding.copies import Copies as Copies
    from headway.embedding.described import backbone_of as backbone_of
    from headway.embedding.files import check_features_target as check_features_target
    from headway.embedding.files import is_features_file as is_features_file
    from headway.embedding.files import read_features as read_features
    from headway.embedding.files import write_features as write_features
    from headway.embedding.hashing import digests as digests
    from headway.embedding.opening import OpenedFeatures as OpenedFeatures
    from headway.embedding.opening import embed as embed
    from headway.embedding.opening import open_features as open_features
    from headway.embedding.parquet import read_parquet as read_parquet
    from headway.embedding.parquet import write_parquet as write_parquet
    from headway.embedding.ranging import choose_reading as choose_reading
    from headway.embedding.ranging import find_reading as find_reading
    from headway.embedding.ranging import range_beside as range_beside
    from headway.embedding.rows import outputs_to_write as outputs_to_write
    from headway.embedding.rows import rows_to_write as rows_to_write
    from headway.embedding.squares import grey_squares as grey_squares
    from headway.embedding.squares import squares_of as squares_of
    from headway.embedding.table import FeatureTable as FeatureTable
    from headway.embedding.transformer import Embedder as Embedder

__getattr__, __all__ = lazily(
    __name__,
    {
        "headway.embedding.compute": "count_missing embed_images read_hashes",
        "headway.embedding.copies": "Copies",
        "headway.embedding.described": "backbone_of",
        "headway.embedding.hashing": "digests",
        "headway.embedding.files": "check_features_target is_features_file read_features write_features",
        "headway.embedding.opening": "OpenedFeatures embed open_features",
        "headway.embedding.parquet": "read_parquet write_parquet",
        "headway.embedding.ranging": "choose_reading find_reading range_beside",
        "headway.embedding.rows": "outputs_to_write rows_to_write",
        "headway.embedding.squares": "grey_squares squares_of",
        "headway.embedding.table": "FeatureTable",
        "headway.embedding.transformer": "Embedder",
    },
)
