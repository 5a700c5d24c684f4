"""A fitted classifier."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from numbers import Integral
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from headway import backbones, fork
from headway.bars import printable
from headway.calibration import Calibration
from headway.errors import ModelError, RunError, UnknownNameError, UserError
from headway.model import file, graph, learned
from headway.model.engines import arithmetic, open_engine
from headway.model.outputs import EMBEDDING, output_width
from headway.model.prediction import Prediction, readable, to_prediction, to_result
from headway.model.targets import check_target
from headway.preparation import Transform
from headway.types import Quarantined, Reading

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from onnx import ModelProto

    from headway.backbones import BackboneInfo, FeatureEngine
    from headway.facts.fit import FitReport
    from headway.facts.predictions import PictureResult
    from headway.heads import Head
    from headway.types import Bands, FloatArray, Picture, Precision, ResizePolicy


@dataclass(frozen=True, eq=False, repr=False)
class Model:
    """A fitted classifier: backbone, head and calibration in one ONNX graph, and what is known of them.

    Made by `headway.fit` and `headway.load`. Several threads may use one at once, a forked process may go on using it,
    and copies and pickles of it work: ``docs/production.md``.

    Parameters
    ----------
    proto : onnx.ModelProto
        The graph, from ``images`` uint8 (N, size, size, 3) to ``probabilities`` (N, classes) and ``embedding`` (N, d).
        Where the features are hand-made, it begins at ``features`` float32 (N, d) instead.
    report : FitReport
        How the fit went, as ``headway fit --json`` prints it; that of a loaded model has no times, rates and paths.
    head : Head
        The head alone, from (n, m) features to (n, classes) logits.
    calibration : Calibration
        What makes probabilities of the logits.
    learned_from : str
        Digests of the images that it learned from: see `has_learned`.
    tested_on : str
        The same of those that it was tested on: see `was_tested_on`.
    transform : Transform
        From what the backbone gives, (n, D), to what the head reads.
    name : str
        What messages call it: the path of a loaded model.
    """

    proto: ModelProto
    report: FitReport
    head: Head
    calibration: Calibration
    learned_from: str = ""
    tested_on: str = ""
    transform: Transform = field(default_factory=Transform.identity)
    name: str = "the model"
    _engine: fork.PerProcess[FeatureEngine] = field(default_factory=fork.PerProcess, init=False)

    def __repr__(self) -> str:
        from headway.rendering import fit as rendering

        about = f"{len(self.classes)} classes, {self.head.kind} on {self.report.backbone.name}"
        return printable(f"<headway.Model: {about}, {rendering.accuracy(self.report)}>")

    def _repr_html_(self) -> str:
        from headway.rendering import pages
        from headway.rendering.html import html

        return html(pages.fit(self.report))

    @property
    def classes(self) -> tuple[str, ...]:
        """Names of the classes, in the order of the probabilities."""
        return self.report.classes

    @property
    def classes_(self) -> NDArray[np.str_]:
        """The same as scikit-learn's classifiers have them: an array (classes,) of str."""
        return np.array(self.classes)

    @property
    def size(self) -> int:
        """Height and width, in pixels, of the pictures that the graph takes."""
        return self.report.input.size

    @property
    def is_handmade(self) -> bool:
        """Whether the features are hand-made descriptors, which only Headway computes, and not a network's."""
        return self.report.backbone.kind == "descriptor"

    @property
    def width(self) -> int:
        """Length of the embedding: what the backbone gives, as visual words where it gives bags of descriptors."""
        return output_width(self.proto, EMBEDDING)

    @property
    def resize(self) -> ResizePolicy:
        """How a picture becomes a square of that size."""
        return self.report.input.resize

    @property
    def bands(self) -> Bands:
        """Which bands of a picture are read; empty for the usual ones."""
        return self.report.input.bands

    @property
    def reading(self) -> Reading:
        """How pictures are read: their bands, the values that become black and white, and by which policy."""
        given = self.report.input
        return Reading(given.bands, given.value_range, "keras" if given.is_as_keras else "headway")

    @property
    def precision(self) -> Precision:
        """Arithmetic of the network: as in training, or fp32 where this processor has no bf16."""
        return arithmetic(self.report.features.precision)

    @property
    def features(self) -> tuple[str, ...]:
        """Names of the backbone's outputs that the head reads, in its order."""
        return self.report.features.outputs

    @property
    def content(self) -> bytes:
        """The bytes of the model's file."""
        # No cached_property: on Python 3.11 it holds a lock, and a child that is forked meanwhile would wait for ever.
        if (content := self.__dict__.get("_content")) is None:
            images, vocabularies = (self.learned_from, self.tested_on), self.transform.vocabularies
            content = self.__dict__["_content"] = file.encode(self.proto, self.report, *images, vocabularies)
        return content

    @property
    def engine(self) -> FeatureEngine:
        """What computes the features, in this process; made when it is first asked for."""
        return self._engine.get(self._open_engine)

    def save(self, path: str | os.PathLike[str]) -> Path:
        """Write the model as one ONNX file, which appears whole or not at all.

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
        from headway.places import replacing

        with replacing(check_target(path)) as output:
            output.write(self.content)
        return Path(path)

    def warm_up(self) -> Model:
        """Make the engine of this process and run one picture through it, so that the first request does not wait.

        Returns
        -------
        Model
            The same one.

        Raises
        ------
        ModelError
            When the engine cannot be made.
        """
        self.predict(np.zeros((self.size, self.size, 3), np.uint8))
        return self

    def predict(self, pictures: Iterable[Picture] | Picture, *, top: int = 3) -> list[Prediction]:
        """Classify pictures.

        Parameters
        ----------
        pictures : one picture, or an iterable of them
            A picture is a path, the bytes of a file (also a bytearray or memoryview of them), a binary file open for
            reading, a PIL image, or an array (H, W), (H, W, 3) or (H, W, 4). A pandas Series or an array of paths is an
            iterable of them, and so is an array (n, H, W, 3).
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
            When the model computes something that is not a number.

        Examples
        --------
        >>> import headway
        >>> model = headway.fit(headway.demo.pictures(), headway.Recipe(backbone="tiny"))
        >>> import numpy as np
        >>> [prediction] = model.predict(np.zeros((40, 60, 3), np.uint8))
        >>> 0 < prediction.probability <= 1
        True
        """
        return list(map(readable, self.stream(pictures, top=top)))

    def predict_proba(self, pictures: Iterable[Picture] | Picture) -> FloatArray:
        """Return the calibrated probability of every class, as scikit-learn's classifiers do.

        Parameters
        ----------
        pictures : one picture, or an iterable of them
            See `predict`.

        Returns
        -------
        ndarray of float32, shape (n, classes)
            Columns are in the order of `classes_`.

        Raises
        ------
        PictureError
            When one of the pictures cannot be read; the message names it.

        Examples
        --------
        >>> import headway
        >>> model = headway.fit(headway.demo.pictures(), headway.Recipe(backbone="tiny"))
        >>> probabilities = model.predict_proba(np.zeros((40, 60, 3), np.uint8))
        >>> probabilities.shape, model.classes_[:2].tolist()
        ((1, 8), ['birds', 'desserts'])
        """
        rows = [readable(outcome) for _, outcome in self._probabilities(pictures)]
        return np.stack(rows) if rows else np.empty((0, len(self.classes)), np.float32)

    def stream(self, pictures: Iterable[Picture] | Picture, *, top: int = 3) -> Iterator[Prediction | Quarantined]:
        """Classify pictures as they come, in bounded memory.

        Parameters
        ----------
        pictures : one picture, or an iterable of them
            See `predict`; may be endless.
        top : int
            How many classes to name for each, at least 1.

        Yields
        ------
        Prediction or Quarantined
            One for each picture, in their order; the latter for one that cannot be read.
        """
        if not isinstance(top, Integral) or top < 1:
            raise UserError(f"top must be a whole number of at least 1, not {top!r}")
        classes, outcomes = self.classes, self._probabilities(pictures)
        return (
            outcome if isinstance(outcome, Quarantined) else to_prediction(name, outcome, classes, top)
            for name, outcome in outcomes
        )

    def results(self, pictures: Iterable[Picture] | Picture) -> Iterator[PictureResult]:
        """Classify pictures as they come, as rows with the probability of every class: ``headway predict --json``.

        Parameters
        ----------
        pictures : one picture, or an iterable of them
            See `predict`; may be endless.

        Yields
        ------
        PictureResult
            One for each picture, in their order; with a ``reason`` for one that cannot be read.
        """
        classes, outcomes = self.classes, self._probabilities(pictures)
        return (to_result(name, outcome, classes) for name, outcome in outcomes)

    def _probabilities(self, pictures: Iterable[Picture] | Picture) -> Iterator[tuple[str, FloatArray | Quarantined]]:
        """Return the names of pictures and the probabilities (classes,) of each."""
        from headway.model.streaming import probabilities  # what reads pictures is imported while the engine is made

        return probabilities(
            pictures, lambda: self.engine, self._classify, size=self.size, resize=self.resize, reading=self.reading
        )

    def _classify(self, features: FloatArray) -> FloatArray:
        probabilities: FloatArray = self.calibration.probabilities(self.logits(features[np.newaxis]))[0]
        return probabilities

    def logits(self, features: FloatArray) -> FloatArray:
        """Return logits, float32 (n, classes), of what the backbone gives, float32 (n, D).

        Raises
        ------
        RunError
            When they are not finite, as only those of a hostile model are.
        """
        with np.errstate(all="ignore"):  # an overflow is an error below
            logits = self.head.logits(self.transform.apply(features))
        if not np.isfinite(logits).all():
            raise RunError(f"{self.name} computes numbers that are not finite: fit it again")
        return logits

    def has_learned(self, digests: Sequence[bytes]) -> NDArray[np.bool_]:
        """Return which contents, by their SHA-256, the model learned from, bool (n,)."""
        return learned.contains(self.learned_from, digests)

    def was_tested_on(self, digests: Sequence[bytes]) -> NDArray[np.bool_]:
        """Return which contents, by their SHA-256, the model was tested on, bool (n,)."""
        return learned.contains(self.tested_on, digests)

    def _open_engine(self) -> FeatureEngine:
        source = self.backbone() if self.is_handmade else self.content
        width = self.width + sum(one.count - len(one.words) for one in self.transform.vocabularies)
        return open_engine(self.name, source, self.features, self.precision, width)

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
        claimed = self.report.backbone
        if self.is_handmade:
            from headway.backbones import handmade

            try:
                return handmade.info(claimed.name, self.size)
            except UnknownNameError as error:
                needed = f"{self.name} needs hand-made features {claimed.name!r}"
                raise ModelError(f"{needed}: pip install -U headway") from error
        info = backbones.find_claimed(claimed.name, self.size, claimed.sha256, cache)
        if info is not None and self._is_composed_of(backbones.read(info, cache)):
            return info
        return backbones.BackboneInfo.of_model(self.content, {EMBEDDING: self.width}, self.size)

    def caveat(self, backbone: BackboneInfo) -> str | None:
        """Return a warning if hand-made features of `backbone` are not computed as they were for this model."""
        if not self.is_handmade or backbone.sha256 == self.report.backbone.sha256:
            return None
        return (
            f"{self.name} was fitted with other versions of the libraries that compute {backbone.name}: "
            "its probabilities may differ from those it was tested with; fit it again to be sure"
        )

    def _is_composed_of(self, network: bytes) -> bool:
        try:
            columns, width = self.transform.columns, self.width
            own = graph.compose(network, self.features, self.head, self.calibration, columns=columns, width=width)
        except ModelError:
            return False
        return bool(own.graph == self.proto.graph)
