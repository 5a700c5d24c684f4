"""Archives in the cache."""

import os
import shutil
import tarfile
import time
from pathlib import Path

import pytest

import headway
from headway.dataset import read
from headway.dataset.archives import archive, members
from headway.dataset.archives.archive import AREA, Unpacker
from headway.errors import AmbiguousDataError, DataError, OutputError, UserError
from headway.rendering.reading import guesses
from tests.dataset.archives.test_members import tarred, zipped
from tests.helpers import Notes

PICTURES = [("cat/1.png", b"one"), ("cat/2.JPG", b"two"), ("dog/1.png", b"three")]


@pytest.fixture
def photos(write):
    return write("photos.zip", zipped(PICTURES))


def unpacked(path):
    return Unpacker().unpack(path)


def files(folder):
    return sorted(str(path.relative_to(folder)) for path in Path(folder).rglob("*") if path.is_file())


@pytest.mark.parametrize("name", ["photos.zip", "photos.tar", "photos.tar.gz", "photos.TGZ", "photos.tar.xz"])
def test_an_archive_is_read_as_the_folder_in_it(write, own_cache, name):
    modes = {".zip": None, ".tar": "w", ".gz": "w:gz", ".TGZ": "w:gz", ".xz": "w:xz"}
    mode = modes[Path(name).suffix]
    path = write(name, zipped(PICTURES) if mode is None else tarred(PICTURES, mode))
    dataset = read(path)
    assert dataset.counts() == {"cat": 2, "dog": 1}
    assert [Path(picture).read_bytes() for picture in dataset.pictures] == [content for _, content in PICTURES]
    assert all(Path(picture).is_relative_to(own_cache / "archives") for picture in dataset.pictures)
    assert dataset.source.archive == path and dataset.source.name.startswith(str(own_cache))
    assert repr(dataset) == f"<headway.Dataset: folder per class in {path!r}: 3 pictures in 2 classes>"


def test_it_is_unpacked_once_and_said_once(photos, tmp_path):
    notes, cache = Notes(), tmp_path / "elsewhere"
    first = read(photos, cache=cache, progress=notes)
    [folder] = (cache / "archives").iterdir()
    assert notes.notes == [f"{photos} is unpacked into {folder / 'files'}: 3 files, <0.1 MB"]
    made = [Path(picture).stat().st_ino for picture in first.pictures]
    os.utime(folder, (0, 0))
    other = shutil.copy(photos, tmp_path / "again.zip")  # by its content, whatever its name
    again = read(other, cache=cache, progress=notes)
    assert len(notes.notes) == 1 and again.source.archive == str(other)
    assert [Path(picture).stat().st_ino for picture in again.pictures] == made
    assert folder.stat().st_mtime > time.time() - 100  # the last to be pruned


def test_a_new_content_is_unpacked_anew(photos, write):
    first = unpacked(photos)
    write("photos.zip", zipped(PICTURES[:2]))
    assert unpacked(photos).files == 2 and first.files == 3


def test_what_was_deleted_or_cut_short_later_is_unpacked_again(photos):
    folder = Path(unpacked(photos).folder)
    for harm in (
        (folder / "cat/1.png").unlink,
        lambda: (folder / "cat/1.png").write_bytes(b""),
        (folder.parent / "about.json").unlink,
        lambda: (folder.parent / "about.json").write_text("[]"),
        lambda: shutil.rmtree(folder),
    ):
        harm()
        assert unpacked(photos).files == 3
        assert (folder / "cat/1.png").read_bytes() == b"one"


def test_an_interrupted_unpacking_leaves_nothing(photos, own_cache, monkeypatch):
    class Interrupted(Notes):
        def advance(self, steps=1):
            if any(own_cache.rglob("1.png")):
                raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        Unpacker(progress=Interrupted()).unpack(photos)
    assert list((own_cache / "archives").iterdir()) == []


def test_what_a_kill_has_left_is_deleted_after_a_day(photos, write, own_cache):
    entry = Path(unpacked(photos).folder).parent
    fresh, stale = (entry.with_name(f"{entry.name}.{end}") for end in ("0a", "0b"))
    for draft in (fresh, stale):
        (draft / "files").mkdir(parents=True)
    os.utime(stale, (time.time() - 100_000,) * 2)
    unpacked(write("other.zip", zipped(PICTURES[1:])))
    assert fresh.exists() and not stale.exists() and entry.exists()


def test_two_at_once_do_no_harm(photos, monkeypatch):
    write = Unpacker._write

    def slowly(self, *arguments):
        found = write(self, *arguments)
        monkeypatch.setattr(Unpacker, "_write", write)
        self.unpack(photos)  # the other is quicker
        return found

    monkeypatch.setattr(Unpacker, "_write", slowly)
    assert len(files(unpacked(photos).folder)) == 3
    assert len(list(AREA.folder().iterdir())) == 1


def test_an_archive_that_changes_meanwhile_is_refused(photos, monkeypatch):
    write = Unpacker._write

    def late(self, file, path, draft):
        with open(path, "ab") as more:
            more.write(b"more")
        return write(self, file, path, draft)

    monkeypatch.setattr(Unpacker, "_write", late)
    with pytest.raises(DataError, match="has changed while it was unpacked: run again when it is complete"):
        unpacked(photos)


def test_only_what_is_read_is_written_and_the_rest_counted(write):
    members = [
        *PICTURES,
        *((name, b"x") for name in ("labels.csv", "notes.txt", "a.json", "a.jsonl", "run.exe", "cat/noending")),
        *((name, b"x") for name in ("__MACOSX/cat/._1.png", ".git/1.png", "cat/.DS_Store", "cat/Thumbs.db")),
        *((name, zipped(PICTURES)) for name in ("inner.zip", "more.tar.gz")),
        ("link.png", tarfile.SYMTYPE.decode()),
        ("pipe.png", tarfile.FIFOTYPE.decode()),
        ("empty", tarfile.DIRTYPE.decode()),
        (".", tarfile.DIRTYPE.decode()),
    ]
    found = unpacked(write("x.tar", tarred(members)))
    kept = ["a.json", "a.jsonl", "cat/1.png", "cat/2.JPG", "dog/1.png", "labels.csv", "notes.txt"]
    assert files(found.folder) == kept
    counts = {
        "not a picture by its ending": 2,
        "hidden": 2,
        "file or folder of the operating system": 2,
        "archive in an archive": 2,
        "link in an archive": 1,
        "neither file nor folder": 1,
    }
    assert found.skipped == counts
    again = read(write("x.tar", tarred(members)))
    assert {why: again.skipped[why] for why in counts} == counts and again.skipped["sidecar file"] == 4


@pytest.mark.parametrize(
    "name",
    [
        "/etc/1.png",
        "../1.png",
        "cat/../../1.png",
        "..\\1.png",
        "\\1.png",
        "C:\\1.png",
        "c:1.png",
        "cat/D:/1.png",
        "//host/1.png",
    ],
)
def test_names_that_lead_elsewhere(write, own_cache, name):
    for content in (zipped([*PICTURES, (name, b"x")]), tarred([*PICTURES, (name, b"x")])):
        with pytest.raises(
            DataError, match="must only hold names below its own folder, and holds '.*1.png': unpack it"
        ):
            read(write("x.zip", content))
    assert list((own_cache / "archives").iterdir()) == []


def test_a_name_with_a_nul(write):
    content = zipped([("cat/1xpng", b"x")]).replace(b"1xpng", b"1\0png")
    with pytest.raises(DataError, match=r"names below its own folder, and holds 'cat/1\\x00png'"):
        read(write("x.zip", content))


@pytest.mark.parametrize("name", ["x" * 300 + ".png", "/".join(["x" * 200] * 6) + "/1.png", "x/" * 60 + "1.png"])
def test_long_names(write, name):
    with pytest.raises(DataError, match="must hold shorter names than 'x.*…': unpack it yourself|than 'x"):
        read(write("x.zip", zipped([(name.replace("//", "/"), b"x")])))


def test_a_separator_of_windows_separates_everywhere(write):
    found = unpacked(write("x.zip", zipped([("cat\\1.png", b"x"), ("./dog/1.png", b"x"), ("dog//2.png", b"x")])))
    assert files(found.folder) == ["cat/1.png", "dog/1.png", "dog/2.png"]


@pytest.mark.parametrize(
    "names",
    [
        ("cat/1.png", "cat/1.png"),
        ("cat/1.png", "cat/./1.png"),
        ("cat.png", "cat.png/1.png"),
        ("cat.png/1.png", "cat.png"),
    ],
)
@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_names_that_are_one(write, names):
    content = zipped([(name, b"x") for name in names])
    with pytest.raises(DataError, match=f"must hold each name once, in whatever case, and holds '{names[1]}' again"):
        read(write("x.zip", content))


def test_names_that_differ_by_case_are_two_where_the_file_system_says_so(write, monkeypatch):
    path = write("x.zip", zipped([("cat/1.png", b"x"), ("CAT/2.png", b"x")]))
    assert read(path).counts() == {"CAT": 1, "cat": 1}
    shutil.rmtree(AREA.folder())
    made, mkdir = set(), Path.mkdir

    def folding(self, *arguments, **options):
        if str(self).casefold() in made and not options:
            raise FileExistsError(17, "File exists", str(self))
        made.add(str(self).casefold())
        mkdir(self, *arguments, **options)

    monkeypatch.setattr(Path, "mkdir", folding)
    with pytest.raises(DataError, match="must hold each name once, in whatever case, and holds 'CAT/2.png' again"):
        read(path)


def test_bounds_of_one_file_and_of_folders(write, monkeypatch):
    with monkeypatch.context() as patch:
        patch.setattr(archive, "MAX_FILE_BYTES", 4)
        with pytest.raises(DataError, match="must hold files of at most 0 GiB, and 'dog/1.png' has more"):
            read(write("x.zip", zipped(PICTURES)))
    monkeypatch.setattr(members, "MAX_MEMBERS", 4)
    with pytest.raises(DataError, match="must hold at most 4 files"):
        read(write("x.zip", zipped([("a/b/c/1.png", b"x"), ("d/e/f/1.png", b"x")])))


def test_an_archive_without_anything_to_read(write):
    with pytest.raises(DataError, match=r"Headway needs pictures .* and '.*x.zip' has none among its 0 files$"):
        read(write("x.zip", zipped([])))
    with pytest.raises(DataError, match=r"has none among its 1 file: archive in an archive \(1\)$"):
        read(write("x.zip", zipped([("inner.zip", zipped(PICTURES))])))
    with pytest.raises(DataError, match=r"and '[^']*/x.zip' has none among its 1 file: 1 .txt$"):
        read(write("x.zip", zipped([("notes.txt", b"x")])))


def test_errors_name_the_archive_and_not_the_cache(write):
    with pytest.raises(DataError, match=r"no labels found for 1 picture in '[^']*/photos.tgz'") as caught:
        read(write("photos.tgz", tarred([("one.png", b"")], "w:gz")))
    assert "archives" not in str(caught.value)


def test_what_is_asked_names_the_archive(write, own_cache):
    path = write(
        "photos.zip", zipped([(f"{top}/{name}/{i}.png", b"x") for top in "ab" for name in "cd" for i in range(2)])
    )
    with pytest.raises(AmbiguousDataError) as caught:
        read(path)
    assert str(own_cache) not in str(caught.value)
    assert caught.value.readings[0] == ("only 'a' is meant", f"headway read {path} --include ./a")


def test_a_command_with_a_folder_of_images_keeps_that_in_the_cache(write):
    path = write("photos.zip", zipped([(f"batch_{top}/{i}.png", b"x") for top in (1, 2) for i in range(3)]))
    with pytest.raises(AmbiguousDataError) as caught:
        read(path)
    commands = [command for _, command in caught.value.readings]
    assert f"headway read TABLE.csv --images {unpacked(path).folder}" in commands
    assert sum(command.startswith(f"headway read {path} ") for command in commands) == len(commands) - 1


def test_a_table_and_a_pattern_in_an_archive(write):
    table = ("labels.csv", b"path,label\nimages/1.png,cat\nimages/2.png,dog\n")
    path = write("x.zip", zipped([table, ("images/1.png", b""), ("images/2.png", b"")]))
    dataset = read(path)
    assert dataset.counts() == {"cat": 1, "dog": 1}
    assert repr(dataset).startswith(
        f"<headway.Dataset: the table 'labels.csv' (columns path, label) in {path!r}: 2 pictures"
    )
    flat = write("y.zip", zipped([("cat-1.png", b""), ("dog-1.png", b"")]))
    assert read(flat, label_pattern="([a-z]+)-").counts() == {"cat": 1, "dog": 1}


def test_archives_among_several_sources(photos, write, make):
    other = write("other.tar", tarred([("cat/7.png", b"7")]))
    dataset = read([photos, other, make("dog/9.png")])
    assert dataset.counts() == {"cat": 3, "dog": 2}
    assert f"folder per class in {other!r}: 1 picture in 1 class;" in repr(dataset)
    with pytest.raises(DataError, match="'train', 'test' name splits"):
        read([write("train.zip", zipped(PICTURES)), write("test.tar.gz", tarred(PICTURES, "w:gz"))])


def test_an_archive_or_a_cache_that_cannot_be_used(photos, tmp_path, write):
    folder = tmp_path / "x.zip"
    os.mkfifo(folder)
    with pytest.raises(DataError, match="x.zip' cannot be read: it is a pipe or a device"):
        read(folder)
    with pytest.raises(
        OutputError, match="archives cannot be written: .*; make room, or name another folder with --cache"
    ):
        read(photos, cache=write("file", b""))
    with pytest.raises(UserError, match="progress must have the methods"):
        read(photos, progress=print)


def test_unpacked_archives_are_an_area_of_the_cache(photos, write, own_cache):
    found = unpacked(photos)
    theirs = own_cache / "archives" / "mine.txt"
    theirs.write_bytes(b"x")
    about = Path(found.folder).parent / "about.json"
    assert found.bytes == 11 and AREA.size() == 11 + about.stat().st_size
    os.utime(about.parent, (1, 1))
    unpacked(write("other.zip", zipped(PICTURES[1:])))  # unpacking another prunes the old
    assert not about.exists() and len(list(AREA.folder().iterdir())) == 2
    assert AREA.clear() > 8 and [path.name for path in AREA.folder().iterdir()] == ["mine.txt"]


def test_a_fit_unpacks_into_its_own_cache(pictures, tmp_path):
    path = shutil.make_archive(tmp_path / "colours", "gztar", pictures)
    cache, notes = tmp_path / "cache", Notes()
    model = headway.fit(path, backbone="tiny", cache=cache, progress=notes)
    assert model.classes == ("blue", "green", "red")
    assert any("is unpacked into" in note for note in notes.notes)
    assert len(headway.embed(path, "tiny", cache=cache).rows) == 36
    assert headway.evaluate(model, path, cache=cache).report.source.archive == path
    assert len(list((cache / "archives").iterdir())) == 1


def test_a_folder_around_everything_is_said_to_be_in_the_archive(write):
    path = write("photos.zip", zipped([(f"wrap/{name}", content) for name, content in PICTURES]))
    dataset = read(path)
    assert dataset.classes == ("cat", "dog")
    assert guesses(dataset.source) == [f"everything lies in {path + '/wrap'!r}"]
