"""What a file of features says of itself: written beside the numbers, and not trusted when it is read."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, get_args

from headway.backbones import find, find_by_digest
from headway.dataset.names import some
from headway.errors import DataError, UnknownNameError
from headway.ranges import is_range
from headway.recipe_rules import MAX_IMAGE_SIZE
from headway.rendering.data import source as source_line
from headway.types import Precision, ResizePolicy, is_bands

if TYPE_CHECKING:
    from headway.backbones import BackboneInfo
    from headway.dataset import Dataset
    from headway.embedding.table import FeatureTable

FORMAT = 1


def describe(dataset: Dataset, table: FeatureTable) -> dict[str, Any]:
    """Return all that is to be known of features besides the pictures, as plain values."""
    return {
        "format": FORMAT,
        "backbone": table.backbone,
        "backbone_sha256": table.backbone_sha256,
        "resize": table.resize,
        "input_size": table.input_size,
        "bands": list(table.reading.bands),
        "value_range": list(table.reading.value_range),
        "precision": table.precision,
        "classes": dataset.classes,
        "source": source_line(dataset.source),
    }


def check_description(path: Path, about: object) -> dict[str, Any]:
    """Return what `describe` returned once, each value checked; a ValueError or TypeError says what is wrong."""
    wanted = {"format", "backbone", "backbone_sha256", "resize", "precision", "classes"}
    if not isinstance(about, dict) or not wanted <= set(about) or type(about["format"]) is not int:
        raise ValueError("its metadata are incomplete")
    if about["format"] > FORMAT:
        raise DataError(f"{path} was written by a newer Headway (format {about['format']}): update Headway")
    for key, known in (("resize", get_args(ResizePolicy)), ("precision", get_args(Precision))):
        if about[key] not in known:
            raise ValueError(f"its {key} is {about[key]!r}, and must be {' or '.join(known)}")
    side = about.get("input_size", 0)
    if type(side) is not int or not 0 <= side <= MAX_IMAGE_SIZE:
        raise ValueError(f"its input_size must be a whole number from 0 to {MAX_IMAGE_SIZE:,}")
    bands = about.get("bands", [])
    if not isinstance(bands, list) or not is_bands(bands):
        raise ValueError("its bands must be one whole number or three")
    value_range = about.get("value_range", [])
    if not isinstance(value_range, list) or not is_range(value_range):
        raise ValueError("its range of values must be two numbers, the lower first")
    if not isinstance(about["classes"], list) or not all(isinstance(name, str) for name in about["classes"]):
        raise TypeError("its classes must be a list of names")
    return about


def find_backbone(path: Path, about: dict[str, Any], cache: str | Path | None) -> BackboneInfo:
    """Return the backbone that a file names; `DataError` where it is another version of it, or not known here."""
    name, sha256 = about["backbone"], about["backbone_sha256"]
    if not isinstance(name, str):
        raise TypeError(f"its backbone must be a name, not {name!r}")
    if (converted := find_by_digest(sha256, cache)) is not None and converted.name == name:
        return converted
    try:
        info = find(name, about.get("input_size", 0))
    except UnknownNameError as error:
        raise DataError(f"{path} holds features of a backbone that is not known here: {error}") from error
    if sha256 != info.sha256:
        raise DataError(
            f"{path} holds features of another version of {info.name}: write them again with `headway embed`"
        )
    return info


def backbone_of(table: FeatureTable, cache: str | Path | None = None) -> BackboneInfo:
    """Return the backbone of a table from `read_parquet`."""
    return find_by_digest(table.backbone_sha256, cache) or find(table.backbone, table.input_size)


def features_in(table: FeatureTable, info: BackboneInfo, wanted: str) -> str:
    """Return the name of the features to read of a file from `read_parquet`: those that are wanted, if it has them.

    Where that is left open (``"auto"``), a file that lacks some of the usual features is read whole.
    """
    held = set(table.dims)
    if wanted == "auto" and not held.issuperset(info.depths):
        whole = (name for name in info.feature_names if held == set(info.outputs_of(name)))
        if (name := next(whole, None)) is not None:
            return name
        wanted = "depths"
    elif wanted == "auto" or held.issuperset(info.outputs_of(wanted)):
        return wanted
    names = [name for name in info.feature_names if held.issuperset(info.outputs_of(name))]
    raise DataError(
        f"this file of features has {some(list(table.dims))} of {info.name}, and not all of {wanted}: name some "
        f"that it has ({some(names)}) with --features, or write it again with `headway embed --features {wanted}`"
    )
