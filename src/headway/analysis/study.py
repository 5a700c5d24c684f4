"""The analysis of a data set: its pictures' features, and everything that is said of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from headway.analysis.columns import ColumnReport, analyse
from headway.analysis.maps import MapChoice, check_map, lay_out
from headway.analysis.spectrum import Spectrum, spectrum
from headway.dataset import Dataset, read
from headway.errors import DataError, UserError
from headway.recipe import Recipe
from headway.types import Silent

if TYPE_CHECKING:
    from headway.backbones import BackboneInfo
    from headway.embedding import FeatureTable
    from headway.types import FloatArray, IntArray, Progress

_MOST_BYTES = 2 << 30  # of features held in memory


@dataclass(frozen=True, eq=False)
class Study:
    """What was found.

    Attributes
    ----------
    dataset : Dataset
        All pictures.
    table : FeatureTable
        Those that could be read, and how their features were made; its store is closed.
    backbone : str
    rows : int64 array (n,)
        The pictures that were analysed, as indices into ``dataset``: all, or as many as memory allows.
    features : float32 array (n, d)
    labels : int64 array (n,)
    report : ColumnReport
        What is known of each feature.
    spectrum : Spectrum
        Of all features together.
    ranks : dict of str to float
        Effective rank of the features of each output.
    map_rows, map_places : int64 array (m,), float32 array (m, 2)
        Pictures on a plane, as positions in ``rows``.
    """

    dataset: Dataset
    table: FeatureTable
    backbone: str
    rows: IntArray
    features: FloatArray
    labels: IntArray
    report: ColumnReport
    spectrum: Spectrum
    ranks: dict[str, float]
    map_rows: IntArray
    map_places: FloatArray


def study(
    data: Dataset | str | Path,
    recipe: Recipe | None = None,
    *,
    map_method: MapChoice = "pca",
    cache: str | Path | None = None,
    offline: bool = False,
    max_bad: float = 0.1,
    progress: Progress | None = None,
) -> Study:
    """Compute the features of labelled pictures and analyse them.

    All pictures and their labels are looked at, test pictures too: what is found is for people to look at. Choosing
    features by it and then scoring on the same pictures would flatter the score; ``Recipe(select=...)`` chooses inside
    the cross-validation.

    Parameters
    ----------
    data : Dataset or path
        Labelled pictures, a path that `headway.read` takes, or a file that ``headway embed`` wrote.
    recipe : Recipe, optional
        Which features: its backbone, weights, image_size, device, resize, precision and features; ``"auto"`` are those
        of all depths.
    map_method : {"pca", "tsne", "umap"}
    cache, offline, max_bad, progress
        As for `headway.fit`.

    Returns
    -------
    Study

    Raises
    ------
    DataError
        When a picture has no label, or there is only one class.

    Examples
    --------
    >>> import headway
    >>> found = study(headway.demo.pictures(), headway.Recipe(backbone="tiny"))
    >>> found.features.shape, found.report.counts()["head.mean"]["constant"]
    ((240, 64), 0)
    """
    from headway.backbones import obtain
    from headway.embedding import backbone_of, embed, is_features_file, read_parquet
    from headway.store import Store

    check_map(map_method)
    recipe = recipe or Recipe()
    progress = progress or Silent()
    with Store.open(cache) as store:
        if isinstance(data, str | Path) and is_features_file(Path(data)):
            dataset, table = read_parquet(Path(data), cache)
            _check(dataset)
            info = backbone_of(table, cache)
            outputs = _outputs(info, recipe)
        else:
            dataset = data if isinstance(data, Dataset) else read(data)
            _check(dataset)
            info = obtain(
                recipe.backbone,
                weights=recipe.weights,
                image_size=recipe.image_size,
                offline=offline,
                cache=cache,
                progress=progress,
            )
            outputs = _outputs(info, recipe)
            table = embed(
                dataset,
                info,
                resize=recipe.resize,
                precision=recipe.precision,
                # The store keeps all depths together, as `headway fit` does, so that neither computes them again.
                outputs=outputs if recipe.features == "flat" else None,
                device=recipe.device,
                store=store,
                max_bad=max_bad,
                progress=progress,
            )
        dims = {name: table.dims[name] for name in outputs}
        taken = _sample(len(table), sum(dims.values()), recipe.seed)
        features = table.read(taken, outputs)
    labels = dataset.labels[table.rows[taken]]
    if info.local:
        features, dims = _with_words(features, labels, dims, info, recipe.seed)
    progress.start("analysis", 3)
    report = analyse(features, labels, dims, seed=recipe.seed)
    progress.advance()
    whole = spectrum(features, recipe.seed)
    ranks = {
        name: spectrum(features[:, columns], recipe.seed).effective_rank if len(dims) > 1 else whole.effective_rank
        for name, columns in report.columns().items()
    }
    progress.advance()
    map_rows, map_places = lay_out(features, map_method, seed=recipe.seed)
    progress.advance()
    return Study(
        dataset=dataset,
        table=table,
        backbone=info.name,
        rows=table.rows[taken],
        features=features,
        labels=labels,
        report=report,
        spectrum=whole,
        ranks=ranks,
        map_rows=map_rows,
        map_places=map_places,
    )


def _check(dataset: Dataset) -> None:
    bare = int(np.count_nonzero(dataset.labels < 0))
    if bare or len(np.unique(dataset.labels)) < 2:
        found = f"{bare:,} of {len(dataset):,} pictures have no label" if bare else "all pictures are of one"
        raise DataError(f"features are analysed by class, and {found}: put each class into a folder of its own")


def _outputs(info: BackboneInfo, recipe: Recipe) -> Sequence[str]:
    name = "depths" if recipe.features == "auto" else recipe.features
    if name not in info.feature_sets:
        raise UserError(f"{info.name} has no map to flatten: --features last or depths")
    return info.feature_sets[name]


def _sample(n: int, d: int, seed: int) -> IntArray:
    most = max(_MOST_BYTES // (4 * max(d, 1)), 2)
    if n <= most:
        return np.arange(n)
    chosen: IntArray = np.sort(np.random.default_rng(seed).choice(n, most, replace=False))
    return chosen


def _with_words(
    features: FloatArray, labels: IntArray, dims: dict[str, int], info: BackboneInfo, seed: int
) -> tuple[FloatArray, dict[str, int]]:
    """Turn bags of local descriptors into histograms of visual words, learnt on all pictures."""
    from headway.preparation import Preparation

    starts = np.cumsum([0, *dims.values()]).tolist()
    bags = [name for name in dims if name in info.local]
    local = tuple(
        (start, dims[name], info.local[name]) for name, start in zip(dims, starts, strict=False) if name in bags
    )
    transform = Preparation(local=local, seed=seed).fit(features, labels, int(labels.max()) + 1).transform
    words = {name: len(one.words) for name, one in zip(bags, transform.vocabularies, strict=True)}
    return transform.apply(features), dims | words
