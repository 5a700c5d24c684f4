"""Options that several commands share."""

from __future__ import annotations

import functools
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from headway.dataset import Dataset


class GivenPath(click.Path):
    """A path that was really given: an empty one, as from an unset variable of the shell, would mean this folder."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """Refuse an empty path."""
        if value == "":
            self.fail("a path must not be empty", param, ctx)
        return super().convert(value, param, ctx)


PATH = GivenPath(path_type=Path)


def reads_data(command: Callable[..., Any]) -> Callable[..., Any]:
    """Give a command the argument DATA and the options that say how labels are read; it gets ``read_data``."""

    @click.argument("data", type=PATH)
    @click.option(
        "--label-pattern", metavar="REGEX", help=r"Labels are in file names: what the group matches, e.g. '^(\w+?)_'."
    )
    @click.option("--class-names", type=PATH, metavar="FILE", help="Names for numeric labels.")
    @click.option("--path-column", metavar="NAME", help="Column of a table that holds the pictures' paths.")
    @click.option("--label-column", metavar="NAME", help="Column of a table that holds the labels.")
    @click.option("--split-column", metavar="NAME", help="Column of a table that says train, validation or test.")
    @click.option(
        "--group-column", metavar="NAME", help="Column of a table with what must not be split, e.g. the patient."
    )
    @functools.wraps(command)
    def wrapped(
        *args: Any,
        data: Path,
        label_pattern: str | None,
        class_names: Path | None,
        path_column: str | None,
        label_column: str | None,
        split_column: str | None,
        group_column: str | None,
        **kwargs: Any,
    ) -> Any:
        def read_data() -> Dataset:
            from headway.dataset import read

            return read(
                data,
                label_pattern=label_pattern,
                class_names=class_names,
                path_column=path_column,
                label_column=label_column,
                split_column=split_column,
                group_column=group_column,
            )

        return command(*args, data=data, read_data=read_data, **kwargs)

    return wrapped


def max_bad(command: Callable[..., Any]) -> Callable[..., Any]:
    """Give a command ``--max-bad``."""
    option: Callable[..., Any] = click.option(
        "--max-bad",
        type=click.FloatRange(0, 1),
        default=0.1,
        show_default=True,
        metavar="FRACTION",
        help="Stop when more than this part of the pictures cannot be read.",
    )(command)
    return option


def cached(command: Callable[..., Any]) -> Callable[..., Any]:
    """Give a command ``--cache``."""
    option: Callable[..., Any] = click.option(
        "--cache",
        type=PATH,
        metavar="FOLDER",
        help="Where features are kept between runs; otherwise $HEADWAY_CACHE or the user's cache folder.",
    )(command)
    return option
