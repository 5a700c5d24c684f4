"""What ``headway recipes --json`` prints."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypeAlias

from headway.facts.fit import Setting

Reading: TypeAlias = str | tuple[str, ...] | Mapping[str, str]
"""A value of how labels are read: a pattern, a file, a column, or names of classes."""


@dataclass(frozen=True, kw_only=True)
class RecipeReport:
    """A recipe: what it does, what it was published with, and how to run it.

    Parameters
    ----------
    schema : int
        Number of this form.
    name : str
        What it is called.
    title : str
        What it is, in a few words.
    description : str
        What is done.
    layout : str
        Where the pictures and their labels are to lie, as lines of paths.
    published : str
        The published result, in words.
    accuracy : float or None
        The published test accuracy, from 0 to 1.
    differences : str
        What Headway does otherwise than the published experiment.
    command : str
        The command line that runs it.
    recipe : mapping
        Everything that is asked for, by the fields of `headway.Recipe`.
    reading : mapping
        How labels are read: keyword arguments of `headway.read`.
    toml : str
        The recipe as a file.
    """

    schema: int = 1
    name: str
    title: str
    description: str
    layout: str
    published: str
    accuracy: float | None
    differences: str
    command: str
    recipe: Mapping[str, Setting]
    reading: Mapping[str, Reading]
    toml: str


@dataclass(frozen=True, kw_only=True)
class RecipesReport:
    """The recipes that Headway ships.

    Parameters
    ----------
    schema : int
        Number of this form.
    recipes : tuple of RecipeReport
        The recipes, by name.
    """

    schema: int = 1
    recipes: tuple[RecipeReport, ...]
