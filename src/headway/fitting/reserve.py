"""What of a budget is kept for the rest of a fit, and whether there is anything to share out at all."""

from __future__ import annotations

from typing import TYPE_CHECKING

from headway.embedding.compute import missing_by_part
from headway.embedding.opening import obtain_backbone
from headway.embedding.timing import measure_rate
from headway.fitting.frozen import outputs_to_compute
from headway.rendering import budget as wording

if TYPE_CHECKING:
    from headway.budget import Budget
    from headway.dataset import Dataset
    from headway.recipe import Recipe
    from headway.session import Session

TIMED = 12  # images that a network's speed is measured on
_TIMED_AGAIN = 50
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
    backbone = obtain_backbone(session, recipe)
    passes = missing_by_part(
        session,
        dataset,
        backbone,
        resize=recipe.resize,
        precision=recipe.precision,
        outputs=outputs_to_compute(backbone, recipe),
        device=recipe.device,
        reading=recipe.reading,
    )

    def expected(most: int) -> float:
        missing = [(part, count) for part, count in passes if count > TIMED]
        return sum(count / measure_rate(session, dataset.pictures, part, recipe, most) for part, count in missing)

    # One huge picture among a dozen says too much: what is to be said is measured on more of them.
    if expected(TIMED) > budget.left and (seconds := expected(_TIMED_AGAIN)) > budget.left:
        session.progress.note(wording.too_short(len(dataset), seconds, budget.left))
