"""What was understood of a data set: what was guessed, on what grounds, and what to type if it is wrong."""

from __future__ import annotations

import os
import shlex
from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING

from headway.rendering import data as wording
from headway.rendering import fixing
from headway.rendering.blocks import Block, Caution, Line, Table, table
from headway.rendering.words import plural, some

if TYPE_CHECKING:
    from headway.facts.data import LeftOut, Source
    from headway.facts.documents import Copies, Example, ReadReport

_BAR = 24  # characters
_SHOWN = 3  # copies
_LAST_FOLDER = "--label-pattern '([^/]+)/[^/]+$'"
_ROLES = {"path": "the files", "label": "the labels", "split": "the splits", "group": "the groups"}


def read(report: ReadReport) -> Iterator[Block]:
    """Yield what was understood of a data set; paths are below its folder, where they are."""
    base = report.source.name or ""
    yield from source(report.source)
    yield from _doubts(report, base)
    if report.skipped:
        yield Line(f"Skipped: {wording.skipped(report.skipped)}")
    if any(any(part.values()) for part in report.counts.values()):
        yield class_bars(report.counts)
    if report.unlabelled:
        yield Line(f"Without a label: {plural(report.unlabelled, 'picture')}")
    if report.groups is not None and report.largest_group is not None:
        yield Line(f"Groups: {report.groups:,}, the largest of {plural(report.largest_group, 'picture')}")
    if report.source.columns:
        roles = {role: report.source.columns[role] for role in _ROLES if role in report.source.columns}
        yield table(["column", "holds"], [[name, _ROLES[role]] for role, name in roles.items()], left=2)
    yield _examples(report.examples, base)
    files = f": {_files(report.copies, base)}" if report.copied else ""
    repeats = plural(report.copied, "picture repeats", "pictures repeat") + " another" if report.copied else "none"
    yield Line(f"Exact copies: {repeats}{files}")


def source(fact: Source) -> Iterator[Line]:
    """Yield what was read, and a line for each guess."""
    yield Line(wording.source(fact))
    for guess in guesses(fact):
        yield Line(f"- {guess}")
    if fact.fixes is not None:
        yield Line(fixing.fixes(fact.fixes))


def value_range(ends: tuple[float, ...], *, settable: bool = False) -> Iterator[Line]:
    """Yield what becomes black and white in pictures of more than 8 bits, where it is not what their formats say.

    Where it is ``settable``, by the option of the command that decided it, the option is named.
    """
    if ends:
        otherwise = "; to take them as their formats say: --value-range 16" if settable else ""
        yield Line(wording.value_range(ends) + otherwise)


def _examples(examples: Iterable[Example], base: str) -> Table:
    rows = [
        [wording.below(example.path, base), example.label or "no label", example.split or "", example.group or ""]
        for example in examples
    ]
    used = [place for place in range(4) if place < 2 or any(row[place] for row in rows)]
    columns = ("for example", "label", "split", "group")
    return table([columns[place] for place in used], [[row[place] for place in used] for row in rows], left=len(used))


def _doubts(report: ReadReport, base: str) -> Iterator[Block]:
    """Yield what makes it doubtful that the labels are right, and that scores will be."""
    if report.measured:
        yield Caution(wording.regression([*next(iter(report.counts.values()))]))
    if report.contradicting:
        yield Caution(wording.contradictions(report.contradicting, report.contradictions, base))
    if report.across_splits:
        content = plural(report.across_splits, "picture is", "pictures are")
        yield Caution(f"{content} in several splits: scores are too good")
    if report.alike_classes:
        yield Caution(wording.alike_classes(report.alike_classes))


def _files(copies: Iterable[Copies], base: str) -> str:
    return "; ".join(
        " = ".join(wording.below(example.path, base) for example in one.files[:2]) for one in list(copies)[:_SHOWN]
    )


def class_bars(counts: Mapping[str, Mapping[str, int]], most: int = 50) -> Table:
    """Return the pictures of each class by part, with a bar for each class; of very many classes, the largest.

    Examples
    --------
    >>> class_bars({"pictures": {"cat": 4, "dog": 2}}).rows
    (('cat', '████████████████████████', '4'), ('dog', '████████████', '2'))
    """
    counted = wording.class_counts(counts, most)
    totals = [sum(part[row[0]] for part in counts.values()) for row in counted.rows]
    largest = max(totals, default=1) or 1
    rows = [
        [row[0], "█" * max(round(_BAR * total / largest), int(total > 0)), *row[1:]]
        for row, total in zip(counted.rows, totals, strict=True)
    ]
    return table([counted.columns[0], "", *counted.columns[1:]], rows, left=2)


def guesses(fact: Source) -> list[str]:
    """Say what was guessed in reading, and what to type where a guess is wrong.

    Examples
    --------
    >>> from headway.facts.data import Source
    >>> guesses(Source("class-folders", "photos", 9, 2, splits_from="folders", split_folders=("train", "test")))
    ["the folders 'train', 'test' are splits; if they are not: --no-splits"]
    """
    if fact.layout == "several":
        return [*(guess for part in fact.parts for guess in guesses(part)), *_found_groups(fact)]
    return [
        *_columns(fact),
        *_folders(fact),
        *_splits(fact),
        *(_left_out(left) for left in fact.left_out),
        *_groups(fact),
        *_found_groups(fact),
    ]


def _columns(fact: Source) -> Iterator[str]:
    if fact.guessed_columns:
        yield guessed_columns(fact)
    if fact.looked_up:
        where = f" in {fact.looked_up_in!r}" if fact.looked_up_in else ""
        without = f", without {fact.left_out_folder!r}" if fact.left_out_folder else ""
        files = plural(fact.looked_up, "file is", "files are")
        yield f"{files} looked up by name{where}{without}; if they lie elsewhere: --images FOLDER"
    if fact.folder_classes:
        yield (
            f"the folders are called {some(fact.folder_classes, 3)}, and the table says other things; if the folders "
            f"are the classes: --exclude {shlex.quote(os.path.basename(fact.name or ''))}"
        )
    for unread in fact.unread_tables:
        yield f"the table {unread.name!r} is not read: {unread.reason}"
    if fact.unused_columns:
        yield f"nothing is taken from {plural(len(fact.unused_columns), 'column')}: {some(fact.unused_columns, 6)}"
    if fact.ignored_group_column is not None:
        yield (
            f"column {fact.ignored_group_column!r} has {plural(fact.ignored_group_values, 'value')} and is not read as "
            f"groups; if they are: --group-column {shlex.quote(fact.ignored_group_column)}"
        )


def guessed_columns(fact: Source) -> str:
    """Say which columns were chosen by their values, and how to choose others.

    Examples
    --------
    >>> from headway.facts.data import Source
    >>> guessed_columns(Source("table", "x.csv", 3, 2, columns={"label": "breed"}, guessed_columns=("label",)))
    "by its values, the label is column 'breed'; if it is not: --label-column NAME"
    """
    roles = " and ".join(
        f"the label is columns {some(fact.one_hot, 2)}" if role == "label" and fact.one_hot
        else f"the {role} is column {fact.columns[role]!r}"
        for role in fact.guessed_columns
    )  # fmt: skip
    options = ", ".join(f"--{role}-column NAME" for role in fact.guessed_columns)
    whose, wrong = ("its", "it is not") if len(fact.guessed_columns) == 1 else ("their", "they are not")
    return f"by {whose} values, {roles}; if {wrong}: {options}"


def _folders(fact: Source) -> Iterator[str]:
    if fact.rule in ("number-before-underscore", "word-before-number"):
        yield "the names of the files tell the labels; if another part of them does: --label-pattern REGEX"
    if fact.inside:
        yield f"everything lies in {os.path.join(fact.archive or fact.name or '', fact.inside)!r}"
    if fact.storage_folders:
        yield (
            f"the folders {some(fact.storage_folders, 3)} store the pictures; if they are classes: "
            f"--label-pattern {_level(fact)}"
        )
    if fact.subfolders:
        folders = f"{plural(fact.subfolders, 'folder')} below the class folders"
        yield (
            f"{folders} {'counts' if fact.subfolders == 1 else 'count'} to their class; "
            f"if the folders next to the files are the classes: {_LAST_FOLDER}"
        )


def _level(fact: Source) -> str:
    depth = len(fact.inside.split("/")) if fact.inside else 0
    return rf"'^(?:[^/]+/){{{depth}}}([^/]+)/'" if depth else "'^([^/]+)/'"


def _splits(fact: Source) -> Iterator[str]:
    names = some(fact.split_folders, 4)
    if fact.splits_from == "folders" and fact.split_folders:
        folders = f"the folders {names} are splits; if they are not"
        if len(fact.split_folders) == 1:
            folders = f"the folder {names} is a split; if it is not"
        yield f"{folders}: --no-splits"
    elif fact.splits_from == "class-subfolders":
        yield f"the folders {names} in the class folders are splits; if they are not: --no-splits"
    elif fact.splits_from == "tables":
        yield f"the tables {names} are splits; if they are not: --no-splits"
    elif fact.splits_from == "column" and "split" in fact.columns and "split" not in fact.guessed_columns:
        yield f"column {fact.columns['split']!r} names the splits; if it does not: --no-splits"
    elif fact.splits_from == "older":
        new = f"; {plural(fact.new, 'picture is', 'pictures are')} new to it" if fact.new else ""
        yield f"the parts are those of {fact.older}{new}"


def _groups(fact: Source) -> Iterator[str]:
    if fact.groups_from == "column" and "group" in fact.columns:
        yield (
            f"pictures of the same {fact.columns['group']!r} stay in one split, by that column; if they need not: "
            "--no-groups"
        )
    elif fact.groups_from == "folders":
        yield (
            f"pictures of the same folder {some(fact.storage_folders, 2)} stay in one split; if they need not: "
            "--no-groups"
        )


def _found_groups(fact: Source) -> Iterator[str]:
    found = fact.found_groups
    if found is None:
        return
    size = f"{found.smallest:,} to {found.largest:,}" if found.smallest < found.largest else f"{found.largest:,}"
    pictures = f"{plural(found.groups, 'group')} of {size} pictures"
    if found.by == "times":
        example = f"{plural(found.groups, 'burst')} of {size} pictures that one camera took within seconds"
    else:
        example = f"names of files tell groups, such as {found.example!r} of {found.file!r}: {pictures}"
    if found.used:
        yield f"{example}; each stays in one split; if it need not: --no-groups"
    elif fact.groups_from is None:
        yield f"{example}; not used; if they must stay in one split: --group-pattern {shlex.quote(found.pattern or '')}"


def _left_out(left: LeftOut) -> str:
    pictures = plural(left.pictures, "picture")
    if left.why == "annotations":
        return f"{left.folder!r} holds {pictures} that annotate others and are left out; to take all: --include '*'"
    if left.why == "copy":
        return (
            f"{left.folder!r} repeats the folders beside it and is left out ({pictures}); to take all: {_LAST_FOLDER}"
        )
    if left.why == "no-labels":
        return f"{left.folder!r} has no labels and is left out ({pictures})"
    if left.why == "table":
        return f"the table {left.folder!r} is none of the splits and is left out ({pictures}); give its path to read it"
    return (
        f"{left.folder!r} is none of the splits and is left out ({pictures}); to take all: --no-splits {_LAST_FOLDER}"
    )
