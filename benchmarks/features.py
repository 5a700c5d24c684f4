"""Features of a data set by way of the store, for the benchmarks of what is learned on them."""

from __future__ import annotations

import numpy as np

import headway.dataset
from headway import backbones
from headway.embedding import embed


def of(data: str, cache: str | None) -> tuple[np.ndarray, np.ndarray]:
    """Features of all depths (n, 2768) of the carried backbone, squashed, and labels (n,)."""
    dataset = headway.dataset.read(data)
    info = backbones.find("efficientnet_lite0")
    table = embed(dataset, info, cache=cache)
    return table.read(names=info.depths), dataset.labels[table.rows]
