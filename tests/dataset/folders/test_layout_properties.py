"""Whatever lies in a folder: it is read, refused in one line, or asked about with commands that work."""

import contextlib
import io
import os
import shlex
import shutil
import tempfile
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from headway.cli.main import run
from headway.dataset import read
from headway.errors import AmbiguousDataError, DataError

NAMES = (
    "train",
    "test",
    "shapes_train",
    "shapes_test",
    "val",
    "cat",
    "dog",
    "images",
    "masks",
    "batch1",
    "batch2",
    "color",
    "x",
)
FILES = ("1.jpg", "2.jpg", "1.png", "1_mask.png", "cat.1.jpg", "dog.2.jpg", "notes.txt")
paths = st.tuples(st.lists(st.sampled_from(NAMES), max_size=4), st.sampled_from(FILES)).map(
    lambda given: "/".join((*given[0], given[1]))
)
trees = st.lists(paths, min_size=1, max_size=25, unique=True)


class Root:
    """A folder with files, for one example."""

    def __init__(self, files, below=""):
        self.files = files
        self.below = below

    def __enter__(self):
        self.folder = tempfile.mkdtemp()
        for file in self.files:
            path = Path(self.folder, "data", self.below, file)
            path.parent.mkdir(parents=True, exist_ok=True)
            path.touch()
        return os.path.join(self.folder, "data")

    def __exit__(self, *error):
        shutil.rmtree(self.folder)


def understood(root, **options):
    """Return the label and split of each picture by its path below the last folder, or the kind of error."""
    try:
        dataset = read(root, **options)
    except DataError as error:
        assert "\n" not in str(error)
        return type(error).__name__
    assert sum(dataset.counts().values()) == len(dataset) == dataset.source.pictures
    given = dataset.given if dataset.given is not None else [0] * len(dataset)
    return {
        os.path.relpath(dataset.name(row), root): (dataset.classes[dataset.labels[row]], int(given[row]))
        for row in range(len(dataset))
    }


@settings(max_examples=100, deadline=None)
@given(files=trees)
def test_every_picture_is_read_or_counted(files):
    with Root(files) as root:
        found = understood(root)
        if isinstance(found, dict):
            pictures = [file for file in files if not file.endswith(".txt")]
            skipped = sum(read(root).skipped.values()) - (len(files) - len(pictures))
            assert len(pictures) - len(found) <= skipped, "a picture is missing, and nothing says why"
            for path, (label, _) in found.items():
                assert label in path


@settings(max_examples=100, deadline=None)
@given(files=trees)
def test_a_wrapper_changes_nothing(files):
    with Root(files) as root, Root(files, below="a wrapper") as wrapped:
        bare, inside = understood(root), understood(wrapped)
        in_folders = isinstance(bare, dict) and all("/" in path for path in files)
        if in_folders and len({label for label, _ in bare.values()}) > 1:
            assert inside == {f"a wrapper/{path}": what for path, what in bare.items()}


@settings(max_examples=100, deadline=None)
@given(files=trees)
def test_every_command_that_is_given_works(files):
    with Root(files) as root:
        try:
            read(root)
        except AmbiguousDataError as error:
            for _, command in error.readings:
                words = shlex.split(command)
                if "REGEX" not in words and "TABLE.csv" not in words:
                    said = io.StringIO()
                    with contextlib.redirect_stderr(said), contextlib.redirect_stdout(io.StringIO()):
                        assert run(words[1:]) in (0, 2), command
                    assert error.found not in said.getvalue(), f"{command} asks the same again"
        except DataError:
            pass
