"""What of a budget is kept for the rest of a fit, and whether there is anything to share out at all."""

from __future__ import annotations

from typing import TYPE_CHECKING

from headway.embedding.compute import missing_by_part
from headway.embedding.opening import obtain_backbone
from headway.embedding.timing import measure_rate
from headway.fitting.frozen import outputs_to_compute
from headway.rendering import budget as wording

if TYPE_CHECKING:
    from headway.backbones import BackboneInfo
    from headway.budget import Budget
    from headway.dataset import Dataset
    from headway.recipe import Recipe
    from headway.session import Session
    from headway.types import Reading

TIMED = 12  # images that a network's speed is measured on
_SURE_S = 5.0  # of what comes after the search, whatever the data
_IMAGE_S = 0.001  # of the checks, for each image
_SEARCHES = 1.0  # that refit and learning curve take, in searches of the first step


def after_search(n: int, first_search_s: float) -> float:
    """Return the seconds that refit, checks and learning curve of ``n`` images are expected to take.

    They do not grow with the steps: what is checked and forecast is the first network's last layer. Measured beside the
    search on three data sets (docs/adr/0039-budget.md).
    """
    return _SURE_S + _IMAGE_S * n + _SEARCHES * first_search_s


def foresee(session: Session, recipe: Recipe, budget: Budget, dataset: Dataset) -> None:
    """Say so, before features are computed, where a fit without any step takes longer than the budget."""
    passes = passes_to_make(session, dataset, obtain_backbone(session, recipe), recipe, recipe.reading)
    missing = [(part, count) for part, count in passes if count > TIMED]
    seconds = sum(count / measure_rate(session, dataset.pictures, part, recipe, TIMED) for part, count in missing)
    if seconds > budget.left:
        session.progress.note(wording.too_short(len(dataset), seconds, budget.left))


def passes_to_make(
    session: Session, dataset: Dataset, backbone: BackboneInfo, recipe: Recipe, reading: Reading
) -> list[tuple[BackboneInfo, int]]:
    """Return the passes over images that a recipe's features take, and how many images each has to read."""
    return missing_by_part(
        session,
        dataset,
        backbone,
        resize=recipe.resize,
        precision=recipe.precision,
        outputs=outputs_to_compute(backbone, recipe),
        device=recipe.device,
        reading=reading,
    )
