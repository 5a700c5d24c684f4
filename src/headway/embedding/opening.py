"""From a path and a backbone's name to features: for `headway.embed`, and for every command that reads features."""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, get_args

from headway.backbones import BackboneInfo, obtain
from headway.backbones.composing import mirrored
from headway.clock import Clock
from headway.dataset import Dataset, read_within
from headway.embedding.compute import embed_images
from headway.embedding.described import backbone_of, features_in
from headway.embedding.files import is_features_file, read_features
from headway.embedding.ranging import choose_reading
from headway.errors import UnknownNameError, UserError, blaming
from headway.images import FITS
from headway.ranges import AUTO
from headway.recipe import Recipe
from headway.session import Session
from headway.types import Bands, Decoding, Device, Precision, ResizePolicy

if TYPE_CHECKING:
    from headway.embedding.table import FeatureTable
    from headway.types import Progress


def embed(
    data: Any,
    backbone: str | BackboneInfo = "efficientnet_lite0",
    *,
    resize: ResizePolicy = "squash",
    bands: Bands = (),
    value_range: str = AUTO,
    decoding: Decoding = "headway",
    precision: Precision | Literal["auto"] = "auto",
    outputs: Sequence[str] | None = None,
    device: Device = "cpu",
    cache: str | Path | None = None,
    offline: bool = False,
    max_bad: float = 0.1,
    progress: Progress | None = None,
) -> FeatureTable:
    """Compute the features of pictures, once: what the feature store has already is not computed again.

    Parameters
    ----------
    data : Dataset, path, DataFrame or list
        The pictures: a data set, or what `headway.read` takes. They need no labels.
    backbone : str or BackboneInfo
        Name of the network or of hand-made descriptors; ``headway backbones`` lists them.
    resize : {"squash", "crop", "letterbox"}
        How a picture becomes a square.
    bands : tuple of int
        Which bands of a picture are read, from 1: one for grey, or those for red, green and blue.
    value_range : str
        What is black and white in pictures of more than 8 bits, as in `headway.Recipe`. Where the pictures decide,
        those that a fit with the usual settings would test on are not looked at.
    decoding : {"headway", "keras"}
        How a file becomes pixels: by Headway's policy, or as Keras' ``load_img`` does.
    precision : {"auto", "fp32", "bf16"}
        Arithmetic of the network; ``"auto"`` takes the best for this processor. Hand-made descriptors: always fp32.
    outputs : sequence of str, optional
        Which of the backbone's outputs to compute; by default ``backbone.depths``, all that a head may read.
    device : {"cpu", "cuda"}
        Where a network runs.
    cache : path, optional
        Folder of the feature store, if it is not the usual one.
    offline : bool
        Whether to fail rather than to download weights.
    max_bad : float
        Largest part of the pictures that may be unreadable, from 0 to 1.
    progress : Progress, optional
        Told how many pictures are done.

    Returns
    -------
    FeatureTable
        Reads the features from the store when it is asked for them.

    Raises
    ------
    DataError
        When too many pictures, or all, cannot be read. The features of the others are in the store by then.
    UserError
        When an argument is not what it must be, or the backbone cannot be had.
    StoreError
        When the store cannot be used, for instance because the disk is full.

    Examples
    --------
    >>> import headway
    >>> table = headway.embed(headway.demo.pictures(), "tiny", precision="fp32")
    >>> table
    <headway.FeatureTable: 240 images, 64 features of tiny (fp32)>
    >>> table.read(names=["head.mean"]).shape
    (240, 32)
    >>> table.images()[0].format
    'WebP'
    """
    check_choices(resize, precision, device)
    if not isinstance(backbone, str | BackboneInfo):
        raise UserError(f"backbone must be a name or a BackboneInfo, not {backbone!r}: see `headway backbones`")
    name = backbone if isinstance(backbone, str) else backbone.name
    recipe = Recipe(
        backbone=name,
        resize=resize,
        bands=bands,
        value_range=value_range,
        decoding=decoding,
        precision=precision,
    )
    options: dict[str, Any] = {"offline": offline, "max_bad": max_bad, "progress": progress}
    with Session.open(cache, **options) as session:
        dataset = read_within(session, data)
        info = backbone if isinstance(backbone, BackboneInfo) else obtain_backbone(session, recipe)
        for name in outputs or ():
            if name not in info.dims:
                raise UnknownNameError("feature", name, info.dims)
        compute = functools.partial(
            embed_images,
            session,
            dataset,
            info,
            resize=resize,
            precision=recipe.precision,
            outputs=outputs,
            device=device,
            reopen=functools.partial(Session.open, session.cache, **options),
        )
        return choose_reading(session, dataset, recipe, compute)


def check_choices(resize: object, precision: object, device: object = "cpu") -> None:
    """Refuse values that are not one of those that there are."""
    for kind, value, known in (
        ("resize policy", resize, FITS),
        ("precision", precision, ("auto", *get_args(Precision))),
        ("device", device, get_args(Device)),
    ):
        if not isinstance(value, str) or value not in known:
            raise UnknownNameError(kind, str(value), known)


@dataclass(frozen=True, eq=False)
class OpenedFeatures:
    """A data set with its features, the backbone that they are of, and the name of those that are wanted."""

    dataset: Dataset
    table: FeatureTable
    backbone: BackboneInfo
    features: str


def open_features(
    session: Session,
    data: Dataset | str | Path | Sequence[str | Path],
    recipe: Recipe,
    *,
    check: Callable[[Dataset], None] | None = None,
    check_backbone: Callable[[BackboneInfo], None] | None = None,
    outputs: Callable[[BackboneInfo], Sequence[str] | None] | None = None,
    with_squares: bool = False,
    clock: Clock | None = None,
) -> OpenedFeatures:
    """Read a data set and its features, or a file of features, as a recipe says.

    Parameters
    ----------
    session : Session
    data : Dataset or path
        Pictures, a path that `headway.read` takes, or a file that ``headway embed`` wrote.
    recipe : Recipe
        Its backbone, weights, image_size, resize, bands, value_range, precision and device; where the pictures decide
        on the range of values, its test_fraction and seed, too. A file of features has its own.
    check : callable, optional
        Refuses a data set, before its features are computed.
    check_backbone : callable, optional
        Refuses a backbone, before the data set is read; not asked for a file of features.
    outputs : callable, optional
        Returns the outputs to compute and keep; by default, all depths.
    with_squares : bool
        Whether near copies are going to be looked for; see `embed_images`.
    clock : Clock, optional
        Counts the stages ``data`` and ``features``.
    """
    clock = clock or Clock()
    if isinstance(data, str | Path) and is_features_file(Path(data)):
        with clock("features"):
            dataset, table = read_features(Path(data), session.cache)
        backbone = backbone_of(table, session.cache)
        if check is not None:
            check(dataset)
        with blaming("features"):
            return OpenedFeatures(dataset, table, backbone, features_in(table, backbone, recipe.features))
    backbone = obtain_backbone(session, recipe)
    if check_backbone is not None:
        check_backbone(backbone)
    with clock("data"):
        dataset = read_within(session, data)
        if check is not None:
            check(dataset)
    with clock("features"):
        compute = functools.partial(
            embed_images,
            session,
            dataset,
            backbone,
            resize=recipe.resize,
            precision=recipe.precision,
            outputs=None if outputs is None else outputs(backbone),
            device=recipe.device,
            with_squares=with_squares,
        )
        table = choose_reading(session, dataset, recipe, compute)
    return OpenedFeatures(dataset, table, backbone, recipe.features)


def obtain_backbone(session: Session, recipe: Recipe) -> BackboneInfo:
    """Return the backbone of a recipe, downloaded and converted if need be, and mirrored where the recipe says so."""
    with blaming("backbone"):
        info = obtain(
            recipe.backbone,
            session,
            weights=recipe.weights,
            image_size=recipe.image_size,
            scaling=recipe.scaling,
        )
    if not recipe.tta or recipe.trains_network:  # a network that is trained is mirrored afterwards
        return info
    if info.kind == "descriptor":
        with blaming("tta"):
            raise UserError(f"mirrored views are averaged of networks, and {info.name} is none: leave --tta out")
    return mirrored(info)
