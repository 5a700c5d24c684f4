"""What is compared: the default list, and the user's choice of it."""

from __future__ import annotations

import shlex
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Literal

from headway.backbones import handmade
from headway.errors import UnknownNameError, UserError
from headway.facts.comparison import Family
from headway.recipe import ONLY_IN_RECIPES, Recipe
from headway.recipes import About, NamedRecipe, names

NETWORK = ("backbone", "weights", "image_size")
"""Fields of a recipe that say which network it reads."""


def method(name: str, title: str, recipe: Recipe) -> NamedRecipe:
    """Return a recipe of a list, with its title."""
    return NamedRecipe(name, recipe, about=About(title=title))


DEFAULT: tuple[NamedRecipe, ...] = (
    method("frozen-centroid", "frozen features, nearest class mean", Recipe(features="last", head="centroid")),
    method("frozen-logistic", "frozen features, logistic regression", Recipe(features="last", head="logistic")),
    method("frozen-mlp", "frozen features, one hidden layer", Recipe(features="last", head="mlp")),
    method("frozen-svm", "frozen features, an RBF SVM", Recipe(features="last", head="svm")),
    method("frozen-dense100", "frozen features, the published network of 100 neurons",
            Recipe(features="last", head="dense100")),
    method("frozen-dense256", "frozen features, the published network of 256 neurons",
            Recipe(features="last", head="dense256")),
    method("depths", "features of several depths, logistic regression", Recipe(features="depths", head="logistic")),
    method("selected", "features of several depths, those that ANOVA selects, logistic regression",
            Recipe(features="depths", select="anova", head="logistic")),
    method("majority", "always the largest class", Recipe(backbone="colour", head="majority")),
    method("colour", "a colour histogram, whichever head suits it", Recipe(backbone="colour")),
    method("finetune-last-block", "the network's last block trained, too", Recipe(finetune="last-block")),
    method("scratch", "the small CNN of the Food-11 experiment, from random weights", Recipe(scratch="food11")),
    method("finetune-all", "the whole network trained, too", Recipe(finetune="all")),
    method("handmade", "all hand-made descriptors, an RBF SVM", Recipe(backbone="handmade", head="svm")),
)  # fmt: skip
"""What is compared unless something else is asked for, in the order of `in_turn`."""


def choose(methods: Sequence[NamedRecipe], only: Iterable[str] = (), skip: Iterable[str] = ()) -> list[NamedRecipe]:
    """Return the methods to compare, in the order of the list: those named in ``only``, or all, without ``skip``.

    A name that is not in the list is an `UnknownNameError`; two methods of the same name, or none left, are a
    `UserError`.

    Examples
    --------
    >>> [method.name for method in choose(DEFAULT, only=["colour", "majority"])]
    ['majority', 'colour']
    """
    known = [method.name for method in methods]
    if twice := sorted({name for name in known if known.count(name) > 1}):
        raise UserError(f"names of recipes must be unique, and two are called {twice[0]!r}: rename one")
    wanted, unwanted = ((given,) if isinstance(given, str) else tuple(given) for given in (only, skip))
    for name in (*wanted, *unwanted):
        if name not in known:
            raise UnknownNameError("recipe in this comparison", name, known)
    chosen = [m for m in methods if (not wanted or m.name in wanted) and m.name not in unwanted]
    if not chosen:
        raise UserError(f"no recipe is left to compare: choose some of {', '.join(known)}")
    return chosen


def in_turn(methods: Iterable[NamedRecipe]) -> list[NamedRecipe]:
    """Return methods in the order in which they run, so that a budget goes to what says most for its time.

    Frozen networks come first, then the colour histogram, which is cheap and tells a shortcut, then networks that are
    trained, and then the other hand-made descriptors; otherwise their order is kept.

    Examples
    --------
    >>> [method.name for method in in_turn(with_names({"hog": Recipe(backbone="hog"), "mine": Recipe()}))]
    ['mine', 'hog']
    """
    return sorted(methods, key=lambda method: _turn(method.recipe))


def _turn(recipe: Recipe) -> int:
    if recipe.scratch != "none" or recipe.finetune != "none":
        return 2
    if recipe.backbone == "colour":
        return 1
    return 3 if handmade.is_name(recipe.backbone) else 0


def with_names(recipes: Sequence[NamedRecipe] | Mapping[str, Recipe]) -> tuple[NamedRecipe, ...]:
    """Return recipes with their names, from either form.

    Examples
    --------
    >>> with_names({"mine": Recipe(head="mlp")})[0].name
    'mine'
    """
    if not isinstance(recipes, Mapping):
        if isinstance(recipes, str) or not all(isinstance(recipe, NamedRecipe) for recipe in recipes):
            raise UserError(
                "recipes to compare must have names: {'mine': headway.Recipe(head='svm')}; of the list, only"
            )
        return tuple(recipes)
    for name, recipe in recipes.items():
        if not isinstance(name, str) or not isinstance(recipe, Recipe):
            raise UserError(f"recipes must be headway.Recipe by name, not {name!r}: {recipe!r}")
    return tuple(NamedRecipe(name, recipe) for name, recipe in recipes.items())


def with_network(method: NamedRecipe, network: Recipe) -> NamedRecipe:
    """Return a method with the backbone, weights and image size of another recipe, unless it names a network itself.

    Examples
    --------
    >>> with_network(DEFAULT[0], Recipe(backbone="tiny")).recipe.backbone
    'tiny'
    """
    own, usual = method.recipe, Recipe()
    if own.scratch != "none" or any(getattr(own, field) != getattr(usual, field) for field in NETWORK):
        return method
    return replace(method, recipe=replace(own, **{field: getattr(network, field) for field in NETWORK}))


def family(
    recipe: Recipe,
    *,
    kind: Literal["network", "descriptor"],
    features: str,
    trained: Literal["none", "last-block", "all"],
) -> Family:
    """Return what kind of method a recipe is.

    ``kind`` is that of what computes the features, ``features`` the set that the fit chose, and ``trained`` the part of
    the network that was fine-tuned: none where ``finetune="auto"`` chose the frozen one.

    Examples
    --------
    >>> family(Recipe(), kind="network", features="depths", trained="none")
    'depths'
    """
    if recipe.head == "majority":
        return "majority"
    if recipe.scratch != "none":
        return "scratch"
    if trained != "none":
        return "tuned-whole" if trained == "all" else "tuned-part"
    if kind == "descriptor":
        return "colour" if recipe.backbone == "colour" else "handmade"
    return "depths" if features == "depths" else "frozen"


def fit_command(recipe: Recipe, data: str = "DATA", base: NamedRecipe | None = None) -> str:
    """Return the command line that fits a recipe by itself; ``data`` is already quoted for a shell.

    ``base`` is the recipe that it was made of, which is named where it has keys without an option.

    Examples
    --------
    >>> fit_command(Recipe(head="svm", C=(1.0, 10.0)), "photos/")
    'headway fit photos/ --head svm --C 1,10'
    """
    start, words = Recipe(), ["headway", "fit", data]
    if base is not None and any(getattr(recipe, field) != getattr(start, field) for field in ONLY_IN_RECIPES):
        named = base.file or (base.name if base.name in names() else "")
        if named:
            start, words = base.recipe, [*words, "--recipe", shlex.quote(named)]
    for field, value in recipe.to_dict().items():
        if value == getattr(start, field) or field in ONLY_IN_RECIPES:
            continue
        option = f"--{field.replace('_', '-')}"
        if isinstance(value, bool):
            words.append(option)
        elif isinstance(value, tuple):
            words += [option, shlex.quote(",".join(f"{v:g}" if isinstance(v, float) else str(v) for v in value))]
        else:
            words += [option, shlex.quote(str(value))]
    return " ".join(words)
