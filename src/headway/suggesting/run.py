"""The whole of ``headway suggest``: read, leave out what is known, predict, choose, write."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass, field
from numbers import Integral
from pathlib import Path
from typing import TYPE_CHECKING

from headway._version import __version__
from headway.dataset import Dataset, read_within, unlabelled
from headway.embedding import embed_images, open_features
from headway.errors import DataError, ModelError, UserError
from headway.facts.suggest import Suggestion, SuggestReport
from headway.model import Model
from headway.recipe import Recipe
from headway.rendering import suggest as rendering
from headway.rendering.html import html
from headway.session import Session
from headway.suggesting import writing
from headway.suggesting.choosing import Chosen, choose, margins
from headway.suggesting.copies import first_of_each

if TYPE_CHECKING:
    from headway.embedding import FeatureTable
    from headway.types import FloatArray, IntArray, Progress


@dataclass(frozen=True, eq=False, repr=False)
class Suggestions:
    """Which pictures to label next.

    Parameters
    ----------
    report : SuggestReport
        What ``headway suggest --json`` prints.
    rows : int64 array (m,)
        Their positions in the data set, the most useful first.
    dataset : Dataset
        The pool.
    """

    report: SuggestReport
    rows: IntArray = field(repr=False)
    dataset: Dataset = field(repr=False)

    @property
    def paths(self) -> list[str]:
        """Their files, the most useful first."""
        return [one.path for one in self.report.suggestions]

    def __repr__(self) -> str:
        return f"<headway.Suggestions: {len(self.rows):,} of {self.report.pool:,} images>"

    def _repr_html_(self) -> str:
        return html(rendering.suggest(self.report))


def suggest(
    pictures: Dataset | str | Path | Sequence[str | Path],
    n: int = 50,
    *,
    model: Model | None = None,
    target: str | os.PathLike[str] | None = None,
    seed: int = 0,
    cache: str | Path | None = None,
    max_bad: float = 0.1,
    progress: Progress | None = None,
) -> Suggestions:
    """Choose which pictures without labels are worth labelling next.

    With a model, those that it is least certain of, and that are unlike each other; without, those that together stand
    for all. Copies, and what the model learned from or was tested on, are left out. ``docs/label-next.md`` has what
    that saves.

    Parameters
    ----------
    pictures : Dataset or path, or list of paths
        The pool: files and folders, as `headway.Model.predict` is given them; labels do not matter.
    n : int
        How many, at least 1. There are fewer where the pool has fewer that differ.
    model : Model, optional
        What is to become better.
    target : path, optional
        A ``.csv`` table to write, or a folder of links to the pictures; neither may exist.
    seed : int
        Of the clusters.
    cache, max_bad, progress
        As for `headway.evaluate`.

    Returns
    -------
    Suggestions

    Raises
    ------
    DataError
        When there are no pictures, too many cannot be read, or the model knows all of them.
    OutputError
        When the target exists, or cannot be written.
    UserError
        When ``n`` or the seed is wrong, or what is given as the model is none.

    Examples
    --------
    >>> import headway
    >>> found = headway.suggest(headway.demo.pictures() / "birds", 4)
    >>> found
    <headway.Suggestions: 4 of 30 images>
    >>> [one.rank for one in found.report.suggestions]
    [1, 2, 3, 4]
    """
    with Session.open(cache, max_bad=max_bad, progress=progress) as session:
        return suggest_within(session, pictures, n, model=model, target=target, seed=seed)


def suggest_within(
    session: Session,
    pictures: Dataset | str | Path | Sequence[str | Path],
    n: int = 50,
    *,
    model: Model | None = None,
    target: str | os.PathLike[str] | None = None,
    seed: int = 0,
) -> Suggestions:
    """Do what `suggest` does in a session that stays open."""
    _check(n, model)
    recipe = Recipe(seed=seed)
    place = None if target is None else writing.check(Path(target), _places(pictures))
    dataset = pictures if isinstance(pictures, Dataset) else read_within(session, unlabelled(pictures))
    if place is not None:
        _check_files(dataset)
    table, features, probabilities = _look(session, dataset, model, recipe)
    new = first_of_each(table.hashes)
    copies = len(table) - len(new)
    if model is not None:
        contents = [table.hashes[row] for row in new.tolist()]
        new = new[~(model.has_learned(contents) | model.was_tested_on(contents))]
        if not len(new):
            raise DataError(f"{model.name} knows all {len(table):,} pictures, from its training or test: give new ones")
    session.progress.start("choosing")
    chosen = choose(features[new], n, None if probabilities is None else probabilities[new], seed=recipe.seed)
    rows = new[chosen.rows]
    report = SuggestReport(
        headway=__version__,
        source=dataset.source,
        model=None if model is None else model.name,
        backbone=table.backbone,
        wanted=n,
        pool=len(new),
        copies=copies,
        known=len(table) - copies - len(new),
        suggestions=_suggestions(
            dataset.names(table.rows[rows]),
            chosen,
            () if model is None else model.classes,
            None if probabilities is None else probabilities[rows],
        ),
        quarantined=tuple(table.quarantined),
        seed=recipe.seed,
        written=None if place is None else "table" if writing.is_table(place) else "links",
        target=None if target is None else os.fspath(target),
    )
    if place is not None:
        write = writing.write_table if writing.is_table(place) else writing.write_links
        write(place, report.suggestions)
    return Suggestions(report, table.rows[rows], dataset)


def _check(n: object, model: object) -> None:
    if not isinstance(n, Integral) or n < 1:
        raise UserError(f"n must be a whole number of at least 1, not {n!r}")
    if model is not None and not isinstance(model, Model):
        raise ModelError(f"model must be a headway.Model, not {type(model).__name__}: headway.load reads one")


def _places(pictures: Dataset | str | Path | Sequence[str | Path]) -> list[str]:
    """Return the folders and files that pictures are read from."""
    if isinstance(pictures, Dataset):
        sources = (pictures.source, *pictures.source.parts)
        return [source.name for source in sources if source.name is not None]
    given = [pictures] if isinstance(pictures, str | os.PathLike) else pictures
    return [os.fspath(path) for path in given]


def _check_files(dataset: Dataset) -> None:
    for row, picture in enumerate(dataset.pictures):
        if not isinstance(picture, str | os.PathLike):
            raise DataError(f"only pictures that are files can be listed or linked, and {dataset.name(row)} is none")


def _look(
    session: Session, dataset: Dataset, model: Model | None, recipe: Recipe
) -> tuple[FeatureTable, FloatArray, FloatArray | None]:
    """Return the features of pictures as a table and as an array, and what the model predicts for them."""
    if model is None:
        opened = open_features(session, dataset, recipe)
        return opened.table, opened.table.read(names=opened.backbone.feature_sets["last"]), None
    backbone = model.backbone(session.cache)
    if (caveat := model.caveat(backbone)) is not None:
        session.progress.note(caveat)
    outputs = model.features if set(model.features) <= set(backbone.dims) else tuple(backbone.dims)
    table = embed_images(
        session,
        dataset,
        backbone,
        resize=model.resize,
        reading=model.reading,
        precision=model.precision,
        outputs=backbone.outputs_to_store(outputs),
    )
    features = table.read(names=outputs)
    return table, model.transform.apply(features), model.calibration.probabilities(model.logits(features))


def _suggestions(
    paths: Sequence[str], chosen: Chosen, classes: Sequence[str], probabilities: FloatArray | None
) -> tuple[Suggestion, ...]:
    """Return what is said of each chosen image, in order; ``probabilities`` (m, classes) are theirs."""
    plain = zip(range(1, len(paths) + 1), paths, chosen.sizes.tolist(), strict=True)
    if probabilities is None:
        return tuple(Suggestion(*one) for one in plain)
    best, second = (-probabilities).argsort(axis=1, kind="stable")[:, :2].T.tolist()
    return tuple(
        Suggestion(*one, classes[first], float(of_all[first]), classes[other], margin)
        for one, first, other, of_all, margin in zip(
            plain, best, second, probabilities, margins(probabilities).tolist(), strict=True
        )
    )
