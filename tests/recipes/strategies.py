"""Any recipe that there may be."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

from headway.errors import UserError
from headway.recipe import CHOICES, Recipe
from headway.recipe_rules import MAX_EPOCHS, MAX_FOLDS, MAX_IMAGE_SIZE, MAX_SEED, SOLVERS

VALUES: dict[str, st.SearchStrategy[Any]] = {
    **{field: st.sampled_from(choices) for field, choices in CHOICES.items()},
    "backbone": st.text(min_size=1, max_size=20),
    "weights": st.text(max_size=20),
    "features": st.sampled_from(["auto", "last", "depths", "flat", "block4"]),
    "image_size": st.integers(0, MAX_IMAGE_SIZE),
    "select_count": st.integers(0, 2**31),
    "C": st.lists(st.floats(0, exclude_min=True, allow_infinity=False), max_size=3),
    "augment": st.lists(st.sampled_from(["rotate=40", "zoom", "hflip", "colour=0.25"]), max_size=3, unique=True),
    "bands": st.lists(st.integers(1, 1000), min_size=3, max_size=3) | st.lists(st.integers(1, 1000), max_size=1),
    "value_range": st.sampled_from(["auto", "8", "10", "12", "14", "16", "0,1023", "-1024,3071.5", "0,65535"]),
    "tta": st.booleans(),
    "epochs": st.integers(0, MAX_EPOCHS),
    "learning_rate": st.floats(0, 10),
    "solver": st.lists(st.sampled_from(SOLVERS), max_size=2).map(tuple),
    "refit": st.booleans(),
    "test_fraction": st.floats(0, 1, exclude_max=True),
    "folds": st.integers(2, MAX_FOLDS),
    "seed": st.integers(0, MAX_SEED),
}


@st.composite
def recipes(draw: st.DrawFn) -> Recipe:
    """Draw a recipe: fields in any order, those that contradict what is there already are left as they are."""
    recipe: dict[str, Any] = {}
    for field in draw(st.lists(st.sampled_from(sorted(VALUES)), unique=True, max_size=8)):
        value = draw(VALUES[field])
        try:
            Recipe(**recipe, **{field: value})
        except UserError:
            continue
        recipe[field] = value
    return Recipe(**recipe)
