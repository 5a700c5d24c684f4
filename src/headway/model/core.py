"""A fitted classifier."""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from numbers import Integral
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from headway import backbones
from headway.backbones import BackboneInfo, Engine, best_precision, handmade
from headway.calibration import softmax
from headway.dataset import picture_name
from headway.embedding import stream
from headway.errors import DataError, ModelError, PictureError, RunError, UnknownNameError, UserError
from headway.model import file, graph
from headway.model.targets import check_target
from headway.places import replacing
from headway.preparation import Transform
from headway.types import Quarantined

if TYPE_CHECKING:
    from onnx import ModelProto

    from headway.backbones import FeatureEngine
    from headway.heads import Head
    from headway.types import FloatArray, Picture, Precision, ResizePolicy


@dataclass(frozen=True)
class Prediction:
    """What a model says of one picture.

    Parameters
    ----------
    name : str
        The file, or ``"picture 7"`` for one that came from memory.
    label : str
        The most probable class.
    probability : float
        Its calibrated probability, between 0 and 1.
    top : tuple of (str, float)
        The most probable classes with their probabilities, highest first.
    """

    name: str
    label: str
    probability: float
    top: tuple[tuple[str, float], ...]


@dataclass(frozen=True, eq=False, repr=False)
class Model:
    """A fitted classifier: backbone, head and calibration in one ONNX graph, and what is known of them.

    Made by `headway.fit` and `headway.load`.

    Parameters
    ----------
    proto : onnx.ModelProto
        The graph, from ``images`` uint8 (N, size, size, 3) to ``probabilities`` (N, classes) and ``embedding`` (N, d).
        Where the features are hand-made, it begins at ``features`` float32 (N, d) instead.
    metadata : mapping
        Plain values: ``classes``, ``input`` (size, resize, decoding), ``backbone`` (name, kind, sha256, features,
        precision), ``head`` (kind and settings), ``recipe``, ``data``, ``scores``, ``versions``.
    head : Head
        The head alone, from (n, m) features to (n, classes) logits.
    temperature : float
        What logits are divided by before the softmax, above 0.
    report : mapping
        How the fit went, as ``headway fit --json`` prints it; empty for a loaded model.
    name : str
        What messages call it: the path of a loaded model.
    transform : Transform
        From what the backbone gives, (n, D), to what the head reads.
    """

    proto: ModelProto
    metadata: Mapping[str, Any]
    head: Head
    temperature: float
    report: Mapping[str, Any] = field(default_factory=dict)
    name: str = "the model"
    transform: Transform = field(default_factory=Transform.identity)

    def __repr__(self) -> str:
        about = f"{len(self.classes)} classes, {self.head.kind} on {self.metadata['backbone']['name']}"
        return f"<headway.Model: {about}, test accuracy {self.scores['test']['accuracy']:.3f}>"

    @property
    def classes(self) -> tuple[str, ...]:
        """Names of the classes, in the order of the probabilities."""
        return tuple(self.metadata["classes"])

    @property
    def scores(self) -> Mapping[str, Any]:
        """What the fit measured: ``cv`` and ``test``, as in ``headway fit --json``, without the tables."""
        scores: Mapping[str, Any] = self.metadata["scores"]
        return scores

    @property
    def size(self) -> int:
        """Height and width, in pixels, of the pictures that the graph takes."""
        return int(self.metadata["input"]["size"])

    @property
    def is_handmade(self) -> bool:
        """Whether the features are hand-made descriptors, which only Headway computes, and not a network's."""
        return bool(self.metadata["backbone"]["kind"] == "descriptor")

    @property
    def width(self) -> int:
        """Length of the embedding: what the backbone gives, as visual words where it gives bags of descriptors."""
        return int(self.proto.graph.output[1].type.tensor_type.shape.dim[1].dim_value)

    @property
    def resize(self) -> ResizePolicy:
        """How a picture becomes a square of that size."""
        policy: ResizePolicy = self.metadata["input"]["resize"]
        return policy

    @property
    def precision(self) -> Precision:
        """Arithmetic of the network: as in training, or fp32 where this processor has no bf16."""
        return "bf16" if self.metadata["backbone"]["precision"] == best_precision() == "bf16" else "fp32"

    @property
    def features(self) -> tuple[str, ...]:
        """Names of the backbone's outputs that the head reads, in its order."""
        return tuple(self.metadata["backbone"]["features"])

    @cached_property
    def content(self) -> bytes:
        """The bytes of the model's file."""
        return file.encode(self.proto, self.metadata)

    def save(self, path: str | os.PathLike[str]) -> Path:
        """Write the model as one ONNX file, whole or not at all.

        Parameters
        ----------
        path : path
            Where to; ends in ``.onnx``. A link is followed. What is there must be a Headway model, or empty.

        Returns
        -------
        Path

        Raises
        ------
        OutputError
            When the place cannot be written to, or holds something else than a Headway model.
        """
        with replacing(check_target(path)) as whole:
            whole.write(self.content)
        return Path(path)

    def predict(self, pictures: Iterable[Picture] | Picture, *, top: int = 3) -> list[Prediction]:
        """Classify pictures.

        Parameters
        ----------
        pictures : paths, bytes, PIL images or arrays, or one of them
            Arrays are (H, W), (H, W, 3) or (H, W, 4).
        top : int
            How many classes to name for each, at least 1.

        Returns
        -------
        list of Prediction
            In the order of the pictures.

        Raises
        ------
        PictureError
            When one of the pictures cannot be read; `stream` goes on instead.
        DataError, UserError
            When ``pictures`` or ``top`` are of a wrong type.
        RunError
            When the model computes something that is no number.

        Examples
        --------
        >>> import headway
        >>> model = headway.fit(headway.demo.pictures(), headway.Recipe(backbone="tiny"))
        >>> import numpy as np
        >>> [prediction] = model.predict(np.zeros((40, 60, 3), np.uint8))
        >>> 0 < prediction.probability <= 1
        True
        """
        predictions = []
        for outcome in self.stream(pictures, top=top):
            if isinstance(outcome, Quarantined):
                raise PictureError(f"{outcome.path}: {outcome.reason}")
            predictions.append(outcome)
        return predictions

    def stream(self, pictures: Iterable[Picture] | Picture, *, top: int = 3) -> Iterator[Prediction | Quarantined]:
        """Classify pictures as they come, in bounded memory.

        Parameters
        ----------
        pictures : iterable of paths, bytes, PIL images or arrays, or one of them
            May be endless.
        top : int
            How many classes to name for each, at least 1.

        Yields
        ------
        Prediction or Quarantined
            One for each picture, in their order; the latter for one that cannot be read.
        """
        if not isinstance(top, Integral) or top < 1:
            raise UserError(f"top must be a whole number of at least 1, it is {top!r}")
        several = [pictures] if _is_picture(pictures) else pictures
        if not isinstance(several, Iterable):
            raise DataError(f"pictures must be paths, bytes, PIL images or arrays, they are {pictures!r}")
        return self._stream(several, top)

    def _stream(self, pictures: Iterable[Picture], top: int) -> Iterator[Prediction | Quarantined]:
        names: deque[str] = deque()

        def named() -> Iterator[Picture]:
            for number, picture in enumerate(pictures):
                names.append(picture_name(picture, number))
                yield picture

        for _, outcome in stream(named(), self._engine, size=self.size, resize=self.resize):
            name = names.popleft()
            if isinstance(outcome, PictureError):
                yield Quarantined(name, str(outcome))
            else:
                yield self._prediction(name, outcome, top)

    def logits(self, features: FloatArray) -> FloatArray:
        """Return logits, float32 (n, classes), of what the backbone gives, float32 (n, D).

        Raises
        ------
        RunError
            When they are not finite, which only a model that was made to harm brings about.
        """
        with np.errstate(all="ignore"):  # what overflows is said below
            logits = self.head.logits(self.transform.apply(features))
        if not np.isfinite(logits).all():
            raise RunError(f"{self.name} computes numbers that are not finite: fit it again")
        return logits

    def _prediction(self, name: str, features: FloatArray, top: int) -> Prediction:
        probabilities = softmax(self.logits(features[np.newaxis]), self.temperature)[0]
        order = np.argsort(-probabilities, kind="stable")[:top]
        best = tuple((self.classes[i], float(probabilities[i])) for i in order)
        return Prediction(name, best[0][0], best[0][1], best)

    @cached_property
    def _engine(self) -> FeatureEngine:
        # Not "embedding", which joins these: in bf16 a value depends a little on what is asked for beside it, and this
        # is how the features in the store were computed.
        described = self.backbone() if self.is_handmade else None
        try:
            engine: FeatureEngine = (
                Engine(self.content, self.features, self.precision)
                if described is None
                else backbones.open_engine(described, self.features, self.precision)
            )
        except (ModelError, UnknownNameError) as error:
            raise ModelError(f"{self.name}: {error}") from error
        raw = self.width + sum(one.count - len(one.words) for one in self.transform.vocabularies)
        if engine.width != raw:
            raise ModelError(f"{self.name}: its head reads {raw:,} numbers, not {engine.width:,}")
        return engine

    def backbone(self, cache: str | Path | None = None) -> BackboneInfo:
        """Return what reads this model's features: a known backbone, or the model itself.

        A file can claim any backbone. The claim is believed only if Headway, composing its own copy of that backbone
        with this head, gets the very same graph; features that the store keeps for that backbone can then be used.

        Parameters
        ----------
        cache : Path, optional
            Headway's cache folder, if it is not the usual one.

        Raises
        ------
        ModelError
            When the features are hand-made in a way that this Headway does not know.
        """
        claimed = self.metadata["backbone"]
        if self.is_handmade:
            if claimed["name"] not in handmade.NAMES:
                raise ModelError(f"{self.name} needs hand-made features {claimed['name']!r}: pip install -U headway")
            return handmade.info(claimed["name"], self.size)
        info = backbones.having(claimed["sha256"], cache)
        if info is not None and self._is_composed_of(backbones.read(info, cache)):
            return info
        return BackboneInfo.of_model(self.content, {"embedding": self.width}, self.size)

    def caveat(self, backbone: BackboneInfo) -> str | None:
        """Say that hand-made features are not computed as they were for this model; None where they are.

        Parameters
        ----------
        backbone : BackboneInfo
            From `backbone`.
        """
        if not self.is_handmade or backbone.sha256 == self.metadata["backbone"]["sha256"]:
            return None
        return (
            f"{self.name} was fitted with other versions of the libraries that compute {backbone.name}: "
            "its probabilities may differ from those it was tested with; fit it again to be sure"
        )

    def _is_composed_of(self, network: bytes) -> bool:
        try:
            own = graph.compose(
                network,
                self.features,
                self.head,
                self.temperature,
                columns=self.transform.columns,
                width=self.width,
            )
        except ModelError:
            return False
        return bool(own.graph == self.proto.graph)


def _is_picture(value: object) -> bool:
    from PIL import Image

    return isinstance(value, str | os.PathLike | bytes | Image.Image) or (
        isinstance(value, np.ndarray) and value.ndim <= 3
    )
