"""Images in two dimensions, near each other where their features are."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, get_args

import numpy as np

from headway.analysis.spectrum import standardise
from headway.errors import DataError, UnknownNameError
from headway.optional import import_optional
from headway.preparation.association import sample_rows

if TYPE_CHECKING:
    from headway.types import FloatArray, IntArray

MapChoice = Literal["pca", "tsne", "umap"]
MAPS: tuple[str, ...] = get_args(MapChoice)

_MOST_ROWS = 5_000  # for t-SNE and UMAP; t-SNE takes about half a minute
_DIRECTIONS = 50  # what t-SNE and UMAP are given, as is usual


def lay_out(
    features: FloatArray, method: MapChoice, *, seed: int = 0, steps: int = 1000
) -> tuple[IntArray, FloatArray]:
    """Map images to a plane by their features (n, d), which are standardised.

    Principal components keep distances as well as a plane can; t-SNE (van der Maaten and Hinton 2008) and UMAP (McInnes
    et al. 2018, in ``headway[umap]``) keep neighbours together, and their distances between groups mean little. Those
    two are given the first 50 principal components, of at most 5,000 pictures drawn at random; t-SNE takes ``steps``.

    Returns the images on the map (m,), ascending, and their points (m, 2). Fewer than 3 pictures or 2 features are a
    `DataError`.

    Examples
    --------
    >>> line = np.array([[0, 0], [1, 1], [2, 2], [3, 3]], "float32")
    >>> rows, points = lay_out(line, "pca")
    >>> bool(np.abs(points[:, 1]).max() < 1e-5)
    True
    """
    if method not in MAPS:
        raise UnknownNameError("map", str(method), MAPS)
    n, d = features.shape
    if n < 3 or d < 2:
        raise DataError(f"a map needs at least 3 pictures and 2 features, and there are {n:,} and {d:,}")
    rows = sample_rows(n, n if method == "pca" else _MOST_ROWS, np.random.default_rng(seed))
    values = standardise(features[rows] if len(rows) < n else features)
    if not values.any():  # constant features only: all images are at one point
        return rows, np.zeros((len(rows), 2), np.float32)
    components = _principal(values, 2 if method == "pca" else _DIRECTIONS, seed)
    if method == "tsne":
        components = _tsne(components, seed, steps)
    elif method == "umap":
        components = _umap(components, seed)
    return rows, components.astype(np.float32)


def check_map(method: str) -> None:
    """Refuse, before any work, an unknown map or one whose package is missing."""
    if method not in MAPS:
        raise UnknownNameError("map", method, MAPS)
    if method == "umap":
        import_optional("umap", "umap")


def _principal(values: FloatArray, most: int, seed: int) -> FloatArray:
    from sklearn.decomposition import PCA

    solver = PCA(min(most, *values.shape), svd_solver="randomized", random_state=seed)
    points: FloatArray = solver.fit_transform(values)
    return points


def _tsne(components: FloatArray, seed: int, steps: int) -> FloatArray:
    from sklearn.manifold import TSNE

    # An image has about three times as many neighbours as the perplexity.
    perplexity = min(30.0, (len(components) - 1) / 3)
    solver = TSNE(2, perplexity=perplexity, init="pca", random_state=seed, max_iter=steps)
    points: FloatArray = solver.fit_transform(components)
    return points


def _umap(components: FloatArray, seed: int) -> FloatArray:
    import warnings

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # about TensorFlow, and about a seed leaving it one thread
        umap = import_optional("umap", "umap")
        solver = umap.UMAP(n_neighbors=min(15, len(components) - 1), random_state=seed)
        points: FloatArray = solver.fit_transform(components)
    return points
