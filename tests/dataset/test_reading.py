import os
import pathlib
import subprocess
import sys

import pytest

from headway.dataset import read, unlabelled
from headway.errors import DataError


@pytest.mark.parametrize("path", ["/no/such/place", "", "a\0b", pathlib.Path("none"), "x" * 5000])
@pytest.mark.parametrize("function", [read, unlabelled])
def test_no_such_path(function, path):
    with pytest.raises(DataError, match=r"no such file or folder|cannot be looked at"):
        function(path)


def test_a_broken_link(tmp_path):
    (tmp_path / "link").symlink_to("nowhere")
    with pytest.raises(DataError, match="broken link"):
        read(tmp_path / "link")


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("x.jpg", "single picture"),
        ("x.7z", "is packed in another way: unpack it and give the folder"),
        ("x.png.gz", "is packed in another way"),
        ("x.zip", "must be a whole ZIP or tar archive"),
        ("x.docx", "is neither"),
        ("x y.onnx", "is a model: to score it, `headway evaluate '.*/x y.onnx' DATA`"),
        ("noending", "is neither"),
    ],
)
def test_a_file_that_is_no_table(write, name, message):
    with pytest.raises(DataError, match=message):
        read(write(name, b"x"))


def test_options_that_do_not_fit_the_source(make, write):
    root = make("cat/1.jpg")
    with pytest.raises(DataError, match="labels go with a list"):
        read(root, ["cat"])
    with pytest.raises(DataError, match="groups go with a list"):
        read(root, groups=["cat"])
    with pytest.raises(DataError, match="split goes with a list"):
        read(root, split=["train"])
    with pytest.raises(DataError, match="--label-pattern"):
        read(write("x.csv", "path,label\n"), label_pattern="(x)")
    with pytest.raises(DataError, match="--label-pattern"):
        read([f"{root}/cat/1.jpg"], label_pattern="(x)")
    with pytest.raises(DataError, match="no such file"):
        read("/no/such/place", label_pattern="(x)")
    with pytest.raises(DataError, match="columns go with a table"):
        read([f"{root}/cat/1.jpg"], label_column="x")


def test_unlabelled_expands_folders_in_natural_order(make, write):
    root = make("b/10.jpg", "b/9.jpg", "a.png", "b/notes.txt", ".hidden/1.jpg")
    odd = write("odd.bin", b"x")
    assert unlabelled([odd, pathlib.Path(root)]) == [
        odd,
        *(os.path.join(root, n) for n in ("a.png", "b/9.jpg", "b/10.jpg")),
    ]
    assert unlabelled(odd) == [odd]


def test_unlabelled_needs_pictures(make):
    with pytest.raises(DataError, match="nothing to predict on"):
        unlabelled([])
    with pytest.raises(DataError, match="needs pictures"):
        unlabelled(make("notes.txt"))


def test_unlabelled_shows_the_right_call(make, write):
    with pytest.raises(DataError, match=r"is a table: .* `headway evaluate MODEL .*labels.csv`; .* the folder"):
        unlabelled([make("a.png"), write("labels.csv", "path,label\n")])
    with pytest.raises(DataError, match=r"x.zip' is an archive: unpack it and give the folder"):
        unlabelled(write("x.zip", b"x"))
    with pytest.raises(DataError, match=r"is a model: `headway predict .*m.onnx PICTURES`"):
        unlabelled(write("m.onnx", b"x"))


def test_reading_a_folder_loads_no_heavy_library(make):
    root = make("cat/1.jpg", "dog/1.jpg")
    heavy = ["pandas", "pyarrow", "scipy", "sklearn", "torch", "onnx", "openvino"]
    code = (
        "import sys, headway.dataset, headway.splits; "
        f"headway.dataset.read({root!r}); print(*set(sys.modules) & set({heavy}))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == ""


def test_a_missing_path_says_where_it_was_looked_for(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(DataError, match=f"check its spelling: relative paths start from '{tmp_path}'"):
        read("photso")
    with pytest.raises(DataError, match="no such file|cannot be looked at"):
        read("a\0b")
