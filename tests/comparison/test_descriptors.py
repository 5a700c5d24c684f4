"""Descriptors: each alone, all together, and chosen one by one."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from headway.backbones import handmade
from headway.comparison import descriptors
from headway.comparison.descriptors import CHOSEN, DESCRIPTORS, forward, of_selection
from headway.facts.descriptors import DescriptorSelection
from headway.recipe import Recipe
from headway.splits import folds
from headway.types import Silent

SESSION: Any = SimpleNamespace(progress=Silent())


def division(labels: np.ndarray) -> Any:
    rows = np.arange(len(labels))
    return SimpleNamespace(
        labels=labels,
        development_rows=rows,
        development_folds=lambda recipe: folds(labels, n_folds=3, seed=0),
        n_classes=int(labels.max()) + 1,
        ties=lambda rows, recipe: {"contents": None, "groups": rows},
    )


def test_the_list_has_each_alone_and_all_together() -> None:
    names = {method.name for method in DESCRIPTORS}
    assert names == {"majority", "frozen-logistic", *handmade.NAMES}
    assert all(method.recipe.backbone == method.name for method in DESCRIPTORS[2:])


def test_what_tells_the_classes_apart_is_added_and_noise_is_not() -> None:
    random = np.random.default_rng(0)
    labels = np.arange(120) % 4
    first, second = labels % 2, labels // 2

    def seen(values: np.ndarray) -> np.ndarray:
        return (values[:, None] + 0.3 * random.standard_normal((120, 3))).astype(np.float32)

    features = {"colour": seen(first), "glcm": random.standard_normal((120, 3)).astype(np.float32), "lbp": seen(second)}
    found = forward(SESSION, features, division(labels), Recipe())
    assert found.chosen == ("colour", "lbp") and found.recipe == CHOSEN
    assert [step.added for step in found.steps][2:] == ["glcm"]  # tried, and of no help
    assert found.tried == 3 + 2 + 1 and found.pictures == 120
    losses = [step.log_loss for step in found.steps]
    assert losses[1] < losses[0] and losses[2] >= losses[1]
    assert [step.dim for step in found.steps] == [3, 6, 9]
    method = of_selection(found)
    assert method is not None and method.recipe == Recipe(backbone="colour+lbp", head="logistic")


@pytest.mark.parametrize(("chosen", "recipe"), [(("colour",), "colour"), (handmade.NAMES[:-1], "handmade")])
def test_what_the_list_has_already_is_not_run_again(chosen: tuple[str, ...], recipe: str) -> None:
    assert of_selection(DescriptorSelection((), chosen, recipe, 1, 10)) is None


def test_nothing_is_chosen_where_no_library_is_there(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(handmade, "is_available", lambda name: False)
    assert descriptors.select(SESSION, division(np.arange(6) % 2), Recipe()) is None
