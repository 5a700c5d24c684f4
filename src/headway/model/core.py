"""A fitted classifier."""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from numbers import Integral
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from headway._version import __version__
from headway.backbones import CATALOGUE, BackboneInfo, Engine, best_precision, is_here, read
from headway.calibration import softmax
from headway.dataset import picture_name
from headway.embedding import stream
from headway.errors import DataError, ModelError, OutputError, PictureError, RunError, UnknownNameError, UserError
from headway.images import POLICY
from headway.model import file, graph
from headway.places import check_output, replacing
from headway.types import Quarantined

if TYPE_CHECKING:
    from onnx import ModelProto

    from headway.heads import DenseHead
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
    metadata : mapping
        Plain values: ``classes``, ``input`` (size, resize, decoding), ``backbone`` (name, sha256, features, precision),
        ``head`` (kind and settings), ``recipe``, ``data``, ``scores``, ``versions``.
    head : DenseHead
        The head alone, from (n, d) features to (n, classes) logits.
    temperature : float
        What logits are divided by before the softmax, above 0.
    report : mapping
        How the fit went, as ``headway fit --json`` prints it; empty for a loaded model.
    name : str
        What messages call it: the path of a loaded model.
    """

    proto: ModelProto
    metadata: Mapping[str, Any]
    head: DenseHead
    temperature: float
    report: Mapping[str, Any] = field(default_factory=dict)
    name: str = "the model"

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
        """Return logits, float32 (n, classes), of features, float32 (n, d).

        Raises
        ------
        RunError
            When they are not finite, which only a model that was made to harm brings about.
        """
        with np.errstate(all="ignore"):  # what overflows is said below
            logits = self.head.logits(features)
        if not np.isfinite(logits).all():
            raise RunError(f"{self.name} computes numbers that are not finite: fit it again")
        return logits

    def _prediction(self, name: str, features: FloatArray, top: int) -> Prediction:
        probabilities = softmax(self.logits(features[np.newaxis]), self.temperature)[0]
        order = np.argsort(-probabilities, kind="stable")[:top]
        best = tuple((self.classes[i], float(probabilities[i])) for i in order)
        return Prediction(name, best[0][0], best[0][1], best)

    @cached_property
    def _engine(self) -> Engine:
        # Not "embedding", which joins these: in bf16 a value depends a little on what is asked for beside it, and this
        # is how the features in the store were computed.
        try:
            engine = Engine(self.content, self.features, self.precision)
        except (ModelError, UnknownNameError) as error:
            raise ModelError(f"{self.name}: {error}") from error
        if engine.width != self.head.n_features:
            raise ModelError(f"{self.name}: its head reads {self.head.n_features:,} numbers, not {engine.width:,}")
        return engine

    def backbone(self, cache: str | Path | None = None) -> BackboneInfo:
        """Return what reads this model's features: a backbone of the catalogue, or the model itself.

        A file can claim any backbone. The claim is believed only if Headway, composing its own copy of that backbone
        with this head, gets the very same graph; features that the store keeps for that backbone can then be used.

        Parameters
        ----------
        cache : Path, optional
            Headway's cache folder, if it is not the usual one.
        """
        claimed = self.metadata["backbone"]
        for info in CATALOGUE:
            if info.sha256 == claimed["sha256"] and is_here(info, cache):
                own = graph.compose(read(info, cache), self.features, self.head, self.temperature)
                if own.graph == self.proto.graph:
                    return info
        return BackboneInfo.of_model(self.content, {"embedding": self.head.n_features}, self.size)


def build(
    backbone: BackboneInfo,
    network: bytes,
    features: Sequence[str],
    head: DenseHead,
    temperature: float,
    *,
    classes: Sequence[str],
    resize: ResizePolicy,
    precision: Precision,
    about: Mapping[str, Any],
    report: Mapping[str, Any],
) -> Model:
    """Compose a model.

    Parameters
    ----------
    backbone : BackboneInfo
        What is known of the network.
    network : bytes
        Its ONNX file.
    features : sequence of str
        Its outputs that the head reads.
    head : DenseHead
        The classifier on them.
    temperature : float
        What logits are divided by, above 0.
    classes : sequence of str
        Names, in the order of the head's outputs.
    resize, precision : str
        How the features were computed.
    about : mapping
        Further metadata: ``head`` (its kind and settings), ``recipe``, ``data``, ``scores``.
    report : mapping
        How the fit went.
    """
    proto = graph.compose(network, features, head, temperature)
    metadata = {
        "classes": list(classes),
        "input": {"size": backbone.input_size, "resize": resize, "decoding": POLICY},
        "backbone": {
            "name": backbone.name,
            "sha256": backbone.sha256,
            "features": list(features),
            "precision": precision,
        },
        **about,
        "versions": {"headway": __version__},
    }
    return Model(proto, metadata, head, temperature, report)


def load(path: str | os.PathLike[str]) -> Model:
    """Read a model that Headway saved.

    Parameters
    ----------
    path : path
        The ``.onnx`` file, of at most 1 GiB.

    Returns
    -------
    Model

    Raises
    ------
    ModelError
        When there is no such file, or it is damaged, no Headway model, from a newer Headway, or asks for what Headway's
        models never need: external data, custom operators, more memory or time than a network takes.

    Examples
    --------
    >>> load("no-such.onnx")
    Traceback (most recent call last):
    headway.errors.ModelError: no-such.onnx: there is no such file; `headway fit DATA -o no-such.onnx` makes one
    """
    source = _path(path, ModelError)
    content = file.read(source)
    proto, metadata = file.decode(content, str(source))
    try:
        head, temperature = graph.dense_head(proto, metadata["head"]["kind"])
        model = Model(proto, metadata, head, temperature, name=str(source))
        _check(model)
    except ModelError as error:
        raise ModelError(f"{source}: {error}") from None
    model.__dict__["content"] = content
    return model


def _check(model: Model) -> None:
    """Refuse a model whose metadata and graph, each sound by itself, disagree."""
    if len(model.classes) != model.head.n_classes:
        raise ModelError("its class names do not match the outputs of its head")
    if model.proto.graph.input[0].type.tensor_type.shape.dim[1].dim_value != model.size:
        raise ModelError(f"its input is not uint8 (N, {model.size}, {model.size}, 3)")


def _path(path: object, error: type[UserError]) -> Path:
    if not isinstance(path, str | os.PathLike) or not os.fspath(path) or "\0" in os.fsdecode(path):
        raise error(f"a model must be named by the path of its file, it is {path!r}")
    return Path(os.fsdecode(path))


def _is_picture(value: object) -> bool:
    from PIL import Image

    return isinstance(value, str | os.PathLike | bytes | Image.Image) or (
        isinstance(value, np.ndarray) and value.ndim <= 3
    )


def check_target(path: str | os.PathLike[str]) -> Path:
    """Make sure, before hours of work, that a model can be saved at ``path``, and that nothing else is lost by it.

    Returns
    -------
    Path
        The file to write: where a link leads to, otherwise ``path``.

    Raises
    ------
    OutputError
        When the folder is missing or not writable, the name is not one of an ONNX file, or what is there is no Headway
        model.
    """
    path = _path(path, OutputError)
    if path.suffix.lower() != ".onnx":
        raise OutputError(f"a model is an ONNX file, and {path} does not end in .onnx: give such a name with -o")
    target = check_output(path)
    try:
        ours = not target.exists() or not target.stat().st_size or file.is_ours(target)
    except OSError as error:
        raise OutputError(f"{path} cannot be read: {error.strerror}; give another place with -o") from error
    if not ours:
        raise OutputError(f"{path} is no Headway model, and is not overwritten; give another place with -o")
    return target
