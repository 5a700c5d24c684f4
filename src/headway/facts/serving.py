"""What a server answers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from headway.facts.predictions import PredictionLine

SCHEMA = 1
"""Version of these documents."""


@dataclass(frozen=True)
class Predictions:
    """The answer to ``POST /v1/predict``.

    Parameters
    ----------
    model : str
        Name of the model that answered.
    predictions : tuple of PredictionLine
        One for each picture, in their order, as ``headway predict --json`` prints it.
    schema : int
        Version of this format.
    """

    model: str
    predictions: tuple[PredictionLine, ...]
    schema: int = SCHEMA


@dataclass(frozen=True)
class ServedModel:
    """A model that is served.

    Parameters
    ----------
    name : str
        What requests call it.
    is_default : bool
        Whether it answers where none is named.
    classes : tuple of str
        In the order of the probabilities.
    backbone : str
        Name of the network that it is built on.
    head : str
        Kind of the head.
    accuracy : float or None
        As it was measured when the model was made, from 0 to 1.
    trouble : {"gone", "refused"} or None
        Why it is not the model that its file holds now: the file is gone, or what is in it cannot be served.
    """

    name: str
    is_default: bool
    classes: tuple[str, ...]
    backbone: str
    head: str
    accuracy: float | None
    trouble: Literal["gone", "refused"] | None = None


@dataclass(frozen=True)
class ServedModels:
    """The answer to ``GET /v1/models``.

    Parameters
    ----------
    models : tuple of ServedModel
        The default one first.
    schema : int
        Version of this format.
    """

    models: tuple[ServedModel, ...]
    schema: int = SCHEMA


@dataclass(frozen=True)
class Failure:
    """What is wrong with a request.

    Parameters
    ----------
    code : str
        For programs: words with hyphens.
    message : str
        For people, in one line.
    """

    code: str
    message: str


@dataclass(frozen=True)
class Failed:
    """The answer to a request that failed.

    Parameters
    ----------
    error : Failure
        What is wrong.
    """

    error: Failure
