"""What `compare` returns: the facts, and their tables and sentences."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from headway.comparison.methods import fit_command
from headway.facts.codec import plain
from headway.recipe import Recipe
from headway.rendering import comparison as rendering
from headway.rendering import pages
from headway.rendering.html import html
from headway.rendering.words import plural

if TYPE_CHECKING:
    from headway.facts.comparison import ComparisonReport, LeftOut, Row
    from headway.facts.transfer import Case
    from headway.recipes import NamedRecipe


@dataclass(frozen=True, eq=False, repr=False)
class Comparison:
    """Recipes compared on the same images.

    Parameters
    ----------
    report : ComparisonReport
        The facts: data, rows, advice, case.
    taken : NamedRecipe or None
        The recipe to take, as it was before the comparison gave it what all have in common.
    """

    report: ComparisonReport
    taken: NamedRecipe | None = None

    def __repr__(self) -> str:
        best = self.rows[0]
        return f"<headway.Comparison: {plural(len(self.rows), 'recipe')}, best {best.name} with {best.accuracy:.3f}>"

    def _repr_html_(self) -> str:
        return html(pages.comparison(self.report))

    @property
    def rows(self) -> tuple[Row, ...]:
        """The recipes that ran, the best first."""
        return self.report.rows

    @property
    def left_out(self) -> tuple[LeftOut, ...]:
        """The recipes that did not run, or not to their end."""
        return self.report.left_out

    @property
    def case(self) -> Case | None:
        """Which of the four cases of transfer learning it is; None when stopped before that was measured."""
        return self.report.case

    @property
    def interrupted(self) -> bool:
        """Whether the user stopped it."""
        return self.report.interrupted

    @property
    def advice(self) -> tuple[str, ...]:
        """What the table advises, a sentence or two to an entry."""
        return tuple(rendering.advice(self.report))

    @property
    def pick(self) -> Row | None:
        """The row that the advice says to take; None where no pretrained network ran."""
        return next((row for row in self.rows if row.name == self.report.take), None)

    @property
    def command(self) -> str | None:
        """The command line that fits the recipe to take, as it was compared."""
        return self.report.command

    def with_data(self, shell_data: str) -> Comparison:
        """Return the same comparison with other words for the data in `command`, quoted for a shell.

        These are the data, and the options that say how it is read.
        """
        if self.pick is None:
            return self
        recipe: dict[str, Any] = dict(self.pick.recipe)
        command = fit_command(Recipe(**recipe), shell_data, self.taken)
        return replace(self, report=replace(self.report, command=command))

    def to_dict(self) -> dict[str, Any]:
        """Return the facts as plain values, for JSON."""
        return dict(plain(self.report))

    def to_markdown(self) -> str:
        """Return the table and everything said about it as Markdown."""
        return pages.page("Comparison", pages.comparison(self.report))
