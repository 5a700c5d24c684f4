"""``headway recipes``."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from headway.cli.console import Output, common
from headway.facts.recipes import RecipeReport, RecipesReport
from headway.rendering.blocks import table

if TYPE_CHECKING:
    from headway.recipes import NamedRecipe

EPILOG = """\b
Examples:
  headway recipes
  headway recipes show food11-vgg16-logistic               what it does, the layout of the data, the command
  headway recipes show food11-vgg16-logistic > mine.toml   a recipe to change
  headway fit food-11/ --recipe mine.toml
"""
SHOW_EPILOG = """\b
Examples:
  headway recipes show food11-vgg16-logistic
  headway recipes show mine.toml --json
"""


@click.group("recipes", epilog=EPILOG, invoke_without_command=True)
@click.pass_context
@common
def command(context: click.Context, output: Output) -> None:
    """List the recipes that Headway ships: published experiments, each to be run with one command."""
    if context.invoked_subcommand is not None:
        return
    from headway import recipes

    shipped = [recipes.read(name) for name in recipes.names()]
    if output.as_json:
        output.document(RecipesReport(recipes=tuple(map(_report, shipped))))
        return
    rows = [[recipe.name, recipe.title, _accuracy(recipe)] for recipe in shipped]
    output.show([table(["recipe", "what it is", "published"], rows, left=2)])
    output.say()
    output.say("Next: headway recipes show NAME")


@command.command("show", epilog=SHOW_EPILOG)
@click.argument("name", metavar="NAME|FILE")
@common
def show(output: Output, name: str) -> None:
    """Print a recipe as TOML, with the layout of the data, the published figure and the command in its comments."""
    from headway import recipes

    recipe = recipes.read(name)
    if output.as_json:
        output.document(_report(recipe))
        return
    about = recipe.about
    parts = [
        ("", about.title),
        ("", about.description),
        ("Published: ", about.figure),
        ("Different here: ", about.differences),
        ("Layout of the data:\n\n", _indented(f"{about.folder}/\n{about.layout}") if about.layout else ""),
        ("Command:\n\n", _indented(recipe.command) if name in recipes.names() else ""),
    ]
    comment = "\n\n".join(_wrapped(f"{lead}{text}") for lead, text in parts if text)
    for line in recipes.write(recipe.recipe, recipe.reading, comment=comment).splitlines():
        output.say(line)


def _accuracy(recipe: NamedRecipe) -> str:
    """Return the published accuracy for a table, empty where there is none."""
    published = recipe.about.accuracy
    return "" if published is None else f"{published:.4f}"


def _report(recipe: NamedRecipe) -> RecipeReport:
    from headway.recipes import write

    about = recipe.about
    return RecipeReport(
        name=recipe.name,
        title=recipe.title,
        description=about.description,
        layout=about.layout,
        published=about.figure,
        accuracy=about.accuracy,
        differences=about.differences,
        command=recipe.command,
        recipe=recipe.recipe.to_dict(),
        reading=recipe.reading,
        toml=write(recipe.recipe, recipe.reading),
    )


def _indented(text: str) -> str:
    return "\n".join(f"    {line}" for line in text.splitlines())


def _wrapped(text: str) -> str:
    import textwrap

    if "\n" in text:
        return text
    return textwrap.fill(text, width=98, break_long_words=False, break_on_hyphens=False)
