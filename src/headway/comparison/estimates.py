"""How long recipes are likely to take here: features by their rates, fits by typical times, corrected by real ones."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from typing import TYPE_CHECKING, Literal, NamedTuple, TypeAlias

from headway.errors import HeadwayError, MissingExtraError
from headway.optional import check_installed
from headway.recipe import Recipe

if TYPE_CHECKING:
    from headway.comparison.rates import FeatureRates

_Kind: TypeAlias = Literal["frozen", "handmade", "last-block", "whole", "scratch"]


class _Typical(NamedTuple):
    start: float  # seconds, however few the images
    per_image: float


# On the two cores of the project's machine, where features are known, as benchmarks/compare.py measures them.
_FITS: dict[_Kind, _Typical] = {
    "frozen": _Typical(0.7, 0.001),
    "handmade": _Typical(1.0, 0.004),
    "last-block": _Typical(2.0, 0.03),
    "whole": _Typical(2.0, 0.3),
    "scratch": _Typical(1.0, 0.08),
}
_FEATURES = 0.0035  # seconds an image with the carried network, there; for those that are not to be had yet, too


class Estimates:
    """Seconds that recipes are likely to take on so many images.

    A fit that was recorded corrects those of its kind; until there is one, the speed of the carried network says how
    fast this machine is. ``beyond`` says how many seconds more than typical a recipe takes because of its classes.
    """

    def __init__(self, pictures: int, rates: FeatureRates, beyond: Callable[[Recipe], float]) -> None:
        self._pictures = pictures
        self._rates = rates
        self._beyond = beyond
        self._taken: dict[_Kind, float] = defaultdict(float)
        self._expected: dict[_Kind, float] = defaultdict(float)

    def record(self, recipe: Recipe, fit_s: float) -> None:
        """Note how long a recipe's fit took."""
        kind = _kind(recipe)
        self._taken[kind] += fit_s
        self._expected[kind] += self._typical(recipe)

    def seconds(self, recipe: Recipe) -> float:
        """Return what a recipe takes in all, without the features that are in the store.

        Raises MissingExtraError where what it needs is not installed.
        """
        if recipe.trains_network:
            check_installed("torch", "torch")
        kind = _kind(recipe)
        recorded = self._expected[kind]
        pace = self._taken[kind] / recorded if recorded else 1 / (self._rates.guess(Recipe()) * _FEATURES)
        return self._features(recipe) + pace * self._typical(recipe)

    def _features(self, recipe: Recipe) -> float:
        if recipe.scratch != "none":
            return 0.0
        try:
            known = self._rates.missing_s(recipe)
        except MissingExtraError:
            raise
        except HeadwayError:  # the recipe itself will say why, when it is its turn
            return 0.0
        return self._pictures * _FEATURES if known is None else known

    def _typical(self, recipe: Recipe) -> float:
        typical = _FITS[_kind(recipe)]
        return typical.start + self._pictures * typical.per_image + self._beyond(recipe)


def _kind(recipe: Recipe) -> _Kind:
    if recipe.scratch != "none":
        return "scratch"
    if recipe.finetune == "all" or (recipe.finetune == "auto" and recipe.device == "cuda"):
        return "whole"
    if recipe.finetune != "none":
        return "last-block"
    return "handmade" if recipe.backbone == "handmade" else "frozen"
