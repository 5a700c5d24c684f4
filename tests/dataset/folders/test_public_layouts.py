"""Public data sets, as they are unpacked, are read rightly, or refused with the right reading among others."""

import json
import shlex

import pytest

from headway.cli.main import run
from headway.dataset import read
from headway.errors import AmbiguousDataError, DataError
from headway.images import SUFFIXES
from tests.dataset.folders.public.folders import FOLDERS
from tests.dataset.folders.public.layout import Public
from tests.dataset.folders.public.questions import QUESTIONS
from tests.dataset.folders.public.tables import TABLES

EVERY = [*FOLDERS, *QUESTIONS, *TABLES]
READ = [public for public in EVERY if not public.asks and not public.refused]
ASKED = [public for public in EVERY if public.asks]
REFUSED = [public for public in EVERY if public.refused]


@pytest.fixture
def unpack(make, write):
    """Return a function that makes the files of a data set and returns their folder."""

    def unpack_files(public: Public) -> str:
        contents = public.contents()
        for name, text in contents.items():
            if text:
                write(f"data/{name}", text)
        return make(*(name for name, text in contents.items() if not text))

    return unpack_files


def each(publics):
    return pytest.mark.parametrize("public", publics, ids=lambda public: public.name)


def understood(dataset):
    """Return the classes with pictures, and the pictures of each split."""
    classes = sorted(name for name, count in dataset.counts().items() if count)
    return classes, len(dataset) if dataset.given is None else dict(dataset.source.splits)


def right(public):
    return sorted(public.classes.split("|")), public.counts


@each(READ)
def test_is_read_rightly(unpack, public):
    dataset = read(unpack(public))
    assert understood(dataset) == right(public)
    assert (None if dataset.groups is None else len(set(dataset.groups.tolist()))) == public.groups
    pictures = sum(is_picture(path) for path in public.contents())
    assert pictures <= len(dataset) + sum(dataset.skipped.values()), "a picture is missing, and nothing says why"


def is_picture(path):
    return path.lower().endswith(tuple(SUFFIXES)) and not any(
        part.startswith((".", "__MACOSX")) for part in path.split("/")
    )


@each(ASKED)
def test_asks_and_has_the_right_reading(unpack, capsys, public):
    root = unpack(public)
    with pytest.raises(AmbiguousDataError) as caught:
        read(root)
    assert public.asks in str(caught.value)
    found = []
    for _, command in caught.value.readings:
        words = shlex.split(command)
        if "REGEX" not in words and "TABLE.csv" not in words:
            code = run([*words[1:], "--json"])
            said = capsys.readouterr()
            assert code == 0 or caught.value.found not in said.err, f"{command} asks the same again"
            if code == 0:
                found.append(counted(json.loads(said.out)["counts"]))
    assert right(public) in found


def counted(counts):
    """Return the classes with pictures, and the pictures of each split, of the counts that a command prints."""
    classes = sorted({name for part in counts.values() for name, count in part.items() if count})
    splits = {split: sum(part.values()) for split, part in counts.items()}
    return classes, splits.get("pictures", splits)


@each(REFUSED)
def test_is_refused_in_one_line(unpack, public):
    root = unpack(public)
    with pytest.raises(DataError) as caught:
        read(root)
    assert public.refused in str(caught.value)
    assert "\n" not in str(caught.value)
    if public.options:
        dataset = read(root, **public.options)
        assert understood(dataset) == right(public)
        if public.groups is not None:
            assert len(set(dataset.groups.tolist())) == public.groups
