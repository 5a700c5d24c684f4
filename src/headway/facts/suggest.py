"""What to label next: pictures of a pool without labels, the most useful first."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from headway.facts.data import Source
from headway.types import Quarantined


@dataclass(frozen=True)
class Suggestion:
    """A picture that is worth labelling.

    Parameters
    ----------
    rank : int
        From 1, the most useful first.
    path : str
        The file.
    stands_for : int
        Pictures of the pool in its cluster, itself among them: they look like it and, where there is a model, are
        uncertain, too.
    predicted_class : str or None
        The most probable class; None without a model.
    probability : float or None
        Of that class, calibrated.
    second_class : str or None
        The next most probable class.
    margin : float or None
        By how much the first is more probable than the second: the less, the less certain the model is.
    """

    rank: int
    path: str
    stands_for: int
    predicted_class: str | None = None
    probability: float | None = None
    second_class: str | None = None
    margin: float | None = None


@dataclass(frozen=True, kw_only=True)
class SuggestReport:
    """Which pictures to label next, and what they were chosen from.

    Parameters
    ----------
    schema : int
        Number of this form.
    headway : str
        Version of Headway that made it.
    source : Source
        What was read.
    model : str or None
        The model whose uncertainty decides; None where what stands for the whole pool was looked for.
    backbone : str
        What the features come from.
    wanted : int
        How many pictures were asked for.
    pool : int
        How many there were to choose from: those that could be read, without copies and what the model knows.
    copies : int
        Pictures with the very same content as another, left out.
    known : int
        Pictures that the model learned from or was tested on, left out.
    suggestions : tuple of Suggestion
        The most useful first; fewer than were asked for where there are not as many that differ.
    quarantined : tuple of Quarantined
        Pictures that could not be read.
    seed : int
        Of the clusters.
    written : {"table", "links"} or None
        A table of them, or a folder of links to them; None where neither was asked for.
    target : str or None
        That table or folder.
    """

    schema: int = 1
    headway: str
    source: Source
    model: str | None
    backbone: str
    wanted: int
    pool: int
    copies: int
    known: int
    suggestions: tuple[Suggestion, ...]
    quarantined: tuple[Quarantined, ...]
    seed: int
    written: Literal["table", "links"] | None = None
    target: str | None = None
