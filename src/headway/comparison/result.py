"""What a comparison gives back: rows, advice, the case; as plain values and as Markdown."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

from headway._version import __version__
from headway.comparison import advice, markdown
from headway.comparison.methods import command

if TYPE_CHECKING:
    from headway.comparison.case import Case
    from headway.comparison.ranking import Row
    from headway.recipe import Recipe
    from headway.types import Quarantined


@dataclass(frozen=True)
class LeftOut:
    """A recipe that was not run, and why."""

    name: str
    reason: str


@dataclass(frozen=True, eq=False)
class Comparison:
    """Recipes compared on the same pictures.

    Parameters
    ----------
    source, split : str
        What was read, and how it was split.
    pictures, train, test : int
        How many there are, how many were learnt from and tested on.
    classes : tuple of str
        Names.
    quarantined : tuple of Quarantined
        Pictures that could not be read.
    rows : tuple of Row
        The recipes that ran, the best first.
    left_out : tuple of LeftOut
        Those that did not.
    case : Case or None
        Which of the four cases it is; None when interrupted before that was measured.
    interrupted : bool
        Whether somebody stopped it.
    recipes : mapping of str to Recipe
        What was done under each name.
    data : str
        What stands for the data on a command line, quoted for a shell, with the options that say how it is read.
    """

    source: str
    split: str
    pictures: int
    train: int
    test: int
    classes: tuple[str, ...]
    quarantined: tuple[Quarantined, ...]
    rows: tuple[Row, ...]
    left_out: tuple[LeftOut, ...]
    case: Case | None
    interrupted: bool
    recipes: Mapping[str, Recipe]
    data: str = "DATA"

    def __repr__(self) -> str:
        best = self.rows[0]
        return f"<headway.Comparison: {len(self.rows)} recipes, best {best.name} with {best.accuracy:.3f}>"

    @cached_property
    def advice(self) -> tuple[str, ...]:
        """What the table advises, a sentence or two to an entry."""
        return tuple(advice.advise(self.rows))

    @property
    def pick(self) -> Row:
        """The row that the advice says to take."""
        return advice.pick(self.rows)

    @property
    def command(self) -> str:
        """The command that makes the model to take, as it was compared."""
        return command(self.recipes[self.pick.name], self.data)

    def to_dict(self) -> dict[str, Any]:
        """Return plain values, for JSON."""
        return {
            "headway": __version__,
            "data": {
                "source": self.source,
                "split": self.split,
                "n": self.pictures,
                "train": self.train,
                "test": self.test,
                "classes": list(self.classes),
                "quarantined": [asdict(bad) for bad in self.quarantined],
            },
            "rows": [{**row.to_dict(), "recipe": self.recipes[row.name].to_dict()} for row in self.rows],
            "left_out": [asdict(left) for left in self.left_out],
            "take": self.pick.name,
            "command": self.command,
            "advice": list(self.advice),
            "case": None if self.case is None else self.case.to_dict(),
            "interrupted": self.interrupted,
        }

    def to_markdown(self) -> str:
        """Return the table and all that is said of it as Markdown."""
        return markdown.write(self)
