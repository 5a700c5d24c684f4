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

from headway.dataset.core import Dataset, align, check_trainable, picture_name
from headway.dataset.reading import read, read_within, unlabelled

__all__ = ["Dataset", "align", "check_trainable", "picture_name", "read", "read_within", "unlabelled"]
