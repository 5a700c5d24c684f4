"""What features are computed of: tar files, Parquet with pictures, tables, and all of it in object storage."""

from __future__ import annotations

import functools
import io
import json
import tarfile
import threading
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from headway.cli.main import run
from headway.dataset.options import ReadingOptions
from headway.errors import DataError
from headway.shards import objects, read_manifest
from headway.shards.objects import Patience
from headway.shards.sources import open_source
from headway.shards.storage import open_place
from tests.helpers import write_pictures
from tests.shards.making import (
    TINY,
    check_whole,
    embed,
    png,
    rows_of,
    samples,
    unreadable_of,
    upload,
    write_image_parquet,
    write_tar,
)
from tests.shards.server import Server


@pytest.fixture(autouse=True)
def cache(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("HEADWAY_CACHE", str(tmp_path / "cache"))


Said = pytest.CaptureFixture[str]


@pytest.mark.parametrize(
    ("label", "said"),
    [
        ("cls", "labels from .cls"),
        ("json", "labels from 'label' of the JSON"),
        ("txt", "labels from .txt"),
    ],
)
def test_tar_files(tmp_path: Path, capsys: Said, label: str, said: str) -> None:
    for number in range(3):
        write_tar(tmp_path / "tars" / f"train-{number}.tar", samples(10 * number, 10, label))
    embed(tmp_path / "tars", tmp_path / "out")
    told = capsys.readouterr()
    assert f"3 tar files, {said}" in told.out
    assert ("another field or ending is named with --label-column" in told.err) == (label != "cls")
    rows = rows_of(tmp_path / "out")
    assert rows["path"] == [f"{tmp_path}/tars/train-{n // 10}.tar/{n:05d}.png" for n in range(30)]
    assert rows["label"] == ["cat" if n % 3 else "dog" for n in range(30)]
    assert len(read_manifest(tmp_path / "out").shards) == 3
    # A tar that is changed is computed anew, alone.
    before = {path.name for path in (tmp_path / "out").glob("features-*")}
    write_tar(tmp_path / "tars" / "train-1.tar", samples(10, 9, label))
    embed(tmp_path / "tars", tmp_path / "out")
    assert "computed" in (found := capsys.readouterr().out) and "in 1 shard, 2 shards known" in found
    assert len(before & {path.name for path in (tmp_path / "out").glob("features-*")}) == 2


def test_names_of_files_tell_splits(tmp_path: Path, capsys: Said) -> None:
    write_tar(tmp_path / "tars" / "train-0000.tar", samples(0, 6))
    write_tar(tmp_path / "tars" / "train-0001.tar", samples(6, 6))
    write_tar(tmp_path / "tars" / "test-0000.tar", samples(12, 6))
    embed(tmp_path / "tars", tmp_path / "out")
    assert "Names of files tell splits: train 2, test 1 of 3 files; --no-splits declines it" in capsys.readouterr().err
    assert rows_of(tmp_path / "out")["split"] == ["test"] * 6 + ["train"] * 12
    embed(tmp_path / "tars", tmp_path / "plain", "--no-splits")
    assert set(rows_of(tmp_path / "plain")["split"]) == {None}


def test_tars_without_labels_captions_and_fields(tmp_path: Path, capsys: Said) -> None:
    captions = [
        (f"{n}.{end}", png(n) if end == "png" else f"a picture of {n}".encode())
        for n in range(9)
        for end in ("png", "txt")
    ]
    write_tar(tmp_path / "captions.tar", captions)
    embed(tmp_path / "captions.tar", tmp_path / "out")
    told = capsys.readouterr()
    assert "1 tar file, no labels" in told.out and "9 pictures, without labels" in told.out
    assert "No labels are taken from these tar files" in told.err
    write_tar(
        tmp_path / "fields.tar",
        [
            (f"{n}.{end}", png(n) if end == "png" else json.dumps({"breed": n % 2}).encode())
            for n in range(4)
            for end in ("png", "json")
        ],
    )
    embed(tmp_path / "fields.tar", tmp_path / "fields", "--label-column", "breed")
    assert rows_of(tmp_path / "fields")["label"] == ["0", "1", "0", "1"]
    embed(tmp_path / "fields.tar", tmp_path / "other", "--label-column", "kind", code=2)
    assert "no JSON of" in (found := capsys.readouterr().err) and "has a field 'kind'; there are 'breed'" in found
    embed(tmp_path / "fields.tar", tmp_path / "other", "--label-pattern", "x", code=2)
    assert (
        "--label-pattern goes with folders and tables, and this is tar files: leave it out" in capsys.readouterr().err
    )


def test_a_sample_with_several_pictures_is_asked_about(tmp_path: Path, capsys: Said) -> None:
    members = [(f"{n}.{end}", png(n)) for n in range(3) for end in ("png", "seg.png")]
    write_tar(tmp_path / "a.tar", members)
    embed(tmp_path / "a.tar", tmp_path / "out", code=2)
    assert (
        "and '0' has 'png', 'seg.png': name the ending of the right one with --path-column" in capsys.readouterr().err
    )
    embed(tmp_path / "a.tar", tmp_path / "out", "--path-column", "png")
    assert [path.rpartition("/")[2] for path in rows_of(tmp_path / "out")["path"]] == ["0.png", "1.png", "2.png"]


def test_hostile_tars(tmp_path: Path, capsys: Said) -> None:
    good = samples(0, 4)
    write_tar(tmp_path / "tars" / "a.tar", good)
    evil = write_tar(
        tmp_path / "tars" / "b.tar",
        [("../../evil.png", png(1)), ("/etc/x.png", b""), ("t.png", b"text"), *samples(4, 4)],
    )
    with tarfile.open(evil, "a") as archive:
        link = tarfile.TarInfo("link.png")
        link.type, link.linkname = tarfile.SYMTYPE, "/etc/passwd"
        archive.addfile(link)
    embed(tmp_path / "tars", tmp_path / "out", "--max-bad", "0.5")
    assert unreadable_of(tmp_path / "out") == {
        f"{evil}//etc/x.png": "cannot be read: an empty member of a tar file",
        f"{evil}/t.png": "not a picture (starts like text)",
        f"{evil}/link.png": "cannot be read: a link or a file of another kind in a tar file, which is not followed",
    }
    assert not (tmp_path.parent / "evil.png").exists() and len(rows_of(tmp_path / "out")["path"]) == 9
    # A tar that ends too early stops the run at its end: the others are computed.
    (tmp_path / "tars" / "c.tar").write_bytes((tmp_path / "tars" / "a.tar").read_bytes()[:3000])
    embed(tmp_path / "tars", tmp_path / "out", "--max-bad", "0.5", code=2)
    said = capsys.readouterr().err
    assert "c.tar' must be a whole ZIP or tar archive, and is damaged or cut short" in said
    assert "The other shards are computed, and are not computed again" in said
    (tmp_path / "tars" / "c.tar").write_bytes(b"")
    embed(tmp_path / "tars", tmp_path / "out", "--max-bad", "0.5", code=2)
    assert "c.tar' must be a whole ZIP or tar archive" in capsys.readouterr().err


def test_nothing_of_a_tar_is_lost_unseen(tmp_path: Path, capsys: Said) -> None:
    first, second = (write_tar(tmp_path / name, samples(at, 2)).read_bytes() for name, at in (("a", 0), ("b", 2)))
    joined = tmp_path / "joined.tar"
    joined.write_bytes(first + second)
    embed(joined, tmp_path / "out", code=2)
    assert "more files follow behind its end, as of two archives put together" in capsys.readouterr().err
    twice = write_tar(tmp_path / "twice.tar", [*samples(0, 4), ("x.png", png(1)), ("x.png", png(2)), ("._0.png", b"")])
    embed(twice, tmp_path / "out", "--max-bad", "0.5")
    (reason,) = unreadable_of(tmp_path / "out").values()
    assert reason == "cannot be read: its name stands twice in the tar file, and it is not known which of both is meant"
    assert len(rows_of(tmp_path / "out")["path"]) == 4


def test_a_large_member_waits_for_its_turn(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("headway.shards.tars.SMALL_BYTES", 100)
    monkeypatch.setattr("headway.shards.tars.LARGEST_BYTES", 600)
    write_tar(tmp_path / "a.tar", [("a.png", png(1)), ("b.png", png(9, 40)), ("c.png", png(2))])
    embed(tmp_path / "a.tar", tmp_path / "out", "--max-bad", "0.5")
    assert len(rows_of(tmp_path / "out")["path"]) == 2
    (reason,) = unreadable_of(tmp_path / "out").values()
    assert reason == "cannot be read: 0 MiB, of at most 64 in a tar file or Parquet"


@pytest.mark.parametrize("hugging_face", [True, False])
def test_parquet_with_pictures(tmp_path: Path, capsys: Said, hugging_face: bool) -> None:
    for name, first in (("train-00000-of-00002", 0), ("train-00001-of-00002", 20), ("test-00000-of-00001", 40)):
        write_image_parquet(tmp_path / "data" / f"{name}.parquet", first, 20, hugging_face=hugging_face, group=5)
    embed(tmp_path / "data", tmp_path / "out", "--shard-rows", "10")
    told = capsys.readouterr()
    assert "60 pictures in 3 files, column" in told.out and "Names of files tell splits: train 2, test 1" in told.err
    assert "Labels are taken from column" in told.err and len(read_manifest(tmp_path / "out").shards) == 6
    rows = rows_of(tmp_path / "out")
    assert rows["split"] == ["test"] * 20 + ["train"] * 40
    if hugging_face:
        assert rows["path"][1] == f"{tmp_path}/data/test-00000-of-00001.parquet/41.png"
        assert rows["label"][:4] == [None, "dog", "cat", "dog"]
    else:
        assert rows["path"][1] == f"{tmp_path}/data/test-00000-of-00001.parquet/row 1"
        assert rows["label"][:4] == ["0", "1", "0", "1"]
    embed(f"{tmp_path}/data/test-00000-of-00001.parquet", tmp_path / "one", "--label-column", "nothing", code=2)
    assert "has no column 'nothing'; it has" in capsys.readouterr().err


def test_hostile_parquet(tmp_path: Path, capsys: Said) -> None:
    path = write_image_parquet(tmp_path / "a.parquet", 0, 20, hugging_face=False)
    whole = path.read_bytes()
    for damaged in (whole[:-30] + b"x" * 30, whole[:-30], b"PAR1"):
        path.write_bytes(damaged)
        code = run(["embed", str(path), "-o", f"{tmp_path / 'out'}/", *TINY])
        said = capsys.readouterr().err
        assert code == 2 and "a.parquet must be a whole Parquet file with pictures, and is not" in said
        assert said.strip().splitlines()[-1].startswith("headway: ")
    write_image_parquet(path, 0, 0, hugging_face=False)
    embed(path, tmp_path / "out", code=2)
    assert "there are no pictures: " in capsys.readouterr().err
    table = pa.table({"a": pa.array([b""], pa.binary()), "b": pa.array([b"x"], pa.binary())})
    pq.write_table(table, path)
    embed(path, tmp_path / "out", code=2)
    assert "one column of" in (found := capsys.readouterr().err) and "name it with --path-column" in found
    embed(path, tmp_path / "out", "--path-column", "b", "--max-bad", "1", code=2)
    assert "1 of 1 pictures (100.0%) cannot be read" in capsys.readouterr().err


def test_labels_of_parquet_are_names_and_no_descriptions(tmp_path: Path) -> None:
    labels = [" cat ", "cat", "x" * 201, "two\nlines", None, ""]
    pictures = [png(number) for number in range(6)]
    pq.write_table(pa.table({"image": pictures, "label": labels}), tmp_path / "a.parquet")
    embed(tmp_path / "a.parquet", tmp_path / "out", "--max-bad", "0.5")
    assert rows_of(tmp_path / "out")["label"] == ["cat", "cat", None, None]
    assert sorted(path[-5:] for path in unreadable_of(tmp_path / "out")) == ["row 2", "row 3"]
    assert all("too long for the name of a class" in reason for reason in unreadable_of(tmp_path / "out").values())


def test_a_table_of_paths_is_read_as_today(pictures: Path, tmp_path: Path) -> None:
    table = pictures / "labels.csv"
    paths = sorted(path.relative_to(pictures) for path in pictures.rglob("*.png"))
    table.write_text("path,label\n" + "".join(f"{path},{path.parent.name}\n" for path in paths))
    embed(table, tmp_path / "out")
    assert rows_of(tmp_path / "out")["label"] == [path.parent.name for path in paths]


def _be_quick(monkeypatch: pytest.MonkeyPatch, retries: int) -> None:
    patience = Patience(retries, first_s=0.01, longest_s=0.05)
    monkeypatch.setattr(objects, "Patience", lambda: patience)


@pytest.fixture
def bucket(s3: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Server:
    """A bucket with a folder of pictures, tar files, Parquet and a table."""
    pictures = write_pictures(tmp_path / "own" / "photos", per_class=4)
    (pictures / "red" / "odd näme #1%20.png").write_bytes(png(3))
    for number in range(2):
        write_tar(tmp_path / "own" / "tars" / f"{number}.tar", samples(4 * number, 4))
        write_image_parquet(tmp_path / "own" / "parquet" / f"{number}.parquet", 4 * number, 4, hugging_face=True)
    names = [path.relative_to(pictures).as_posix() for path in sorted(pictures.rglob("*.png"))]
    (pictures / "labels.csv").write_text("path,label\n" + "".join(f'"{name}",{name[:3]}\n' for name in names))
    upload(open_place("s3://bucket"), tmp_path / "own")
    _be_quick(monkeypatch, 8)
    s3.fault = lambda method, path, number: (503, 0.0) if number % 7 == 0 else None
    return s3


def _downloaded(tmp_path: Path, address: str) -> Path:
    folder = tmp_path / "downloaded"
    folder.mkdir()
    place = open_place(address)
    for file in place.list():
        (folder / file.name).write_bytes(place.read(file.name))
    return folder


@pytest.mark.parametrize(
    ("source", "count", "first"),
    [
        ("photos", 13, ("photos/blue/00.png", "blue")),
        ("photos/labels.csv", 13, ("photos/blue/00.png", "blu")),
        ("tars", 8, ("tars/0.tar/00000.png", "dog")),
        ("parquet", 8, ("parquet/0.parquet/0.png", None)),
        ("tars/1.tar", 4, ("tars/1.tar/00004.png", "cat")),
    ],
)
def test_from_bucket_to_bucket_through_failures(
    bucket: Server, tmp_path: Path, capsys: Said, source: str, count: int, first: tuple[str, str | None]
) -> None:
    embed(f"s3://bucket/{source}", "s3://bucket/out", "--shard-rows", "5")
    assert f"s3://bucket/out: {count} pictures" in capsys.readouterr().out
    folder = _downloaded(tmp_path, "s3://bucket/out")
    rows = rows_of(folder)
    assert len(rows["path"]) == count
    assert (rows["path"][0], rows["label"][0]) == (f"s3://bucket/{first[0]}", first[1])
    asked = len(bucket.asked)
    embed(f"s3://bucket/{source}", "s3://bucket/out", "--shard-rows", "5")
    assert "0 pictures computed" in capsys.readouterr().out
    assert not any(method == "PUT" and "/out/features" in path for method, path in bucket.asked[asked:])


def test_a_local_table_of_addresses(bucket: Server, tmp_path: Path, capsys: Said) -> None:
    table = tmp_path / "list.csv"
    table.write_text("url,label\ns3://bucket/photos/blue/00.png,blue\ns3://bucket/photos/red/01.png,red\n")
    embed(table, tmp_path / "out")
    assert rows_of(tmp_path / "out")["label"] == ["blue", "red"]
    with table.open("a") as file:
        file.write("s3://bucket/photos/red/none.png,red\n")
    embed(table, tmp_path / "more", code=2)
    assert (
        "1 of 3 files of the list are not there, the first is s3://bucket/photos/red/none.png"
        in capsys.readouterr().err
    )


def test_an_object_that_goes_away_is_unreadable(
    bucket: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    bucket.fault = lambda method, path, number: (404, 0.0) if method == "GET" and path.endswith("red/01.png") else None
    embed("s3://bucket/photos", tmp_path / "out")
    assert unreadable_of(tmp_path / "out") == {"s3://bucket/photos/red/01.png": "cannot be read: it is not there"}


def test_wrong_addresses(bucket: Server, tmp_path: Path, capsys: Said) -> None:
    for source, dest, said in (
        ("s3://other/photos", tmp_path / "out", "there is no bucket 'other': check the address s3://other/photos"),
        ("s3://bucket/nothing", tmp_path / "out", "there is nothing at s3://bucket/nothing: check the address"),
        (tmp_path / "own" / "photos", "s3://other/out", "there is no bucket 'other'"),
        (
            "s3://bucket/photos/none.csv",
            tmp_path / "out",
            "s3://bucket/photos/none.csv is not there: check the address",
        ),
        (tmp_path / "own" / "photos", "s3://bucket/photos", "s3://bucket/photos holds other files, such as"),
    ):
        embed(source, dest, code=2)
        assert said in capsys.readouterr().err
        assert not list((tmp_path / "out").glob("*.parquet"))


def test_settings_of_storage_that_are_wrong(
    bucket: Server, tmp_path: Path, capsys: Said, monkeypatch: pytest.MonkeyPatch
) -> None:
    for endpoint in ("localhost:9000", "127.0.0.1", "http://", "ftp://host"):
        monkeypatch.setenv("AWS_ENDPOINT_URL", endpoint)
        embed("s3://bucket/photos", tmp_path / "out", code=2)
        assert f"AWS_ENDPOINT_URL must be an address such as http://127.0.0.1:9000, and is {endpoint!r}" in (
            capsys.readouterr().err
        )
    for variable in ("AZURE_STORAGE_ACCOUNT_NAME", "AZURE_STORAGE_ACCOUNT_KEY"):
        monkeypatch.delenv(variable, raising=False)
    embed("az://bucket/photos", tmp_path / "out", code=2)
    said = capsys.readouterr().err
    assert "az://bucket/photos needs the name of an account: set AZURE_STORAGE_ACCOUNT_NAME" in said


def test_storage_that_stays_away_ends_the_run_and_the_next_goes_on(
    bucket: Server, tmp_path: Path, capsys: Said, monkeypatch: pytest.MonkeyPatch
) -> None:
    _be_quick(monkeypatch, 2)
    bucket.fault = lambda method, path, number: (503, 0.0) if path.endswith("red/01.png") else None
    embed("s3://bucket/photos", tmp_path / "out", "--shard-rows", "2", code=1)
    assert "could not be reached, and was tried 3 times" in capsys.readouterr().err
    there = len(list((tmp_path / "out").glob("features-*")))
    bucket.fault = None
    embed("s3://bucket/photos", tmp_path / "out", "--shard-rows", "2")
    assert there and f"{there} shards known" in capsys.readouterr().out
    assert len(rows_of(tmp_path / "out")["path"]) == 13


def test_pictures_of_more_than_8_bits_need_a_range(tmp_path: Path, capsys: Said) -> None:
    import numpy as np
    from PIL import Image

    stream = io.BytesIO()
    Image.fromarray(np.full((9, 9), 3000, np.uint16)).save(stream, "PNG")
    write_tar(tmp_path / "a.tar", [("a.png", stream.getvalue())])
    embed(tmp_path / "a.tar", tmp_path / "out", code=2)
    assert "these pictures have more than 8 bits" in capsys.readouterr().err
    embed(tmp_path / "a.tar", tmp_path / "out", "--value-range", "12")
    assert read_manifest(tmp_path / "out").about["value_range"] == [0, 4095]


def test_check_whole_knows_what_it_checks(pictures: Path, tmp_path: Path) -> None:
    embed(pictures, tmp_path / "out")
    (tmp_path / "out" / "stray.parquet").write_bytes(b"")
    with pytest.raises(AssertionError):
        check_whole(tmp_path / "out", pictures)


def test_workers_open_what_they_are_given(tmp_path: Path) -> None:
    import pickle

    write_tar(tmp_path / "a.tar", samples(0, 3))
    cut = open_source([tmp_path / "a.tar"], ReadingOptions(), 10, lambda: pytest.fail("a tar file is no data set"))
    sent: Any = pickle.loads(pickle.dumps(cut.readers))
    assert [record.label for record in sent[0].records()] == ["dog", "cat", "cat"]


def test_a_tar_beside_folders_of_pictures_is_not_meant(pictures: Path, tmp_path: Path, capsys: Said) -> None:
    write_tar(pictures / "original.tar", samples(0, 3))
    embed(pictures, tmp_path / "out")
    assert "folder per class: 36 pictures" in capsys.readouterr().out


@given(at=st.integers(0, 8_000), content=st.binary(min_size=1, max_size=600), cut=st.booleans())
@settings(max_examples=60, deadline=None)
def test_any_damage_of_a_tar_is_seen_or_harmless(
    tmp_path_factory: pytest.TempPathFactory, at: int, content: bytes, cut: bool
) -> None:
    folder = tmp_path_factory.mktemp("damaged")
    path = write_tar(folder / "a.tar", samples(0, 4))
    whole = path.read_bytes()
    path.write_bytes(whole[:at] if cut else whole[:at] + content + whole[at + len(content) :])
    try:
        cut_of = open_source([path], ReadingOptions(), 10, lambda: pytest.fail("a tar file is no data set"))
        names = [record.name for reader in cut_of.readers for record in reader.records()]
    except DataError as error:
        assert "\n" not in str(error)
    else:
        # Headers have checksums: a member may have other content, and is lost only where its whole header is another.
        assert len(names) <= 4


def test_large_objects(bucket: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("headway.shards.filelists.SMALL_BYTES", 100)
    embed("s3://bucket/photos", tmp_path / "out")
    assert len(rows_of(tmp_path / "out")["path"]) == 13


class _Web(SimpleHTTPRequestHandler):
    """Serves files, but for some."""

    def do_GET(self) -> None:
        if "forbidden" in self.path:
            self.send_error(403)
        else:
            super().do_GET()

    def log_message(self, format: str, *args: Any) -> None:
        """Say nothing."""


@pytest.mark.parametrize("small", [100, 1 << 20])
def test_pictures_of_the_web(pictures: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, small: int) -> None:
    monkeypatch.setattr("headway.shards.filelists.SMALL_BYTES", small)
    server = ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(_Web, directory=str(pictures)))
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    web = f"http://127.0.0.1:{server.server_port}"
    names = ("blue/00.png", "red/01.png", "red/none.png", "red/forbidden.png")
    table = tmp_path / "web.csv"
    table.write_text("url,label\n" + "".join(f"{web}/{name},x\n" for name in names))
    try:
        embed(table, tmp_path / "out", "--max-bad", "0.5")
    finally:
        server.shutdown()
        server.server_close()
    assert len(rows_of(tmp_path / "out")["path"]) == 2
    refused, missing = sorted(unreadable_of(tmp_path / "out").items())
    assert missing == (f"{web}/red/none.png", "cannot be read: it is not there")
    assert refused[0] == f"{web}/red/forbidden.png" and "is not allowed to these credentials" in refused[1]


def test_what_does_not_go_together(bucket: Server, tmp_path: Path, capsys: Said) -> None:
    out = f"{tmp_path / 'out'}/"
    assert run(["embed", "s3://bucket/photos", str(tmp_path), "-o", out, *TINY]) == 2
    assert "folders and tables of object storage are computed one at a time" in capsys.readouterr().err
    embed("s3://bucket/photos", tmp_path / "out", "--fixes", "fixes.csv", code=2)
    assert "--fixes goes with pictures of this machine" in capsys.readouterr().err
    (tmp_path / "mixed").mkdir()
    write_tar(tmp_path / "mixed" / "a.tar", [("a.txt", b"x")])
    embed(tmp_path / "mixed", tmp_path / "out", code=2)
    assert "has no picture among the first 100 of its keys" in capsys.readouterr().err
