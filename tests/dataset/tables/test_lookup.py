"""Files that a table names, by their paths and by their names."""

import os
import unicodedata
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from headway import read
from headway.dataset.tables.lookup import Files, NoFilesError
from headway.dataset.walk import walk
from headway.errors import DataError
from headway.rendering.reading import guesses


def where(row):
    return f" (line {row + 2})"


def relative(files, found):
    return [None if path is None else files.relative(path) for path in found.paths]


@pytest.fixture(params=[False, True], ids=["walked lazily", "walked already"])
def files(make, request):
    """Return a function that makes files, and returns them as what a table may name."""

    def made(*names, **options):
        root = make(*names)
        return Files(root, walk(root) if request.param else None, **options)

    return made


@pytest.mark.parametrize(
    ("there", "text"),
    [
        ("a/1.png", "a/1.png"),
        ("a/1.png", "./a/../a/1.png"),
        ("a/1.png", "a\\1.png"),
        ("a/1.png", "1.png"),
        ("a/1.png", "1"),
        ("a/b/1.png", "b/1"),
        ("a/b/1.png", "b\\1.png"),
        ("a/0017.png", "17"),
        ("a/0017.png", "17.0"),
        ("a/17.png", "0017"),
        ("a/0.png", "000"),
        ("a/img.v2.png", "img.v2"),
        ("a/IMG_1.JPG", "img_1.jpg"),
        ("Train/1.png", "train/1.png"),
        (f"a/{unicodedata.normalize('NFD', 'é')}.png", "a/é.png"),
        (f"{unicodedata.normalize('NFD', 'é')}/1.png", "é/1.png"),
        ("noending", "noending"),
    ],
)
def test_a_file_is_found_by_its_path_or_name(files, there, text):
    files = files(there, "other/2.png")
    found = files.find([text], where)
    assert relative(files, found) == [there]
    assert found.looked_up == (not Path(files.base, text.replace("\\", "/")).is_file())


@pytest.mark.parametrize("text", ["2.png", "1.jpg", "b/1.png", "http://x/1.png", "", "..", "1.png/", "a"])
def test_what_is_not_there_is_not_found(files, text):
    files = files("a/1.png", "c/3.png", "d/4.png")
    found = files.find([text, "c/3.png", "d/4.png"], where)
    assert relative(files, found) == [None if text != "1.png/" else "a/1.png", "c/3.png", "d/4.png"]


def test_a_missing_file_is_not_taken_from_another_folder(files):
    files = files("cat/1.png", "dog/1.png", "dog/2.png")
    found = files.find(["cat/1.png", "cat/2.png", "dog/1.png"], where)
    assert relative(files, found) == ["cat/1.png", None, "dog/1.png"]


@pytest.mark.parametrize(
    ("before", "said"),
    [("/home/anna/x/", "/home/anna/x"), ("../input/x/", "../input/x"), ("C:\\Users\\x\\", "C:/Users/x")],
)
def test_paths_of_another_computer(files, before, said):
    files = files("data/cat/1.png", "data/dog/1.png")
    found = files.find([f"{before}cat/1.png", f"{before}dog/1.png", f"{before}dog/2.png"], where)
    assert relative(files, found) == ["data/cat/1.png", "data/dog/1.png", None]
    assert (found.looked_up, found.folder, found.left_out) == (2, "data", said)


def test_a_name_of_several_files_is_an_error_that_names_them(files):
    files = files("color/1.png", "grey/1.png")
    with pytest.raises(
        DataError, match=r"'1.png' \(line 2\) must be one file, and is 'color/1.png', 'grey/1.png' below.*--images"
    ):
        files.find(["1.png"], where)
    found = files.find(["color/1.png"], where)
    assert relative(files, found) == ["color/1.png"]


def test_two_names_of_one_file_are_an_error(files):
    with pytest.raises(DataError, match=r"'7' \(line 2\) and '007' \(line 3\) lead to .*a.007.png"):
        files("a/007.png").find(["7", "007"], where)


def test_a_name_as_it_is_written_comes_first(files):
    files = files("a/B.png", "a/b.png")
    assert relative(files, files.find(["b"], where)) == ["a/b.png"]


def test_a_folder_that_cannot_be_walked_has_no_names(make, monkeypatch):
    def broken(root):
        raise DataError("the folder cannot be read")

    monkeypatch.setattr("headway.dataset.tables.lookup.walk", broken)
    files = Files(make("a/1.png"))
    assert files.find(["1.png", "a/1.png"], where).paths[0] is None


def test_nothing_is_walked_where_all_paths_are_there(make, monkeypatch):
    monkeypatch.setattr("headway.dataset.tables.lookup.walk", None)
    files = Files(make("a/1.png"))
    assert files.find(["a/1.png"], where).looked_up == 0
    assert Files(make(), below=False).find(["1.png"], where).paths == [None]


NAMES = st.text("abAé1.0_ ", min_size=1, max_size=5).map(lambda name: f"x{name.strip(' .')}")


@settings(max_examples=100, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(names=st.lists(NAMES, min_size=1, max_size=6, unique_by=str.casefold), data=st.data())
def test_every_picture_is_found_by_whatever_is_unique_of_its_path(tmp_path_factory, names, data):
    root = tmp_path_factory.mktemp("pictures")
    paths = [f"{data.draw(st.sampled_from(['p', 'q/r']))}/{name}.png" for name in names]
    for path in paths:
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).touch()
    cut = data.draw(st.sampled_from([0, 1]))
    texts = ["/".join(path.split("/")[cut:]) if cut else path for path in paths]
    texts = [text.removesuffix(".png") if data.draw(st.booleans()) else text for text in texts]
    texts = [unicodedata.normalize(data.draw(st.sampled_from(["NFC", "NFD"])), text) for text in texts]
    files = Files(str(root))
    assert relative(files, files.find(texts, where)) == paths


def test_images_are_the_folder_that_names_are_looked_up_in(make, write):
    root = make("color/1.png", "color/2.png", "grey/1.png", "grey/2.png")
    path = os.path.join(root, "t.csv")
    Path(path).write_text("id,label\n1,a\n2,b\n")
    with pytest.raises(DataError, match="must be one file"):
        read(path)
    assert read(path, images=os.path.join(root, "grey")).pictures == [
        os.path.join(root, "grey", f"{i}.png") for i in (1, 2)
    ]
    excluded = read(path, exclude=["grey"])
    assert excluded.pictures == [os.path.join(root, "color", f"{i}.png") for i in (1, 2)]
    assert guesses(excluded.source)[1] == (
        "2 files are looked up by name in 'color'; if they lie elsewhere: --images FOLDER"
    )
    with pytest.raises(
        DataError, match="--images must be the folder of the pictures, and there is no folder 'nowhere'"
    ):
        read(path, images="nowhere")


def test_globs_leave_rows_out(make):
    root = make("a/1.png", "a/2.png", "b/1.png")
    path = os.path.join(root, "t.csv")
    Path(path).write_text("path,label\na/1.png,x\na/2.png,y\nb/1.png,x\nb/missing.png,y\n")
    dataset = read(path, exclude=["b"])
    assert dataset.counts() == {"x": 1, "y": 1}
    assert dataset.skipped == {"left out by --exclude": 2}
    assert read(path, include=["*/1.png"]).skipped == {"not taken by --include": 2}
    with pytest.raises(DataError, match="must leave some pictures"):
        read(path, include=["c"])


def test_files_that_are_not_there(make):
    root = make("a/1.png")
    path = os.path.join(root, "t.csv")
    Path(path).write_text("path,label\nx/1.jpg,x\nx/2.jpg,y\n")
    with pytest.raises(
        NoFilesError, match=r"2 of 2 files are not there, the first is .*1.jpg' \(line 2 of .*--images FOLDER"
    ):
        read(path)
    Path(path).write_text("image,label\nhttps://x/1.png,x\nhttps://x/2.png,y\n")
    with pytest.raises(NoFilesError, match="is an address: download"):
        read(path)


def test_names_are_relative_to_the_current_folder(make, monkeypatch):
    monkeypatch.chdir(make("train/1.png", "train/2.png"))
    Path("t.csv").write_text("id,label\n1,a\n2,b\n")
    assert read("t.csv").pictures == [os.path.join("train", f"{i}.png") for i in (1, 2)]


def test_a_frame_is_looked_up_below_images_only(make, monkeypatch):
    pandas = pytest.importorskip("pandas")
    root = make("train/1.png", "train/2.png")
    monkeypatch.chdir(root)
    frame = pandas.DataFrame({"image": [1, 2], "label": ["a", "b"]})
    with pytest.raises(NoFilesError, match="2 of 2 files are not there"):
        read(frame)
    assert len(read(frame, images=root)) == 2
