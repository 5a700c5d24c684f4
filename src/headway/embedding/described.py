"""What a file of features says of itself: written beside the numbers, and not trusted when it is read."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, get_args

import numpy as np

from headway.backbones import find, find_by_digest
from headway.dataset.names import plural, some
from headway.embedding.table import Digests, FeatureTable
from headway.errors import DataError, UnknownNameError
from headway.ranges import is_range
from headway.recipe_rules import MAX_IMAGE_SIZE
from headway.rendering.data import source as source_line
from headway.splits import TRAIN
from headway.types import Decoding, Precision, Reading, ResizePolicy, is_bands

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from headway.backbones import BackboneInfo
    from headway.dataset import Dataset
    from headway.types import FloatArray, IntArray, UInt8Array

FORMAT = 1
MAX_BYTES = 4 * 2**30  # of features, which heads hold in memory
_FEW_CLASSES = 1_000  # however few rows there are
LARGEST = 1e15  # those of real networks stay below some thousands; sums of squares of these still fit a float32


def describe(dataset: Dataset, table: FeatureTable) -> dict[str, Any]:
    """Return all that is to be known of features besides the pictures, as plain values."""
    about = describe_features(
        table.backbone, table.backbone_sha256, table.resize, table.input_size, table.reading, table.precision
    )
    return {**about, "classes": dataset.classes, "source": source_line(dataset.source)}


def describe_features(
    backbone: str,
    backbone_sha256: str,
    resize: ResizePolicy,
    input_size: int,
    reading: Reading,
    precision: Precision,
) -> dict[str, Any]:
    """Return what is to be known of features whatever pictures they are of, as plain values."""
    return {
        "format": FORMAT,
        "backbone": backbone,
        "backbone_sha256": backbone_sha256,
        "resize": resize,
        "input_size": input_size,
        "bands": list(reading.bands),
        "value_range": list(reading.value_range),
        "decoding": reading.decoding,
        "precision": precision,
    }


def check_description(path: object, about: object, also: Sequence[str] = ()) -> dict[str, Any]:
    """Return what `describe` returned once, each value checked; a ValueError or TypeError says what is wrong.

    ``also`` names what else must be there.
    """
    wanted = {*also, "format", "backbone", "backbone_sha256", "resize", "precision", "classes"}
    if not isinstance(about, dict) or not wanted <= set(about) or type(about["format"]) is not int:
        raise ValueError("its metadata are incomplete")
    if about["format"] > FORMAT:
        raise DataError(f"{path} was written by a newer Headway (format {about['format']}): update Headway")
    about = {"decoding": "headway", **about}  # what it was before there were two
    choices = {"resize": ResizePolicy, "precision": Precision, "decoding": Decoding}
    for key, known in ((key, get_args(kind)) for key, kind in choices.items()):
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
    "".join(about["classes"]).encode()  # half a character is no text
    return about


def find_backbone(path: object, about: dict[str, Any], cache: str | Path | None) -> BackboneInfo:
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


def as_table(
    about: dict[str, Any],
    dims: dict[str, int],
    digests: UInt8Array,
    fetch: Callable[[IntArray, slice | IntArray], FloatArray],
) -> FeatureTable:
    """Return the features that a file describes, ``fetch`` reads and whose contents have ``digests`` (n, 32)."""
    return FeatureTable(
        rows=np.arange(len(digests)),
        hashes=Digests(digests),
        dims=dims,
        quarantined=[],
        backbone=about["backbone"],
        backbone_sha256=about["backbone_sha256"],
        resize=about["resize"],
        input_size=about.get("input_size", 0),
        reading=Reading(
            tuple(about.get("bands", ())), tuple(map(float, about.get("value_range", ()))), about["decoding"]
        ),
        precision=about["precision"],
        computed=0,
        cached=len(digests),
        images_per_s=None,
        fetch=fetch,
    )


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


def check_size(path: Path, rows: int, dims: Mapping[str, int]) -> int:
    """Return how many bytes the features of a file take, and refuse more than are read."""
    held = 4 * rows * sum(dims.values())
    if held > MAX_BYTES:
        raise DataError(
            f"{path} says that it holds {held / 2**30:,.1f} GiB of features, of at most {MAX_BYTES / 2**30:,.0f} that "
            "are read at once: write a data set of many files, which is read in passes (`headway embed DATA -o DEST/`)"
        )
    return held


def check_classes(classes: Sequence[str], rows: int) -> None:
    """Refuse so many classes that nearly all have no row, which heads would take memory for."""
    if len(classes) > max(rows, _FEW_CLASSES):
        raise ValueError(f"it names {len(classes):,} classes, and has {plural(rows, 'row')}")


def check_copies(dataset: Dataset) -> None:
    """Refuse copies of pictures that a model could be tested on: those in a part or a group other than their picture's.

    A copy has the path of its picture.
    """
    copies, given, groups = dataset.copies, dataset.given, dataset.groups
    if copies is None or not copies.any():
        return
    if given is None or given[copies != 0].any() or (copies < 0).any():
        raise ValueError("its changed copies of pictures must be in the training split, and some are not")
    if groups is None:
        raise ValueError("its changed copies of pictures must be in groups with these, and there are no groups")
    places = list(zip(dataset.pictures, dataset.labels.tolist(), groups.tolist(), strict=True))
    trained = {places[row] for row in np.flatnonzero((copies == 0) & (given == TRAIN)).tolist()}
    for row in np.flatnonzero(copies).tolist():
        if places[row] not in trained:
            raise ValueError(
                "its changed copies must have the label and the group of their picture, and that must be in the "
                f"training split: one of {dataset.name(row)} differs"
            )


def check_numbers(path: object, name: str, part: FloatArray, local: int = 0, first: int = 0) -> None:
    """Refuse a value that no feature has, in rows of one output of a file, of which the first has a number."""
    wrong = _wrong_rows(part, local)
    if len(wrong):
        raise DataError(
            f"features must be finite numbers below {LARGEST:.0e}, and row {first + int(wrong[0]):,} has others in "
            f"column {name} of {path}: write them again with `headway embed`"
        )


def _wrong_rows(part: FloatArray, local: int) -> NDArray[np.int64]:
    """Return the rows with a value that no feature has; of a bag, a whole local descriptor may be missing: NaN."""
    if not len(part) or (part.min() > -LARGEST and part.max() < LARGEST):  # NaN is not, either
        return np.empty(0, np.int64)
    fine = np.abs(part) < LARGEST
    if local:
        missing = np.isnan(part).reshape(len(part), -1, local).all(axis=2)
        fine |= np.repeat(missing, local, axis=1)
    return np.flatnonzero(~fine.all(axis=1))
