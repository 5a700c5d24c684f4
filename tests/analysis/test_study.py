"""From pictures to an analysis and its files."""

from __future__ import annotations

import csv
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from headway import Recipe, read
from headway.analysis import study as study_module
from headway.analysis.folder import prepare_folder, write_analysis, write_map
from headway.analysis.study import study
from headway.errors import DataError, OutputError, UnknownNameError, UserError

TINY = Recipe(backbone="tiny")


def test_all_features_of_all_pictures_are_analysed(pictures: Path) -> None:
    found = study(pictures, TINY)
    assert found.features.shape == (36, 64)
    assert found.report.dims == {"block1.mean": 16, "block1.std": 16, "head.mean": 32}
    assert set(found.ranks) == set(found.report.dims)
    assert found.spectrum.effective_rank >= max(found.ranks.values()) * 0.9
    assert found.map_points.shape == (36, 2)
    last = study(read(pictures), Recipe(backbone="tiny", features="last"))
    np.testing.assert_array_equal(last.features, found.features[:, 32:])
    assert last.ranks == {"head.mean": last.spectrum.effective_rank}
    assert last.table.computed == 0


def test_pictures_that_cannot_be_read_are_set_aside(pictures: Path) -> None:
    (pictures / "red" / "00.png").write_bytes(b"no picture")
    found = study(pictures, TINY)
    assert len(found.features) == len(found.labels) == 35
    assert len(found.table.quarantined) == 1


def test_of_more_features_than_memory_holds_a_sample_is_analysed(
    pictures: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(study_module, "_MOST_BYTES", 4 * 64 * 20)
    found = study(pictures, TINY)
    assert found.features.shape == (20, 64)
    np.testing.assert_array_equal(found.labels, found.dataset.labels[found.rows])


def test_bags_of_local_descriptors_become_histograms_of_words(pictures: Path) -> None:
    found = study(pictures, Recipe(backbone="sift"))
    [(name, words)] = found.report.dims.items()
    assert name.startswith("sift")
    assert found.features.shape == (36, words)
    assert np.isfinite(found.features).all()


def test_one_layer_is_analysed(pictures: Path) -> None:
    assert study(pictures, Recipe(backbone="tiny", features="block1")).report.dims == {
        "block1.mean": 16,
        "block1.std": 16,
    }


def test_what_cannot_be_analysed_is_said(pictures: Path) -> None:
    with pytest.raises(UserError, match="no map to flatten"):
        study(pictures, Recipe(backbone="tiny", features="flat"))
    with pytest.raises(UnknownNameError, match="no map is called"):
        study(pictures, TINY, map_method="mds")
    paths = [str(path) for path in sorted(pictures.rglob("*.png"))]
    some = replace(read(pictures), labels=np.repeat([-1, 0, 1], 12))
    with pytest.raises(DataError, match="12 of 36 pictures have no label"):
        study(some, TINY)
    with pytest.raises(DataError, match="all pictures are of one"):
        study(read(paths, ["a"] * 36), TINY)


def test_files_hold_what_was_found(pictures: Path, tmp_path: Path) -> None:
    found = study(pictures, TINY)
    folder = tmp_path / "out" / "analysis"
    prepare_folder(folder)
    files = write_analysis(found, folder)
    with (folder / "features.csv").open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert [row["feature"] for row in rows] == found.report.names()
    np.testing.assert_allclose([float(row["std"]) for row in rows], found.report.std, rtol=1e-4)
    np.testing.assert_allclose([float(row["r"] or 0) for row in rows], found.report.correlation, atol=1e-4)
    assert {row["verdict"] for row in rows} <= {
        "good",
        "constant",
        "near-constant",
        "repeats another",
        "no information shown",
    }
    assert all(bool(row["repeats"]) == (other >= 0) for row, other in zip(rows, found.report.repeats, strict=True))

    assert {file.name for file in files} == {"features.csv", "map.csv"}

    odd = replace(found.dataset, pictures=["a\udc80.png"] * 36, classes=("x,y", *found.dataset.classes[1:]))
    write_map(replace(found, dataset=odd), folder / "map.csv")
    with (folder / "map.csv").open("rb") as binary:
        assert binary.readlines()[1].startswith(b'a\x80.png,"x,y",')


def test_pictures_without_labels_are_analysed_all_but_the_class(pictures: Path, tmp_path: Path) -> None:
    labelled = study(pictures, TINY)
    found = study(read([str(path) for path in sorted(pictures.rglob("*.png"))]), TINY)
    np.testing.assert_array_equal(found.features, labelled.features)
    assert found.report.evidence is None
    facts, told = found.facts(), labelled.facts()
    assert (facts.data.classes, facts.data.n_classes, facts.few_pictures, facts.best) == ((), 0, None, ())
    assert facts.sampled == replace(told.sampled, mutual_information=None)
    assert (facts.effective_rank, facts.directions_90) == (told.effective_rank, told.directions_90)
    assert facts.verdicts["constant"] == told.verdicts["constant"]
    assert "no information shown" not in facts.verdicts
    assert sum(facts.verdicts.values()) == 64
    files = write_analysis(found, tmp_path)
    features, places = (file.read_text().splitlines() for file in files)
    assert features[0] == "feature,column,mean,std,spread,nearest,r,repeats,verdict"
    assert places[0] == "path,x,y" and len(places) == 37


def test_words_need_no_labels(pictures: Path) -> None:
    found = study(read([str(path) for path in sorted(pictures.rglob("*.png"))]), Recipe(backbone="sift"))
    np.testing.assert_array_equal(found.features, study(pictures, Recipe(backbone="sift")).features)


def test_a_folder_that_cannot_be_made_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    for folder in (tmp_path / "file", tmp_path / "file" / "below", tmp_path / "a\0"):
        with pytest.raises(OutputError, match="cannot be made"):
            prepare_folder(folder)
    (tmp_path / "map.csv").mkdir()
    with pytest.raises(OutputError, match=r"map\.csv"):
        prepare_folder(tmp_path)
