"""Labels in file names."""

from __future__ import annotations

import re
from collections.abc import Sequence

from headway.dataset.names import plural, some, split_codes
from headway.errors import DataError, blaming
from headway.facts.data import Rule
from headway.posix import time_limit

# Five digits at most, or every photo of a telephone (20240131_174502.jpg) would be of a class of its own.
RULES: tuple[tuple[Rule, re.Pattern[str]], ...] = (
    ("number-before-underscore", re.compile(r"([0-9]{1,5})_")),
    ("word-before-number", re.compile(r"([^.]+)\.[0-9]+\.[^.]+$")),
)
# Too weak to be taken unasked: "IMG_1" and "DSC_2" are of two cameras, "Abyssinian_1" and "Beagle_2" of two breeds.
WORDS_BEFORE_NUMBER = r"(?:^|/)([^/0-9][^/]*?)[-_ ]*\(?[0-9]+\)?\.[^./]+$"
MIN_MATCHING = 0.9  # of the names
MAX_PATTERN = 1000
TIME_LIMIT = 2.0
TIME_PER_PATH = 20e-6  # on top: a sane pattern takes about 1 µs for each


def labels_by_rule(names: Sequence[str]) -> tuple[Rule, list[str | None]] | None:
    """Find labels by the usual habits: ``9_1339.jpg`` and ``cat.0.jpg``.

    The label is None where a name does not follow the rule; the result is None when no rule fits 90 % of the names.

    Examples
    --------
    >>> labels_by_rule(["cat.0.jpg", "dog.12.jpg"])
    ('word-before-number', ['cat', 'dog'])
    >>> labels_by_rule(["IMG_1.jpg"]) is None
    True
    """
    for rule, regex in RULES:
        labels = [match[1] if (match := regex.match(name)) else None for name in names]
        if len(labels) - labels.count(None) >= MIN_MATCHING * len(labels):
            return rule, labels
    return None


def words_before_numbers(names: Sequence[str]) -> set[str]:
    """Return what may be the classes by the words before the numbers in names; nothing where they hardly are.

    Examples
    --------
    >>> sorted(words_before_numbers(["pug_1.jpg", "pug_2.jpg", "great_dane (1).jpg", "great_dane (2).jpg"]))
    ['great_dane', 'pug']
    >>> words_before_numbers(["image_1.jpg", "image_2.jpg"])
    set()
    """
    matches = [re.search(WORDS_BEFORE_NUMBER, name) for name in names]
    words = {match[1] for match in matches if match}
    if len(matches) - matches.count(None) < MIN_MATCHING * len(names) or len(split_codes(words)) == len(words):
        return set()
    return words if 2 <= len(words) <= len(names) / 2 else set()


@blaming("group_pattern")
def groups_by_pattern(paths: Sequence[str], pattern: str) -> list[str]:
    r"""Find groups by a regular expression that is searched for in each path; its group ``group``, or else its first.

    The group is empty where a path does not match. What is refused, and when, is as for `labels_by_pattern`.

    Examples
    --------
    >>> groups_by_pattern(["cat/p7_1.jpg", "cat/x.jpg"], r"(p\d+)_")
    ['p7', '']
    """
    regex = _compile(pattern, "group")
    matches = _search(regex, paths, "group")
    which: str | int = "group" if "group" in regex.groupindex else 1
    return [(match[which] or "") if match else "" for match in matches]


@blaming("label_pattern")
def labels_by_pattern(paths: Sequence[str], pattern: str) -> tuple[list[str | None], list[str] | None]:
    r"""Find labels by a regular expression that is searched for in each path; its group ``label``, or else its first.

    What its group ``group`` matches is returned, too, where it has one: pictures that stay in one split. Paths are
    relative to the root, with ``/`` between their parts. The label is None where a path does not match, or the group
    is empty. A pattern that is invalid, has no group, matches nothing, or takes longer than 2 s and 20 s per
    million paths is a `DataError`. The limit holds in the main thread of a Unix system; elsewhere nothing can interrupt
    Python's matching.

    Examples
    --------
    >>> labels_by_pattern(["a/cat-1.jpg", "readme.png"], r"(?P<label>[a-z]+)-\d")
    (['cat', None], None)
    >>> labels_by_pattern(["p7/cat/1.jpg"], "(?P<group>[^/]+)/(?P<label>[^/]+)/")
    (['cat'], ['p7'])
    """
    regex = _compile(pattern, "label")
    group: str | int = "label" if "label" in regex.groupindex else _first_group(regex)
    matches = _search(regex, paths, "label")
    labels = [match and (match[group] or None) for match in matches]
    if labels.count(None) == len(labels):
        raise _no_match(pattern, paths, "label")
    if "group" not in regex.groupindex:
        return labels, None
    return labels, [(match["group"] or "") if match else "" for match in matches]


def _search(regex: re.Pattern[str], paths: Sequence[str], what: str) -> list[re.Match[str] | None]:
    """Search for what a pattern is to find, a label or a group, in each path, within a time; one must have it."""
    try:
        with time_limit(TIME_LIMIT + TIME_PER_PATH * len(paths)):
            matches = [regex.search(path) for path in paths]
    except TimeoutError as error:
        raise DataError(
            f"the {what} pattern {regex.pattern!r} takes too long on names like {some(paths[:1])}: "
            "avoid repeats inside repeats"
        ) from error
    if not any(matches):
        raise _no_match(regex.pattern, paths, what)
    return matches


def _no_match(pattern: str, paths: Sequence[str], what: str) -> DataError:
    return DataError(
        f"the {what} pattern {pattern!r} matches none of {plural(len(paths), 'picture')}: "
        f"it must find a {what} in paths like {some(paths[:1])}"
    )


def _compile(pattern: str, what: str) -> re.Pattern[str]:
    if len(pattern) > MAX_PATTERN:
        raise DataError(f"a {what} pattern has at most {MAX_PATTERN:,} characters, and this one has {len(pattern):,}")
    try:
        regex = re.compile(pattern)
    except (re.error, OverflowError, RecursionError) as error:
        raise DataError(f"the {what} pattern {pattern!r} is not a regular expression: {error}") from error
    if not regex.groups:
        raise DataError(
            f"the {what} pattern {pattern!r} needs a group around the {what}, such as '(?P<{what}>[a-z]+)_'"
        )
    return regex


def _first_group(regex: re.Pattern[str]) -> int:
    """Return the number of the first group that is not called ``group``."""
    other = regex.groupindex.get("group")
    if regex.groups == 1 and other:
        raise DataError(f"the label pattern {regex.pattern!r} needs a group around the label, too, not only 'group'")
    return 2 if other == 1 else 1
