"""Steps of a ladder that were taken, and the heads that may read any of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from headway.embedding.parts import beside
from headway.fitting.frozen import Heads

if TYPE_CHECKING:
    from headway.backbones import BackboneInfo
    from headway.embedding import FeatureTable
    from headway.recipe import Recipe


@dataclass(frozen=True, eq=False)
class Rung:
    """A step that was taken: where its features are, and which of them a head reads."""

    recipe: Recipe
    backbone: BackboneInfo
    table: FeatureTable
    sets: Mapping[str, tuple[str, ...]]


@dataclass(frozen=True, eq=False)
class _HeadsOfRungs(Heads):
    """Heads on features of several rungs."""

    rung_sets: dict[str, tuple[str, ...]] = field(default_factory=dict)

    @property
    def sets(self) -> dict[str, tuple[str, ...]]:
        """The feature sets that a head may read."""
        return self.rung_sets

    @property
    def measured(self) -> bool:
        """Whether there is time for the search, of which each step is judged by before it is taken."""
        return True


def outputs_to_read(info: BackboneInfo, recipe: Recipe) -> tuple[str, ...]:
    """Return the outputs that a head on a step reads: those that the recipe names, otherwise all depths."""
    return info.depths if recipe.features == "auto" else info.outputs_of(recipe.features)


def heads_of(rungs: Mapping[int, Rung], first: Heads) -> Heads:
    """Return heads that may read the features of any rung, by number, as ``first`` read those of the first."""
    tables: list[FeatureTable] = []
    dims: dict[str, int] = {}
    sets: dict[str, tuple[str, ...]] = {}
    local: dict[str, int] = {}
    for number, rung in rungs.items():
        tables.append(rung.table)
        dims |= {f"{number}/{name}": rung.backbone.dims[name] for name in rung.table.dims}
        sets |= {name: tuple(f"{number}/{output}" for output in outputs) for name, outputs in rung.sets.items()}
        local |= {f"{number}/{name}": width for name, width in rung.backbone.local.items()}
    table = beside(tables, list(dims))
    union = replace(first.backbone, dims=dims, local=local, depths=tuple(dims))
    return _HeadsOfRungs(first.division, table, union, first.recipe, first.progress, sets)
