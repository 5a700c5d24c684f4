"""A fitted classifier."""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from headway._version import __version__
from headway.backbones import CATALOGUE, BackboneInfo, Engine, best_precision, is_here, read
from headway.calibration import softmax
from headway.embedding import stream
from headway.errors import ModelError, OutputError, PictureError
from headway.images import FITS, POLICY
from headway.model import file, graph
from headway.places import replacing
from headway.types import Quarantined

if TYPE_CHECKING:
    from onnx import ModelProto

    from headway.heads import DenseHead
    from headway.types import FloatArray, Picture, Precision, ResizePolicy

MAX_INPUT_SIZE = 2048  # pixels a side; bounds what a hostile model can ask to be computed


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
    """

    proto: ModelProto
    metadata: Mapping[str, Any]
    head: DenseHead
    temperature: float
    report: Mapping[str, Any] = field(default_factory=dict)

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
            Where to; ends in ``.onnx``.

        Returns
        -------
        Path

        Raises
        ------
        OutputError
            When the place cannot be written to.
        """
        target = Path(path)
        with replacing(target) as whole:
            whole.write(self.content)
        return target

    def predict(self, pictures: Iterable[Picture] | Picture, *, top: int = 3) -> list[Prediction]:
        """Classify pictures.

        Parameters
        ----------
        pictures : paths, bytes, PIL images or arrays, or one of them
            Arrays are (H, W), (H, W, 3) or (H, W, 4).
        top : int
            How many classes to name for each.

        Returns
        -------
        list of Prediction
            In the order of the pictures.

        Raises
        ------
        PictureError
            When one of the pictures cannot be read; `stream` goes on instead.

        Examples
        --------
        >>> import headway
        >>> model = headway.fit(headway.demo.pictures(), headway.Recipe(backbone="tiny"))
        >>> import numpy as np
        >>> [prediction] = model.predict(np.zeros((40, 60, 3), np.uint8))
        >>> 0 < prediction.probability <= 1
        True
        """
        several = [pictures] if _is_picture(pictures) else pictures
        predictions = []
        for outcome in self.stream(several, top=top):  # type: ignore[arg-type]
            if isinstance(outcome, Quarantined):
                raise PictureError(f"{outcome.path}: {outcome.reason}")
            predictions.append(outcome)
        return predictions

    def stream(self, pictures: Iterable[Picture], *, top: int = 3) -> Iterator[Prediction | Quarantined]:
        """Classify pictures as they come, in bounded memory.

        Parameters
        ----------
        pictures : iterable of paths, bytes, PIL images or arrays
            May be endless.
        top : int
            How many classes to name for each.

        Yields
        ------
        Prediction or Quarantined
            One for each picture, in their order; the latter for one that cannot be read.
        """
        names: deque[str] = deque()

        def named() -> Iterator[Picture]:
            for number, picture in enumerate(pictures):
                names.append(_name(picture, number))
                yield picture

        for _, outcome in stream(named(), self._engine, size=self.size, resize=self.resize):
            name = names.popleft()
            if isinstance(outcome, PictureError):
                yield Quarantined(name, str(outcome))
            else:
                yield self._prediction(name, outcome, top)

    def probabilities(self, features: FloatArray) -> FloatArray:
        """Return calibrated probabilities, float32 (n, classes), of features, float32 (n, d)."""
        return softmax(self.head.logits(features), self.temperature)

    def _prediction(self, name: str, features: FloatArray, top: int) -> Prediction:
        probabilities = self.probabilities(features[np.newaxis])[0]
        order = np.argsort(-probabilities, kind="stable")[: max(top, 1)]
        best = tuple((self.classes[i], float(probabilities[i])) for i in order)
        return Prediction(name, best[0][0], best[0][1], best[: max(top, 0)])

    @cached_property
    def _engine(self) -> Engine:
        return Engine(self.content, ["embedding"], self.precision)

    def backbone(self, cache: Path | None = None) -> BackboneInfo:
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
        models never need: external data, custom operators.

    Examples
    --------
    >>> load("no-such.onnx")
    Traceback (most recent call last):
    headway.errors.ModelError: no-such.onnx: there is no such file; `headway fit DATA -o no-such.onnx` makes one
    """
    source = Path(path)
    content = file.read(source)
    proto, metadata = file.decode(content, str(path))
    try:
        head, temperature = graph.dense_head(proto, str(metadata["head"]["kind"]))
        model = Model(proto, metadata, head, temperature)
        _check(model)
    except (KeyError, TypeError, ValueError) as error:
        raise ModelError(f"{path} holds metadata that is not Headway's ({error}): fit it again") from None
    except ModelError as error:
        raise ModelError(f"{path}: {error}") from None
    model.__dict__["content"] = content
    return model


def _check(model: Model) -> None:
    """Refuse a model whose metadata and graph disagree."""
    if model.resize not in FITS:
        raise ModelError(f"its resize policy {model.resize!r} is none of {', '.join(FITS)}")
    if not 1 <= model.size <= MAX_INPUT_SIZE:
        raise ModelError(f"its pictures of {model.size} pixels are not within 1 to {MAX_INPUT_SIZE}")
    if len(set(model.classes)) != model.head.weights[-1].shape[1] or not all(isinstance(c, str) for c in model.classes):
        raise ModelError("its class names do not match the outputs of its head")
    if not model.features or model.metadata["backbone"]["precision"] not in ("fp32", "bf16"):
        raise ModelError("its features or its precision are not named")
    shapes = [
        [dim.dim_value for dim in value.type.tensor_type.shape.dim][1:]
        for value in model.proto.graph.input
        if value.type.tensor_type.elem_type == 2  # uint8
    ]
    if shapes != [[model.size, model.size, 3]] or len(model.proto.graph.input) != 1:
        raise ModelError(f"its input is not uint8 (N, {model.size}, {model.size}, 3)")
    if [output.name for output in model.proto.graph.output] != ["probabilities", "embedding"]:
        raise ModelError("its outputs are not probabilities and embedding")


def _is_picture(value: object) -> bool:
    from PIL import Image

    return isinstance(value, str | os.PathLike | bytes | Image.Image) or (
        isinstance(value, np.ndarray) and value.ndim <= 3
    )


def _name(picture: Picture, number: int) -> str:
    return os.fsdecode(picture) if isinstance(picture, str | os.PathLike) else f"picture {number}"


def check_target(path: Path) -> None:
    """Make sure, before hours of work, that a model can be saved at ``path``, and that nothing else is lost by it.

    Raises
    ------
    OutputError
        When the folder is missing or not writable, the name is not one of an ONNX file, or the file there is no Headway
        model.
    """
    folder = path.parent
    if path.suffix.lower() != ".onnx":
        raise OutputError(f"a model is an ONNX file, and {path} does not end in .onnx: give such a name with -o")
    if not folder.is_dir():
        raise OutputError(
            f"{path} cannot be written: there is no folder {folder}; make it, or give another place with -o"
        )
    if path.is_dir() or not os.access(folder, os.W_OK):
        what = "it is a folder" if path.is_dir() else f"the folder {folder} is not writable"
        raise OutputError(f"{path} cannot be written: {what}; give another place with -o")
    if path.exists() and path.stat().st_size and b"headway" not in file.read_head(path):
        raise OutputError(f"{path} is no Headway model, and is not overwritten; give another place with -o")
