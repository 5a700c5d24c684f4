import os
import re
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from headway.dataset import read
from headway.dataset.tables import formats
from headway.errors import DataError
from headway.rendering.data import source

pd = pytest.importorskip("pandas")
pa = pytest.importorskip("pyarrow")
pq = pytest.importorskip("pyarrow.parquet")


@pytest.fixture
def table(make):
    """Return a function that writes a table beside pictures a.jpg … d.jpg and sub/é 1.jpg, and returns its path."""
    root = make("a.jpg", "b.jpg", "c.jpg", "d.jpg", "sub/é 1.jpg")

    def write_table(content, name="labels.csv"):
        path = os.path.join(root, name)
        with open(path, "wb") as handle:
            handle.write(content if isinstance(content, bytes) else content.encode())
        return path

    return write_table


def base_names(dataset):
    return [os.path.basename(path) for path in dataset.pictures]


@pytest.mark.parametrize("path_column", ["path", "File", "file_name", "FILENAME", "image", "image_path", "Image Path"])
@pytest.mark.parametrize("label_column", ["label", "Class", "target", "category", "class_name"])
def test_usual_names_of_columns(table, path_column, label_column):
    dataset = read(table(f"{label_column},{path_column}\ndog,b.jpg\ncat,sub/é 1.jpg\n"))
    assert base_names(dataset) == ["b.jpg", "é 1.jpg"]
    assert dataset.classes == ("cat", "dog")
    assert dataset.labels.tolist() == [1, 0]
    assert source(dataset.source) == (
        f"the table 'labels.csv' (columns {path_column}, {label_column}): 2 pictures in 2 classes"
    )
    assert all(Path(path).is_file() for path in dataset.pictures)


def test_named_columns(table):
    path = table("id,where,what,when,who\n1,a.jpg,cat,train,x\n2,b.jpg,dog,test,y\n3,c.jpg,dog,train,x\n")
    dataset = read(path, path_column="where", label_column="what", split_column="when", group_column="who")
    assert dataset.counts() == {"cat": 1, "dog": 2}
    assert dataset.given.tolist() == [0, 2, 0]
    assert dataset.groups.tolist() == [0, 1, 0]


@pytest.mark.parametrize("split_column", ["split", "Subset", "set", "fold"])
@pytest.mark.parametrize("group_column", ["group", "Patient", "patient_id", "subject"])
def test_split_and_group(table, split_column, group_column):
    dataset = read(
        table(f"path,label,{split_column},{group_column}\na.jpg,x,Train,p\nb.jpg,y,VAL,\nc.jpg,y,test,p\nd.jpg,x,test,")
    )
    assert dataset.given.tolist() == [0, 1, 2, 2]
    assert dataset.groups.tolist() == [0, 1, 0, 2]


def test_a_column_called_fold_that_names_no_splits_is_skipped(table):
    text = "path,label,fold\na.jpg,x,0\nb.jpg,y,1\n"
    dataset = read(table(text))
    assert dataset.given is None
    assert "'fold' is skipped" in source(dataset.source)
    with pytest.raises(DataError, match=r"must say train, validation or test, and line 2 says '0'"):
        read(table(text), split_column="fold")


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
@pytest.mark.parametrize("bom", ["", "\ufeff"])
@pytest.mark.parametrize("newline", ["\n", "\r\n"])
def test_dialects(table, delimiter, bom, newline):
    rows = [["path", "label"], ["a.jpg", "cat"], [], ["b.jpg", "dog"]]
    dataset = read(table(bom + newline.join(delimiter.join(row) for row in rows)))
    assert dataset.counts() == {"cat": 1, "dog": 1}


def test_tsv_keeps_its_commas(table):
    assert read(table("path\tlabel\na.jpg\ta, b, c\nb.jpg\td\n", "x.TSV")).classes == ("a, b, c", "d")


def test_quoted_text_and_spaces(table):
    dataset = read(table('path, label\n"a.jpg", "one, two"\nb.jpg , " three "\nc.jpg,"new\nline"\n'))
    assert dataset.counts() == {"new\nline": 1, "one, two": 1, "three": 1}


def test_a_table_from_windows(table):
    assert Path(read(table("path,label\nsub\\é 1.jpg,x\n")).pictures[0]).is_file()


def test_rows_that_repeat_are_merged_and_counted(table):
    dataset = read(table("path,label\na.jpg,x\nb.jpg,y\n./a.jpg,x\n"))
    assert base_names(dataset) == ["a.jpg", "b.jpg"]
    assert dataset.skipped == {"row that repeats another": 1}


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            "path,label\na.jpg,x\nb.jpg,y\na.jpg,y\n",
            r"a.jpg' is 'x' in line 2 and 'y' in line 4 of the table 'labels.csv'",
        ),
        ("path,label,split\na.jpg,x,train\na.jpg,x,test\n", "'train' in line 2 and 'test' in line 3.*column 'split'"),
        ("path,label,group\na.jpg,x,1\na.jpg,x,2\n", "'1' in line 2 and '2' in line 3.*column 'group'"),
        ("name,label\nanna,x\n", r"needs a path column, and its columns are 'name', 'label': .*--path-column"),
        ("path,kind\na.jpg,x\n", r"needs a label column, and its columns are 'path', 'kind': .*--label-column"),
        ("path,label,path\na.jpg,x,b.jpg\n", "2 columns called 'path'"),
        (
            "path,label\na.jpg,x\nno.jpg,x\nnone.jpg,y\n",
            r"2 of 3 files are not there, .*no.jpg' \(line 3 of .*start from",
        ),
        ("path,label\na.jpg,x\nb.jpg,\nc.jpg, \n", "2 rows have none in column 'label', the first is line 3"),
        ("path,label\n,x\n", "1 row has none in column 'path'"),
        ("path,label,split\na.jpg,x,train\nb.jpg,x,tset\n", "line 3 says 'tset'"),
        ("path,label,split\na.jpg,x,train\nb.jpg,x,\n", "line 3 says ''"),
        ("path,label\na.jpg\n", "must have 2 fields like its header, and line 2 has 1 field"),
        ('path,label\n"a\nb.jpg",x\nc.jpg\n', "line 4 has 1 field"),
        ("path,label\na,b.jpg,x\n", "line 2 has 3 fields"),
        ("a.jpg,cat\nb.jpg,dog\n", "first line .* must name the columns, such as path,label"),
        ("path,label\n", "a header and no rows"),
        ("", "is empty"),
        ("\n\n", "is empty"),
        ('path,label\n"a.jpg,x\n', "not a valid table from line 2 on"),
        ("path,label\na.jpg,caf\u00e9".encode("latin-1"), "must be UTF-8 text"),
        ("path,label\na.jpg,x".encode("utf-16")[:-1], "must be UTF-8 text"),
        ("path,label\na.jpg,x".encode("utf-16-le"), "binary data"),
        (b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR", "must be UTF-8 text"),
        (b"PK\x03\x04\x00\x00\x00", "binary data"),
        (b"path,label\na.jpg,x\n\0\0\0\n", "line 3 holds binary data"),
        ("path,label\na.jpg," + "x" * 200_000, "not a valid table from line 2 on: field larger"),
        ("x" * (2**20 + 1), "line 1 has over 1,048,576 characters"),
    ],
)
def test_wrong_tables(table, text, message):
    with pytest.raises(DataError) as caught:
        read(table(text))
    assert re.search(message, str(caught.value)), str(caught.value)
    assert "\n" not in str(caught.value)


def test_other_files_than_pictures(table, make):
    make("x.wav", "y.pdf")
    with pytest.raises(DataError, match=r"needs pictures .* all 2 files are something else: \.pdf, \.wav"):
        read(table("path,label\nx.wav,a\ny.pdf,b\n"))


def test_a_column_that_is_not_there(table):
    with pytest.raises(DataError, match="has no column 'breed': its columns are 'path', 'label'"):
        read(table("path,label\na.jpg,x\n"), label_column="breed")
    with pytest.raises(DataError, match="not 'path' for both"):
        read(table("path,label\na.jpg,x\n"), label_column="path")
    with pytest.raises(DataError, match="not 'label' for both"):
        read(table("path,label\na.jpg,x\n"), label_column="label", path_column="label")


def test_a_huge_file(table, monkeypatch):
    monkeypatch.setattr(formats, "MAX_BYTES", 10)
    with pytest.raises(DataError, match="too large to be a list of pictures: 19 bytes"):
        read(table("path,label\na.jpg,x\n"))


@settings(max_examples=200, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(st.binary(max_size=300), st.sampled_from(["x.csv", "x.tsv", "x.parquet"]))
def test_garbage_is_an_error_of_one_line(table, garbage, name):
    with pytest.raises(DataError) as caught:
        read(table(garbage, name))
    assert "\n" not in str(caught.value)


def test_parquet(table, make):
    root = make()
    path = os.path.join(root, "x.parquet")
    pq.write_table(
        pa.table({"path": ["a.jpg", "b.jpg", "c.jpg"], "label": [1, 0, 10], "split": ["train", "train", "test"]}), path
    )
    dataset = read(path)
    assert dataset.classes == ("0", "1", "10")
    assert dataset.given.tolist() == [0, 0, 2]
    pq.write_table(pa.table({"path": ["a.jpg"], "label": [None]}), path)
    with pytest.raises(DataError, match="the first is row 0"):
        read(path)


def test_damaged_parquet(table, make):
    path = os.path.join(make(), "x.parquet")
    pq.write_table(pa.table({"path": ["a.jpg"] * 1000, "label": ["x"] * 1000}), path)
    with open(path, "rb") as handle:
        whole = handle.read()
    for length in (0, 3, 4, 20, len(whole) // 2, len(whole) - 1):
        with pytest.raises(DataError, match="Parquet"):
            read(table(whole[:length], "x.parquet"))
    with pytest.raises(DataError, match="damaged"):
        read(table(whole[:4] + bytes(100) + whole[104:], "x.parquet"))


def test_pandas(table, make):
    root = make()
    frame = pd.DataFrame(
        {"file": [os.path.join(root, name) for name in ("a.jpg", "b.jpg")], "label": [2.0, 1.0], "subject": [7, 8]},
        index=[5, 9],
    )
    dataset = read(frame)
    assert dataset.classes == ("1", "2")
    assert dataset.groups.tolist() == [0, 1]
    assert source(dataset.source) == "the DataFrame (columns file, label, subject): 2 pictures in 2 classes"
    frame["label"] = [1.0, float("nan")]
    with pytest.raises(DataError, match="1 row has none in column 'label', the first is row 1"):
        read(frame)


def test_a_frame_of_another_library_and_of_arrays():
    class Frame:
        columns = ("image", "label")

        def __getitem__(self, name):
            return {"image": [np.zeros((2, 2, 3), np.uint8)] * 2, "label": ["b", "a"]}[name]

    dataset = read(Frame())
    assert dataset.labels.tolist() == [1, 0]
    assert dataset.name(1) == "picture 1"


def test_a_path_column_of_something_else(table, make):
    path = os.path.join(make(), "x.parquet")
    pq.write_table(pa.table({"image": [{"bytes": b"x", "path": "a.jpg"}], "label": ["x"]}), path)
    with pytest.raises(DataError, match="picture 0 is dict"):
        read(path)


@pytest.mark.parametrize("name", ["fifo.csv", "fifo.parquet"])
def test_a_pipe_is_not_waited_for(tmp_path, name):
    os.mkfifo(tmp_path / name)
    with pytest.raises(DataError, match="it is a pipe or a device, not a file"):
        read(tmp_path / name)
