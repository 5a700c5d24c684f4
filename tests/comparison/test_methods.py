import shlex
from dataclasses import replace
from typing import Any, get_args, get_type_hints

import click
import pytest

from headway import Recipe
from headway.cli.main import headway
from headway.comparison import DEFAULT
from headway.comparison.methods import choose, family, fit_command, in_turn, with_names, with_network
from headway.errors import UnknownNameError, UserError
from headway.recipe import ONLY_IN_RECIPES
from headway.recipes import NamedRecipe, names
from headway.recipes import read as read_recipe

EXPECTED = (
    "frozen-centroid frozen-logistic frozen-mlp frozen-svm frozen-dense100 frozen-dense256 depths selected "
    "majority colour finetune-last-block scratch finetune-all handmade"
)


def test_the_default_list_is_what_is_promised() -> None:
    assert [method.name for method in DEFAULT] == EXPECTED.split()
    assert in_turn(DEFAULT) == list(DEFAULT)
    assert all(method.title != method.name for method in DEFAULT)
    heads = set(get_args(get_type_hints(Recipe)["head"])) - {"auto", "ridge"}  # which is for thousands of classes
    assert heads == {method.recipe.head for method in DEFAULT} - {"auto"}


def test_only_and_skip_choose_in_the_order_of_the_list() -> None:
    assert [m.name for m in choose(DEFAULT, only=["depths", "colour"])] == ["depths", "colour"]
    assert [m.name for m in choose(DEFAULT, only=["depths", "colour"], skip=["colour"])] == ["depths"]
    assert [m.name for m in choose(DEFAULT, skip=["frozen-centroid"])] == EXPECTED.split()[1:]


def test_unknown_names_are_told_with_near_ones() -> None:
    with pytest.raises(UnknownNameError, match="did you mean depths"):
        choose(DEFAULT, only=["depth"])
    with pytest.raises(UnknownNameError, match="finetune-all"):
        choose(DEFAULT, skip=["finetune-al"])


def test_names_must_be_unique_and_some_left() -> None:
    with pytest.raises(UserError, match="two are called 'frozen-logistic'"):
        choose((*DEFAULT, DEFAULT[1]))
    with pytest.raises(UserError, match="no recipe is left"):
        choose(DEFAULT, only=["colour"], skip=["colour"])


def test_networks_come_before_descriptors_and_what_is_trained_later() -> None:
    recipes = {
        "handmade": Recipe(backbone="handmade"),
        "lbp": Recipe(backbone="lbp", head="svm"),
        "tuned": Recipe(finetune="auto"),
        "small": Recipe(scratch="residual"),
        "histogram": Recipe(backbone="colour"),
        "resnet": Recipe(backbone="resnet18", weights="mine.pth"),
        "default": Recipe(),
    }
    order = "resnet default histogram tuned small handmade lbp"
    assert [method.name for method in in_turn(with_names(recipes))] == order.split()


def test_recipes_by_name() -> None:
    assert [m.name for m in with_names({"a": Recipe(), "b": Recipe(head="mlp")})] == ["a", "b"]
    assert with_names(DEFAULT) == DEFAULT
    with pytest.raises(UserError, match="must be headway.Recipe by name"):
        with_names({"a": "logistic"})  # type: ignore[dict-item]


@pytest.mark.parametrize(
    ("recipe", "kind", "features", "trained", "expected"),
    [
        (Recipe(backbone="colour", head="majority"), "descriptor", "last", "none", "majority"),
        (Recipe(backbone="colour"), "descriptor", "last", "none", "colour"),
        (Recipe(backbone="handmade"), "descriptor", "last", "none", "handmade"),
        (Recipe(scratch="food11"), "network", "last", "none", "scratch"),
        (Recipe(), "network", "last", "none", "frozen"),
        (Recipe(), "network", "depths", "none", "depths"),
        (Recipe(finetune="all"), "network", "last", "all", "tuned-whole"),
        (Recipe(finetune="auto"), "network", "last", "last-block", "tuned-part"),
        (Recipe(finetune="auto"), "network", "depths", "none", "depths"),
    ],
)
def test_families(recipe: Recipe, kind: Any, features: str, trained: Any, expected: str) -> None:
    assert family(recipe, kind=kind, features=features, trained=trained) == expected


@pytest.mark.parametrize("method", [*DEFAULT, *map(read_recipe, names())], ids=lambda method: method.name)
def test_the_command_makes_the_same_recipe(method: NamedRecipe) -> None:
    """What the advice prints is parsed by `headway fit` into the recipe that was compared."""
    fit = headway.get_command(click.Context(headway), "fit")
    assert fit is not None
    recipe = replace(method.recipe, seed=7)
    _, _, *arguments = shlex.split(fit_command(recipe, "photos/", method))
    given = fit.make_context("fit", arguments).params
    fields = {field: value for field, value in given.items() if field in recipe.to_dict() and value is not None}
    named = given["named"]
    assert (named is not None) == any(getattr(recipe, key) != getattr(Recipe(), key) for key in ONLY_IN_RECIPES)
    assert replace(read_recipe(named).recipe if named else Recipe(), **fields) == recipe


def test_keys_without_an_option_are_left_out_where_no_recipe_can_be_named() -> None:
    own = NamedRecipe("mine", Recipe(decoding="keras", head="svm"))
    assert fit_command(own.recipe, "DATA", own) == "headway fit DATA --precision fp32 --head svm"
    from_file = replace(own, file="my recipes/mine.toml")
    assert fit_command(own.recipe, "DATA", from_file) == "headway fit DATA --recipe 'my recipes/mine.toml'"


def test_the_command_says_all_that_differs() -> None:
    recipe = Recipe(seed=3, tta=True, finetune="all")
    assert fit_command(recipe, "'a b'") == "headway fit 'a b' --finetune all --tta --seed 3"


def test_recipes_without_names_are_refused() -> None:
    for wrong in ([Recipe()], "majority", ["majority"]):
        with pytest.raises(UserError, match="must have names"):
            with_names(wrong)  # type: ignore[arg-type]
    assert [method.name for method in choose(DEFAULT, only="colour")] == ["colour"]


def test_another_network_is_for_those_that_name_none() -> None:
    network = Recipe(backbone="resnet50", weights="random", image_size=96)
    changed = {method.name: with_network(method, network).recipe for method in DEFAULT}
    assert changed["depths"] == Recipe(
        backbone="resnet50", weights="random", image_size=96, features="depths", head="logistic"
    )
    for name in ("majority", "colour", "handmade", "scratch"):
        assert changed[name] == next(method.recipe for method in DEFAULT if method.name == name)
