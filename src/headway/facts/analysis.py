"""What an analysis of features found out: the document of ``headway features --json``."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, TypeAlias

from headway.facts.data import Source
from headway.types import Precision, Quarantined, ResizePolicy

Verdict: TypeAlias = Literal["constant", "near-constant", "repeats another", "no information shown", "good"]
"""What is wrong with a feature: the first that fits."""

ENOUGH_PICTURES = 50  # of a class: for 5 in each cell of a table of 10 bins by classes


@dataclass(frozen=True)
class AnalysedData:
    """The images whose features were analysed.

    Parameters
    ----------
    source : Source
        What was read, and how.
    n : int
        Images that were analysed: all that could be read, or as many as memory allows.
    readable : int
        Images that could be read.
    classes : tuple of str
        Names of the classes.
    n_classes : int
        Classes that the analysed images are of; 0 where none has a label, and then nothing is said about classes.
    quarantined : tuple of Quarantined
        Images that could not be read.
    """

    source: Source
    n: int
    readable: int
    classes: tuple[str, ...]
    n_classes: int
    quarantined: tuple[Quarantined, ...]


@dataclass(frozen=True)
class AnalysedFeatures:
    """Where the features come from.

    Parameters
    ----------
    backbone : str
        Name of what computed the features.
    precision : {"fp32", "bf16"}
        In which arithmetic.
    resize : {"crop", "squash", "letterbox"}
        How an image becomes a square.
    bands : tuple of int
        Which bands of an image are read, from 1; empty for the usual ones.
    n : int
        How many features an image has.
    computed, cached : int
        Images computed in this run, and known before.
    value_range : tuple of float
        Of more than 8 bits, the value that becomes black and the one that becomes white; empty for what formats say.
    """

    backbone: str
    precision: Precision
    resize: ResizePolicy
    bands: tuple[int, ...]
    n: int
    computed: int
    cached: int
    value_range: tuple[float, ...] = ()


@dataclass(frozen=True)
class Limits:
    """From where on a feature is bad.

    Parameters
    ----------
    spread : float
        Standard deviation below which a feature is near-constant, as a part of the median one of its output.
    correlation : float
        Absolute correlation from which on a feature repeats another.
    false_discovery_rate : float
        Rate above which a feature shows no information about the class.
    """

    spread: float = 0.01
    correlation: float = 0.95
    false_discovery_rate: float = 0.05


@dataclass(frozen=True)
class OutputAnalysis:
    """The features of one output of the backbone.

    Parameters
    ----------
    features : int
        How many features.
    verdicts : mapping of str to int
        How many of them got each verdict; without labels, "no information shown" is left out.
    effective_rank : float
        Of these features alone.
    """

    features: int
    verdicts: Mapping[Verdict, int]
    effective_rank: float


@dataclass(frozen=True)
class Sampled:
    """Images, drawn at random where there are many, that each part of the analysis was computed from.

    Parameters
    ----------
    correlation, effective_rank, map : int
        How many images.
    mutual_information : int, optional
        How many images; None without labels.
    """

    correlation: int
    mutual_information: int | None
    effective_rank: int
    map: int


@dataclass(frozen=True, kw_only=True)
class AnalysisReport:
    """Which features are of use. All labels were looked at, those of test images too.

    Parameters
    ----------
    schema : int
        Number of this form.
    data : AnalysedData
        The images.
    features : AnalysedFeatures
        Where the features come from.
    limits : Limits
        From where on a feature is bad.
    verdicts : mapping of str to int
        How many features got each verdict; without labels, "no information shown" is left out.
    outputs : mapping of str to OutputAnalysis
        By output of the backbone.
    few_pictures : bool
        Whether there are so few images of a class, on average, that information may not show; None without labels.
    effective_rank : float
        The exponential of the entropy of the singular values (Roy and Vetterli 2007).
    directions : int
        How many directions there can be: no more than features, and one fewer than images.
    participation_ratio : float
        The squared sum of the variances by the sum of their squares.
    directions_90 : int
        Principal directions that hold 90 % of the variance.
    sampled : Sampled
        Images that each part was computed from.
    best : tuple of str
        Features that say most about the class and repeat no other, the best first, at most 8; none without labels.
    files : tuple of str
        The files that were written.
    """

    schema: int = 1
    data: AnalysedData
    features: AnalysedFeatures
    limits: Limits
    verdicts: Mapping[Verdict, int]
    outputs: Mapping[str, OutputAnalysis]
    few_pictures: bool | None
    effective_rank: float
    directions: int
    participation_ratio: float
    directions_90: int
    sampled: Sampled
    best: tuple[str, ...]
    files: tuple[str, ...] = ()
