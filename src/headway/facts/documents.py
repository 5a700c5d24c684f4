"""The documents that commands print with ``--json``, besides those that have a module of their own."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from headway.facts.data import Contradiction, OneColour, Source, Uneven
from headway.facts.fit import FitReport
from headway.facts.scores import Scores
from headway.types import Quarantined


@dataclass(frozen=True)
class Example:
    """One picture, as it was understood.

    Parameters
    ----------
    path : str
        Its file.
    label : str or None
        Its class; None without a label.
    split : {"train", "validation", "test"} or None
        The split that the data set gives; None where it gives none.
    group : str or None
        The name of its group; None where it is of none.
    """

    path: str
    label: str | None
    split: Literal["train", "validation", "test"] | None = None
    group: str | None = None


@dataclass(frozen=True)
class Copies:
    """Files with the very same content.

    Parameters
    ----------
    files : tuple of Example
        The first of them.
    count : int
        How many there are.
    """

    files: tuple[Example, ...]
    count: int


@dataclass(frozen=True, kw_only=True)
class ReadReport:
    """What was understood of a data set, before anything is computed.

    Parameters
    ----------
    schema : int
        Number of this form.
    source : Source
        What was read, and how.
    counts : mapping of str to mapping of str to int
        Pictures of each class by given split; under ``"pictures"`` where there are no splits.
    unlabelled : int
        Pictures without a label.
    groups : int or None
        How many groups; None where there are none.
    largest_group : int or None
        How many pictures the largest one has.
    examples : tuple of Example
        A few pictures, from all over the data set.
    skipped : mapping of str to int
        Why files were skipped, and how many.
    contradicting : int
        Contents that are under several labels.
    contradictions : tuple of Contradiction
        The first of them.
    copies : tuple of Copies
        The same content several times under one label; the first of them.
    copied : int
        Pictures that repeat the content of another.
    across_splits : int
        Contents that are in several given splits.
    alike_classes : tuple of str
        Classes whose names differ from others in capitals and spaces only.
    measured : bool
        Whether the labels are numbers that were measured rather than classes: `fit` refuses them.
    """

    schema: int = 1
    source: Source
    counts: Mapping[str, Mapping[str, int]]
    unlabelled: int
    groups: int | None
    largest_group: int | None
    examples: tuple[Example, ...]
    skipped: Mapping[str, int]
    contradicting: int
    contradictions: tuple[Contradiction, ...]
    copies: tuple[Copies, ...]
    copied: int
    across_splits: int
    alike_classes: tuple[str, ...]
    measured: bool


@dataclass(frozen=True, kw_only=True)
class SplitReport:
    """How pictures were divided, and where that was written.

    Parameters
    ----------
    schema : int
        Number of this form.
    source : Source
        What was read, and how.
    counts : mapping of str to mapping of str to int
        Pictures of each class in each part: ``"train"``, ``"validation"``, ``"test"``; without parts of none.
    seed : int
        Of the division.
    grouped : bool
        Whether groups or identical files were kept whole.
    uneven : tuple of Uneven
        What that left unequal.
    skipped : mapping of str to int
        Why files were skipped, and how many.
    quarantined : tuple of Quarantined
        Pictures that could not be read, and are in no part.
    written : {"copies", "links", "table"}
        A folder of copies or of hard links, or a table.
    target : str
        That folder or table.
    """

    schema: int = 1
    source: Source
    counts: Mapping[str, Mapping[str, int]]
    seed: int
    grouped: bool
    uneven: tuple[Uneven, ...] = ()
    skipped: Mapping[str, int]
    quarantined: tuple[Quarantined, ...]
    written: Literal["copies", "links", "table"]
    target: str


@dataclass(frozen=True, kw_only=True)
class EvaluationReport:
    """How a model scores on labelled pictures.

    Parameters
    ----------
    schema : int
        Number of this form.
    model : str
        The model's file.
    source : Source
        What was read, and how.
    classes : tuple of str
        Names of the classes, in the order of the model's probabilities.
    class_names : mapping of str to str
        The class of each name that stands in the data, as the model's fit named them; empty where they match as they
        are.
    unknown : mapping of str to int
        Pictures of each class that was left out because the model, or one of two, does not know it; empty unless that
        was asked for.
    scores : Scores
        Of the pictures that could be read.
    quarantined : tuple of Quarantined
        Pictures that could not be read.
    value_range : tuple of float
        Of more than 8 bits, the value that becomes black and the one that becomes white; empty for what formats say.
    suggested_range : tuple of float or None
        What the pictures themselves suggest in its place, empty for what formats say, where that is far from it; None
        where it is near, or where they have 8 bits.
    """

    schema: int = 1
    model: str
    source: Source
    classes: tuple[str, ...]
    class_names: Mapping[str, str]
    unknown: Mapping[str, int]
    scores: Scores
    quarantined: tuple[Quarantined, ...]
    value_range: tuple[float, ...] = ()
    suggested_range: tuple[float, ...] | None = None


@dataclass(frozen=True)
class PairedTest:
    """Two models on the same pictures: McNemar's test (1947), mid-p (Fagerland, Lydersen and Laake 2013).

    Parameters
    ----------
    n : int
        Pictures that both were scored on.
    only_first, only_second : int
        How many of them only this model predicts rightly.
    p : float
        How likely a difference as large is by chance, from 0 to 1.
    """

    n: int
    only_first: int
    only_second: int
    p: float


@dataclass(frozen=True, kw_only=True)
class PairReport:
    """Two models on the same labelled pictures.

    Parameters
    ----------
    schema : int
        Number of this form.
    models : tuple of EvaluationReport
        How the first scores, and how the second.
    paired : PairedTest
        Whether one is better beyond chance.
    """

    schema: int = 1
    models: tuple[EvaluationReport, EvaluationReport]
    paired: PairedTest


@dataclass(frozen=True)
class Tensor:
    """An input or output of a model's graph.

    Parameters
    ----------
    name : str
        As ONNX Runtime wants it.
    dtype : str
        ``"uint8"`` or ``"float32"``.
    shape : tuple of str or int
        Each dimension: its length, or a name where it is free.
    """

    name: str
    dtype: str
    shape: tuple[str | int, ...]


@dataclass(frozen=True, kw_only=True)
class ModelReport:
    """What a model's file says of itself.

    Parameters
    ----------
    schema : int
        Number of this form.
    model : str
        The file.
    bytes : int
        Size of the file.
    format : int
        Version of the file's form.
    inputs, outputs : tuple of Tensor
        Of the graph.
    report : FitReport
        The facts of its fit, without times, rates and paths.
    """

    schema: int = 1
    model: str
    bytes: int
    format: int
    inputs: tuple[Tensor, ...]
    outputs: tuple[Tensor, ...]
    report: FitReport


@dataclass(frozen=True, kw_only=True)
class EmbedReport:
    """Features that were computed, and where they were written.

    Parameters
    ----------
    schema : int
        Number of this form.
    source : Source
        What was read, and how.
    n : int
        Pictures that could be read.
    skipped : mapping of str to int
        Why files were skipped, and how many.
    quarantined : tuple of Quarantined
        Pictures that could not be read.
    backbone : str
        What computed the features.
    precision : {"fp32", "bf16"}
        In which arithmetic.
    dims : mapping of str to int
        Length of each output, by name.
    computed : int
        Pictures whose features were computed in this run.
    cached : int
        Pictures whose features were stored before.
    images_per_s : float or None
        Rate of those computed; None if none was.
    file : str or None
        The file that was written; None where none was asked for.
    one_colour : OneColour or None
        Pictures in which nothing is to be seen; None where there are none.
    value_range : tuple of float
        Of more than 8 bits, the value that becomes black and the one that becomes white; empty for what formats say.
    copies : int
        Changed copies of training pictures that were written, too.
    """

    schema: int = 1
    source: Source
    n: int
    skipped: Mapping[str, int]
    quarantined: tuple[Quarantined, ...]
    backbone: str
    precision: Literal["fp32", "bf16"]
    dims: Mapping[str, int]
    computed: int
    cached: int
    images_per_s: float | None
    file: str | None
    one_colour: OneColour | None
    value_range: tuple[float, ...] = ()
    copies: int = 0
