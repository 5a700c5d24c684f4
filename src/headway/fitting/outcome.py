"""What was learnt, and what a fit gives back."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from headway.backbones import BackboneInfo
    from headway.fitting.division import Division
    from headway.heads import Head
    from headway.model import Model
    from headway.preparation import Transform
    from headway.types import FloatArray, IntArray, Precision


@dataclass(frozen=True, eq=False)
class OutOfFold:
    """Predictions of pictures by heads that had not seen them.

    Parameters
    ----------
    rows : int64 array (m,)
        Positions in the division's data set.
    fold : int64 array (m,)
        In which fold each was held out.
    logits : float32 array (m, classes)
        Divided by the temperature.
    """

    rows: IntArray
    fold: IntArray
    logits: FloatArray


@dataclass(frozen=True, eq=False)
class Learnt:
    """A classifier before it is tested.

    Parameters
    ----------
    info : BackboneInfo
        What its features come from.
    network : bytes or None
        The ONNX file of that, None for hand-made descriptors.
    outputs : tuple of str
        The outputs that the head reads.
    precision : {"fp32", "bf16"}
        Arithmetic of the network.
    transform : Transform
        From these outputs to what the head reads.
    head : Head
    temperature : float
        What logits are divided by.
    test_logits : float32 array (t, classes)
        Of the test pictures, not divided by it.
    about_features, about_head : mapping
        Parts of the report.
    cross_validation : mapping or None
        How the procedure scores on pictures that it did not see.
    out_of_fold : OutOfFold or None
        What that score is made of, where a paired comparison can use it.
    training : mapping or None
        How the training of a network, or of a published network's head, went.
    tried : mapping or None
        What fine-tuning was weighed against, where the recipe leaves that to the measurement.
    """

    info: BackboneInfo
    network: bytes | None
    outputs: tuple[str, ...]
    precision: Precision
    transform: Transform
    head: Head
    temperature: float
    test_logits: FloatArray
    about_features: Mapping[str, Any]
    about_head: Mapping[str, Any]
    cross_validation: Mapping[str, Any] | None = None
    out_of_fold: OutOfFold | None = None
    training: Mapping[str, Any] | None = None
    tried: Mapping[str, Any] | None = None


@dataclass(frozen=True, eq=False)
class Fitted:
    """A model, and the predictions that its scores are made of.

    Parameters
    ----------
    model : Model
    division : Division
        The pictures that could be read, and how they were split.
    test_logits : float32 array (t, classes)
        Of the test pictures, in the order of ``division.parts.test``, divided by the temperature.
    out_of_fold : OutOfFold or None
        None for a network that was trained.
    """

    model: Model
    division: Division
    test_logits: FloatArray = field(repr=False)
    out_of_fold: OutOfFold | None = field(default=None, repr=False)

    @property
    def report(self) -> Mapping[str, Any]:
        """How the fit went, as ``headway fit --json`` prints it."""
        return self.model.report
