"""A recipe with its name, how its labels are read, and what people are told about it."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from headway.errors import UserError
from headway.recipe import FieldError, Recipe
from headway.recipes.lines import line_of_field


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

    @contextmanager
    def locating_errors(self, without: Collection[str] = ()) -> Iterator[None]:
        """Name the file and the line in a `UserError` of the ``with`` statement's body that blames a field set there.

        Fields of ``without`` were given elsewhere, and so not taken from the file. Of a recipe without a file, its name
        is told where a field of it contradicts what was given.
        """
        try:
            yield
        except UserError as error:
            if error.field in without:
                raise
            line = line_of_field(self.text, error.field)
            if line is not None:
                raise UserError(f"{self.file}, line {line}: {error}") from error
            if without and isinstance(error, FieldError) and self._sets(error.field):
                copy = f"headway recipes show {self.name} > mine.toml"
                raise UserError(f"recipe {self.name}: {error}; or change it in a copy: {copy}") from error
            raise

    def _sets(self, name: str) -> bool:
        return bool(getattr(self.recipe, name) != getattr(Recipe(), name))
