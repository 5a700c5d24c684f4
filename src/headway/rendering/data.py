"""What was read, and how it was divided, in words."""

from __future__ import annotations

import os
import shlex
from collections.abc import Mapping, Sequence

from headway.facts.data import (
    Contradiction,
    Data,
    Division,
    Imbalance,
    OneColour,
    Overlap,
    Source,
    Uneven,
    Unpacked,
)
from headway.ranges import BITS, bits_of, of_bits
from headway.rendering.blocks import Table, table
from headway.rendering.words import megabytes, plural, some

_SHOWN = 3  # examples

_RULES = {
    "number-before-underscore": "the number before the underscore",
    "word-before-number": "the word before the dot and the number",
}

REGRESSION = (
    "to predict numbers is a regression problem, and Headway learns classes only: `headway embed` writes features "
    "(-o features.parquet) for a regression of your own; for classes, give ranges of the numbers names"
)


def source(fact: Source) -> str:
    """Say in one line what was read.

    Examples
    --------
    >>> source(Source("class-folders", "photos", 3, 2, class_like_splits=("test",)))
    "folder per class: 3 pictures in 2 classes; the folder 'test' is read as a class"
    >>> source(Source("class-folders", "/cache/0f", 3, 2, archive="photos.zip"))
    "folder per class in 'photos.zip': 3 pictures in 2 classes"
    """
    counts = _counts(fact)
    if fact.layout == "objects":
        return counts
    if fact.layout == "features":
        file = os.path.basename(fact.name or "")
        copies = f", with {plural(fact.copies, 'changed copy', 'changed copies')} to learn from" if fact.copies else ""
        return f"{file}: {fact.backbone} for {plural(fact.pictures, 'picture')} in {_classes(fact)}{copies}"
    if fact.sampled_from:
        return sampled(fact)
    if fact.layout == "several":
        parts = "; ".join(
            source(part) if part.name is None or part.archive else f"{part.name!r}, {source(part)}"
            for part in fact.parts
        )
        return f"{len(fact.parts)} sources: {counts} ({parts})"
    place = f" in {fact.archive!r}" if fact.archive else ""
    return f"{_way(fact)}{place}: {counts}{_remark(fact)}"


def sampled(fact: Source) -> str:
    """Say that some pictures stand for all of a feature data set.

    Examples
    --------
    >>> sampled(Source("list", "features", 10_000, 100, sampled_from=1_000_000))
    'features: a sample of 10,000 pictures of 1,000,000, by their contents, in 100 classes'
    """
    part = f"a sample of {plural(fact.pictures, 'picture')} of {fact.sampled_from:,}"
    return f"{os.path.basename(fact.name or '')}: {part}, by their contents, in {_classes(fact)}"


def _way(fact: Source) -> str:
    if fact.layout == "list":
        return "list"
    if fact.layout in ("table", "frame"):
        title = "the DataFrame" if fact.layout == "frame" else f"the table {os.path.basename(fact.name or '')!r}"
        if fact.splits_from == "tables":
            title = f"the tables {', '.join(fact.split_folders)}"
        classes = [f"{len(fact.one_hot)} for the classes"] if fact.one_hot else []
        return f"{title} (columns {', '.join([*fact.columns.values(), *classes])})"
    way = "folder per class"
    if fact.rule is not None:
        rule = (
            f"by the pattern {shlex.quote(fact.label_pattern or '')}" if fact.rule == "pattern" else _RULES[fact.rule]
        )
        way = f"labels in file names, {rule}"
    if fact.splits_from == "class-subfolders":
        return f"{way}, with split folders {', '.join(fact.split_folders)} in it"
    if not fact.split_folders:
        return way
    return f"split folders {', '.join(fact.split_folders)} with {way if fact.rule else f'a {way}'}"


def _counts(fact: Source) -> str:
    """Return the numbers of pictures, by split where there are several, and of classes."""
    pictures = plural(fact.pictures, "picture")
    if fact.splits:
        pictures = f"{', '.join(f'{count:,} {name}' for name, count in fact.splits.items())} pictures"
    return f"{pictures} in {_classes(fact)}" if fact.classes else f"{pictures}, no labels"


def _classes(fact: Source) -> str:
    return plural(fact.classes, "class", "classes")


def _remark(fact: Source) -> str:
    if fact.class_like_splits:
        return f"; the folder {some(fact.class_like_splits)} is read as a class"
    if fact.ignored_split_column is not None:
        return f"; column {fact.ignored_split_column!r} is skipped, it names no train, validation or test"
    return ""


def unpacked(fact: Unpacked) -> str:
    """Say where an archive is unpacked, and what came of it.

    Examples
    --------
    >>> unpacked(Unpacked("photos.zip", "/cache/0f", 1234, 560_000_000, {}))
    'photos.zip is unpacked into /cache/0f: 1,234 files, 560.0 MB'
    """
    return f"{fact.archive} is unpacked into {fact.folder}: {plural(fact.files, 'file')}, {megabytes(fact.bytes)}"


def repeated(fact: Data) -> str:
    """Say how many pictures are copies of others, and what becomes of them."""
    share = 100 * fact.repeated / fact.n
    names = "repeats" if fact.repeated == 1 else "repeat"
    what = f"{fact.repeated:,} of {plural(fact.n, 'picture')} {names} another exactly, {share:.2g} %"
    if fact.division.kind in ("given", "validation-as-test"):
        return f"{what}: --no-splits divides anew, with identical ones on one side"
    return f"{what}: identical ones are on one side of the split, and count as one in its scores"


def division(fact: Division) -> str:
    """Say in one line how the pictures were split.

    Examples
    --------
    >>> division(Division("stratified", 16, 0, 4, test_fraction=0.2, seed=0))
    'stratified, 80 % train and 20 % test, seed 0'
    >>> division(Division("stratified", 600, 0, 300, test_fraction=0.2, seed=0))
    'stratified, 67 % train and 33 % test, not 20 %, as each class has one there at least, seed 0'
    >>> division(Division("given", 8, 0, 2))
    'given: 8 train, 2 test'
    """
    if fact.kind == "stratified":
        percent = 100 * (fact.test_fraction or 0)
        tested = 100 * fact.test / max(fact.train + fact.validation + fact.test, 1)
        small = ""
        if tested > percent + 1 and not fact.grouped:
            small, percent = f", not {percent:g} %, as each class has one there at least", round(tested)
        whole = ", groups and identical files kept whole" if fact.grouped else ""
        parts = f"stratified, {100 - percent:g} % train and {percent:g} % test{small}, seed {fact.seed}"
        return f"{parts}{whole}{uneven(fact.uneven)}"
    if fact.kind == "none":
        return f"no test part: trained on all {plural(fact.train, 'picture')}"
    counts = {"train": fact.train, "validation": fact.validation, "test": fact.test}
    sizes = ", ".join(f"{count:,} {name}" for name, count in counts.items() if count)
    source = "given, the validation part is the test" if fact.kind == "validation-as-test" else "given"
    return f"{source}: {sizes}"


def uneven(facts: Sequence[Uneven]) -> str:
    """Say what whole groups left unequal, as the end of a sentence.

    Examples
    --------
    >>> uneven([Uneven("cat", "test", 0.142, 0.2)])
    "; groups leave 14 % of 'cat' for the test, not 20 %"
    """
    if not facts:
        return ""
    names = {"test": "the test", "validation": "validation"}
    shares = [f"{fact.share:.0%} of {fact.label!r} for {names[fact.part]}".replace("%", " %") for fact in facts]
    more = f", and so for {plural(len(facts) - _SHOWN, 'other share')}" if len(facts) > _SHOWN else ""
    wanted = " and ".join(f"{100 * share:g} %" for share in dict.fromkeys(fact.wanted for fact in facts[:_SHOWN]))
    return f"; groups leave {', '.join(shares[:_SHOWN])}, not {wanted}{more}"


_REMEDY = {
    "weights": "--balance weights",
    "undersample": "--balance undersample, as the smallest class is large enough",
    "smote": "--balance smote or --balance weights, as the smallest class is too small to cut the others to its size",
}
_BALANCE = {
    "none": "training does not correct for it: {remedy}",
    "weights": "every class counts the same in training (--balance weights)",
    "undersample": "pictures of the larger classes are left out of training (--balance undersample)",
    "oversample": "pictures of the smaller classes are repeated in training (--balance oversample)",
    "smote": "the smaller classes are filled up by SMOTE in training (--balance smote)",
}


def imbalance(fact: Imbalance) -> str:
    """Say that classes are of very unequal size, and what is done about it, or may be.

    Examples
    --------
    >>> imbalance(Imbalance("cat", "lynx", 900, 150, "none", "undersample")).partition("; ")[2]
    'training does not correct for it: look at the macro F1, and try --balance undersample, as the smallest class is \
large enough'
    """
    return f"{unequal(fact)}; {_BALANCE[fact.balance].format(remedy=balancing(fact))}"


def unequal(fact: Imbalance) -> str:
    """Say how unequal classes are."""
    sizes = (
        f"{fact.largest} has {fact.largest_count:,} pictures to learn from and {fact.smallest} {fact.smallest_count:,}"
    )
    return f"classes of very unequal size: {sizes}"


def balancing(fact: Imbalance) -> str:
    """Say what may be done about unequal classes."""
    return f"look at the macro F1, and try {_REMEDY[fact.remedy]}"


def regression(labels: Sequence[str]) -> str:
    """Say that labels are numbers that were measured."""
    return f"labels must be classes, and these are {len(labels):,} numbers, {some(labels, 3)}: {REGRESSION}"


def overlap(fact: Overlap) -> str:
    """Say which pictures of a part are not new to what they are to judge.

    Examples
    --------
    >>> overlap(Overlap("test", ("training",), "content", 1))
    '1 test picture is also in training: the test score is too good'
    """
    pictures, among = plural(fact.count, f"{fact.part} picture"), " or ".join(fact.among)
    if fact.by == "content":
        found = f"{'is' if fact.count == 1 else 'are'} also in {among}"
    else:
        found = f"{'has others of its' if fact.count == 1 else 'have others of their'} group in {among}"
    return f"{pictures} {found}: the {fact.part} score is too good"


def contradictions(count: int, first: Sequence[Contradiction], folder: str = "") -> str:
    """Say which files are under several labels.

    Examples
    --------
    >>> contradictions(1, [Contradiction(("d/cat/1.jpg", "d/dog/7.jpg"), ("cat", "dog"))], "d")
    "1 file is under several labels: cat/1.jpg ('cat') = dog/7.jpg ('dog'); leave the wrong ones out"
    """
    shown = "; ".join(
        " = ".join(f"{below(file, folder)} ({label!r})" for file, label in zip(one.files, one.labels, strict=True))
        for one in first[:_SHOWN]
    )
    return f"{plural(count, 'file is', 'files are')} under several labels: {shown}; leave the wrong ones out"


def alike_classes(names: Sequence[str]) -> str:
    """Say that classes have nearly the same names.

    Examples
    --------
    >>> alike_classes(["Cat", "cat"])
    "classes 'Cat', 'cat' differ in capitals or spaces only: if they are one, give them one name"
    """
    return f"classes {some(names)} differ in capitals or spaces only: if they are one, give them one name"


def below(path: str, folder: str) -> str:
    """Return a path from a folder on, if it lies in it."""
    return path.removeprefix(folder.rstrip(os.sep) + os.sep) if folder else path


def lost_from_split(files: Sequence[str], older: str, new: int) -> str:
    """Say which pictures of an older division are not among those of today, of which some are new to it.

    Examples
    --------
    >>> lost_from_split(["cat/1.jpg"], "split.csv", 0)
    "1 picture of split.csv is not among these: 'cat/1.jpg'"
    >>> lost_from_split(["cat/1.jpg", "cat/2.jpg"], "split.csv", 2).partition("; ")[2]
    '2 of these are new to it: if they are the same, saved anew, they may change sides, and scores be too good'
    """
    changed = f"; {new:,} of these {'is' if new == 1 else 'are'} new to it: if they are the same, saved anew, they may "
    found = plural(len(files), f"picture of {older} is", f"pictures of {older} are")
    more = f"{changed}change sides, and scores be too good" if new else ""
    return f"{found} not among these: {some(files, 10)}{more}"


def skipped(reasons: Mapping[str, int]) -> str:
    """Say why files were skipped, and how many."""
    return ", ".join(f"{reason} ({count:,})" for reason, count in reasons.items())


def one_colour(fact: OneColour, folder: str = "") -> str:
    """Say which pictures show nothing.

    Examples
    --------
    >>> one_colour(OneColour(5, ("d/cat/1.png", "d/cat/2.png", "d/dog/4.png", "d/dog/5.png", "d/dog/6.png")), "d")
    '5 pictures are of one colour only, first cat/1.png, cat/2.png, dog/4.png: leave them out if they were damaged'
    >>> one_colour(OneColour(1, ()))
    '1 picture is of one colour only: leave it out if it was damaged'
    """
    them = "it out if it was" if fact.count == 1 else "them out if they were"
    names = ", ".join(below(file, folder) for file in fact.files[:_SHOWN])
    first = f"{', first' if fact.count > _SHOWN else ','} {names}" if names else ""
    return f"{plural(fact.count, 'picture is', 'pictures are')} of one colour only{first}: leave {them} damaged"


def value_range(ends: tuple[float, ...]) -> str:
    """Say what becomes black and white in pictures of more than 8 bits, where their formats do not.

    Examples
    --------
    >>> value_range((0.0, 4095.0))
    'Pictures of more than 8 bits: 0 is black, 4,095 white (12 bits)'
    >>> value_range((-1024.0, 2971.5))
    'Pictures of more than 8 bits: -1,024 is black, 2,971.5 white'
    """
    low, high = (f"{end:,.7g}" for end in ends)
    bits = f" ({bits_of(ends)} bits)" if bits_of(ends) in BITS else ""
    return f"Pictures of more than 8 bits: {low} is black, {high} white{bits}"


def other_range(suggested: tuple[float, ...], taken: tuple[float, ...], model: str) -> str:
    """Say that pictures of more than 8 bits have another range than a model was fitted for; empty stands for 16 bits.

    Examples
    --------
    >>> other_range((0.0, 4095.0), (), "cells.onnx").partition(": ")[0]
    'these pictures use values from 0 to 4,095, and cells.onnx reads 0 as black and 65,535 as white'
    """
    low, high = (f"{end:,.7g}" for end in suggested or of_bits(16))
    black, white = (f"{end:,.7g}" for end in taken or of_bits(16))
    return (
        f"these pictures use values from {low} to {high}, and {model} reads {black} as black and {white} as white: are "
        "they of another instrument, it sees them too dark or too bright"
    )


def class_names(names: Mapping[str, str]) -> str:
    """Say what names in the data were turned into, as a file of names has it.

    Examples
    --------
    >>> class_names({"0": "bread", "1": "dairy"})
    "'0 bread', '1 dairy'"
    """
    return some([f"{found} {name}" for found, name in names.items()])


def class_counts(counts: Mapping[str, Mapping[str, int]], most: int = 100) -> Table:
    """Return a table of the pictures of each class, by part; of very many classes, the largest.

    Parameters
    ----------
    counts : mapping of str to mapping of str to int
        Name of each part, in order, to its pictures by class.
    most : int
        Rows.

    Examples
    --------
    >>> class_counts({"train": {"cat": 3, "dog": 1}, "test": {"cat": 1, "dog": 0}}).rows
    (('cat', '3', '1', '4'), ('dog', '1', '0', '1'))
    """
    parts = list(counts.values())
    totals = {name: sum(part[name] for part in parts) for name in (parts[0] if parts else ())}
    names = list(totals) if len(totals) <= most else sorted(totals, key=lambda name: -totals[name])[:most]
    columns = ["class", *counts, *(["all"] if len(parts) > 1 else [])]
    rows = [[name, *(f"{part[name]:,}" for part in parts), f"{totals[name]:,}"][: len(columns)] for name in names]
    return table(columns, rows)
