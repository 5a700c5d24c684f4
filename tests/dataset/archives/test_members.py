"""Archives as they come, from friends and others."""

import gzip
import io
import struct
import tarfile
import zipfile

import pytest

from headway.dataset.archives import members as module
from headway.dataset.archives.members import ArchiveFile, Bounds, members
from headway.errors import DataError, OutputError

PICTURE = bytes(range(256)) * 40


def contents(path, free=10**12):
    """Return the name, kind and content of each member."""
    with ArchiveFile(io.FileIO(path)) as file:
        bounds = Bounds(repr(path), len(path), "the cache", free)
        return [
            (member.name, member.kind, b"".join(member.chunks) if member.kind == "file" else b"")
            for member in members(file, bounds)
        ]


def zipped(entries, **options):
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in entries:
            archive.writestr(name, content, **options)
    return stream.getvalue()


def tarred(entries, mode="w", **options):
    """Make a tar; a content that is a letter makes a member of that type."""
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode=mode, **options) as archive:
        for name, content in entries:
            info = tarfile.TarInfo(name)
            if isinstance(content, bytes):
                info.size = len(content)
                archive.addfile(info, io.BytesIO(content))
            else:
                info.type, info.linkname = content.encode(), "/etc/passwd"
                archive.addfile(info)
    return stream.getvalue()


ENTRIES = [("cat/1.png", PICTURE), ("cat/empty.png", b""), ("dog/2.png", PICTURE * 20)]


@pytest.mark.parametrize(
    "content",
    [
        zipped(ENTRIES),
        zipped(ENTRIES, compress_type=zipfile.ZIP_STORED),
        zipped(ENTRIES, compress_type=zipfile.ZIP_BZIP2),
        zipped(ENTRIES, compress_type=zipfile.ZIP_LZMA),
        tarred(ENTRIES),
        tarred(ENTRIES, format=tarfile.GNU_FORMAT),
        tarred(ENTRIES, format=tarfile.USTAR_FORMAT),
        *(tarred(ENTRIES, f"w:{packing}") for packing in ("gz", "bz2", "xz")),
    ],
)
@pytest.mark.parametrize("name", ["x.zip", "x.tar"])
def test_what_it_is_says_the_content_and_not_the_name(write, name, content):
    assert contents(write(name, content)) == [(name, "file", content) for name, content in ENTRIES]


def test_a_tar_with_a_zip_at_its_end_is_a_tar(write):
    inner = zipped(ENTRIES)
    assert contents(write("x.tar", tarred([("inner.zip", inner)]))) == [("inner.zip", "file", inner)]


def test_a_tar_of_old_and_one_with_long_names(write):
    old = bytearray(tarred(ENTRIES, format=tarfile.USTAR_FORMAT))
    for at in (offset for offset in range(0, len(old), 512) if old[offset + 257 : offset + 262] == b"ustar"):
        old[at + 257 : at + 265] = bytes(8)
        old[at + 148 : at + 156] = b" " * 8
        old[at + 148 : at + 156] = b"%06o\0 " % sum(old[at : at + 512])
    assert contents(write("old.tar", bytes(old))) == [(name, "file", content) for name, content in ENTRIES]
    name = "é" * 80 + "/" + "x" * 90 + ".png"
    for layout in (tarfile.GNU_FORMAT, tarfile.PAX_FORMAT):
        assert contents(write("long.tar", tarred([(name, PICTURE)], format=layout))) == [(name, "file", PICTURE)]


def test_kinds_of_members_in_a_tar(write):
    kinds = {"folder": tarfile.DIRTYPE, "link": tarfile.SYMTYPE, "hard": tarfile.LNKTYPE, "pipe": tarfile.FIFOTYPE}
    kinds |= {"device": tarfile.CHRTYPE, "disk": tarfile.BLKTYPE, "odd": b"Z"}
    found = contents(write("x.tar", tarred([(name, kind.decode()) for name, kind in kinds.items()])))
    assert {name: kind for name, kind, _ in found} == {
        **{"folder": "folder", "link": "link", "hard": "link"},
        **dict.fromkeys(("pipe", "device", "disk", "odd"), "special"),
    }


def test_a_sparse_file_in_a_tar_is_no_file(write):
    archive = io.BytesIO()
    with tarfile.open(fileobj=archive, mode="w", format=tarfile.GNU_FORMAT) as tar:
        info = tarfile.TarInfo("hole.png")
        info.type = tarfile.GNUTYPE_SPARSE
        tar.addfile(info)
        tar.addfile(tarfile.TarInfo("1.png"))
    raw = bytearray(archive.getvalue())
    raw[483:495] = b"77777777777\0"  # the size with holes
    raw[148:156] = b" " * 8
    raw[148:156] = b"%06o\0 " % sum(raw[:512])
    assert [kind for _, kind, _ in contents(write("x.tar", bytes(raw)))] == ["special", "file"]


def test_kinds_and_names_of_members_in_a_zip(write):
    def info(name, kind=0, flag=0):
        made = zipfile.ZipInfo(name)
        made.external_attr, made.create_system = kind << 28, 3
        return made

    made = zipped([(info("folder/"), b""), (info("link", 0o12), b"/etc/passwd"), (info("pipe", 0o1), b""),
                   (info("file", 0o10), b"x"), (info("dir", 0o4), b"")])  # fmt: skip
    assert [(name, kind) for name, kind, _ in contents(write("x.zip", made))] == [
        ("folder/", "folder"), ("link", "link"), ("pipe", "special"), ("file", "file"), ("dir", "folder"),
    ]  # fmt: skip


def test_names_in_a_zip_of_macos_are_utf8_although_it_does_not_say_so(write):
    def name(content):
        return contents(write("x.zip", content))[0][0]

    said = zipped([("café.png", b"")])
    assert name(said) == "café.png"
    # Without the flag that says so, in the local header and in the list.
    unsaid = said.replace(b"\x14\0\0\x08", b"\x14\0\0\0")
    assert unsaid != said and name(unsaid) == "café.png"
    assert name(unsaid.replace("é".encode(), b"\x82s")) == "cafés.png"  # code page 437


def test_an_encrypted_zip(write):
    made = zipped([("1.png", b"x")]).replace(b"PK\x01\x02\x14\x03\x14\0\0\0", b"PK\x01\x02\x14\x03\x14\0\x01\0")
    with pytest.raises(DataError, match="must not be encrypted, and is: unpack it yourself and give the folder"):
        contents(write("x.zip", made))


def test_a_packing_that_is_not_known(write):
    made = bytearray(zipped([("1.png", b"x")]))
    at = made.index(b"PK\x01\x02")
    made[8:10] = made[at + 10 : at + 12] = struct.pack("<H", 9)  # Deflate64
    with pytest.raises(DataError, match=r"packed in a way that is not known here \(.*\): unpack it yourself"):
        contents(write("x.zip", bytes(made)))


@pytest.mark.parametrize(
    "whole", [zipped(ENTRIES), tarred(ENTRIES), *(tarred(ENTRIES, f"w:{p}") for p in ("gz", "bz2", "xz"))]
)
@pytest.mark.parametrize("part", [0, 1, 9, 0.3, 0.5, 0.9])
def test_an_archive_that_is_cut_short(write, whole, part):
    cut = whole[: part if isinstance(part, int) else int(part * len(whole))]
    with pytest.raises(DataError, match=r"must be a whole ZIP or tar archive, .*: get it again, or unpack it yourself"):
        contents(write("x.zip", cut))


def test_a_tar_that_ends_between_two_members_is_cut_short(write):
    whole = tarred(ENTRIES)
    second = whole.index(b"cat/empty.png")
    for cut in (whole[:second], whole[:second] + b"garbage" * 512):
        with pytest.raises(DataError, match="does not end as an archive does"):
            contents(write("x.tar", cut))


@pytest.mark.parametrize("mode", ["w", "w:gz"])
def test_what_follows_behind_the_end_of_a_tar_is_not_lost_unseen(write, mode):
    whole = tarred(ENTRIES)
    nulled = whole[:10_752] + bytes(512) + whole[11_264:]  # the header of the second picture
    for content in (whole + whole, nulled):
        content = gzip.compress(content) if mode == "w:gz" else content
        with pytest.raises(DataError, match="more files follow behind its end"):
            contents(write("x.tar", content))
    rest = b"anything that fills up a block" * 40
    assert len(contents(write("x.tar", whole + rest))) == len(ENTRIES)


def test_damage_shows_in_checksums(write):
    made = bytearray(zipped(ENTRIES, compress_type=zipfile.ZIP_STORED))
    made[made.index(PICTURE) + 100] ^= 1
    with pytest.raises(DataError, match="Bad CRC-32"):
        contents(write("x.zip", bytes(made)))
    made = bytearray(tarred(ENTRIES, "w:gz"))
    made[-6] ^= 1
    with pytest.raises(DataError, match="CRC check failed"):
        contents(write("x.tgz", bytes(made)))


@pytest.mark.parametrize(
    "content", [b"hello " * 500, gzip.compress(PICTURE), gzip.compress(b"", mtime=0), b"PK\x03\x04" * 99, bytes(100)]
)
def test_what_is_no_archive(write, content):
    with pytest.raises(DataError, match="must be a whole ZIP or tar archive"):
        contents(write("x.zip", content))


def test_an_empty_archive_has_no_members(write):
    assert contents(write("x.zip", zipped([]))) == contents(write("x.tar", tarred([]))) == []


def test_bytes_are_counted_as_they_come(write, monkeypatch):
    monkeypatch.setattr(module, "ANY_RATIO_BYTES", 100_000)
    zeros = bytes(200_000)
    lies = bytearray(zipped([("1.png", zeros)]))
    at = lies.index(b"PK\x01\x02")
    lies[at + 24 : at + 28] = struct.pack("<I", 10)  # says that it unpacks to 10 bytes
    for name, content in (("x.zip", zipped([("1.png", zeros)])), ("x.tgz", tarred([("1.png", zeros)], "w:gz"))):
        with pytest.raises(DataError, match="at most 200 times its size, and is made to fill disks: if you trust it"):
            contents(write(name, content))
    with pytest.raises(DataError, match="damaged or cut short"):
        contents(write("lies.zip", bytes(lies)))


def test_members_of_a_zip_that_lie_over_each_other_are_counted_each(write, monkeypatch):
    monkeypatch.setattr(module, "ANY_RATIO_BYTES", 1_000_000)
    made = zipped([("1.png", bytes(100_000))])
    start, end = made.index(b"PK\x01\x02"), made.index(b"PK\x05\x06")
    entry = made[start:end]
    ending = struct.pack("<4s4H2LH", b"PK\x05\x06", 0, 0, 50, 50, 50 * len(entry), start, 0)
    with pytest.raises(DataError, match="made to fill disks"):
        contents(write("x.zip", made[:start] + 50 * entry + ending))


def test_a_skipped_member_of_a_tar_is_counted_too(write, monkeypatch):
    monkeypatch.setattr(module, "ANY_RATIO_BYTES", 100_000)
    path = write("x.tgz", tarred([("1.bin", bytes(200_000)), ("2.png", b"")], "w:gz"))
    with ArchiveFile(io.FileIO(path)) as file, pytest.raises(DataError, match="200 times"):
        list(members(file, Bounds("x", 100, "the cache", 10**12)))


def test_bounds_of_bytes_of_the_disk_and_of_members(write, monkeypatch):
    for name, content in (("x.zip", zipped(ENTRIES)), ("x.tar", tarred(ENTRIES))):
        path = write(name, content)
        with pytest.raises(
            OutputError,
            match="unpacks to more than is free in the cache: make room, or name another folder with --cache",
        ):
            contents(path, free=module.RESERVED_BYTES + 1000)
        with monkeypatch.context() as patch:
            patch.setattr(module, "MAX_BYTES", 100_000)
            with pytest.raises(DataError, match="must unpack to at most 0 GB, and has more"):
                contents(path)
        with monkeypatch.context() as patch:
            patch.setattr(module, "MAX_MEMBERS", 2)
            with pytest.raises(DataError, match="must hold at most 2 files, and holds more"):
                contents(path)


def test_a_list_of_members_that_would_fill_the_memory(write, monkeypatch):
    monkeypatch.setattr(module, "MAX_LIST_BYTES", 10_000)
    path = write("x.zip", zipped([(f"{number}.png", b"") for number in range(300)]))
    with pytest.raises(DataError, match="its list of members is too long"):
        contents(path)


@pytest.mark.parametrize("kind", [tarfile.GNUTYPE_LONGNAME, tarfile.GNUTYPE_LONGLINK, tarfile.XHDTYPE, tarfile.XGLTYPE])
def test_a_header_of_a_tar_that_would_fill_the_memory(write, kind):
    info = tarfile.TarInfo("x")
    info.type, info.size = kind, 4 << 30
    made = gzip.compress(info.tobuf() + bytes(1 << 20))
    with pytest.raises(DataError, match="a header in it is too long"):
        contents(write("x.tgz", made))


def test_headers_of_a_tar_without_end(write):
    info = tarfile.TarInfo("x")
    info.type, info.size = tarfile.GNUTYPE_LONGNAME, 10
    made = (info.tobuf() + b"long.png".ljust(512, b"\0")) * 2000
    with pytest.raises(DataError, match="damaged or cut short"):
        contents(write("x.tar", made))


def test_a_tar_that_leads_back_or_far_away(write):
    info = tarfile.TarInfo("1.bin")
    for size, reason in (
        (b"\x80" + bytes(7) + b"\x10\0\0\0", "unexpected end"),
        (b"\xff" * 10 + b"\xf0\0", "leads back"),
    ):
        raw = bytearray(info.tobuf())
        raw[124:136] = size
        raw[148:156] = b" " * 8
        raw[148:156] = b"%06o\0 " % sum(raw[:512])
        path = write("x.tar", bytes(raw) + tarred(ENTRIES))
        with ArchiveFile(io.FileIO(path)) as file, pytest.raises(DataError, match=reason):
            list(members(file, Bounds("x", 100, "the cache", 10**12)))
