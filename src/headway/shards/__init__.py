"""Feature data sets: a folder or a bucket of Parquet files, for more pictures than one machine has time or memory for.

::

    run              embed_shards: planned, computed by an engine, named by a manifest
    ├── sources          what is computed of, cut into shards
    │   ├── filelists        files of a folder or a table, here or in object storage
    │   ├── tars             WebDataset
    │   ├── imageparquet     Parquet with the bytes of pictures
    │   └── records          a picture and what is known of it
    ├── opening, keys    what is computed of them; what the name of a shard stands for
    ├── planning         what is there already
    │   └── footers          what a shard's file says of itself
    ├── engines          this process, or a cluster of Ray
    │   └── computing        one shard: pure, but for the files that it writes
    └── manifest         the one file that says which of the others count
    storage          a place by its path or address
    ├── local            a folder
    └── objects          object storage, by obstore
        └── credentials      what Amazon's tools keep in files
    sampling         the pictures that it is of, or some of them
    reading          the whole of it as a data set, with features in memory or in their files
    features         the same beside pictures and files of features, for every command that reads features
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from headway.lazily import lazily

if TYPE_CHECKING:
    from headway.shards.features import check_address as check_address
    from headway.shards.features import check_named as check_named
    from headway.shards.features import holds_features as holds_features
    from headway.shards.features import open_feature_dataset as open_feature_dataset
    from headway.shards.manifest import Manifest as Manifest
    from headway.shards.manifest import ShardEntry as ShardEntry
    from headway.shards.manifest import is_feature_dataset as is_feature_dataset
    from headway.shards.manifest import read_manifest as read_manifest
    from headway.shards.reading import read_feature_dataset as read_feature_dataset
    from headway.shards.sampling import pictures_of as pictures_of

__getattr__, __all__ = lazily(
    __name__,
    {
        "headway.shards.manifest": "Manifest ShardEntry is_feature_dataset read_manifest",
        "headway.shards.features": "check_address check_named holds_features open_feature_dataset",
        "headway.shards.reading": "read_feature_dataset",
        "headway.shards.sampling": "pictures_of",
    },
)
