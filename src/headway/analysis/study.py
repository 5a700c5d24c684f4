"""The analysis of a data set: the features of its images, and what is found out about them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from headway.analysis.columns import ColumnReport, analyse, are_unlabelled, column_slices
from headway.analysis.maps import MapChoice, check_map, lay_out
from headway.analysis.spectrum import Spectrum, spectrum
from headway.dataset import Dataset
from headway.embedding import open_features
from headway.errors import DataError, blaming
from headway.facts.analysis import AnalysedData, AnalysedFeatures, AnalysisReport, OutputAnalysis, Sampled
from headway.preparation.association import sample_rows
from headway.recipe import Recipe
from headway.session import Session

if TYPE_CHECKING:
    from headway.backbones import BackboneInfo
    from headway.embedding import FeatureTable
    from headway.types import FloatArray, IntArray, Progress

_MOST_BYTES = 2 << 30  # of features held in memory
_BEST = 8  # features that are named


@dataclass(frozen=True, eq=False)
class Study:
    """The analysis of a data set."""

    dataset: Dataset
    table: FeatureTable  # the images that could be read, and how their features were made; its store is closed
    backbone: str  # name of what computed them
    rows: IntArray  # (n,): images that were analysed, in `dataset`: all, or as many as memory allows
    features: FloatArray  # (n, d)
    labels: IntArray  # (n,): all -1 where no image has a label
    report: ColumnReport
    spectrum: Spectrum  # of all features together
    ranks: dict[str, float]  # effective rank of the features of each output
    map_method: MapChoice
    map_rows: IntArray  # (m,): images on a plane, as positions in `rows`
    map_points: FloatArray  # (m, 2)

    def facts(self, files: Sequence[Path] = ()) -> AnalysisReport:
        """Return the numbers, as ``headway features --json`` prints them; ``files`` are what was written of it."""
        report, table, whole = self.report, self.table, self.spectrum
        counts, evidence = report.counts(), report.evidence
        return AnalysisReport(
            data=AnalysedData(
                source=self.dataset.source,
                n=report.n,
                readable=len(_own_rows(self.dataset, table)),
                classes=self.dataset.classes,
                n_classes=0 if evidence is None else evidence.n_classes,
                quarantined=tuple(table.quarantined),
            ),
            features=AnalysedFeatures(
                backbone=self.backbone,
                precision=table.precision,
                resize=table.resize,
                bands=table.reading.bands,
                n=self.features.shape[1],
                computed=table.computed,
                cached=table.cached,
                value_range=table.reading.value_range,
            ),
            limits=report.limits,
            verdicts={verdict: sum(count[verdict] for count in counts.values()) for verdict in report.verdicts},
            outputs={
                name: OutputAnalysis(report.dims[name], count, round(self.ranks[name], 3))
                for name, count in counts.items()
            },
            few_pictures=report.few,
            effective_rank=round(whole.effective_rank, 3),
            directions=whole.max_directions,
            participation_ratio=round(whole.participation_ratio, 3),
            directions_90=whole.directions(0.9),
            sampled=Sampled(
                correlation=report.n_correlated,
                mutual_information=None if evidence is None else evidence.n_informed,
                effective_rank=whole.n,
                map=len(self.map_rows),
            ),
            best=tuple(report.names()[column] for column in report.best(_BEST)),
            files=tuple(map(str, files)),
        )


def study(
    data: Dataset | str | Path | Sequence[str | Path],
    recipe: Recipe | None = None,
    *,
    map_method: MapChoice = "pca",
    cache: str | Path | None = None,
    offline: bool = False,
    max_bad: float = 0.1,
    progress: Progress | None = None,
) -> Study:
    """Compute the features of a data set, or read those in the store, and analyse them.

    All labels are looked at, also those of test images: the result is for people to look at, not for choosing. Choosing
    features by it and then scoring on the same images would flatter the score; ``Recipe(select=...)`` chooses inside
    the cross-validation.

    Parameters
    ----------
    data : Dataset or path, or list of paths
        Pictures, from `headway.read`; what that takes; or a file that ``headway embed`` wrote. Where none of them has
        a label, nothing is said about classes.
    recipe : Recipe, optional
        Which features: its backbone, weights, image_size, device, resize, bands, value_range, precision and features;
        ``"auto"`` are those of all depths.
    map_method : {"pca", "tsne", "umap"}
    cache, offline, max_bad, progress
        As for `headway.fit`.

    Returns
    -------
    Study

    Raises
    ------
    DataError
        When some pictures have a label and others none, or there is only one class.

    Examples
    --------
    >>> import headway
    >>> found = study(headway.demo.pictures(), headway.Recipe(backbone="tiny"))
    >>> found.features.shape, found.report.counts()["head.mean"]["constant"]
    ((240, 64), 0)
    """
    check_map(map_method)
    recipe = recipe or Recipe()
    with Session.open(cache, offline=offline, max_bad=max_bad, progress=progress) as session:
        opened = open_features(
            session,
            data,
            recipe,
            check=_check,
            # The store keeps all depths together, as `headway fit` does, so that neither computes them again.
            outputs=lambda info: info.outputs_to_store(_outputs(info, recipe.features)),
        )
        dataset, table, info = opened.dataset, opened.table, opened.backbone
        outputs = _outputs(info, opened.features)
        dims = {name: table.dims[name] for name in outputs}
        most = max(_MOST_BYTES // (4 * max(sum(dims.values()), 1)), 2)
        pictures = _own_rows(dataset, table)
        taken = pictures[sample_rows(len(pictures), most, np.random.default_rng(recipe.seed))]
        features = table.read(taken, outputs)
        labels = dataset.labels[table.rows[taken]]
        if info.local:
            features, dims = _with_words(features, labels, dims, info, recipe.seed)
        session.progress.start("analysis", 3)
        report = analyse(features, labels, dims, seed=recipe.seed)
        session.progress.advance()
        whole = spectrum(features, recipe.seed)
        ranks = {
            name: spectrum(features[:, columns], recipe.seed).effective_rank if len(dims) > 1 else whole.effective_rank
            for name, columns in report.columns().items()
        }
        session.progress.advance()
        map_rows, map_points = lay_out(features, map_method, seed=recipe.seed)
        session.progress.advance()
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
        map_method=map_method,
        map_rows=map_rows,
        map_points=map_points,
    )


def _check(dataset: Dataset) -> None:
    if are_unlabelled(dataset.labels):
        return
    unlabelled = int(np.count_nonzero(dataset.labels < 0))
    if unlabelled or len(np.unique(dataset.labels)) < 2:
        found = (
            f"{unlabelled:,} of {len(dataset):,} pictures have no label" if unlabelled else "all pictures are of one"
        )
        raise DataError(f"features are analysed by class, and {found}: put each class into a folder of its own")


def _own_rows(dataset: Dataset, table: FeatureTable) -> IntArray:
    """Return the rows that are pictures themselves: changed copies of them are no further evidence of anything."""
    if dataset.copies is None:
        return np.arange(len(table))
    return np.flatnonzero(dataset.copies[table.rows] == 0)


def _outputs(info: BackboneInfo, features: str) -> Sequence[str]:
    with blaming("features"):
        return info.outputs_of("depths" if features == "auto" else features)


def _with_words(
    features: FloatArray, labels: IntArray, dims: dict[str, int], info: BackboneInfo, seed: int
) -> tuple[FloatArray, dict[str, int]]:
    """Turn bags of local descriptors into histograms of visual words, learned on all images."""
    from headway.preparation import Preparation

    columns = column_slices(dims)
    bags = [name for name in dims if name in info.local]
    local = tuple((columns[name].start, dims[name], info.local[name]) for name in bags)
    transform = Preparation(local=local, seed=seed).fit(features, labels, int(labels.max()) + 1).transform
    words = {name: len(one.words) for name, one in zip(bags, transform.vocabularies, strict=True)}
    return transform.apply(features), dims | words
