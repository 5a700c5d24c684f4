"""Globs of files and folders."""

import unicodedata

import pytest

from headway import read
from headway.dataset.globs import EVERYTHING, Globs
from headway.errors import DataError


@pytest.mark.parametrize(
    ("glob", "taken", "left"),
    [
        ("color", ["color/1.png", "a/color/b/1.png"], ["colored/1.png", "1.png"]),
        ("color/*", ["color/1.png", "color/a/1.png", "x/color/1.png"], ["color.png"]),
        ("*_mask.png", ["1_mask.png", "a/1_mask.png"], ["1.png", "1_mask.png.jpg"]),
        ("train/c?t/", ["train/cat/1.png", "data/train/cut/1.png"], ["train/coat/1.png"]),
        ("[ab]", ["a/1.png", "b/1.png"], ["c/1.png"]),
        ("a\\b", ["a/b/1.png"], ["a/c/1.png"]),
    ],
)
def test_what_a_glob_means(glob, taken, left):
    including, excluding = Globs.of([glob], []), Globs.of([], [glob])
    assert all(including.takes(path) and not excluding.takes(path) for path in taken)
    assert not any(including.takes(path) for path in left)
    assert all(excluding.takes(path) for path in left)


def test_folders_are_left_out_whole():
    assert Globs.of([], ["masks"]).leaves_out("cat/masks")
    assert not Globs.of(["masks"], []).leaves_out("cat")
    assert not EVERYTHING.leaves_out("cat")
    assert EVERYTHING.takes("cat/1.png")


@pytest.mark.parametrize("glob", ["", "/", 3, "x" * 1001])
def test_what_is_no_glob(glob):
    with pytest.raises(DataError, match=r"--include, --exclude"):
        Globs.of([glob], [])


def test_in_a_folder(make):
    root = make("color/cat/1.jpg", "color/dog/1.jpg", "grey/cat/1.jpg", "grey/dog/1.jpg", "grey/dog/x_mask.jpg")
    data = read(f"{root}/grey", exclude="*_mask*")
    assert data.counts() == {"cat": 1, "dog": 1}
    assert data.skipped == {"left out by --exclude": 1}
    assert read(f"{root}/grey", include=["cat", "x_mask.jpg"]).skipped == {"not taken by --include": 1}
    with pytest.raises(DataError, match="include and exclude go with a folder"):
        read([f"{root}/grey/cat/1.jpg"], include=["cat"])
    with pytest.raises(DataError, match="a folder of images"):
        read([f"{root}/grey/cat/1.jpg"], images="x")


def test_a_glob_to_exclude_that_matches_nothing_is_told(make):
    root = make("cat/1.jpg", "dog/1.jpg")
    for glob in ("nomatch", f"{root}/cat", "CAT"):
        with pytest.raises(DataError, match="--exclude must match something in"):
            read(root, exclude=[glob])


def test_globs_match_either_form_of_unicode(make):
    composed, decomposed = (unicodedata.normalize(form, "café") for form in ("NFC", "NFD"))
    root = make(f"{decomposed}/1.jpg", "dog/1.jpg", "dog/2.jpg")
    assert read(root, exclude=[composed]).classes == ("dog",)
    assert read(root, include=[composed]).classes == (composed,)
