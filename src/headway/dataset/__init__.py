"""Where images and their labels come from.

::

    reading ── folders     a folder per class, splits, labels in file names, tables beside the images
            ├─ tables      CSV, TSV, JSON lines, Excel, Parquet, DataFrames
            ├─ archives    ZIP and tar files, unpacked into the cache
            ├─ memory      lists of paths, arrays, PIL images, bytes
            ├─ several     several of these as one
            └─ fixes       what a person decided about single pictures
    options   what the user says of a data set
    core      the data set itself
    report    what was understood, and copies among the files
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from headway.lazily import lazily

if TYPE_CHECKING:
    from headway.dataset.core import Dataset as Dataset
    from headway.dataset.core import align as align
    from headway.dataset.core import check_trainable as check_trainable
    from headway.dataset.pictures import unlabelled as unlabelled
    from headway.dataset.reading import read as read
    from headway.dataset.reading import read_within as read_within

__getattr__, __all__ = lazily(
    __name__,
    {
        "headway.dataset.core": "Dataset align check_trainable",
        "headway.dataset.pictures": "unlabelled",
        "headway.dataset.reading": "read read_within",
    },
)
