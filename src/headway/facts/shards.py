"""What ``headway embed DATA -o DEST/`` computed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from headway.facts.data import Source


@dataclass(frozen=True, kw_only=True)
class ShardsReport:
    """A feature data set that was computed, or completed.

    Parameters
    ----------
    schema : int
        Number of this form.
    source : str
        What was read, in one line.
    dataset : Source or None
        How a folder or a table was read; None for tar files and Parquet.
    place : str
        The folder or the address of the data set.
    n : int
        Pictures with features.
    skipped : mapping of str to int
        Why files were skipped, and how many.
    unreadable : int
        Pictures that could not be read; the data set has a table of them, with the reasons.
    classes : int
        How many classes; 0 where there are no labels.
    backbone : str
        What computed the features.
    precision : {"fp32", "bf16"}
        In which arithmetic.
    dims : mapping of str to int
        Length of each output, by name.
    shards : int
        Files of features.
    shards_computed : int
        Those of them that were computed in this run; the others were there.
    computed : int
        Pictures whose features were computed in this run.
    images_per_s : float or None
        Rate of those computed; None if none was.
    bytes : int
        Size of the files of features.
    value_range : tuple of float
        Of more than 8 bits, the value that becomes black and the one that becomes white; empty for what formats say.
    """

    schema: int = 1
    source: str
    dataset: Source | None
    place: str
    n: int
    skipped: Mapping[str, int]
    unreadable: int
    classes: int
    backbone: str
    precision: Literal["fp32", "bf16"]
    dims: Mapping[str, int]
    shards: int
    shards_computed: int
    computed: int
    images_per_s: float | None
    bytes: int
    value_range: tuple[float, ...] = ()
