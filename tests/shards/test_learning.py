"""From pictures to a model by way of a feature data set, in a folder and in object storage."""

from __future__ import annotations

from pathlib import Path

import pytest

import headway
from headway.cli.main import run
from headway.shards import reading
from headway.shards.storage import open_place
from tests.shards.making import TINY, embed, upload
from tests.shards.server import Server


def test_what_was_embedded_is_learned_from(pictures: Path, tmp_path: Path) -> None:
    embed(pictures, tmp_path / "out", "--shard-rows", "10")
    assert run(["embed", str(pictures), "-o", str(tmp_path / "one.parquet"), *TINY]) == 0
    found, known = (headway.fit(tmp_path / name, head="centroid").report for name in ("out", "one.parquet"))
    assert found.test is not None and known.test is not None
    assert found.test.accuracy == known.test.accuracy
    assert found.head == known.head
    assert found.data.fingerprint == known.data.fingerprint


def test_it_may_lie_in_object_storage(
    pictures: Path, tmp_path: Path, s3: Server, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(reading, "memory_bound", lambda: 0)
    embed(pictures, tmp_path / "out", "--shard-rows", "10", "--features", "last")
    upload(open_place("s3://bucket/features"), tmp_path / "out")
    monkeypatch.chdir(tmp_path)
    assert run(["fit", "s3://bucket/features/", "--no-report"]) == 0
    assert "read in passes" in capsys.readouterr().err
    assert (tmp_path / "features.onnx").is_file()


@pytest.mark.parametrize(
    ("address", "says"),
    [
        ("s3://bucket/elsewhere", "is no feature data set, and pictures"),
        ("s3://no-such-bucket/features", "there is no bucket 'no-such-bucket'"),
    ],
)
def test_what_is_not_there_is_one_clear_line(
    address: str, says: str, s3: Server, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["fit", address]) != 0
    said = capsys.readouterr().err.strip()
    assert says in said
    assert said.count("\n") == 0
