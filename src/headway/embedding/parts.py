"""Features of a network that is made of others: those of its parts, each computed and stored on its own."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from headway.embedding.copies import Copies
from headway.errors import DataError

if TYPE_CHECKING:
    from headway.backbones import BackboneInfo
    from headway.embedding.table import FeatureTable
    from headway.types import FloatArray, IntArray, UInt8Array

Embed = Callable[["BackboneInfo", Sequence[str], "Copies | None"], "FeatureTable"]


def _mirror(picture: UInt8Array) -> UInt8Array:
    return picture[None, :, ::-1]


MIRRORED = Copies(1, "hflip", _mirror)
"""Every picture mirrored, left to right."""


def outputs_by_part(info: BackboneInfo, names: Sequence[str]) -> list[tuple[BackboneInfo, list[str]]]:
    """Return which outputs of its parts some outputs of a network are, for the parts that have any.

    Examples
    --------
    >>> from headway.backbones import find
    >>> both = find("efficientnet_lite0+efficientnet_lite2")
    >>> [(part.name, own) for part, own in outputs_by_part(both, ["efficientnet_lite2/head.mean"])]
    [('efficientnet_lite2', ['head.mean'])]
    """
    wanted = set(names)
    by_part = ((part, [name for name in part.dims if info.output_of(part, name) in wanted]) for part in info.parts)
    return [(part, own) for part, own in by_part if own]


def embed_parts(info: BackboneInfo, names: Sequence[str], copies: Copies | None, embed: Embed) -> FeatureTable:
    """Return a table of the features of a network that is made of others.

    ``embed`` computes those of a part: of the pictures, or of their copies. Of a network that is mirrored there are no
    other copies.
    """
    tables, outputs = [], []
    for part, own in outputs_by_part(info, names):
        stored = part.outputs_to_store(own)
        table = embed(part, stored, copies)
        if info.mirrored:
            table = _mean(table, embed(part, stored, MIRRORED))
        tables.append(table.only(own))
        outputs += [info.output_of(part, name) for name in own]
    return beside(tables, outputs, 1 if copies is None else copies.count).only(names)


def _mean(one: FeatureTable, other: FeatureTable) -> FeatureTable:
    """Return a table of the means of two tables' features."""

    def fetch(positions: IntArray, columns: slice | IntArray) -> FloatArray:
        return (one.fetch(positions, columns) + other.fetch(positions, columns)) / np.float32(2)

    return replace(_both([one, other]), fetch=fetch)


def beside(tables: Sequence[FeatureTable], outputs: Sequence[str], copies: int = 1) -> FeatureTable:
    """Return a table of several tables' features side by side, or of those of each copy side by side."""
    widths = [copies * sum(table.dims.values()) for table in tables]
    ends = np.cumsum(widths)

    def fetch(positions: IntArray, columns: slice | IntArray) -> FloatArray:
        if copies > 1:
            each = [table.fetch(positions, slice(None)).reshape(len(positions), copies, -1) for table in tables]
            return np.concatenate(each, axis=2).reshape(len(positions), -1)[:, columns]
        places = np.arange(ends[-1])[columns]
        found = np.empty((len(positions), len(places)), np.float32)
        for table, width, end in zip(tables, widths, ends.tolist(), strict=True):
            inside = (places >= end - width) & (places < end)
            if inside.any():
                found[:, inside] = table.fetch(positions, places[inside] - (end - width))
        return found

    lengths = [length for table in tables for length in table.dims.values()]
    return replace(_both(tables), dims=dict(zip(outputs, lengths, strict=True)), fetch=fetch)


def _both(tables: Sequence[FeatureTable]) -> FeatureTable:
    """Return what several tables of the same pictures have in common, and what they cost together."""
    first = tables[0]
    for table in tables[1:]:
        same = len(table) == len(first) and all(a == b for a, b in zip(table.hashes, first.hashes, strict=True))
        if not same or not np.array_equal(table.rows, first.rows):
            raise DataError("the pictures changed while their features were computed: run it again")
    seconds = sum(table.computed / table.images_per_s for table in tables if table.images_per_s)
    computed = max(table.computed for table in tables)
    return replace(
        first, computed=computed, cached=len(first) - computed, images_per_s=computed / seconds if seconds else None
    )
