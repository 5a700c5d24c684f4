"""Splits that the folders of a table's pictures name."""

from __future__ import annotations

import os
from collections.abc import Iterable
from dataclasses import replace

import numpy as np

from headway.dataset.core import Dataset, count_splits
from headway.dataset.names import TRAIN, longer_split_codes, split_codes


def with_split_folders(dataset: Dataset) -> Dataset:
    """Take the splits from the folders that the pictures of a table lie in, where the table names none.

    They do where all pictures lie below folders side by side, each of which is called like another split.
    """
    if dataset.given is not None or not all(isinstance(picture, str) for picture in dataset.pictures):
        return dataset
    folders = {os.path.dirname(os.path.abspath(dataset.name(row))) for row in range(len(dataset))}
    try:
        common = os.path.commonpath(folders)
    except ValueError:  # on several drives
        return dataset
    top_of = {folder: os.path.relpath(folder, common).partition(os.sep)[0] for folder in folders}
    codes = _codes(set(top_of.values()))
    if not codes:
        return dataset
    tops = (top_of[os.path.dirname(os.path.abspath(dataset.name(row)))] for row in range(len(dataset)))
    given = np.array([codes[top] for top in tops], np.int8)
    return replace(
        dataset,
        given=given,
        source=replace(
            dataset.source,
            splits=count_splits(given),
            splits_from="folders",
            split_folders=tuple(sorted(codes, key=lambda name: (codes[name], name))),
        ),
    )


def _codes(names: Iterable[str]) -> dict[str, int]:
    """Return the split of each name, if each names another, one of them that for training."""
    names = set(names)
    codes = split_codes(names)
    if len(codes) < len(names):
        longer = longer_split_codes(names)
        alike = len({rest for _, rest in longer.values()}) == 1
        codes = {name: code for name, (code, _) in longer.items()} if alike else {}
    distinct = set(codes.values())
    return codes if len(codes) == len(names) == len(distinct) > 1 and TRAIN in distinct else {}
