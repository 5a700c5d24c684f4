"""Which images of a pool to label next, and in which order: arrays in, positions out.

With probabilities, the most uncertain images are divided into as many clusters as are wanted, and of each the most
uncertain comes first: uncertain, and unlike each other. Without, all are clustered, and those nearest to the centres
come first: together they stand for the pool. Both after DropQuery (Gupte et al. 2024, arXiv 2401.14555); ADR 28 has
what was tried.
"""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from headway.suggesting.copies import first_unlike

if TYPE_CHECKING:
    from headway.types import FloatArray, IntArray

_UNCERTAIN = 10  # times as many images as are wanted are clustered
_MOST_CLUSTERED = 20_000  # images that the clusters are learned from
_ITERATIONS = 50


class Chosen(NamedTuple):
    """Images of a pool, the most useful first.

    Attributes
    ----------
    rows : int64 array (m,)
        Positions in the pool.
    sizes : int64 array (m,)
        How many images of the pool are in the cluster of each; 1 for one that was in none.
    """

    rows: IntArray
    sizes: IntArray


def choose(features: FloatArray, n: int, probabilities: FloatArray | None = None, *, seed: int = 0) -> Chosen:
    """Choose up to ``n`` images to label next.

    Parameters
    ----------
    features : float32 array (m, d)
        Of the images of the pool.
    n : int
        How many are wanted, at least 1. There are fewer where the pool has fewer that differ.
    probabilities : float32 array (m, classes), optional
        What a classifier predicts for them.
    seed : int
        Of the clusters.

    Examples
    --------
    >>> features = np.array([[9, 0], [8, 1], [0, 9], [1, 8]], "float32")
    >>> choose(features, 2, np.array([[0.9, 0.1], [0.6, 0.4], [0.8, 0.2], [0.5, 0.5]], "float32")).rows.tolist()
    [3, 1]
    """
    directions = _directions(features)
    if probabilities is None:
        pool = np.arange(len(features))
        clusters, distances = _cluster(directions, n, seed)
        sizes = np.bincount(clusters)[clusters]
        order = _in_turns(clusters, by=distances, between=-sizes)
        rest = pool[:0]
    else:
        margin = margins(probabilities)
        by_margin = margin.argsort(kind="stable")
        pool, rest = by_margin[: _UNCERTAIN * n], by_margin[_UNCERTAIN * n :]
        clusters, _ = _cluster(directions[pool], n, seed)
        sizes = np.bincount(clusters)[clusters]
        order = _in_turns(clusters, by=margin[pool], between=margin[pool])
    rows = np.array(first_unlike(np.concatenate([pool[order], rest]).tolist(), directions, n), np.int64)
    of_rows = np.ones(len(features), np.int64)
    of_rows[pool] = sizes
    return Chosen(rows, of_rows[rows])


def margins(probabilities: FloatArray) -> FloatArray:
    """Return by how much the most probable class of each image is ahead of the next, float32 (m,).

    Examples
    --------
    >>> margins(np.array([[0.25, 0.75], [0.5, 0.5]], "float32")).tolist()
    [0.5, 0.0]
    """
    top = np.sort(probabilities, axis=1)[:, -2:]
    difference: FloatArray = top[:, 1] - top[:, 0]
    return difference


def _directions(features: FloatArray) -> FloatArray:
    lengths = np.linalg.norm(features, axis=1, keepdims=True)
    directions: FloatArray = (features / np.maximum(lengths, np.finfo(np.float32).tiny)).astype(np.float32, copy=False)
    return directions


def _cluster(directions: FloatArray, n: int, seed: int) -> tuple[IntArray, FloatArray]:
    """Divide images into up to ``n`` clusters; return that of each, and how far it is from the centre."""
    from sklearn.cluster import KMeans
    from sklearn.exceptions import ConvergenceWarning
    from threadpoolctl import threadpool_limits

    if len(directions) <= n:
        return np.arange(len(directions)), np.zeros(len(directions), np.float32)
    some = directions
    if len(directions) > max(n, _MOST_CLUSTERED):
        drawn = np.random.default_rng(seed).choice(len(directions), max(n, _MOST_CLUSTERED), replace=False)
        some = directions[np.sort(drawn)]
    # One thread, for the same bytes on any number of cores. The warning is of fewer distinct images than clusters.
    with threadpool_limits(limits=1), warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        means = KMeans(n, n_init=1, max_iter=_ITERATIONS, random_state=seed).fit(some)
        distances = means.transform(directions)
    return distances.argmin(axis=1), distances.min(axis=1)


def _in_turns(clusters: IntArray, *, by: FloatArray, between: FloatArray | IntArray) -> IntArray:
    """Return an order that takes one image of each cluster, then a second one of each, and so on.

    Within a cluster the least ``by`` comes first, within a turn the least ``between``.
    """
    order = np.lexsort((by, clusters))
    starts = np.flatnonzero(np.diff(clusters[order], prepend=-1))
    turns = np.arange(len(order)) - np.repeat(starts, np.diff(starts, append=len(order)))
    return order[np.lexsort((between[order], turns))]
