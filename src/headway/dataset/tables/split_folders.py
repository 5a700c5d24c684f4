"""Splits that the folders of a table's pictures name."""

from __future__ import annotations

import os
from dataclasses import replace

import numpy as np

from headway.dataset.core import Dataset, count_splits
from headway.dataset.names import alike_split_codes


def with_split_folders(dataset: Dataset) -> Dataset:
    """Take the splits from the folders that the pictures of a table lie in, where the table names none.

    They do where all pictures lie below folders side by side, each of which is named like another split.
    """
    if dataset.given is not None or not all(isinstance(picture, str) for picture in dataset.pictures):
        return dataset
    folders = {os.path.dirname(os.path.abspath(dataset.name(row))) for row in range(len(dataset))}
    try:
        common = os.path.commonpath(folders)
    except ValueError:  # on several drives
        return dataset
    top_of = {folder: os.path.relpath(folder, common).partition(os.sep)[0] for folder in folders}
    codes = alike_split_codes(top_of.values())
    if not codes or len(set(codes.values())) < len(codes):
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
