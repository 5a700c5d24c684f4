"""Pictures in two dimensions, near each other where their features are."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, get_args

import numpy as np

from headway.analysis.spectrum import standardised
from headway.errors import DataError, UnknownNameError
from headway.optional import import_optional

if TYPE_CHECKING:
    from headway.types import FloatArray, IntArray

MapChoice = Literal["pca", "tsne", "umap"]
MAPS: tuple[str, ...] = get_args(MapChoice)

_MOST_ROWS = 5_000  # for t-SNE and UMAP; t-SNE takes about half a minute
_DIRECTIONS = 50  # what t-SNE and UMAP are given, as is usual


def lay_out(features: FloatArray, method: MapChoice, *, seed: int = 0) -> tuple[IntArray, FloatArray]:
    """Give pictures places on a plane.

    Parameters
    ----------
    features : float32 array (n, d)
        They are standardised.
    method : {"pca", "tsne", "umap"}
        Principal components keep distances as well as a plane can; t-SNE (van der Maaten and Hinton 2008) and UMAP
        (McInnes et al. 2018, in ``headway[umap]``) keep neighbours together, and their distances between groups mean
        little. Those two are given the first 50 principal components, of at most 5,000 pictures drawn at random.
    seed : int
        The same seed, the same map.

    Returns
    -------
    rows : int64 array (m,)
        The pictures on the map, ascending.
    places : float32 array (m, 2)

    Raises
    ------
    UnknownNameError
        When there is no such method.
    DataError
        When there are fewer than 3 pictures or 2 features.
    MissingExtraError
        For UMAP without its package.

    Examples
    --------
    >>> line = np.array([[0, 0], [1, 1], [2, 2], [3, 3]], "float32")
    >>> rows, places = lay_out(line, "pca")
    >>> bool(np.abs(places[:, 1]).max() < 1e-5)
    True
    """
    if method not in MAPS:
        raise UnknownNameError("map", str(method), MAPS)
    n, d = features.shape
    if n < 3 or d < 2:
        raise DataError(f"a map needs at least 3 pictures and 2 features, and there are {n:,} and {d:,}")
    rows = np.arange(n)
    if method != "pca" and n > _MOST_ROWS:
        rows = np.sort(np.random.default_rng(seed).choice(n, _MOST_ROWS, replace=False))
    values = standardised(features[rows] if len(rows) < n else features)
    if not values.any():  # constant features only: every picture is at one place
        return rows, np.zeros((len(rows), 2), np.float32)
    components = _principal(values, 2 if method == "pca" else _DIRECTIONS, seed)
    if method == "tsne":
        components = _tsne(components, seed)
    elif method == "umap":
        components = _umap(components, seed)
    return rows, components.astype(np.float32)


def check_map(method: str) -> None:
    """Refuse, before any work, a map that there is not or whose package is missing."""
    if method not in MAPS:
        raise UnknownNameError("map", method, MAPS)
    if method == "umap":
        import_optional("umap", "umap")


def _principal(values: FloatArray, most: int, seed: int) -> FloatArray:
    from sklearn.decomposition import PCA

    solver = PCA(min(most, *values.shape), svd_solver="randomized", random_state=seed)
    places: FloatArray = solver.fit_transform(values)
    return places


def _tsne(components: FloatArray, seed: int) -> FloatArray:
    from sklearn.manifold import TSNE

    # A picture has about three times as many neighbours as the perplexity.
    perplexity = min(30.0, (len(components) - 1) / 3)
    places: FloatArray = TSNE(2, perplexity=perplexity, init="pca", random_state=seed).fit_transform(components)
    return places


def _umap(components: FloatArray, seed: int) -> FloatArray:
    import warnings

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # that there is no TensorFlow, and that a seed leaves it one thread
        umap = import_optional("umap", "umap")
        solver = umap.UMAP(n_neighbors=min(15, len(components) - 1), random_state=seed)
        places: FloatArray = solver.fit_transform(components)
    return places
