"""Where pictures and their labels come from: folders, file names, tables and Python objects."""

from headway.dataset.core import Dataset, align, check_trainable, picture_name
from headway.dataset.reading import read, unlabelled

__all__ = ["Dataset", "align", "check_trainable", "picture_name", "read", "unlabelled"]
