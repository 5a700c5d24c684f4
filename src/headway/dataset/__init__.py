"""Where pictures and their labels come from: folders, archives, file names, tables and Python objects."""

from headway.dataset.core import Dataset, align, check_trainable, picture_name
from headway.dataset.reading import read, read_within, unlabelled

__all__ = ["Dataset", "align", "check_trainable", "picture_name", "read", "read_within", "unlabelled"]
