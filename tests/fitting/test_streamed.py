"""A fit to more features than memory is to hold: as good as in memory, and honest about what it leaves out."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import headway
from headway.dataset import Dataset
from headway.embedding import FeatureTable, write_parquet
from headway.errors import DataError, UserError
from headway.fitting import spool, streamed
from headway.fitting.run import fit_recipe
from headway.recipe import Recipe
from headway.session import Session
from headway.shards import reading
from headway.testing import TINY
from tests.helpers import Notes
from tests.shards.drawn import features, write


@pytest.fixture
def made() -> tuple[Dataset, FeatureTable]:
    return features(900, names=("head.mean",))


@pytest.fixture
def folder(tmp_path: Path, made: tuple[Dataset, FeatureTable]) -> Path:
    return write(tmp_path / "out", *made, rows=200)


@pytest.fixture
def little(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let no features be held in memory."""
    monkeypatch.setattr(reading, "memory_bound", lambda: 1 << 10)
    monkeypatch.setattr(spool, "_ROWS", 128)


def fit(folder: Path, tmp_path: Path, **settings: Any) -> headway.Model:
    return headway.fit(folder, cache=tmp_path / "cache", progress=Notes(), **settings)


def test_what_fits_is_fitted_as_a_file_of_features_is(
    folder: Path, made: tuple[Dataset, FeatureTable], tmp_path: Path
) -> None:
    (file,) = write_parquet(tmp_path / "one.parquet", *made)
    ours, theirs = (fit(path, tmp_path, head="logistic").report for path in (folder, file))
    assert ours.head == theirs.head
    assert ours.head.streamed is None
    assert replace(ours.data, source=None) == replace(theirs.data, source=None)
    assert (ours.test, ours.cross_validation) == (theirs.test, theirs.cross_validation)


@pytest.mark.usefixtures("little")
def test_it_does_as_well_as_in_memory_and_says_what_it_did(
    folder: Path, made: tuple[Dataset, FeatureTable], tmp_path: Path
) -> None:
    progress = Notes()
    model = headway.fit(folder, cache=tmp_path / "cache", progress=progress)
    (file,) = write_parquet(tmp_path / "one.parquet", *made)
    known = fit(file, tmp_path, head="logistic").report
    report = model.report
    assert report.test is not None and known.test is not None
    assert abs(report.test.accuracy - known.test.accuracy) < 0.03
    assert {one.kind for one in report.head.candidates} == {"centroid", "ridge", "logistic"}
    assert report.head.streamed is not None
    assert (report.head.streamed.bytes, report.head.streamed.bound) == (900 * 32 * 4, 1024)
    assert report.head.streamed.heads == ("mlp",)
    assert report.head.streamed.on_disk
    assert any("read in passes; left out are head mlp" in note for note in progress.notes)
    assert report.data.fingerprint == known.data.fingerprint
    assert report.data.division == known.data.division
    model.save(tmp_path / "model.onnx")
    assert headway.load(tmp_path / "model.onnx").report.head.streamed == report.head.streamed
    assert not list((tmp_path / "cache").glob("tmp*"))  # the spool is gone


@pytest.mark.usefixtures("little")
@pytest.mark.parametrize("head", ["centroid", "ridge", "logistic"])
@pytest.mark.parametrize("balance", ["none", "weights"])
def test_a_head_is_that_of_the_same_rows_in_memory(head: Any, balance: Any, folder: Path, tmp_path: Path) -> None:
    found = fit(folder, tmp_path, head=head, balance=balance, C=(0.1,) if head == "logistic" else ())
    with Session.open(tmp_path / "cache") as session:
        dataset, table = features(900)
        whole = write_parquet(tmp_path / "one.parquet", dataset, table)[0]
        settings = Recipe(head=head, balance=balance, C=(0.1,) if head == "logistic" else ())
        known = fit_recipe(session, whole, settings).model
    values = table.read(np.arange(50))
    ours, theirs = (one.head.logits(values) for one in (found, known))
    np.testing.assert_allclose(ours, theirs, atol=0.02 * np.abs(theirs).max())


@pytest.mark.usefixtures("little")
def test_without_room_on_disk_the_files_are_read_again(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    known = fit(folder, tmp_path, head="logistic").report
    monkeypatch.setattr(shutil, "disk_usage", lambda _: shutil._ntuple_diskusage(1, 1, 0))  # type: ignore[attr-defined]
    found = fit(folder, tmp_path, head="logistic").report
    assert found.head.streamed is not None and known.head.streamed is not None
    assert not found.head.streamed.on_disk
    assert found.head.C == known.head.C
    assert found.test is not None and known.test is not None
    assert found.test.log_loss == pytest.approx(known.test.log_loss, abs=1e-3)


@pytest.mark.usefixtures("little")
def test_given_splits_and_groups_and_copies_stay_as_they_are(tmp_path: Path) -> None:
    dataset, table = features(900)
    given = (np.arange(900) % 10 > 5).astype("int8") * 2
    given[np.arange(900) % 10 == 5] = 1
    report = fit(write(tmp_path / "given", replace(dataset, given=given), table), tmp_path, head="ridge").report
    assert (report.data.division.kind, report.data.division.validation) == ("given", 90)
    assert report.head.streamed is not None
    assert report.head.streamed.watched == 90
    twice = replace(table, hashes=[table.hashes[row // 2 * 2] for row in range(900)])
    grouped = replace(dataset, groups=np.arange(900) // 6, labels=np.arange(900) // 2 % 3)
    with Session.open(tmp_path / "cache") as session:
        fitted = fit_recipe(session, write(tmp_path / "grouped", grouped, twice), Recipe(head="centroid"))
    parts = [set((rows // 6).tolist()) for rows in (fitted.division.development_rows, fitted.division.parts.test)]
    assert parts[0].isdisjoint(parts[1])
    assert fitted.held_out is not None
    own = set((fitted.held_out.rows // 6).tolist())
    learned = np.setdiff1d(fitted.division.development_rows, fitted.held_out.rows)
    assert own.isdisjoint((learned // 6).tolist())


@pytest.mark.usefixtures("little")
def test_many_pictures_are_chosen_by_some_of_them(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(streamed, "_MOST_LOGITS", 150)
    report = fit(folder, tmp_path, head="centroid").report
    assert report.head.streamed is not None
    assert report.head.streamed.watched == 50


@pytest.mark.usefixtures("little")
def test_all_may_be_learned_from(folder: Path, tmp_path: Path) -> None:
    report = fit(folder, tmp_path, head="ridge", test_fraction=0.0).report
    assert report.test is None
    assert report.cross_validation is not None


@pytest.mark.usefixtures("little")
@pytest.mark.parametrize(
    ("settings", "says"),
    [
        ({"head": "mlp"}, "mlp is not done in passes"),
        ({"head": "svm"}, "svm is not done in passes"),
        ({"select": "anova"}, "anova is not done in passes"),
        ({"balance": "smote"}, "smote is not done in passes"),
        ({"features": "depths"}, "this file of features has 'head.mean'"),
        ({"budget": 60}, "a budget is for computing more of them"),
        ({"finetune": "all"}, "training a network needs the pictures"),
        ({"backbone": "pixels"}, "does not fit a file of features"),
    ],
)
def test_what_cannot_be_is_one_clear_line(settings: dict[str, Any], says: str, folder: Path, tmp_path: Path) -> None:
    with pytest.raises((UserError, DataError), match=says) as caught:
        fit(folder, tmp_path, **settings)
    assert "\n" not in str(caught.value)


@pytest.mark.usefixtures("little")
def test_one_class_is_too_few(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="class"):
        fit(write(tmp_path / "one", *features(200, k=1)), tmp_path)


@pytest.mark.usefixtures("little")
def test_bags_of_local_descriptors_are_refused() -> None:
    local = replace(TINY, local={"head.mean": 8})
    with pytest.raises(UserError, match="a vocabulary of tiny is not done in passes"):
        streamed.check(Recipe(), local, ("head.mean",))
