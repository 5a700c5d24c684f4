"""How quickly features are computed: one figure for all recipes that read the same, or noise would tell them apart."""

from __future__ import annotations

import time
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from headway import backbones
from headway.comparison.kept import Kept, recipe_key
from headway.embedding import stream
from headway.errors import DataError
from headway.recipe import Recipe

if TYPE_CHECKING:
    from headway.dataset import Dataset
    from headway.types import Progress

PICTURES = 128  # as few as a rate is believed of, and as many as are timed


class Rates:
    """Pictures a second, for each way to read features; kept with the recipes that have run.

    Parameters
    ----------
    data : Dataset
        The pictures, all of them readable.
    known : Kept
        What is kept of them.
    offline : bool
        Whether nothing may be downloaded.
    cache : path or None
        Headway's cache folder, if it is not the usual one.
    progress : Progress
        Told what goes on.
    """

    def __init__(
        self, data: Dataset, known: Kept, *, offline: bool, cache: str | Path | None, progress: Progress
    ) -> None:
        self._data = data
        self._kept = known
        self._offline = offline
        self._cache = cache
        self._progress = progress
        self._rates: dict[str, float] = {}

    def note(self, recipe: Recipe, computed: int, images_per_s: float | None) -> None:
        """Take the rate at which a recipe's features were really computed, unless one is known or they were few."""
        of = _name(recipe)
        if images_per_s is not None and computed >= min(PICTURES, len(self._data)) and self._known(of) is None:
            self._learn(of, images_per_s)

    def seconds(self, recipe: Recipe) -> float:
        """Return how long the features of all pictures take; a rate that is not known is measured now."""
        of = _name(recipe)
        rate = self._known(of)
        if rate is None:
            rate = self._measured(_reader(recipe))
            self._learn(of, rate)
        return len(self._data) / rate

    def _known(self, of: str) -> float | None:
        if of not in self._rates and (kept := self._kept.get(of, _rate)) is not None:
            self._rates[of] = kept
        return self._rates.get(of)

    def _learn(self, of: str, rate: float) -> None:
        self._rates[of] = rate
        self._kept.try_put(of, {"images_per_s": rate}, self._progress)

    def _measured(self, reader: Recipe) -> float:
        """Compute the features of some pictures anew, after one that is not counted: it warms up."""
        info = backbones.obtain(
            reader.backbone,
            weights=reader.weights,
            image_size=reader.image_size,
            offline=self._offline,
            cache=self._cache,
            progress=self._progress,
        )
        precision = reader.precision
        if precision == "auto":
            precision = "bf16" if reader.device == "cuda" else backbones.best_precision()
        engine = backbones.open_engine(
            info, info.depths, precision, device=reader.device, cache=self._cache, progress=self._progress
        )
        pictures = self._data.pictures
        rows = np.linspace(0, len(pictures) - 1, min(PICTURES, len(pictures))).astype(np.int64).tolist()
        self._progress.start("timing features", None)
        for some in (rows[:1], rows):
            start = time.perf_counter()
            for _ in stream((pictures[row] for row in some), engine, size=info.input_size, resize=reader.resize):
                pass
        return len(rows) / (time.perf_counter() - start)


def _reader(recipe: Recipe) -> Recipe:
    """Return only what a recipe says of features; for a network from scratch the cheapest ones read the pictures."""
    scratch = recipe.scratch != "none"
    return Recipe(
        backbone="colour" if scratch else recipe.backbone,
        weights=recipe.weights,
        image_size=0 if scratch else recipe.image_size,
        device=recipe.device,
        resize=recipe.resize,
        precision=recipe.precision,
    )


def _name(recipe: Recipe) -> str:
    return f"rate of {recipe_key(_reader(recipe))}"


def _rate(values: Mapping[str, Any]) -> float:
    rate = float(values["images_per_s"])
    if not 0 < rate < float("inf"):
        raise DataError(f"a rate is a number above 0, not {rate!r}")
    return rate
