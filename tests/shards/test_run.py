"""``headway embed DATA -o DEST/``: resumed, completed, and never mixed."""

from __future__ import annotations

import itertools
import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import headway
from headway.cli.main import run
from headway.embedding import read_parquet
from headway.shards import is_feature_dataset, read_manifest
from headway.shards import local as local_place
from headway.shards.filelists import boundaries
from headway.shards.manifest import NAME
from tests.helpers import write_pictures
from tests.shards.making import TINY, check_whole, embed, files_of, png, rows_of, unreadable_of


@pytest.fixture(autouse=True)
def few(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("HEADWAY_CACHE", str(tmp_path / "cache"))


SHORT = ("--shard-rows", "6")


def test_a_folder_becomes_files_with_the_features_of_today(
    pictures: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    dest = tmp_path / "out"
    embed(pictures, dest, *SHORT, "--json")
    report = json.loads(capsys.readouterr().out)
    assert (report["n"], report["computed"], report["unreadable"], report["classes"]) == (36, 36, 0, 3)
    manifest = check_whole(dest, pictures)
    assert is_feature_dataset(dest) and report["shards"] == len(manifest.shards) > 2
    assert manifest.classes == ("blue", "green", "red") and manifest.about["backbone"] == "tiny"
    assert sum(sum(shard.labels.values()) for shard in manifest.shards) == 36
    rows = rows_of(dest)
    table = headway.embed(pictures, "tiny", precision="fp32")
    order = np.argsort([str(path) for path in headway.read(pictures).pictures])
    for name in manifest.dims:
        np.testing.assert_allclose(np.array(rows[name]), table.read(order, [name]), rtol=1e-5, atol=1e-5)
    assert rows["label"] == [Path(path).parent.name for path in rows["path"]]
    # Each file is a file of features by itself.
    dataset, own = read_parquet(dest / manifest.shards[0].file)
    assert len(dataset) == manifest.shards[0].rows == len(own)


def test_what_is_there_is_not_computed_again(
    pictures: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    dest = tmp_path / "out"
    embed(pictures, dest, *SHORT)
    before, stamp = files_of(dest), (dest / NAME).stat().st_mtime_ns
    monkeypatch.setattr("headway.shards.computing.extract", None)
    embed(pictures, dest, *SHORT)
    assert "0 pictures computed in 0 shards" in capsys.readouterr().out
    assert files_of(dest) == before and (dest / NAME).stat().st_mtime_ns == stamp
    (dest / NAME).unlink()  # as where the run had been killed before its last step
    embed(pictures, dest, *SHORT)
    assert files_of(dest) == before and check_whole(dest, pictures)


def test_a_changed_picture_changes_its_shard_alone(pictures: Path, tmp_path: Path) -> None:
    dest = tmp_path / "out"
    embed(pictures, dest, *SHORT)
    before = files_of(dest)
    (pictures / "green" / "03.png").write_bytes(png(200))
    embed(pictures, dest, *SHORT)
    check_whole(dest, pictures)
    after = files_of(dest)
    assert len(before.items() - after.items()) == len(after.items() - before.items()) == 1


def test_an_added_picture_changes_few_shards(pictures: Path, tmp_path: Path) -> None:
    dest = tmp_path / "out"
    write_pictures(pictures, per_class=40)
    embed(pictures, dest, *SHORT)
    before = files_of(dest)
    (pictures / "blue" / "00a.png").write_bytes(png(7))
    embed(pictures, dest, *SHORT)
    check_whole(dest, pictures)
    assert len(before.items() - files_of(dest).items()) <= 8 < len(before)


def test_cuts_come_back_into_step_behind_a_change() -> None:
    rng = np.random.default_rng(0)
    names = sorted(f"{number:08x}.jpg" for number in rng.integers(0, 2**32, 20_000).tolist())

    def pieces(names: list[str]) -> set[tuple[str, ...]]:
        places = boundaries(names, 500)
        return {tuple(names[a:b]) for a, b in itertools.pairwise(places)}

    whole = pieces(names)
    assert 25 <= len(whole) <= 60 and all(250 <= len(piece) <= 1_000 for piece in sorted(whole)[:-1])
    changed = [len(whole - pieces([*names[:at], *names[at + 1 :]])) for at in range(0, 20_000, 997)]
    assert np.mean(changed) < 3 and max(changed) <= 8


def test_pictures_that_cannot_be_read_are_rows_of_a_table(
    pictures: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    dest = tmp_path / "out"
    (pictures / "red" / "text.png").write_text("no picture")
    (pictures / "red" / "empty.png").write_bytes(b"")
    embed(pictures, dest, *SHORT)
    assert "2 pictures could not be read: names and reasons are in" in capsys.readouterr().out
    assert unreadable_of(dest) == {
        str(pictures / "red" / "empty.png"): "empty file",
        str(pictures / "red" / "text.png"): "not a picture (starts like text)",
    }
    assert (read_manifest(dest).rows, read_manifest(dest).unreadable) == (36, 2)
    # The table is part of a shard: where it is gone, the shard is computed anew.
    before = files_of(dest)
    next(dest.glob("unreadable-*")).unlink()
    embed(pictures, dest, *SHORT)
    assert set(files_of(dest)) == set(before)


def test_too_many_of_them_are_an_error_and_nothing_is_lost(
    pictures: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    dest = tmp_path / "out"
    for number in range(12):
        (pictures / "red" / f"x{number}.png").write_text("no picture")
    embed(pictures, dest, *SHORT, code=2)
    said = capsys.readouterr().err
    assert "12 of 48 pictures (25.0%) cannot be read, more than 10.0%: names and reasons are in" in said
    assert not (dest / NAME).exists()
    before = files_of(dest)
    embed(pictures, dest, *SHORT, "--max-bad", "0.5")
    assert files_of(dest) == before and read_manifest(dest).unreadable == 12


@pytest.mark.parametrize(
    ("words", "reason"),
    [
        (("--resize", "crop"), "the resize is 'squash' there, and 'crop' here"),
        (("--precision", "bf16"), "the precision is 'fp32' there, and 'bf16' here"),
        (("--features", "last"), r"block1.mean, block1.std, head.mean there, and head.mean here"),
    ],
)
@pytest.mark.parametrize("finished", [True, False])
def test_other_features_are_not_mixed_in(
    pictures: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    words: tuple[str, ...],
    reason: str,
    finished: bool,
) -> None:
    dest = tmp_path / "out"
    embed(pictures, dest, *SHORT)
    if not finished:
        (dest / NAME).unlink()
    before = files_of(dest)
    embed(pictures, dest, *SHORT, *words, code=2)
    assert f"{dest} holds other features, which are not mixed: " in (said := capsys.readouterr().err)
    assert reason in said
    assert files_of(dest) == before


def test_another_version_is_not_mixed_in(
    pictures: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    dest = tmp_path / "out"
    embed(pictures, dest, *SHORT)
    monkeypatch.setattr("headway.shards.keys.__version__", "99.0")
    embed(pictures, dest, *SHORT, code=2)
    assert "the version of Headway is '0.1.0' there, and '99.0' here; give another place" in capsys.readouterr().err


class Killed(BaseException):
    """Ends a run as a signal would: nothing catches it."""


def _steps(monkeypatch: pytest.MonkeyPatch, kill_at: int) -> list[str]:
    """Count the steps that change files, and end the run at one of them."""
    steps: list[str] = []

    def watch(name: str, original: Callable[..., Any]) -> Callable[..., Any]:
        def watched(*args: Any, **kwargs: Any) -> Any:
            steps.append(name)
            if len(steps) == kill_at:
                raise Killed
            return original(*args, **kwargs)

        return watched

    for owner, name in ((local_place.os, "link"), (local_place.os, "fsync"), (Path, "replace"), (Path, "unlink")):
        monkeypatch.setattr(owner, name, watch(name, getattr(owner, name)))
    return steps


@pytest.mark.parametrize("stride", [5, pytest.param(1, marks=pytest.mark.slow)])
def test_killed_at_any_step_it_loses_and_doubles_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, stride: int
) -> None:
    pictures = write_pictures(tmp_path / "pictures", per_class=2)
    (pictures / "red" / "bad.png").write_text("no picture")
    dest = tmp_path / "out"
    words = ["embed", str(pictures), "-o", f"{dest}/", *TINY, "--shard-rows", "4", "--max-bad", "0.5"]
    with monkeypatch.context() as patch:
        steps = _steps(patch, 0)
        assert run(words) == 0
    expected, total = rows_of(dest), len(steps)
    assert total > 5
    for step in range(1, total + 1, stride):
        shutil.rmtree(dest)
        with monkeypatch.context() as patch:
            _steps(patch, step)
            with pytest.raises(Killed):
                run(words)
        assert run(words) == 0
        assert rows_of(dest) == expected and len(unreadable_of(dest)) == 1
        named = {shard.file for shard in read_manifest(dest).shards}
        assert {path.name for path in dest.glob("features-*")} == named


def test_a_changed_source_killed_before_the_manifest_leaves_the_old_data_set_whole(
    pictures: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    dest = tmp_path / "out"
    embed(pictures, dest, *SHORT)
    old = read_manifest(dest)
    (pictures / "green" / "03.png").write_bytes(png(200))
    with monkeypatch.context() as patch:
        patch.setattr("headway.shards.run._commit", lambda plan, manifest: (_ for _ in ()).throw(Killed))
        with pytest.raises(Killed):
            run(["embed", str(pictures), "-o", f"{dest}/", *TINY, *SHORT])
    assert read_manifest(dest) == old
    embed(pictures, dest, *SHORT)
    check_whole(dest, pictures)


def test_a_damaged_file_is_computed_anew(pictures: Path, tmp_path: Path) -> None:
    dest = tmp_path / "out"
    embed(pictures, dest, *SHORT)
    expected = rows_of(dest)
    file = dest / read_manifest(dest).shards[1].file
    for finished in (True, False):
        file.write_bytes(file.read_bytes()[:-100])
        if not finished:
            (dest / NAME).unlink()
        embed(pictures, dest, *SHORT)
        assert rows_of(dest) == expected


def test_two_runs_at_once(
    pictures: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    from headway.shards import run as running

    dest = tmp_path / "out"
    commit = running._commit

    def meanwhile(change: bool) -> None:
        monkeypatch.setattr(running, "_commit", commit)
        if change:
            (pictures / "green" / "03.png").write_bytes(png(200))
        embed(pictures, dest, *SHORT)

    for change in (False, True):
        monkeypatch.setattr(
            running, "_commit", lambda plan, manifest, change=change: (meanwhile(change), commit(plan, manifest))
        )
        (pictures / "blue" / f"new{change}.png").write_bytes(png(9))
        embed(pictures, dest, *SHORT, code=2 if change else 0)
    assert "another run has written" in capsys.readouterr().err
    monkeypatch.setattr(running, "_commit", commit)
    check_whole(dest, pictures)


def test_places_that_are_somebody_elses(pictures: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    embed(pictures, pictures, *SHORT, code=2)
    assert "holds other files, such as" in capsys.readouterr().err
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / NAME).write_text("{}")
    embed(pictures, tmp_path / "out", *SHORT, code=2)
    assert "manifest.json is not Headway's: give a new or an empty folder" in capsys.readouterr().err
    assert run(["embed", str(pictures), *TINY, "--engine", "local"]) == 2
    assert "--engine is for a data set of many files: name its folder with -o DEST/" in capsys.readouterr().err
    embed(pictures, tmp_path / "new", *SHORT, "--address", "auto", code=2)
    assert "--address is that of a Ray cluster, and goes with --engine ray" in capsys.readouterr().err
    embed(pictures, tmp_path / "new", "--augment", "hflip", "--copies", "2", code=2)
    assert "changed copies go into a single file" in capsys.readouterr().err
    assert run(["embed", "s3://bucket/x", *TINY]) == 2
    assert "name its folder or address with -o DEST/" in capsys.readouterr().err


@pytest.mark.skipif(os.name != "posix", reason="has other permissions")
def test_a_file_that_is_none_afterwards_is_not_counted(
    pictures: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    embed(pictures, tmp_path / "out")
    (shard,) = (tmp_path / "out").glob("features-*")
    shard.unlink()
    shard.mkdir()
    embed(pictures, tmp_path / "out", code=2)
    assert f"{shard} was written and is no file now" in capsys.readouterr().err


def test_a_data_set_is_completed_without_the_slash(
    pictures: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    dest = tmp_path / "out"
    embed(pictures, dest, *SHORT)
    assert run(["embed", str(pictures), "-o", str(dest), *TINY, *SHORT]) == 0
    monkeypatch.chdir(dest)  # whose manifest is not meant where nothing is to be written
    assert run(["embed", str(pictures), *TINY]) == 0


def test_groups_and_splits_stay(tmp_path: Path) -> None:
    pictures = tmp_path / "pictures"
    for split in ("train", "test"):
        write_pictures(pictures / split, per_class=4, seed=len(split))
    dest = tmp_path / "out"
    embed(pictures, dest, *SHORT, "--group-pattern", r"/(\d)")
    rows = rows_of(dest)
    assert rows["split"] == [Path(path).parts[-3] for path in rows["path"]]
    assert len(set(rows["group"])) == len({Path(path).name[0] for path in rows["path"]})


@pytest.mark.slow
@pytest.mark.skipif(os.name != "posix", reason="has no SIGKILL")
def test_a_process_that_is_killed_again_and_again_comes_to_its_end(tmp_path: Path) -> None:
    pictures = write_pictures(tmp_path / "pictures", per_class=150)
    dest = tmp_path / "out"
    call = [sys.executable, "-m", "headway", "embed", str(pictures), "-o", f"{dest}/", *TINY, "--shard-rows", "30"]
    kills = 0
    for wanted in itertools.count(2, 3):
        process = subprocess.Popen(call, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        while process.poll() is None and len(list(dest.glob("features-*"))) < wanted:
            time.sleep(0.005)
        if process.poll() is not None:
            break
        process.kill()
        process.wait()
        kills += 1
    assert process.returncode == 0 and kills > 2
    rows = rows_of(dest)
    assert sorted(rows["path"]) == sorted(map(str, pictures.rglob("*.png")))
    assert {path.name for path in dest.glob("features-*")} == {shard.file for shard in read_manifest(dest).shards}


def test_a_shard_that_another_run_has_written_meanwhile_is_taken(
    pictures: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    dest = tmp_path / "out"
    embed(pictures, dest, *SHORT)
    before = files_of(dest)
    (dest / NAME).unlink()
    monkeypatch.setattr("headway.shards.planning.Plan._add_unnamed", lambda *_: None)  # as before they were there
    monkeypatch.setattr("headway.shards.computing.extract", None)
    embed(pictures, dest, *SHORT)
    assert files_of(dest) == before and check_whole(dest, pictures)
