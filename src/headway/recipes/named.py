"""A recipe with its name, how its labels are read, and what people are told about it."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import Any

from headway.errors import UserError
from headway.recipe import FieldError, Recipe
from headway.recipes.lines import line_of_field
from headway.rendering.fit import fields_left_out


@dataclass(frozen=True)
class About:
    """Documentation of a recipe; none of it changes what is done.

    Parameters
    ----------
    title : str
        What it is, in a few words.
    description : str
        What is done, in a sentence or two.
    folder : str
        What the example command calls the data.
    layout : str
        Where the pictures and their labels are to lie, as lines of paths.
    figure : str
        The published result, in words.
    accuracy : float or None
        The published test accuracy, between 0 and 1.
    differences : str
        What Headway does otherwise than the published experiment.
    """

    title: str = ""
    description: str = ""
    folder: str = "photos"
    layout: str = ""
    figure: str = ""
    accuracy: float | None = None
    differences: str = ""


@dataclass(frozen=True)
class NamedRecipe:
    """A recipe and its name.

    Parameters
    ----------
    name : str
        The name of a shipped one, or the name of a user's file without its ending.
    recipe : Recipe
        What is to be done.
    reading : mapping of str to Any
        How labels are read: keyword arguments of `headway.read`.
    about : About
        Its documentation.
    file, text : str
        The user's file that it comes from, and what stands there; empty for any other.

    Examples
    --------
    >>> from headway.recipes import read
    >>> read("food11-scratch").command
    'headway fit food-11/ --recipe food11-scratch'
    """

    name: str
    recipe: Recipe
    reading: Mapping[str, Any] = field(default_factory=dict, hash=False)
    about: About = field(default_factory=About)
    file: str = ""
    text: str = field(default="", repr=False)

    @property
    def title(self) -> str:
        """What it is, in a few words; without a title its name."""
        return self.about.title or self.name

    @property
    def command(self) -> str:
        """The command line that runs a shipped recipe."""
        return f"headway fit {self.about.folder}/ --recipe {self.name}"

    def with_options(self, given: Mapping[str, Any], note: Callable[[str], None]) -> Recipe:
        """Return the recipe with the options that are not None in place of its own values.

        Options win: what else the recipe sets and they contradict, such as the optimizer of another head, is left out,
        and ``note`` is told.
        """
        values = {name: value for name, value in given.items() if value is not None}
        left_out: list[str] = []
        while True:
            try:
                recipe = replace(self.recipe, **values)
            except FieldError as error:
                name, usual = error.field, getattr(Recipe, error.field)
                if name in values or getattr(self.recipe, name) == usual:
                    raise
                values[name] = usual
                left_out.append(name)
            else:
                if left_out:
                    note(fields_left_out(self.name, left_out))
                return recipe

    @contextmanager
    def locating_errors(self, without: Collection[str] = ()) -> Iterator[None]:
        """Name the file and the line in a `UserError` of the ``with`` statement's body that blames a field set there.

        Fields of ``without`` were given elsewhere, and so not taken from the file.
        """
        try:
            yield
        except UserError as error:
            line = None if error.field in without else line_of_field(self.text, error.field)
            if line is None:
                raise
            raise UserError(f"{self.file}, line {line}: {error}") from error
