"""Places where files are: folders, and object storage that fails, throttles and dawdles."""

from __future__ import annotations

import pickle
from pathlib import Path

import pytest

from headway.errors import DataError, OutputError, RunError, UserError
from headway.shards.objects import ObjectPlace, Patience
from headway.shards.place import Place
from headway.shards.storage import open_place
from tests.shards.server import Server

QUICK = Patience(retries=3, first_s=0.01, longest_s=0.05, answer_s=1.0, upload_s=1.0)


@pytest.fixture(params=["folder", "bucket"])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Place:
    if request.param == "folder":
        return open_place(tmp_path / "data")
    request.getfixturevalue("s3")
    return open_place("s3://bucket/some/data", QUICK)


def test_a_file_is_written_once_and_read(place: Place) -> None:
    place.check_writable()
    assert list(place.list()) == [] and place.size("a") is None and place.stamp("a") is None
    for content in (b"first", b"second"):
        with place.adding("a") as file:
            file.write(content)
    assert place.read("a") == b"first" and place.size("a") == 5
    assert [(file.name, file.size) for file in place.list()] == [("a", 5)]
    with place.open("a") as file:
        assert file.seek(2) == 2 and file.read(2) == b"rs" and file.seek(-1, 2) == 4 and file.read() == b"t"
    with pytest.raises(FileNotFoundError):
        place.read("none")
    with pytest.raises(FileNotFoundError):
        place.open("none")
    with place.adding(".hidden") as file:
        file.write(b"x")
    assert [file.name for file in place.list(deep=True)] == ["a"] and not place.has_folders()
    place.delete("a")
    place.delete("a")
    assert list(place.list()) == []


def test_a_file_is_replaced_only_where_nobody_else_did(place: Place) -> None:
    place.check_writable()
    assert place.put("m", b"1", after=None)
    assert not place.put("m", b"2", after=None)
    stamp = place.stamp("m")
    assert place.put("m", b"22", after=stamp)
    assert not place.put("m", b"333", after=stamp)
    assert place.read("m") == b"22"


def test_what_breaks_off_leaves_nothing(place: Place) -> None:
    place.check_writable()
    with pytest.raises(ZeroDivisionError), place.adding("a") as file:
        file.write(b"half")
        raise ZeroDivisionError
    assert list(place.list()) == []
    if not isinstance(place, ObjectPlace):
        assert list(Path(str(place)).iterdir()) == []


def test_folders_are_listed_on_request(place: Place) -> None:
    place.check_writable()
    if not isinstance(place, ObjectPlace):
        (Path(str(place)) / "b").mkdir()
    for name in ("b/2", "b/10", "a"):
        with place.adding(name) as file:
            file.write(b"x")
    assert [file.name for file in place.list()] == ["a"]
    assert [file.name for file in place.list(deep=True)] == ["a", "b/10", "b/2"]


def test_throttling_and_failures_are_waited_for(s3: Server) -> None:
    place = open_place("s3://bucket/data", QUICK)
    s3.fault = lambda method, path, number: ([503, 500, 0][number % 3], 0.0)
    with place.adding("a") as file:
        file.write(b"x" * 100_000)
    assert place.read("a") == b"x" * 100_000
    assert [found.name for found in place.list()] == ["a"]
    assert len(s3.asked) > 5


def test_there_is_a_limit(s3: Server) -> None:
    place = open_place("s3://bucket/data", QUICK)
    s3.fault = lambda method, path, number: (503, 0.0)
    with pytest.raises(
        RunError, match=r"^s3://bucket/data/a could not be reached, and was tried 4 times: .*; run the same again"
    ):
        place.read("a")
    with pytest.raises(RunError, match="could not be reached"):
        place.put("a", b"", after=None)


def test_a_slow_answer_is_asked_for_again(s3: Server) -> None:
    place = open_place("s3://bucket/data", Patience(3, 0.01, 0.05, answer_s=0.4, upload_s=0.4))
    s3.fault = lambda method, path, number: (0, 0.8) if number % 2 else None
    assert place.put("a", b"slowly", after=None) in (True, False)  # a late put may have been made
    assert place.read("a") == b"slowly"


def test_wrong_places_are_one_line(s3: Server, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    with pytest.raises(
        UserError, match=r"^there is no bucket 'other': check the address s3://other/data, or make the bucket$"
    ):
        open_place("s3://other/data", QUICK).check_writable()
    with pytest.raises(UserError, match="must begin with s3://, gs://, az:// or https://, and 'ftp://x' does not"):
        open_place("ftp://x")
    with pytest.raises(OutputError, match="cannot be written: it is of the web"):
        open_place("https://example.org/data").check_writable()
    s3.fault = lambda method, path, number: (403, 0.0)
    with pytest.raises(UserError, match="^s3://bucket/data/a is not allowed to these credentials"):
        open_place("s3://bucket/data", QUICK).read("a")
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(OutputError, match=r"file cannot be written: .*; give another place with -o$"):
        open_place(tmp_path / "file").check_writable()
    (tmp_path / "folder").mkdir()
    with pytest.raises(DataError, match="cannot be read: it is a folder"):
        open_place(tmp_path).open("folder")


def test_no_credentials(s3: Server, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.delenv(name)
    monkeypatch.setenv("AWS_METADATA_ENDPOINT", f"{s3.address}/metadata")
    s3.fault = lambda method, path, number: (403, 0.0)
    with pytest.raises(UserError, match="^there are no valid credentials for s3://bucket/data: set AWS_ACCESS_KEY_ID"):
        open_place("s3://bucket/data", QUICK).check_writable()


def test_credentials_come_from_the_files_of_amazons_tools(
    s3: Server, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_REGION", "AWS_ENDPOINT_URL"):
        monkeypatch.delenv(name)
    (tmp_path / ".aws").mkdir()
    (tmp_path / ".aws" / "credentials").write_text("[work]\naws_access_key_id = k\naws_secret_access_key = s\n")
    (tmp_path / ".aws" / "config").write_text(f"[profile work]\nregion = us-east-1\nendpoint_url = {s3.address}\n")
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("AWS_PROFILE", "work")
    place = open_place("s3://bucket/data", QUICK)
    assert place.put("a", b"1", after=None) and place.read("a") == b"1"


def test_a_place_goes_to_workers_without_credentials(s3: Server) -> None:
    place = open_place("s3://bucket/data", QUICK)
    content = pickle.dumps(place)
    assert b"test" not in content
    assert pickle.loads(content).put("a", b"1", after=None)
