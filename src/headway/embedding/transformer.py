"""The features as a scikit-learn transformer."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping, Sequence, Set
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from numpy.typing import NDArray
from sklearn.base import BaseEstimator, TransformerMixin  # loaded on request only

from headway.backbones import BackboneInfo, find
from headway.dataset import Dataset
from headway.embedding.compute import embed_images
from headway.embedding.opening import check_choices
from headway.embedding.ranging import find_reading
from headway.errors import DataError, UnknownNameError, UserError
from headway.images.source import is_stream, read_stream
from headway.ranges import AUTO
from headway.recipe import Recipe
from headway.session import Session
from headway.types import Precision, ResizePolicy

if TYPE_CHECKING:
    from headway.types import FloatArray, Picture


class Embedder(TransformerMixin, BaseEstimator):  # type: ignore[misc]  # scikit-learn has no types
    """Turn pictures into features of a pretrained network.

    There is next to nothing to learn: `fit` checks the parameters, and looks up what is black and white in pictures of
    more than 8 bits. Features go through Headway's feature store, so a picture is computed once, however often a
    cross-validation or a grid search transforms it. The object holds its parameters and little else, so it clones and
    pickles in no time.

    Parameters
    ----------
    backbone : str
        Name of the network; ``headway backbones`` lists them.
    features : str or sequence of str
        As for `fit`: ``"last"`` for the last layer, ``"depths"`` for several depths side by side, or the name of a
        layer or an output; or names of the backbone's outputs.
    resize : {"squash", "crop", "letterbox"}
        How a picture becomes a square.
    value_range : str
        What is black and white in pictures of more than 8 bits, as in `headway.Recipe`; with ``"auto"`` those that
        `fit` is given decide, and before it their format does.
    precision : {"auto", "fp32", "bf16"}
        Arithmetic of the network; ``"auto"`` takes bf16 where the processor has it.
    cache : str or path, optional
        Folder of the feature store, if it is not the usual one.

    Attributes
    ----------
    n_features_out_ : int
        Length of a picture's feature vector.
    reading_ : Reading
        The range of values that was found.

    Examples
    --------
    >>> import tempfile
    >>> from sklearn.linear_model import LogisticRegression
    >>> from sklearn.pipeline import make_pipeline
    >>> pictures = [np.full((8, 8, 3), shade, np.uint8) for shade in (0, 20, 200, 220)]
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     model = make_pipeline(Embedder("tiny", cache=folder), LogisticRegression())
    ...     model.fit(pictures, ["dark", "dark", "light", "light"]).predict([np.full((8, 8), 210, np.uint8)]).tolist()
    ['light']
    """

    def __init__(
        self,
        backbone: str = "efficientnet_lite0",
        features: str | Sequence[str] = "last",
        *,
        resize: ResizePolicy = "squash",
        value_range: str = AUTO,
        precision: Precision | Literal["auto"] = "auto",
        cache: str | os.PathLike[str] | None = None,
    ) -> None:
        self.backbone = backbone
        self.features = features
        self.resize = resize
        self.value_range = value_range
        self.precision = precision
        self.cache = cache

    def fit(self, X: Sequence[Picture], y: Any = None) -> Embedder:
        """Check the parameters, and look at the headers of ``X`` for pictures of more than 8 bits; ``y`` is ignored."""
        pictures = _pictures(X)
        info, names = self._chosen()
        with Session.open(self.cache) as session:
            self.reading_ = find_reading(session, _unlabelled(pictures), self._recipe())
        self.n_features_out_ = sum(info.dims[name] for name in names)
        return self

    def transform(self, X: Sequence[Picture]) -> FloatArray:
        """Return the features of pictures.

        Parameters
        ----------
        X : sequence of paths, bytes, open binary files, PIL images or arrays, of length n
            The pictures; an array (n, H, W) or (n, H, W, C), or a Series or one-column DataFrame of paths, will do.

        Returns
        -------
        ndarray of float32, shape (n, n_features_out_)

        Raises
        ------
        DataError
            When one of them cannot be read: each must have its row.
        """
        # A binary file can be read once only.
        pictures = [read_stream(picture) if is_stream(picture) else picture for picture in _pictures(X)]
        info, names = self._chosen()
        dataset = _unlabelled(pictures)
        with Session.open(self.cache, max_bad=1.0) as session:
            table = embed_images(
                session,
                dataset,
                info,
                resize=self.resize,
                reading=getattr(self, "reading_", self._recipe().reading),
                precision=self.precision,
                # What `fit` stores serves here too, and the other way round.
                outputs=info.outputs_to_store(names),
            )
            if table.quarantined:
                first = table.quarantined[0]
                raise DataError(
                    f"{len(table.quarantined):,} of {len(pictures):,} pictures cannot be read, and each needs a row: "
                    f"{first.path}: {first.reason}"
                )
            return table.read(names=names)

    def get_feature_names_out(self, input_features: Any = None) -> NDArray[np.object_]:
        """Return the names of the columns, such as ``head.mean_17``; ``input_features`` is ignored."""
        info, names = self._chosen()
        return np.array([f"{name}_{column}" for name in names for column in range(info.dims[name])], dtype=object)

    def __sklearn_is_fitted__(self) -> bool:
        """Say that there is nothing to learn before pictures can be transformed."""
        return True

    def __sklearn_tags__(self) -> Any:
        """Tell scikit-learn that this takes pictures, and keeps no state."""
        tags = super().__sklearn_tags__()
        tags.input_tags.two_d_array = False
        tags.input_tags.one_d_array = True
        tags.input_tags.three_d_array = True
        tags.input_tags.string = True
        tags.requires_fit = False
        tags.transformer_tags.preserves_dtype = []
        return tags

    def _recipe(self) -> Recipe:
        return Recipe(value_range=self.value_range)

    def _chosen(self) -> tuple[BackboneInfo, list[str]]:
        if not isinstance(self.backbone, str):
            raise UserError(f"backbone must be the name of one, not {self.backbone!r}: see `headway backbones`")
        info = find(self.backbone)
        check_choices(self.resize, self.precision)
        if isinstance(self.features, str):
            names = list(info.outputs_of(self.features))
        elif isinstance(self.features, Iterable):
            names = list(self.features)
        else:
            raise UserError(f"features must be a name or a list of names, not {self.features!r}")
        for name in names:
            if not isinstance(name, str) or name not in info.dims:
                raise UnknownNameError("feature", str(name), ["last", "depths", *info.dims])
        if not names:
            raise UserError("features must name at least one")
        return info, names


def _unlabelled(pictures: list[Picture]) -> Dataset:
    return Dataset(pictures, np.full(len(pictures), -1), ())


def _pictures(X: Any) -> list[Picture]:
    """Return pictures one by one, or say what is wrong with what was given instead."""
    if isinstance(X, str | bytes | os.PathLike | Mapping | Set) or not (
        hasattr(X, "__len__") and hasattr(X, "__iter__")
    ):
        raise DataError(f"pictures must come as a sequence, such as a list of paths, not as one {type(X).__name__}")
    if hasattr(X, "iloc"):
        X = X.to_numpy()
    # One column of a data frame.
    if isinstance(X, np.ndarray) and X.ndim == 2 and X.shape[1] == 1 and X.dtype.kind in "OU":
        X = X[:, 0]
    if isinstance(X, np.ndarray) and X.dtype.kind not in "OU" and X.ndim not in (3, 4):
        raise DataError(f"pictures as an array must be of shape (n, H, W) or (n, H, W, C), not {X.shape}")
    if len(X) == 0:
        raise DataError("there are no pictures: give at least one")
    return [str(picture) if isinstance(picture, np.str_) else picture for picture in X]
