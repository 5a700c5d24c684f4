"""How quickly features are computed: one figure for all recipes that read the same, or noise would tell them apart."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from headway import backbones
from headway.comparison.cache import OutcomeCache, recipe_key
from headway.embedding import stream
from headway.recipe import Recipe

if TYPE_CHECKING:
    from headway.dataset import Dataset
    from headway.session import Session

PICTURES = 128  # as few as a rate is believed of, and as many as are timed


@dataclass(frozen=True)
class Rate:
    """Images whose features are computed in a second."""

    images_per_s: float


class FeatureRates:
    """Images per second for each way to compute features; stored with the recipes that have run."""

    def __init__(self, data: Dataset, cache: OutcomeCache, session: Session) -> None:
        self._data = data
        self._cache = cache
        self._session = session
        self._rates: dict[str, float] = {}

    def record(self, recipe: Recipe, computed: int, images_per_s: float | None) -> None:
        """Take the rate at which a recipe's features were computed, unless one is known or they were few."""
        name = _name(recipe)
        if images_per_s is not None and computed >= min(PICTURES, len(self._data)) and self._known(name) is None:
            self._store(name, images_per_s)

    def seconds(self, recipe: Recipe) -> float:
        """Return how long the features of all images take; a rate that is not known is measured now."""
        name = _name(recipe)
        rate = self._known(name)
        if rate is None:
            rate = self._measure(_reading_recipe(recipe))
            self._store(name, rate)
        return len(self._data) / rate

    def _known(self, name: str) -> float | None:
        stored = None if name in self._rates else self._cache.load(name, Rate)
        if stored is not None and 0 < stored.images_per_s < float("inf"):
            self._rates[name] = stored.images_per_s
        return self._rates.get(name)

    def _store(self, name: str, rate: float) -> None:
        self._rates[name] = rate
        self._cache.try_save(name, Rate(rate), self._session.progress)

    def _measure(self, recipe: Recipe) -> float:
        """Compute the features of some images anew, after one that is not counted: it warms up."""
        session = self._session
        info = backbones.obtain(recipe.backbone, session, weights=recipe.weights, image_size=recipe.image_size)
        precision = recipe.precision
        if precision == "auto":
            precision = "bf16" if recipe.device == "cuda" else backbones.best_precision()
        engine = backbones.open_engine(info, info.depths, precision, session, device=recipe.device)
        pictures = self._data.pictures
        rows = np.linspace(0, len(pictures) - 1, min(PICTURES, len(pictures))).astype(np.int64).tolist()
        session.progress.start("timing features", None)
        for chosen in (rows[:1], rows):
            start = time.perf_counter()
            images = (pictures[row] for row in chosen)
            for _ in stream(images, engine, size=info.input_size, resize=recipe.resize, bands=recipe.bands):
                pass
        return len(rows) / (time.perf_counter() - start)


def _reading_recipe(recipe: Recipe) -> Recipe:
    """Return only what a recipe says of features; for a network from scratch the cheapest ones read the images."""
    scratch = recipe.scratch != "none"
    return Recipe(
        backbone="colour" if scratch else recipe.backbone,
        weights=recipe.weights,
        image_size=0 if scratch else recipe.image_size,
        device=recipe.device,
        resize=recipe.resize,
        bands=recipe.bands,
        precision=recipe.precision,
    )


def _name(recipe: Recipe) -> str:
    return f"rate of {recipe_key(_reading_recipe(recipe))}"
