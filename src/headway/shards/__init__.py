"""Feature data sets: a folder or a bucket of Parquet files, for more pictures than one machine has time or memory for.

::

    manifest         the one file that says which of the others count
    storage          a place by its path or address
    ├── local            a folder
    └── objects          object storage, by obstore
        └── credentials      what Amazon's tools keep in files
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from headway.lazily import lazily

if TYPE_CHECKING:
    from headway.shards.manifest import Manifest as Manifest
    from headway.shards.manifest import ShardEntry as ShardEntry
    from headway.shards.manifest import is_feature_dataset as is_feature_dataset
    from headway.shards.manifest import read_manifest as read_manifest

__getattr__, __all__ = lazily(
    __name__,
    {"headway.shards.manifest": "Manifest ShardEntry is_feature_dataset read_manifest"},
)
