"""``headway embed DATA -o DEST/``: what of the command line asks for a data set of many files, and how it is made."""

from __future__ import annotations

import functools
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from headway.errors import UserError

if TYPE_CHECKING:
    from headway.cli.options import DataReader
    from headway.facts.shards import ShardsReport
    from headway.recipe import Recipe
    from headway.session import Session
    from headway.shards.run import Engine


@dataclass(frozen=True)
class Sharding:
    """Where a data set of many files goes, and what computes it, as the command line has it."""

    target: str | None
    engine: str | None
    address: str | None
    shard_rows: int | None

    def is_wanted(self, data: tuple[Path | str, ...]) -> bool:
        """Say whether a data set of many files is asked for, and refuse what goes with one only."""
        from headway.shards.manifest import is_feature_dataset
        from headway.shards.storage import is_address

        target = self.target or ""
        if target.endswith("/") or is_address(target) or (target and is_feature_dataset(target)):
            return True
        for option, value in (
            ("--engine", self.engine), ("--address", self.address), ("--shard-rows", self.shard_rows),
        ):  # fmt: skip
            if value is not None:
                raise UserError(f"{option} is for a data set of many files: name its folder with -o DEST/")
        if any(is_address(each) for each in data):
            raise UserError(
                "pictures of object storage are computed into a data set of many files: name its folder or address "
                "with -o DEST/"
            )
        return False

    def run(
        self,
        session: Session,
        data: tuple[Path | str, ...],
        read_data: DataReader,
        recipe: Recipe,
        otherwise: Mapping[str, Any],
    ) -> ShardsReport:
        """Compute what is missing of the data set."""
        from headway.optional import check_installed
        from headway.shards.opening import open_job, outputs_and_rows
        from headway.shards.run import embed_shards
        from headway.shards.sources import open_source
        from headway.shards.storage import open_place

        if recipe.scratch != "none":
            raise UserError("this recipe trains a network of its own, and has no features to compute")
        check_installed("pyarrow", "parquet")
        engine = self._engine()
        place = open_place(self.target or "")
        place.check_writable()
        info, outputs, rows = outputs_and_rows(session, recipe)
        reading = {"labels_needed": False, "addresses_from": "", **otherwise}
        read_local = functools.partial(read_data, session.progress, **reading)
        cut = open_source(data, read_data.options(**reading), self.shard_rows or rows, read_local)
        for note in cut.notes:
            session.progress.note(note)
        return embed_shards(session, cut, place, open_job(session, recipe, info, outputs, cut), engine)

    def _engine(self) -> Engine:
        if self.engine == "ray":
            from headway.shards.engines.cluster import RayEngine

            return RayEngine(self.address)
        if self.address is not None:
            raise UserError("--address is that of a Ray cluster, and goes with --engine ray")
        from headway.shards.engines.local import LocalEngine

        return LocalEngine()
