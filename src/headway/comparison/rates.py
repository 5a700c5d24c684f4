"""How quickly features are computed: one figure for all recipes that read the same, or noise would tell them apart."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from headway import backbones
from headway.embedding import count_missing
from headway.embedding.timing import measure_rate
from headway.errors import UnknownNameError
from headway.fitting.cache import OutcomeCache, recipe_key
from headway.fitting.frozen import outputs_to_compute
from headway.recipe import Recipe

if TYPE_CHECKING:
    from headway.backbones import BackboneInfo
    from headway.dataset import Dataset
    from headway.session import Session

PICTURES = 128  # as few as a rate is believed of, and as many as are timed
_FOR_A_GUESS = 16


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
        self._guesses: dict[str, float] = {}

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
            rate = self._measure(_reading_recipe(recipe), PICTURES)
            self._store(name, rate)
        return len(self._data) / rate

    def guess(self, recipe: Recipe) -> float:
        """Return images per second: what is known, or what a few images show now."""
        name = _name(recipe)
        if (known := self._known(name)) is not None:
            return known
        if name not in self._guesses:
            self._guesses[name] = self._measure(_reading_recipe(recipe), _FOR_A_GUESS)
        return self._guesses[name]

    def missing_s(self, recipe: Recipe) -> float | None:
        """Return how long the features take that are not in the store; None for a backbone that is not here yet."""
        info = self._at_hand(recipe)
        if info is None:
            return None
        outputs = outputs_to_compute(info, recipe)
        missing = count_missing(
            self._session,
            self._data,
            info,
            resize=recipe.resize,
            precision=recipe.precision,
            outputs=outputs,
            device=recipe.device,
            reading=recipe.reading,
        )
        return missing / self.guess(recipe) if missing else 0.0

    def _at_hand(self, recipe: Recipe) -> BackboneInfo | None:
        """Return a backbone that need not be downloaded or converted."""
        if recipe.weights or recipe.image_size or recipe.scaling != "network":
            return None
        try:
            info = backbones.find(recipe.backbone)
        except UnknownNameError:
            return None
        return info if info.kind == "descriptor" or backbones.is_available(info, self._session.cache) else None

    def _known(self, name: str) -> float | None:
        stored = None if name in self._rates else self._cache.load(name, Rate)
        if stored is not None and 0 < stored.images_per_s < float("inf"):
            self._rates[name] = stored.images_per_s
        return self._rates.get(name)

    def _store(self, name: str, rate: float) -> None:
        self._rates[name] = rate
        self._cache.try_save(name, Rate(rate), self._session.progress)

    def _measure(self, recipe: Recipe, most: int) -> float:
        """Measure how quickly a recipe reads features."""
        session = self._session
        info = backbones.obtain(
            recipe.backbone,
            session,
            weights=recipe.weights,
            image_size=recipe.image_size,
            scaling=recipe.scaling,
        )
        return measure_rate(session, self._data.pictures, info, recipe, most)


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
        value_range=recipe.value_range,
        decoding=recipe.decoding,
        scaling=recipe.scaling,
        precision=recipe.precision,
    )


def _name(recipe: Recipe) -> str:
    return f"rate of {recipe_key(_reading_recipe(recipe))}"
