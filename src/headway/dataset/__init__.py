"""Where pictures and their labels come from: folders, file names, tables and Python objects."""

from headway.dataset.core import Dataset, align, check_trainable
from headway.dataset.reading import read, unlabelled

__all__ = ["Dataset", "align", "check_trainable", "read", "unlabelled"]
