"""What was read, and how it was divided."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal, TypeAlias

from headway.facts.fixes import Fixes
from headway.types import Quarantined

Layout: TypeAlias = Literal["class-folders", "file-names", "table", "frame", "list", "features", "several", "objects"]
Rule: TypeAlias = Literal["number-before-underscore", "word-before-number", "pattern"]


@dataclass(frozen=True)
class Imbalance:
    """Classes of very unequal size.

    Parameters
    ----------
    largest, smallest : str
        Name of the class.
    largest_count, smallest_count : int
        How many pictures it has in training and validation, which is what is learned from.
    balance : {"none", "weights", "undersample", "oversample", "smote"}
        What is done about it: the recipe's ``balance``.
    remedy : {"weights", "undersample", "smote"}
        What may be done about it, by what is trained and by the smallest class in training: weights for a network; to
        cut the larger classes to its size where it is large enough, and otherwise to fill it up.
    """

    largest: str
    smallest: str
    largest_count: int
    smallest_count: int
    balance: Literal["none", "weights", "undersample", "oversample", "smote"]
    remedy: Literal["weights", "undersample", "smote"] = "weights"


@dataclass(frozen=True)
class Overlap:
    """Pictures of a given split that are not new to what they are to judge: their score is too good.

    Parameters
    ----------
    part : {"validation", "test"}
        The part that is judged.
    among : tuple of str
        The parts that they are also in.
    by : {"content", "group"}
        Whether the very content is there, too, or other pictures of its group.
    count : int
        How many pictures of the part these are.
    """

    part: Literal["validation", "test"]
    among: tuple[str, ...]
    by: Literal["content", "group"]
    count: int


@dataclass(frozen=True)
class Contradiction:
    """The same content under several labels.

    Parameters
    ----------
    files : tuple of str
        One file of each label.
    labels : tuple of str
        Their labels.
    """

    files: tuple[str, ...]
    labels: tuple[str, ...]


@dataclass(frozen=True)
class OneColour:
    """Pictures of one colour only, which nothing can be learned from.

    Parameters
    ----------
    count : int
        How many there are.
    files : tuple of str
        The first of them; none in a model's file, which holds no paths.
    """

    count: int
    files: tuple[str, ...]


@dataclass(frozen=True)
class Uneven:
    """A class of which a part has clearly more or fewer pictures than was asked, because groups stay whole.

    Parameters
    ----------
    label : str
        The class.
    part : {"validation", "test"}
        The part.
    share : float
        Which part of the class it has, from 0 to 1.
    wanted : float
        Which part of every class was asked.
    """

    label: str
    part: Literal["validation", "test"]
    share: float
    wanted: float


@dataclass(frozen=True)
class Division:
    """How the pictures were split.

    Parameters
    ----------
    kind : {"stratified", "given", "validation-as-test", "none"}
        At random by class; as the data set says; the same, with its validation part as the test; or no test at all.
    train, validation, test : int
        How many pictures the part has.
    test_fraction : float or None
        Part that was to be held back for the test; None for a given split.
    seed : int or None
        Of the split; None for a given one.
    grouped : bool
        Whether groups or identical files were kept whole.
    uneven : tuple of Uneven
        What that left unequal.
    """

    kind: Literal["stratified", "given", "validation-as-test", "none"]
    train: int
    validation: int
    test: int
    test_fraction: float | None = None
    seed: int | None = None
    grouped: bool = False
    uneven: tuple[Uneven, ...] = ()


@dataclass(frozen=True)
class LeftOut:
    """Pictures that were left out because of what lies around them.

    Parameters
    ----------
    folder : str
        Their folder: its path below the data set, or its name where there are several; ``"*_mask.*"`` for files; or
        the table that lists them.
    why : {"annotations", "copy", "no-labels", "no-split", "table"}
        They annotate other pictures; the folder repeats others; it has no labels where others have; it names no split
        where others do; the table names none where others do.
    pictures : int
        How many.
    """

    folder: str
    why: Literal["annotations", "copy", "no-labels", "no-split", "table"]
    pictures: int


@dataclass(frozen=True)
class FoundGroups:
    """Groups that the names of files or the times of photographs tell.

    Parameters
    ----------
    by : {"words", "counters", "copies", "times"}
        A word with a number (``patient12_slice3``); numbers that begin anew (``S01_0005``); names of copies
        (``IMG_0012 (1)``); or bursts, by the EXIF times of one camera.
    example : str
        Name of a group of several pictures.
    file : str
        Path of a file in it, below the folder that all lie in.
    groups : int
        How many groups have several pictures.
    smallest, largest : int
        How many pictures the smallest and the largest of these have.
    pictures : int
        How many pictures these have together.
    pattern : str or None
        A regular expression that finds the groups, for ``--group-pattern``; None where names do not tell them.
    used : bool
        Whether they are the groups of the data set, or the evidence was too weak to use them unasked.
    """

    by: Literal["words", "counters", "copies", "times"]
    example: str
    file: str
    groups: int
    smallest: int
    largest: int
    pictures: int
    pattern: str | None = None
    used: bool = True


@dataclass(frozen=True)
class UnreadTable:
    """A table that lies beside the pictures and was not read.

    Parameters
    ----------
    name : str
        Its path below the data set.
    reason : str
        Why not.
    """

    name: str
    reason: str


@dataclass(frozen=True)
class Source:
    """What was read, and how its labels were found.

    Parameters
    ----------
    layout : {"class-folders", "file-names", "table", "frame", "list", "features", "several", "objects"}
        A folder for each class, labels in file names, a table, a DataFrame, a list, a file of features, several sources
        read as one, or objects of which nothing else is known.
    name : str or None
        The folder or file, as it was given; None for objects in memory and for several sources.
    pictures : int
        How many pictures; changed copies of them do not count.
    classes : int
        How many classes; 0 where there are no labels.
    splits : mapping of str to int
        Pictures of each given split; empty where all are for training.
    splits_from : {"folders", "class-subfolders", "tables", "column", "argument", "older"} or None
        What names the splits: folders around the class folders, folders in them, tables, a column, the caller, or an
        older division (``--split-from``); None where nothing does.
    split_folders : tuple of str
        Folders or tables that name splits.
    class_like_splits : tuple of str
        Folders that could name a split and were read as classes.
    rule : {"number-before-underscore", "word-before-number", "pattern"} or None
        How a file's name tells the label; None where it does not.
    label_pattern : str or None
        The regular expression of the rule ``"pattern"``.
    columns : mapping of str to str
        Column of a table for each role: ``"path"``, ``"label"``, ``"split"``, ``"group"``; several of true and false
        that together name the splits are divided by commas.
    one_hot : tuple of str
        Columns of a table that are one for each class; they stand for the role ``"label"``.
    guessed_columns : tuple of {"path", "label", "split"}
        Roles whose column was chosen by its values: neither is it named by the user, nor is its name usual.
    ignored_split_column : str or None
        A column that is named like a split and names none.
    ignored_group_column : str or None
        A column that is named like a group, and has so few values that it describes the pictures.
    ignored_group_values : int
        How many values that column has.
    looked_up : int
        Pictures of a table that are not at the paths that it gives, and were found by their names.
    looked_up_in : str or None
        The folder that holds all of these, below the table's or the one of the pictures; None where it is that one.
    left_out_folder : str or None
        What was left out at the beginning of such paths; of the first, where they differ.
    groups_from : {"column", "folders", "pattern", "argument", "names", "times"} or None
        What names the groups: a column, folders that store pictures, the ``group_pattern`` or ``label_pattern``, the
        caller, names of files as they were found, or times of photographs; None where there are none.
    backbone : str or None
        Of a file of features: what they were computed with.
    copies : int
        Of a file of features: how many of its rows are changed copies of training pictures.
    parts : tuple of Source
        The sources that were read as one.
    inside : str
        Folder below ``name`` that everything was found in, with ``/`` between its parts; empty for ``name`` itself.
    storage_folders : tuple of str
        Folders that store the pictures and say nothing of them, such as ``batch_1``.
    subfolders : int
        Folders with pictures below the class folders; they count to their class.
    left_out : tuple of LeftOut
        Pictures that were left out because of what lies around them.
    unread_tables : tuple of UnreadTable
        Tables that lie beside the pictures and were not read.
    unused_columns : tuple of str
        Columns of the table that nothing was taken from.
    folder_classes : tuple of str
        What the folders around the pictures of a table are called, where these may be classes and the table says other
        things; the first of them.
    archive : str or None
        The archive that was unpacked, as it was given; ``name`` is then in the cache. None where there was none.
    older : str or None
        The model, folder or table with an older division that is kept.
    new : int
        Pictures that it does not have.
    fixes : Fixes or None
        What was done by a list of fixes (``--fixes``); the counts above are those afterwards. None without one.
    found_groups : FoundGroups or None
        Groups that names of files or times of photographs tell; None where they tell none, or were not asked.
    sampled_from : int
        Pictures of the feature data set that these are a sample of; 0 where they are all.
    """

    layout: Layout
    name: str | None
    pictures: int
    classes: int
    splits: Mapping[str, int] = field(default_factory=dict)
    splits_from: Literal["folders", "class-subfolders", "tables", "column", "argument", "older"] | None = None
    split_folders: tuple[str, ...] = ()
    class_like_splits: tuple[str, ...] = ()
    rule: Rule | None = None
    label_pattern: str | None = None
    columns: Mapping[str, str] = field(default_factory=dict)
    one_hot: tuple[str, ...] = ()
    guessed_columns: tuple[Literal["path", "label", "split"], ...] = ()
    ignored_split_column: str | None = None
    ignored_group_column: str | None = None
    ignored_group_values: int = 0
    looked_up: int = 0
    looked_up_in: str | None = None
    left_out_folder: str | None = None
    groups_from: Literal["column", "folders", "pattern", "argument", "names", "times"] | None = None
    backbone: str | None = None
    copies: int = 0
    parts: tuple[Source, ...] = ()
    inside: str = ""
    storage_folders: tuple[str, ...] = ()
    subfolders: int = 0
    left_out: tuple[LeftOut, ...] = ()
    unread_tables: tuple[UnreadTable, ...] = ()
    unused_columns: tuple[str, ...] = ()
    folder_classes: tuple[str, ...] = ()
    archive: str | None = None
    older: str | None = None
    new: int = 0
    fixes: Fixes | None = None
    found_groups: FoundGroups | None = None
    sampled_from: int = 0


@dataclass(frozen=True)
class Unpacked:
    """An archive that is unpacked into the cache.

    Parameters
    ----------
    archive : str
        The archive, as it was given.
    folder : str
        Where its files are.
    files : int
        How many files were written.
    bytes : int
        How many bytes these are.
    skipped : mapping of str to int
        Why members of the archive were not written, and how many.
    """

    archive: str
    folder: str
    files: int
    bytes: int
    skipped: Mapping[str, int]


@dataclass(frozen=True)
class Data:
    """The pictures that a classifier was fitted on.

    Parameters
    ----------
    source : Source or None
        What was read, and how; None in a model's file.
    n : int
        Pictures that could be read.
    counts : mapping of str to int
        Pictures of each class.
    majority : str
        The most frequent class of those that were learned from.
    skipped : mapping of str to int
        Why files were skipped, and how many.
    unreadable : int
        Pictures that could not be read.
    quarantined : tuple of Quarantined
        The pictures that could not be read, with reasons; none in a model's file, which holds no paths.
    division : Division
        How the pictures were split.
    imbalance : Imbalance or None
        Classes of very unequal size; None where they are of similar size.
    overlaps : tuple of Overlap
        Why the scores may be too good.
    fingerprint : str
        SHA-256, in hexadecimal, of the contents and labels, whatever the names and order of the pictures.
    contradicting : int
        Contents that are under several labels.
    contradictions : tuple of Contradiction
        The first of them; none in a model's file, which holds no paths.
    class_names : mapping of str to str
        The class of each name that stands in the data, a number for instance, where the recipe or ``--class-names``
        said so; empty where the names are as they were found. By it `evaluate` knows them in other data.
    one_colour : OneColour or None
        Pictures in which nothing is to be seen; None where there are none, or where pixels were not looked at.
    repeated : int
        Pictures that repeat the content of another: identical files.
    by_part : mapping of str to mapping of str to int
        Pictures of each class in each part that has pictures: ``"train"``, ``"validation"``, ``"test"``; empty in the
        file of a model that an older Headway saved.
    """

    source: Source | None
    n: int
    counts: Mapping[str, int]
    majority: str
    skipped: Mapping[str, int]
    unreadable: int
    quarantined: tuple[Quarantined, ...]
    division: Division
    imbalance: Imbalance | None
    overlaps: tuple[Overlap, ...]
    fingerprint: str
    contradicting: int = 0
    contradictions: tuple[Contradiction, ...] = ()
    class_names: Mapping[str, str] = field(default_factory=dict)
    one_colour: OneColour | None = None
    repeated: int = 0
    by_part: Mapping[str, Mapping[str, int]] = field(default_factory=dict)
